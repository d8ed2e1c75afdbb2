//! The whole check of a bundle.

use crate::{
    FileError, Files, History, LogFiles, LogVerdict, Problem, Since, Verdict,
    completeness::Case,
    layout::{CHECKPOINT, LOG, STATEMENT, SUMS, log_name},
    order::Index,
    report::{Read, Reading},
    rows, sealed,
    statement::{Envelope, statement},
    sums::sums,
};
use custody_log::{Opened, SignedCheckpoint, TileName, Trust};
use domain::{ReportRecord, TenantId};

/// What to check by.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Whose signatures count.
    pub trust: Trust,
    /// A checkpoint that the reader kept.
    pub since: Option<Since>,
    /// Where the report is made again: an empty folder. None: it is not, and the verdict says so.
    #[cfg(feature = "remake")]
    pub workspace: Option<std::path::PathBuf>,
}

/// Checks a bundle: every digest, the signatures, the log, that nothing is missing, that everything came in its order, every row, and that
/// the report comes out of its evidence byte by byte. Names everything that does not hold. Fails only when the files cannot be listed.
pub fn verify(files: &impl Files, options: &Options) -> Result<Verdict, FileError> {
    let mut reading = Reading { files, known: Default::default(), verdict: Verdict::default() };
    if let Some(record) = reading.record() {
        let tenant = record.inputs.tenant.clone();
        let log = reading.log(&tenant, options);
        let keys = log.as_ref().map_or_else(|| options.trust.keys.clone(), |log| log.keys.clone());
        if let Some(read) = reading.report(record.clone()) {
            reading.rest(&read, log.as_ref(), &keys, options);
        }
        reading.foreign_log(log.as_ref());
    }
    let Reading { known, mut verdict, .. } = reading;
    verdict.strangers = files.names()?.into_iter().filter(|name| !known.contains(name)).collect();
    for stranger in std::mem::take(&mut verdict.strangers) {
        if stranger.starts_with(LOG) {
            verdict.problem(stranger, "it is no file of this log");
        } else {
            verdict.strangers.push(stranger);
        }
    }
    Ok(verdict.finish())
}

/// The log of a bundle.
struct Log {
    history: History,
    keys: Vec<custody_log::VerificationKey>,
}

