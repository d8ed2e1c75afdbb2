#![doc = include_str!("../README.md")]

use catalog::{Catalog, Problems};
use domain::{Digest, Failure, RenderStep, Rendered, Report, ReportFormat, Snapshot, Transformed};
use rendering::{RenderError, Templates};
use storage::{Content, Run, Storage, StorageError};

/// Why a format was not made.
#[derive(Debug, thiserror::Error)]
pub enum RenderStepError {
    /// The draft of the report is not one.
    #[error("the draft of the report cannot be read: {0}")]
    Draft(#[from] serde_json::Error),
    /// The renderer.
    #[error("{format}: {source}")]
    Render {
        /// The format.
        format: ReportFormat,
        /// What was wrong.
        source: RenderError,
    },
    /// The templates.
    #[error("the templates of the catalog: {0}")]
    Templates(RenderError),
    /// The catalog that the snapshot was taken by.
    #[error("the catalog of the snapshot: {0}")]
    Catalog(#[from] Problems),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl RenderStepError {
    /// The name an orchestrator acts on.
    pub fn failure(&self) -> Failure {
        match self {
            RenderStepError::Storage(error) => error.failure(),
            RenderStepError::Draft(_) | RenderStepError::Catalog(_) => Failure::IntegrityMismatch,
            RenderStepError::Render { .. } | RenderStepError::Templates(_) => Failure::InvalidInput,
        }
    }
}

/// The step as a function of the state machine: one format, and the digest of its draft.
pub async fn handle(storage: &Storage, step: &RenderStep) -> Result<(ReportFormat, Digest), RenderStepError> {
    Ok((step.format, render_format(storage, &step.transformed, step.format).await?))
}

/// Renders every format of a report and leaves each as a draft.
pub async fn render(storage: &Storage, transformed: &Transformed) -> Result<Rendered, RenderStepError> {
    let mut drafts = Vec::new();
    for format in ReportFormat::ALL {
        drafts.push((format, render_format(storage, transformed, format).await?));
    }
    Ok(Rendered { transformed: transformed.clone(), drafts })
}

/// Renders one format and leaves it as a draft: what one branch of the state machine does.
pub async fn render_format(
    storage: &Storage,
    transformed: &Transformed,
    format: ReportFormat,
) -> Result<Digest, RenderStepError> {
    let run = Run::from(&transformed.snapshotted.request);
    if format == ReportFormat::Json {
        // The draft of the report is the JSON format already.
        return Ok(transformed.report);
    }
    let report: Report = serde_json::from_slice(&storage.locker.read_draft(run, transformed.report).await?)?;
    let snapshot: Snapshot = storage.locker.read(&transformed.snapshotted.snapshot).await?;
    let catalog = Catalog::from_archive(&storage.locker.fetch(&snapshot.catalog).await?)?;
    let templates = Templates::new(catalog.templates()).map_err(RenderStepError::Templates)?;
    let rendered = tokio::task::spawn_blocking(move || rendering::render(&report, format, &templates)).await;
    let bytes = rendered
        .map_err(|error| StorageError::Unavailable {
            operation: format!("render {format}"),
            reason: error.to_string(),
        })?
        .map_err(|source| RenderStepError::Render { format, source })?;
    Ok(storage.locker.put_draft(run, Content::Memory(&bytes)).await?)
}
