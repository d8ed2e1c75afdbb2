use super::*;
use crate::testing::{EventBridge, arn, catalog, deployment, files, without};
use domain::{CollectionRequest, Failure};

const PREFIX: &str = "exhibit-dev-";
const RULE: &str = "exhibit-dev-second-factor";

fn run(bridge: &mut EventBridge, catalog: &Catalog, prefix: &str) -> Plan {
    let plan = plan(catalog, &deployment(prefix), &bridge.listed(prefix)).unwrap();
    plan.calls.iter().for_each(|call| bridge.apply(call));
    plan
}

fn deployed(prefix: &str) -> EventBridge {
    let mut bridge = EventBridge::default();
    run(&mut bridge, &catalog(), prefix);
    bridge
}

fn names(list: &[&str]) -> Vec<String> {
    list.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn every_control_gets_its_rule_and_a_second_run_makes_no_call() {
    let mut bridge = EventBridge::default();
    let first = run(&mut bridge, &catalog(), PREFIX);
    assert_eq!(first.created, names(&["exhibit-dev-gone", RULE]));
    assert!(first.changed.is_empty() && first.removed.is_empty() && first.unchanged.is_empty());
    let rule = bridge.rule(RULE).clone();
    assert_eq!(rule.schedule.as_deref(), Some("cron(0 3 * * ? *)"));
    assert_eq!(rule.targets.iter().map(|target| &target.arn).collect::<Vec<_>>(), [&arn("files")]);
    assert_eq!(rule.targets[0].dead_letter.as_deref(), Some(deployment(PREFIX).dead_letter.as_str()));
    let second = run(&mut bridge, &catalog(), PREFIX);
    assert_eq!(second.unchanged, first.created);
    assert!(second.calls.is_empty() && second.created.is_empty() && second.changed.is_empty());
}

#[test]
fn the_collector_is_told_the_control_the_tenants_and_the_scheduled_time() {
    let bridge = deployed(PREFIX).rule(RULE).clone();
    let target = &bridge.targets[0];
    assert_eq!(target.input_paths, BTreeMap::from([("time".to_owned(), "$.time".to_owned())]));
    let input = target.input_template.replace("<time>", "2026-07-02T03:00:00Z");
    let asked: CollectionRequest = serde_json::from_str(&input).unwrap();
    let expected = CollectionRequest {
        control: "second-factor".parse().unwrap(),
        tenants: deployment(PREFIX).tenants,
        scheduled_at: Some("2026-07-02T03:00:00Z".parse().unwrap()),
        period: None,
        requested_by: "schedule:exhibit-dev-second-factor".parse().unwrap(),
    };
    assert_eq!(asked, expected);
}

type Deviate = fn(&mut Existing);

#[test]
fn whatever_differs_from_the_catalog_is_set_right_and_nothing_else_is_written() {
    let deviations: [(&str, Deviate, &[&str]); 10] = [
        ("its schedule", |rule| rule.schedule = Some("cron(0 5 * * ? *)".to_owned()), &["PutRule"]),
        ("no schedule", |rule| rule.schedule = None, &["PutRule"]),
        ("an event pattern", |rule| rule.event_pattern = Some("{}".to_owned()), &["PutRule"]),
        ("its state", |rule| rule.enabled = false, &["PutRule"]),
        ("what it says", |rule| rule.description.push_str(" Changed by hand."), &["PutRule"]),
        ("its target", |rule| rule.targets[0].arn.push_str(":1"), &["PutTarget"]),
        ("its input", |rule| rule.targets[0].input_template.push(' '), &["PutTarget"]),
        ("its dead letters", |rule| rule.targets[0].dead_letter = None, &["PutTarget"]),
        ("its retries", |rule| rule.targets[0].retries = Some(0), &["PutTarget"]),
        ("no target", |rule| rule.targets.clear(), &["PutTarget"]),
    ];
    for (what, deviate, expected) in deviations {
        let mut bridge = deployed(PREFIX);
        deviate(bridge.rule(RULE));
        let plan = run(&mut bridge, &catalog(), PREFIX);
        assert_eq!(plan.changed, names(&[RULE]), "{what}");
        assert_eq!(plan.unchanged, names(&["exhibit-dev-gone"]), "{what}");
        let calls: Vec<_> = plan.calls.iter().map(|call| format!("{call:?}")).collect();
        assert_eq!(calls.len(), expected.len(), "{what}: {calls:?}");
        assert!(calls.iter().zip(expected).all(|(call, name)| call.starts_with(name)), "{what}: {calls:?}");
        assert_eq!(bridge, deployed(PREFIX), "{what}");
    }
}

#[test]
fn a_rule_fires_each_collector_that_its_controls_sources_need() {
    let mut files = files();
    let http = "id = \"hr-system\"\ntitle = \"HR\"\ncollector = \"http\"\naddress = \"https://hr.example\"\n";
    files.insert("sources/hr-system.toml".to_owned(), http.to_owned());
    let query = files.get_mut("queries/people.toml").unwrap();
    *query = query.replacen("[[column]]", "[request]\npath = \"/people\"\n\n[[column]]", 1);
    let catalog = Catalog::read(files).unwrap();
    let mut bridge = deployed(PREFIX);
    let plan = run(&mut bridge, &catalog, PREFIX);
    assert_eq!(plan.changed, names(&["exhibit-dev-gone"]));
    let targets: Vec<_> = bridge.rule("exhibit-dev-gone").targets.iter().map(|target| target.arn.clone()).collect();
    assert_eq!(targets, [arn("files"), arn("http")]);
    // And back again: the one that is no longer needed goes.
    run(&mut bridge, &self::catalog(), PREFIX);
    assert_eq!(bridge, deployed(PREFIX));
}

#[test]
fn a_second_target_on_our_rule_is_removed() {
    let mut bridge = deployed(PREFIX);
    let second = Target { id: "second".to_owned(), ..bridge.rule(RULE).targets[0].clone() };
    bridge.rule(RULE).targets.push(second);
    assert_eq!(run(&mut bridge, &catalog(), PREFIX).changed, names(&[RULE]));
    assert_eq!(bridge, deployed(PREFIX));
}

#[test]
fn the_rule_of_a_control_that_is_gone_goes_targets_first() {
    let mut bridge = deployed(PREFIX);
    let plan = run(&mut bridge, &without("gone"), PREFIX);
    assert_eq!(plan.removed, names(&["exhibit-dev-gone"]));
    assert!(matches!(plan.calls.as_slice(), [Call::RemoveTargets { .. }, Call::DeleteRule { .. }]), "{:?}", plan.calls);
    assert_eq!(plan.unchanged, names(&[RULE]));
}

#[test]
fn a_run_that_was_cut_off_anywhere_is_mended_by_the_next() {
    let mut before = deployed(PREFIX);
    before.rule(RULE).targets.clear();
    before.rule(RULE).enabled = false;
    // Creates, changes and removes: from the catalog without `gone` plus a rule of a control that was removed.
    let mut bridge = before.clone();
    run(&mut bridge, &without("gone"), PREFIX);
    let mut left = bridge.rule(RULE).clone();
    left.name = "exhibit-dev-retired".to_owned();
    left.description = left.description.replace("control=second-factor;", "control=retired;");
    bridge.put(left);
    bridge.rule(RULE).schedule = None;
    bridge.rule(RULE).targets.clear();
    let whole = plan(&catalog(), &deployment(PREFIX), &bridge.listed(PREFIX)).unwrap();
    assert_eq!(whole.calls.len(), 6, "{:?}", whole.calls);
    for done in 0..=whole.calls.len() {
        let mut cut_off = bridge.clone();
        whole.calls[..done].iter().for_each(|call| cut_off.apply(call));
        run(&mut cut_off, &catalog(), PREFIX);
        assert_eq!(cut_off, deployed(PREFIX), "after {done} calls");
    }
}

#[test]
fn the_rules_of_another_stage_whose_prefix_begins_with_ours_are_not_ours() {
    let mut bridge = deployed("exhibit-dev-eu-");
    let plan = run(&mut bridge, &catalog(), PREFIX);
    assert!(plan.removed.is_empty() && plan.changed.is_empty(), "{plan:?}");
    // And the other way round: removing a control here leaves theirs.
    assert_eq!(run(&mut bridge, &without("gone"), PREFIX).removed, names(&["exhibit-dev-gone"]));
    assert_eq!(bridge.listed("exhibit-dev-eu-"), deployed("exhibit-dev-eu-").listed(""));
}

#[test]
fn a_rule_that_somebody_else_made_is_never_touched() {
    let mut bridge = deployed(PREFIX);
    let theirs = Existing { name: "exhibit-dev-nightly".to_owned(), enabled: true, ..Existing::default() };
    bridge.put(theirs);
    let plan = run(&mut bridge, &catalog(), PREFIX);
    assert!(plan.calls.is_empty(), "{:?}", plan.calls);
}

#[test]
fn a_rule_of_somebody_else_where_ours_has_to_be_is_named() {
    let mut bridge = deployed(PREFIX);
    bridge.rule(RULE).description = "Nightly job".to_owned();
    let error = plan(&catalog(), &deployment(PREFIX), &bridge.listed(PREFIX)).unwrap_err();
    assert_eq!(error.failure(), Failure::CustodyConflict);
    assert!(error.to_string().contains(RULE), "{error}");
}

#[test]
fn the_order_of_the_listing_changes_nothing() {
    let mut bridge = deployed(PREFIX);
    bridge.rule(RULE).enabled = false;
    let mut listed = bridge.listed(PREFIX);
    let forward = plan(&without("gone"), &deployment(PREFIX), &listed).unwrap();
    listed.reverse();
    assert_eq!(plan(&without("gone"), &deployment(PREFIX), &listed).unwrap(), forward);
}

#[test]
fn a_control_whose_rule_would_have_too_long_a_name_is_named() {
    let long = format!("second-factor-{}", "x".repeat(40));
    let mut files = files();
    let text = files.remove("controls/second-factor.toml").unwrap();
    files.insert(format!("controls/{long}.toml"), text.replace("id = \"second-factor\"", &format!("id = {long:?}")));
    let catalog = Catalog::read(files).unwrap();
    assert!(plan(&catalog, &deployment("dev-"), &[]).is_ok());
    let error = plan(&catalog, &deployment(PREFIX), &[]).unwrap_err();
    assert_eq!(error.failure(), Failure::InvalidInput);
    assert!(error.to_string().contains(&long), "{error}");
}

#[test]
fn a_prefix_that_is_none_is_refused() {
    for prefix in ["", "exhibit dev", "exhibit/dev-", &"x".repeat(49)] {
        let error = plan(&catalog(), &deployment(prefix), &[]).unwrap_err();
        assert!(matches!(error, ScheduleError::Prefix(_)), "{prefix:?}: {error}");
    }
}

#[test]
fn more_tenants_than_an_input_can_name_are_refused() {
    let tenants = (0..200).map(|number| format!("tenant-{number}-{}", "x".repeat(40)).parse().unwrap()).collect();
    let error = plan(&catalog(), &Deployment { tenants, ..deployment(PREFIX) }, &[]).unwrap_err();
    assert!(matches!(error, ScheduleError::InputTooLong { .. }), "{error}");
}