impl<F: Files> Reading<'_, F> {
    fn rest(&mut self, read: &Read, log: Option<&Log>, keys: &[custody_log::VerificationKey], options: &Options) {
        self.evidence(&read.snapshot, read.report.as_ref());
        if let Some(report) = &read.report {
            rows::check(report, &read.snapshot, &mut self.verdict);
        }
        self.copies(read);
        self.statement(read, keys);
        if let Some(log) = log {
            let index = Index::of(&log.history);
            let (record, snapshot, history) = (&read.record, &read.snapshot, &log.history);
            let case = Case { record, snapshot, history, index: &index, of_a_store: false };
            case.check(&mut self.verdict);
        }
        self.remake(read, options);
    }

    fn statement(&mut self, read: &Read, keys: &[custody_log::VerificationKey]) {
        let said = self.take(SUMS);
        let envelope = self.take(STATEMENT);
        let Some(expected) = self.parts(read).as_ref().map(sums) else { return };
        if said.is_some_and(|said| said != expected.as_bytes()) {
            self.verdict
                .problem(SUMS, "it does not give the SHA-256 of each file that the record and the snapshot name");
        }
        let Some(envelope) = envelope else { return };
        match Envelope::open(&envelope, keys) {
            Err(reason) => self.verdict.problem(STATEMENT, reason),
            Ok(payload) => {
                if statement(&read.record, &expected).is_ok_and(|expected| expected != payload) {
                    self.verdict.problem(
                        STATEMENT,
                        "it is a statement over other files: the report, the record or the evidence was exchanged",
                    );
                }
            }
        }
    }

    fn log(&mut self, tenant: &TenantId, options: &Options) -> Option<Log> {
        let note = self.take(CHECKPOINT)?;
        let note = match SignedCheckpoint::read(&note) {
            Ok(note) => note,
            Err(error) => {
                self.verdict.problem(CHECKPOINT, error);
                return None;
            }
        };
        let history = self.history(tenant, note.claim().size);
        let handed_over = self.handed_over();
        let keys = history.keys(&options.trust.keys, &handed_over);
        let trust = Trust { keys: keys.clone(), witnesses: options.trust.witnesses.clone() };
        match note.open(&trust) {
            Err(error) => self.verdict.problem(CHECKPOINT, error),
            Ok(opened) => self.opened(&opened, &history, &trust, options),
        }
        self.verdict.checked.entries = history.size();
        self.verdict.checked.periods = sealed::check_sealed(tenant, &history, &mut self.verdict.problems);
        Some(Log { history, keys })
    }

    fn opened(&mut self, opened: &Opened, history: &History, trust: &Trust, options: &Options) {
        if let Err(reason) = history.check_root(opened) {
            self.verdict.problem(CHECKPOINT, reason);
        }
        let since = options.since.as_ref().map(|since| history.check_since(since, trust));
        let since = match since {
            Some(Err(reason)) => {
                self.verdict.problem("the checkpoint that was kept", reason);
                None
            }
            other => other.and_then(Result::ok),
        };
        let cosigned = opened.cosigned_by.iter().map(|cosigned| (cosigned.witness.clone(), cosigned.at));
        self.verdict.log = Some(LogVerdict {
            origin: opened.checkpoint.origin.clone(),
            size: opened.checkpoint.size,
            root: opened.checkpoint.root.to_string(),
            signed_by: opened.signed_by.iter().map(ToString::to_string).collect(),
            cosigned_by: cosigned.collect(),
            since,
        });
        let absent =
            trust.witnesses.iter().filter(|witness| !opened.cosigned_by.iter().any(|by| by.witness == witness.name()));
        for witness in absent {
            self.verdict.problem(CHECKPOINT, format!("the witness {witness} did not cosign it"));
        }
    }

    fn history(&mut self, tenant: &TenantId, size: u64) -> History {
        let files = self.files;
        let read = |name: TileName| files.read(&log_name(name)).map_err(|error| error.to_string());
        let mut problems: Vec<Problem> = Vec::new();
        let history = History::read(tenant, size, &LogFiles { read: &read, name: &log_name }, &mut problems);
        self.verdict.problems.extend(problems);
        if history.size() == size {
            for name in TileName::entries_of(size).chain(TileName::hashes_of(size)) {
                let name = log_name(name);
                self.verdict.checked.bytes += files.length(&name).unwrap_or(0);
                self.verdict.checked.files += 1;
                self.known.insert(name);
            }
        }
        history
    }

    // The checkpoints that were signed while a key was handed over.
    fn handed_over(&mut self) -> Vec<Vec<u8>> {
        let folder = format!("{LOG}checkpoints/");
        let names: Vec<String> =
            self.files.names().unwrap_or_default().into_iter().filter(|name| name.starts_with(&folder)).collect();
        names.iter().filter_map(|name| self.take(name)).collect()
    }

    // When the log could not be read to its end, its files are known by their names.
    fn foreign_log(&mut self, log: Option<&Log>) {
        let names = self.files.names().unwrap_or_default();
        let is_read =
            log.is_some_and(|log| self.verdict.log.as_ref().is_some_and(|said| said.size == log.history.size()));
        if !is_read {
            self.known.extend(names.into_iter().filter(|name| name.starts_with(LOG)));
        }
    }

    #[cfg(feature = "remake")]
    fn remake(&mut self, read: &Read, options: &Options) {
        let Some(workspace) = options.workspace.as_ref().filter(|_| self.verdict.left_out == 0) else {
            return self.not_remade(&read.record);
        };
        let Some(catalog) = &read.catalog else { return };
        match crate::remake(self.files, &read.record, read.snapshot.clone(), catalog, workspace) {
            // What it stopped at was told above, where the file was read.
            Err(reason) if self.verdict.problems.iter().any(|told| reason.starts_with(&format!("{}: ", told.what))) => {
                self.not_remade(&read.record);
            }
            Err(reason) => self.verdict.problem("making it again", reason),
            Ok(files) => {
                for file in files {
                    match file.is_equal() {
                        true => self.verdict.checked.remade += 1,
                        false => self.verdict.problem(
                            file.name,
                            format!("it does not follow from the evidence: made again, its SHA-256 is {}", file.made),
                        ),
                    }
                }
            }
        }
    }

    #[cfg(not(feature = "remake"))]
    fn remake(&mut self, read: &Read, _: &Options) {
        self.not_remade(&read.record);
    }

    fn not_remade(&mut self, record: &ReportRecord) {
        self.verdict.note(format!("the report {} was not made again from its evidence", record.report_id.short()));
    }
}
