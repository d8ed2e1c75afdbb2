//! The shapes on the wire: the state machine's definition and its examples spell them, too.

use super::*;
use serde_json::{Value, json};

fn request() -> Value {
    json!({
        "run_id": "run-1",
        "tenant": "acme",
        "framework": "soc2",
        "period": {"start": "2026-07-01T00:00:00Z", "end": "2026-08-01T00:00:00Z"},
        "requested_by": "ana@acme.example",
    })
}

fn digest(text: &str) -> Value {
    json!(Digest::of(text.as_bytes()))
}

fn snapshotted() -> Value {
    json!({
        "request": request(),
        "snapshot": {"key": "acme/snapshots/s.json", "version": "v1", "digest": digest("s"), "length": 7},
        "inputs": {
            "format": "exhibit/report/v1",
            "report_type": "controls",
            "tenant": "acme",
            "framework": "soc2",
            "period": {"start": "2026-07-01T00:00:00Z", "end": "2026-08-01T00:00:00Z"},
            "snapshot": digest("s"),
            "catalog": digest("c"),
            "templates": digest("t"),
            "parameters": {},
        },
        "report_id": digest("r"),
        "controls": ["access-mfa", "leavers"],
        "exists": false,
    })
}

fn transformed() -> Value {
    json!({"snapshotted": snapshotted(), "report": digest("report"), "staging": digest("staging")})
}

fn reads_back<T: Serialize + for<'a> Deserialize<'a>>(shape: Value) {
    let payload: T = serde_json::from_value(shape.clone()).unwrap();
    assert_eq!(serde_json::to_value(payload).unwrap(), shape);
}

#[test]
fn every_payload_has_the_shape_that_the_state_machine_spells() {
    reads_back::<ReportRequest>(request());
    reads_back::<Snapshotted>(snapshotted());
    reads_back::<TransformStep>(json!({"snapshotted": snapshotted(), "control": "leavers"}));
    reads_back::<Evaluated>(json!({"control": "leavers", "finding": digest("f")}));
    let evaluated = json!([{"control": "access-mfa", "finding": digest("f")}]);
    reads_back::<TransformStep>(json!({"snapshotted": snapshotted(), "evaluated": evaluated}));
    reads_back::<Transformed>(transformed());
    reads_back::<RenderStep>(json!({"transformed": transformed(), "format": "pdf"}));
    reads_back::<(ReportFormat, Digest)>(json!(["pdf", digest("p")]));
    reads_back::<Rendered>(
        json!({"transformed": transformed(), "drafts": [["pdf", digest("p")], ["csv", digest("c")]]}),
    );
    reads_back::<Uploaded>(json!({"request": request(), "report_id": digest("r")}));
    reads_back::<Verified>(json!({"run_id": "run-1", "report_id": digest("r"), "objects": 7, "bytes": 70}));
    reads_back::<FailedStep>(
        json!({"request": request(), "state": "Render", "error": "States.Timeout", "cause": "{\"errorMessage\":\"x\"}"}),
    );
    reads_back::<MarkedFailed>(json!({"run_id": "run-1", "error": "Interrupted", "message": "Render: x"}));
}

#[test]
fn a_transform_without_findings_evaluates_every_control() {
    let written_by_the_state_machine = json!({"snapshotted": snapshotted(), "evaluated": []});
    let step: TransformStep = serde_json::from_value(written_by_the_state_machine).unwrap();
    assert_eq!((step.control, step.evaluated), (None, Vec::new()));
}

#[test]
fn what_verify_needs_is_in_the_snapshot_step_s_answer_too() {
    let uploaded: Uploaded = serde_json::from_value(snapshotted()).unwrap();
    assert_eq!(uploaded.request.run_id.as_str(), "run-1");
}

#[test]
fn a_payload_that_is_wrong_says_where() {
    let mut wrong = snapshotted();
    wrong["report_id"] = json!("r");
    let refused = serde_json::from_value::<Snapshotted>(wrong).unwrap_err().to_string();
    assert!(refused.contains("\"r\""), "{refused}");
    let refused = serde_json::from_value::<RenderStep>(json!({"transformed": transformed()})).unwrap_err().to_string();
    assert!(refused.contains("format"), "{refused}");
}
