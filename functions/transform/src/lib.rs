#![doc = include_str!("../README.md")]

mod error;
mod stage;

pub use error::TransformError;

use catalog::Catalog;
use domain::{
    ControlId, Digest, Evaluated, Finding, Snapshot, SnapshotEvidence, Snapshotted, TransformStep, Transformed,
    canonical,
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use runtime::Metrics;
use serde::Serialize;
use std::{path::Path, time::Instant};
use storage::{Content, Run, Storage};

/// What the step answers: one control's finding, or the report.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// The draft of one finding.
    Evaluated(Evaluated),
    /// The drafts of the report and of the staging database.
    Transformed(Box<Transformed>),
}

/// The step as a function of the state machine.
pub async fn handle(storage: &Storage, step: &TransformStep, metrics: &Metrics) -> Result<Answer, TransformError> {
    match (&step.control, step.evaluated.as_slice()) {
        (Some(control), []) => {
            transform_control(storage, &step.snapshotted, control, metrics).await.map(Answer::Evaluated)
        }
        (None, evaluated) => {
            let transformed = transform_evaluated(storage, &step.snapshotted, evaluated, metrics).await?;
            Ok(Answer::Transformed(Box::new(transformed)))
        }
        (Some(_), _) => {
            Err(TransformError::Step("it names one control and the findings of all: give one of the two".to_owned()))
        }
    }
}

/// Loads the evidence of the snapshot into a staging database, runs the controls' finding queries, and leaves the report
/// (canonical JSON) and the staging database as drafts.
pub async fn transform(storage: &Storage, snapshotted: &Snapshotted) -> Result<Transformed, TransformError> {
    transform_evaluated(storage, snapshotted, &[], &Metrics::new("none")).await
}

/// As [`transform`], with the findings that [`transform_control`] made: the bytes are the same. Without any, every control is
/// evaluated here. How long each query took is measured.
pub async fn transform_evaluated(
    storage: &Storage,
    snapshotted: &Snapshotted,
    evaluated: &[Evaluated],
    metrics: &Metrics,
) -> Result<Transformed, TransformError> {
    let (snapshot, catalog) = frozen(storage, snapshotted).await?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("staging.db");
    let trail = stage::stage(storage, &catalog, &snapshot, &snapshot.evidence, &path).await?;
    let run = Run::from(&snapshotted.request);
    let findings = match evaluated {
        [] => evaluate_all(&catalog, &snapshot, &path, metrics)?,
        evaluated => read_findings(storage, run, &snapshot, evaluated).await?,
    };
    let report = findings::assemble(snapshotted.report_id, &snapshotted.inputs, &catalog, snapshot, trail, findings)?;
    let staging = std::fs::read(&path)?;
    let staging = storage.locker.put_draft(run, Content::Memory(&staging)).await?;
    let report = put_draft(storage, run, &report).await?;
    Ok(Transformed { snapshotted: snapshotted.clone(), report, staging })
}

/// Evaluates one control over its own evidence and leaves the finding (canonical JSON) as a draft: one branch of the state
/// machine's Map over controls.
pub async fn transform_control(
    storage: &Storage,
    snapshotted: &Snapshotted,
    control: &ControlId,
    metrics: &Metrics,
) -> Result<Evaluated, TransformError> {
    let (snapshot, catalog) = frozen(storage, snapshotted).await?;
    if !snapshot.controls.contains(control) {
        return Err(TransformError::Step(format!("the control {control} is none of the snapshot's")));
    }
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("staging.db");
    let own = own_evidence(&snapshot, control);
    stage::stage(storage, &catalog, &snapshot, &own, &path).await?;
    let finding = evaluate(&catalog, &snapshot, control, &path, metrics)?;
    let finding = put_draft(storage, Run::from(&snapshotted.request), &finding).await?;
    Ok(Evaluated { control: control.clone(), finding })
}

fn evaluate_all(
    catalog: &Catalog,
    snapshot: &Snapshot,
    path: &Path,
    metrics: &Metrics,
) -> Result<Vec<Finding>, TransformError> {
    snapshot.controls.iter().map(|control| evaluate(catalog, snapshot, control, path, metrics)).collect()
}

fn evaluate(
    catalog: &Catalog,
    snapshot: &Snapshot,
    control: &ControlId,
    path: &Path,
    metrics: &Metrics,
) -> Result<Finding, TransformError> {
    let begun = Instant::now();
    let finding = findings::evaluate(catalog, snapshot, control, path);
    metrics.seconds("QuerySeconds", &[("Control", control.as_str())], begun.elapsed());
    Ok(finding?)
}

async fn frozen(storage: &Storage, snapshotted: &Snapshotted) -> Result<(Snapshot, Catalog), TransformError> {
    let snapshot: Snapshot = storage.locker.read(&snapshotted.snapshot).await?;
    let catalog = Catalog::from_archive(&storage.locker.fetch(&snapshot.catalog).await?)?;
    Ok((snapshot, catalog))
}

fn own_evidence(snapshot: &Snapshot, control: &ControlId) -> Vec<SnapshotEvidence> {
    let prefix = format!("{control}.");
    let own = snapshot.evidence.iter().filter(|frozen| frozen.evidence_id.as_str().starts_with(&prefix));
    own.cloned().collect()
}

// How many drafts are fetched at once.
const AT_ONCE: usize = 16;

async fn read_findings(
    storage: &Storage,
    run: Run<'_>,
    snapshot: &Snapshot,
    evaluated: &[Evaluated],
) -> Result<Vec<Finding>, TransformError> {
    let mut ordered: Vec<&Evaluated> = evaluated.iter().collect();
    ordered.sort_by(|left, right| left.control.cmp(&right.control));
    if !ordered.iter().map(|evaluated| &evaluated.control).eq(&snapshot.controls) {
        let reason = "its findings have to be one of each control of the snapshot".to_owned();
        return Err(TransformError::Step(reason));
    }
    let findings = ordered.into_iter().map(|evaluated| read_finding(storage, run, evaluated));
    stream::iter(findings).buffered(AT_ONCE).try_collect().await
}

async fn read_finding(storage: &Storage, run: Run<'_>, evaluated: &Evaluated) -> Result<Finding, TransformError> {
    let unreadable = |reason: String| TransformError::Unreadable {
        what: format!("the draft of the finding on {}", evaluated.control),
        reason,
    };
    let bytes = storage.locker.read_draft(run, evaluated.finding).await?;
    let finding: Finding = serde_json::from_slice(&bytes).map_err(|error| unreadable(error.to_string()))?;
    match finding.control == evaluated.control {
        true => Ok(finding),
        false => Err(unreadable(format!("it is the one on {}", finding.control))),
    }
}

async fn put_draft<T: Serialize>(storage: &Storage, run: Run<'_>, value: &T) -> Result<Digest, TransformError> {
    let bytes = canonical::to_bytes(value)?;
    Ok(storage.locker.put_draft(run, Content::Memory(&bytes)).await?)
}
