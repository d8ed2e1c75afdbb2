//! What goes wrong is noticed, and the runbook knows it.

use crate::{none, one, template};
use domain::Failure;
use serde_json::Value;
use std::collections::BTreeSet;

// CloudWatch's own limit.
const MOST_METRICS: usize = 10;

/// The functions whose `metric` some alarm watches.
fn watched<'a>(app: &'a Value, metric: &'a str) -> impl Iterator<Item = &'a str> {
    let alarms = template::resources(app, "AWS::CloudWatch::Alarm");
    let metrics = alarms.flat_map(|(_, alarm)| template::list(&alarm["Properties"]["Metrics"]));
    let of_lambda =
        metrics.map(|watched| &watched["MetricStat"]["Metric"]).filter(move |of| of["MetricName"] == metric);
    of_lambda.filter_map(|of| of["Dimensions"][0]["Value"]["Ref"].as_str())
}

/// Whether nobody would notice that the log is not sealed, because nothing runs that could fail.
fn silence(app: &Value) -> Option<String> {
    let behind = &app["Resources"]["LogBehindAlarm"]["Properties"];
    let seconds =
        [&behind["Period"], &behind["EvaluationPeriods"]].iter().filter_map(|value| value.as_u64()).product::<u64>();
    let holds = behind["MetricName"] == "OldestEvent" && behind["TreatMissingData"] == "breaching" && seconds <= 900;
    (!holds).then(|| "nobody is told within 15 minutes that the log is not sealed".to_owned())
}

/// Functions that one of the alarms over all functions leaves out, and alarms that tell nobody.
fn alarms(app: &Value) -> Vec<String> {
    let mut complaints = Vec::new();
    let functions: BTreeSet<&str> = template::functions(app).map(|(id, _)| id).collect();
    for metric in ["Errors", "Throttles"] {
        let watched: BTreeSet<&str> = watched(app, metric).collect();
        let missed = functions.iter().filter(|id| !watched.contains(**id));
        complaints.extend(missed.map(|id| format!("no alarm watches the {metric} of {id}")));
    }
    for (id, alarm) in template::resources(app, "AWS::CloudWatch::Alarm") {
        let metrics = template::list(&alarm["Properties"]["Metrics"]);
        if metrics.iter().filter(|metric| metric["MetricStat"].is_object()).count() > MOST_METRICS {
            complaints.push(format!("{id} watches more than {MOST_METRICS} metrics"));
        }
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
    none(silence(&template::app()).into_iter().collect());
}

#[test]
fn the_runbook_explains_every_alarm_and_every_failure() {
    none(unexplained(&template::app(), &template::text("docs/operations/failures.md")));
}

#[test]
fn what_nobody_watches_or_explains_is_seen() {
    let mut app = template::app();
    app["Resources"]["FunctionErrorsAlarm"]["Properties"]["Metrics"].as_array_mut().unwrap().pop();
    one(alarms(&app), "no alarm watches the Errors of ApiWriteFunction");
    let mut app = template::app();
    app["Resources"]["SealFailedAlarm"]["Properties"]["Metrics"].as_array_mut().unwrap().truncate(2);
    one(alarms(&app), "no alarm watches the Throttles of SealFunction");
    let mut app = template::app();
    let eleventh = app["Resources"]["SealFailedAlarm"]["Properties"]["Metrics"][1].clone();
    let metrics = app["Resources"]["FunctionErrorsAlarm"]["Properties"]["Metrics"].as_array_mut().unwrap();
    metrics.extend([eleventh.clone(), eleventh]);
    one(alarms(&app), "FunctionErrorsAlarm watches more than 10");
    for (name, value) in [("TreatMissingData", "notBreaching".into()), ("EvaluationPeriods", 4.into())] {
        let mut app = template::app();
        app["Resources"]["LogBehindAlarm"]["Properties"][name] = value;
        assert!(silence(&app).is_some(), "{name}");
    }
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
