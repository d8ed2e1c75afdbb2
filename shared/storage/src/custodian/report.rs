//! Runs and reports: requested, stored, verified, failed.

use super::{Custodian, LOOKS, bounded, contended, event};
use crate::{Page, Record, RecordKey, StorageError, Write, table};
use domain::{
    Actor, Digest, EventKind, Failure, ReportId, ReportRecord, ReportRun, RunId, RunState, TenantId, Timestamp,
};

impl Custodian {
    /// Records a run. The same run again, because an answer was lost, is no second one.
    pub async fn request(&self, tenant: &TenantId, run: &ReportRun) -> Result<(), StorageError> {
        let key = RecordKey::run(tenant, &run.run_id);
        let kind = EventKind::ReportRequested {
            run_id: run.run_id.clone(),
            framework: run.framework.clone(),
            period: run.period,
        };
        let put = Write::PutNew { key: key.clone(), body: table::body(&key, run)? };
        let event = event(tenant, &run.requested_by, run.requested_at, kind)?;
        match self.table.transact(vec![put, event]).await {
            Err(StorageError::Changed { .. }) => self.same_run(tenant, run).await,
            other => other,
        }
    }

    async fn same_run(&self, tenant: &TenantId, run: &ReportRun) -> Result<(), StorageError> {
        let key = RecordKey::run(tenant, &run.run_id).to_string();
        let (found, _) = self.required_run(tenant, &run.run_id).await?;
        if (&found.framework, found.period, &found.requested_by) == (&run.framework, run.period, &run.requested_by) {
            return Ok(());
        }
        let reason =
            format!("that run is for {} over {}, asked by {}", found.framework, found.period, found.requested_by);
        Err(StorageError::Conflict { key, reason })
    }

    /// Records that a report exists. The same report again is no second one; another under its id is a conflict.
    ///
    /// This is the commit point of Upload: before it, the report's objects are locked and nothing refers to them.
    pub async fn store(&self, report: &ReportRecord, actor: &Actor, now: Timestamp) -> Result<(), StorageError> {
        let tenant = &report.inputs.tenant;
        let key = RecordKey::report(tenant, &report.report_id);
        let body = table::body(&key, report)?;
        let kind = EventKind::ReportStored { report_id: report.report_id, record: Digest::of(body.as_bytes()) };
        let put = Write::PutNew { key: key.clone(), body: body.clone() };
        match self.table.transact(vec![put, event(tenant, actor, now, kind)?]).await {
            Err(StorageError::Changed { .. }) => {
                let found = self.table.get(&key).await?;
                if found.is_some_and(|found| found.body == body) {
                    return Ok(());
                }
                let reason = "a report of the same inputs was stored with other bytes".to_owned();
                Err(StorageError::Conflict { key: key.to_string(), reason })
            }
            other => other,
        }
    }

    /// Records that a run ended with a report, every byte of it read back. Again is no second time.
    pub async fn complete(
        &self,
        tenant: &TenantId,
        run_id: &RunId,
        report_id: ReportId,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let kind = EventKind::ReportVerified { run_id: run_id.clone(), report_id };
        self.end_run(tenant, run_id, RunState::Completed { report_id, completed_at: now }, kind, now).await
    }

    /// Records that a run ended without a report. A run that was completed stays completed.
    pub async fn fail_run(
        &self,
        tenant: &TenantId,
        run_id: &RunId,
        error: Failure,
        message: &str,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let message = bounded(message);
        let kind = EventKind::ReportFailed { run_id: run_id.clone(), error, message: message.clone() };
        let state = RunState::Failed { error: error.name().to_owned(), message, failed_at: now };
        self.end_run(tenant, run_id, state, kind, now).await
    }

    async fn end_run(
        &self,
        tenant: &TenantId,
        run_id: &RunId,
        state: RunState,
        kind: EventKind,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let key = RecordKey::run(tenant, run_id);
        for _ in 0..LOOKS {
            let (run, version) = self.required_run(tenant, run_id).await?;
            if run.state != RunState::Requested {
                return already_ended(&key, &run.state, &state);
            }
            let event = event(tenant, &run.requested_by, now, kind.clone())?;
            let body = table::body(&key, &ReportRun { state: state.clone(), ..run })?;
            match self.table.transact(vec![Write::Swap { key: key.clone(), version, body }, event]).await {
                Err(StorageError::Changed { .. }) => {}
                other => return other,
            }
        }
        Err(contended(&key))
    }

    async fn required_run(&self, tenant: &TenantId, run_id: &RunId) -> Result<(ReportRun, u64), StorageError> {
        let key = RecordKey::run(tenant, run_id);
        let record = self.table.get(&key).await?.ok_or_else(|| StorageError::NotFound { key: key.to_string() })?;
        Ok((record.read()?, record.version))
    }

    /// A run, if there is one.
    pub async fn run(&self, tenant: &TenantId, run_id: &RunId) -> Result<Option<ReportRun>, StorageError> {
        self.table.get(&RecordKey::run(tenant, run_id)).await?.map(|record| record.read()).transpose()
    }

    /// Every run of a tenant, by id.
    pub async fn runs(&self, tenant: &TenantId) -> Result<Vec<ReportRun>, StorageError> {
        self.table.all(&RecordKey::runs_of(tenant)).await?.iter().map(Record::read).collect()
    }

    /// At most `limit` runs of a tenant, by id, after the id `after`.
    pub async fn runs_page(
        &self,
        tenant: &TenantId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<ReportRun>, StorageError> {
        self.page(&RecordKey::runs_of(tenant), after, limit).await
    }

    /// A report, if it exists.
    pub async fn report(&self, tenant: &TenantId, id: &ReportId) -> Result<Option<ReportRecord>, StorageError> {
        self.table.get(&RecordKey::report(tenant, id)).await?.map(|record| record.read()).transpose()
    }

    /// Every report of a tenant, by id.
    pub async fn reports(&self, tenant: &TenantId) -> Result<Vec<ReportRecord>, StorageError> {
        self.table.all(&RecordKey::reports_of(tenant)).await?.iter().map(Record::read).collect()
    }

    /// At most `limit` reports of a tenant, by id, after the id `after`.
    pub async fn reports_page(
        &self,
        tenant: &TenantId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<ReportRecord>, StorageError> {
        self.page(&RecordKey::reports_of(tenant), after, limit).await
    }
}

// The end that was recorded first stands. The same end again is the answer that was lost.
fn already_ended(key: &RecordKey, found: &RunState, wanted: &RunState) -> Result<(), StorageError> {
    match (found, wanted) {
        (RunState::Completed { report_id: found, .. }, RunState::Completed { report_id: wanted, .. }) => {
            if found == wanted {
                return Ok(());
            }
            let reason = format!("that run ended with the report {found}, not {wanted}");
            Err(StorageError::Conflict { key: key.to_string(), reason })
        }
        (RunState::Failed { .. }, RunState::Completed { .. }) => {
            let reason = "that run has failed; ask for the report again with a new run".to_owned();
            Err(StorageError::Conflict { key: key.to_string(), reason })
        }
        _ => Ok(()),
    }
}
