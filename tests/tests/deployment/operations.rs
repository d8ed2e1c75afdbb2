//! What goes wrong is noticed, and the runbook knows it.

use crate::{none, one, template};
use domain::Failure;
use serde_json::Value;
use std::collections::BTreeSet;

/// Functions that one of the alarms over all functions leaves out, and alarms that tell nobody.
fn alarms(app: &Value) -> Vec<String> {
    let mut complaints = Vec::new();
    let functions: BTreeSet<&str> = template::functions(app).map(|(id, _)| id).collect();
    for alarm in ["FunctionErrorsAlarm", "FunctionThrottlesAlarm"] {
        let metrics = template::list(&app["Resources"][alarm]["Properties"]["Metrics"]);
        let dimension = |metric: &&Value| {
            metric["MetricStat"]["Metric"]["Dimensions"][0]["Value"]["Ref"].as_str().map(str::to_owned)
        };
        let watched: BTreeSet<String> = metrics.iter().filter_map(dimension).collect();
        let missed = functions.iter().filter(|id| !watched.contains(**id));
        complaints.extend(missed.map(|id| format!("{alarm} does not watch {id}")));
    }
    for (id, alarm) in template::resources(app, "AWS::CloudWatch::Alarm") {
        if alarm["Properties"]["AlarmActions"][0]["Ref"] != "AlarmTopic" {
            complaints.push(format!("{id} tells nobody"));
        }
        complaints.extend(refused_query(id, &alarm["Properties"]));
    }
    complaints
}

// CloudWatch refuses both when the alarm is made, and no linter knows: Metrics Insights has no OR, and an alarm may not search.
fn refused_query(id: &str, alarm: &Value) -> Option<String> {
    let queries = template::list(&alarm["Metrics"]).into_iter().map(|metric| metric["Expression"].to_string());
    let words = |query: &str| query.replace("\\n", " ").to_uppercase();
    let refused = queries.map(|query| words(&query)).find(|query| query.contains(" OR ") || query.contains("SEARCH("));
    refused.map(|query| format!("{id} cannot be made with the expression {query}"))
}

/// What can be asked about a failure and the runbook does not say.
fn unexplained(app: &Value, runbook: &str) -> Vec<String> {
    let alarms = template::resources(app, "AWS::CloudWatch::Alarm").map(|(_, alarm)| {
        let name = alarm["Properties"]["AlarmName"]["Fn::Sub"].as_str().unwrap_or_default();
        name.trim_start_matches("exhibit-${Stage}-").to_owned()
    });
    let names = alarms.chain(Failure::ALL.map(|failure| failure.name().to_owned()));
    let missing = names.filter(|name| !runbook.contains(&format!("| `{name}` |")));
    missing.map(|name| format!("docs/operations/failures.md has no row for {name}")).collect()
}

#[test]
fn every_function_is_watched_and_every_alarm_tells_somebody() {
    none(alarms(&template::app()));
}

#[test]
fn the_runbook_explains_every_alarm_and_every_failure() {
    none(unexplained(&template::app(), &template::text("docs/operations/failures.md")));
}

#[test]
fn what_nobody_watches_or_explains_is_seen() {
    let mut app = template::app();
    app["Resources"]["FunctionErrorsAlarm"]["Properties"]["Metrics"].as_array_mut().unwrap().pop();
    one(alarms(&app), "FunctionErrorsAlarm does not watch ApiWriteFunction");
    let mut app = template::app();
    app["Resources"]["CustodyConflictAlarm"]["Properties"]["AlarmActions"] = Value::Null;
    one(alarms(&app), "CustodyConflictAlarm tells nobody");
    for query in ["SELECT SUM(Errors) FROM x WHERE a = 'b'\nOR a = 'c'", "SUM(SEARCH('{x,y}', 'Sum', 300))"] {
        let mut app = template::app();
        app["Resources"]["CustodyConflictAlarm"]["Properties"]["Metrics"][0]["Expression"]["Fn::Sub"] = query.into();
        one(alarms(&app), "CustodyConflictAlarm cannot be made");
    }
    let runbook = template::text("docs/operations/failures.md");
    one(unexplained(&template::app(), &runbook.replace("| `InvalidInput` |", "| |")), "InvalidInput");
    one(unexplained(&template::app(), &runbook.replace("| `dead-letters` |", "| |")), "dead-letters");
}
