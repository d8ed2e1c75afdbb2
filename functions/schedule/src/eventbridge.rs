//! Asking EventBridge for its rules, and making the calls of a plan.

use crate::{Call, Deployment, Existing, Rule, ScheduleError, Target};
use aws_sdk_eventbridge::{
    Client,
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    types::{self, DeadLetterConfig, InputTransformer, PutTargetsResultEntry, RetryPolicy, RuleState},
};
use std::{collections::BTreeMap, fmt::Debug};

/// Every rule whose name begins with the prefix of `deployment`; the targets of its own only, which nobody else has to show.
pub(crate) async fn existing(client: &Client, deployment: &Deployment) -> Result<Vec<Existing>, ScheduleError> {
    let (mut found, mut next) = (Vec::new(), None);
    loop {
        let asked = client.list_rules().name_prefix(&deployment.prefix).set_next_token(next).send().await;
        let page = asked.map_err(|error| refused("ListRules", &error))?;
        for rule in page.rules.unwrap_or_default() {
            let mut rule = read_rule(rule);
            if deployment.owns(&rule) {
                rule.targets = targets(client, &rule.name).await?;
            }
            found.push(rule);
        }
        next = page.next_token;
        if next.is_none() {
            return Ok(found);
        }
    }
}

async fn targets(client: &Client, rule: &str) -> Result<Vec<Target>, ScheduleError> {
    let (mut found, mut next) = (Vec::new(), None);
    loop {
        let asked = client.list_targets_by_rule().rule(rule).set_next_token(next).send().await;
        let page = asked.map_err(|error| refused("ListTargetsByRule", &error))?;
        found.extend(page.targets.unwrap_or_default().into_iter().map(read_target));
        next = page.next_token;
        if next.is_none() {
            return Ok(found);
        }
    }
}

fn read_rule(rule: types::Rule) -> Existing {
    Existing {
        name: rule.name.unwrap_or_default(),
        description: rule.description.unwrap_or_default(),
        schedule: rule.schedule_expression,
        event_pattern: rule.event_pattern,
        enabled: rule.state == Some(RuleState::Enabled),
        targets: Vec::new(),
    }
}

fn read_target(target: types::Target) -> Target {
    let (paths, template) = match target.input_transformer {
        Some(transformer) => (transformer.input_paths_map.unwrap_or_default(), transformer.input_template),
        None => Default::default(),
    };
    let policy = target.retry_policy;
    Target {
        id: target.id,
        arn: target.arn,
        input_paths: paths.into_iter().collect::<BTreeMap<_, _>>(),
        input_template: template,
        dead_letter: target.dead_letter_config.and_then(|config| config.arn),
        retries: policy.as_ref().and_then(|policy| policy.maximum_retry_attempts),
        seconds: policy.as_ref().and_then(|policy| policy.maximum_event_age_in_seconds),
    }
}

/// Makes one call of a plan. Each may be made again.
pub(crate) async fn make(client: &Client, call: &Call) -> Result<(), ScheduleError> {
    match call {
        Call::PutRule(rule) => put_rule(client, rule).await,
        Call::PutTarget { rule, target } => put_target(client, rule, target).await,
        Call::RemoveTargets { rule, ids } => {
            let asked = client.remove_targets().rule(rule).set_ids(Some(ids.clone())).send().await;
            let answer = asked.map_err(|error| refused("RemoveTargets", &error))?;
            let failed = answer.failed_entries.unwrap_or_default();
            let reason = failed.first().and_then(|entry| entry.error_message.clone());
            whole("RemoveTargets", rule, answer.failed_entry_count, reason)
        }
        Call::DeleteRule { rule } => {
            let asked = client.delete_rule().name(rule).send().await;
            asked.map(drop).map_err(|error| refused("DeleteRule", &error))
        }
    }
}

async fn put_rule(client: &Client, rule: &Rule) -> Result<(), ScheduleError> {
    let call = client.put_rule().name(&rule.name).description(&rule.description).schedule_expression(&rule.schedule);
    let asked = call.state(RuleState::Enabled).send().await;
    asked.map(drop).map_err(|error| refused("PutRule", &error))
}

async fn put_target(client: &Client, rule: &str, target: &Target) -> Result<(), ScheduleError> {
    let target = written(target).map_err(|error| ScheduleError::Refused {
        operation: "PutTargets".to_owned(),
        reason: error.to_string(),
        denied: false,
    })?;
    let asked = client.put_targets().rule(rule).targets(target).send().await;
    let answer = asked.map_err(|error| refused("PutTargets", &error))?;
    let entries: Vec<PutTargetsResultEntry> = answer.failed_entries.unwrap_or_default();
    let reason = entries.first().and_then(|entry| entry.error_message.clone());
    whole("PutTargets", rule, answer.failed_entry_count, reason)
}

fn written(target: &Target) -> Result<types::Target, aws_sdk_eventbridge::error::BuildError> {
    let transformer = InputTransformer::builder()
        .set_input_paths_map(Some(target.input_paths.clone().into_iter().collect()))
        .input_template(&target.input_template)
        .build()?;
    let policy = RetryPolicy::builder()
        .set_maximum_retry_attempts(target.retries)
        .set_maximum_event_age_in_seconds(target.seconds)
        .build();
    types::Target::builder()
        .id(&target.id)
        .arn(&target.arn)
        .input_transformer(transformer)
        .dead_letter_config(DeadLetterConfig::builder().set_arn(target.dead_letter.clone()).build())
        .retry_policy(policy)
        .build()
}

// These two answer with success although an entry failed.
fn whole(operation: &str, rule: &str, failed: i32, reason: Option<String>) -> Result<(), ScheduleError> {
    if failed == 0 {
        return Ok(());
    }
    let operation = format!("{operation} of {rule}");
    Err(ScheduleError::Unavailable { operation, reason: reason.unwrap_or_else(|| "an entry failed".to_owned()) })
}

// What EventBridge refuses whoever asks later is told apart from what it may do then.
const FOR_GOOD: [&str; 5] = [
    "ValidationException",
    "LimitExceededException",
    "ManagedRuleException",
    "UnsupportedOperationException",
    "ResourceNotFoundException",
];

fn refused<E, R>(operation: &str, error: &SdkError<E, R>) -> ScheduleError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: Debug,
{
    let said = error.as_service_error();
    let code = said.and_then(ProvideErrorMetadata::code).unwrap_or_default();
    let message = said.and_then(ProvideErrorMetadata::message).unwrap_or("no further word");
    let reason = if code.is_empty() { DisplayErrorContext(error).to_string() } else { format!("{code}: {message}") };
    let operation = operation.to_owned();
    let denied = ["AccessDenied", "AccessDeniedException", "UnrecognizedClientException"].contains(&code);
    if denied || FOR_GOOD.contains(&code) {
        return ScheduleError::Refused { operation, reason, denied };
    }
    ScheduleError::Unavailable { operation, reason }
}
