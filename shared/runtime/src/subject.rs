//! What an invocation is about, for the logs.

use domain::{
    CollectionRequest, ControlId, FailedStep, RenderStep, Rendered, ReportRequest, RunId, TransformStep, Uploaded,
};

/// What an invocation is about, by the names under which people look for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// The run of a report.
    pub run: Option<RunId>,
    /// The control.
    pub control: Option<ControlId>,
}

/// A payload that tells what it is about.
pub trait About {
    /// What it is about.
    fn subject(&self) -> Subject;
}

fn of_run(request: &ReportRequest) -> Subject {
    Subject { run: Some(request.run_id.clone()), control: None }
}

impl About for ReportRequest {
    fn subject(&self) -> Subject {
        of_run(self)
    }
}

impl About for TransformStep {
    fn subject(&self) -> Subject {
        Subject { control: self.control.clone(), ..of_run(&self.snapshotted.request) }
    }
}

impl About for RenderStep {
    fn subject(&self) -> Subject {
        of_run(&self.transformed.snapshotted.request)
    }
}

impl About for Rendered {
    fn subject(&self) -> Subject {
        of_run(&self.transformed.snapshotted.request)
    }
}

impl About for Uploaded {
    fn subject(&self) -> Subject {
        of_run(&self.request)
    }
}

impl About for FailedStep {
    fn subject(&self) -> Subject {
        of_run(&self.request)
    }
}

impl About for CollectionRequest {
    fn subject(&self) -> Subject {
        Subject { run: None, control: Some(self.control.clone()) }
    }
}
