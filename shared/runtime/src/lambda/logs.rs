//! Logs as JSON lines on the standard output.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{Layer as _, filter::Targets, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// Begins to log what is at `level` or above. What the SDK and the HTTP client say of requests is left out below warnings:
/// it could hold what is sent.
pub(super) fn begin(level: &str) {
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_target(false)
        .with_current_span(false)
        .with_span_list(false);
    // Where logging has begun already, that stands.
    drop(tracing_subscriber::registry().with(lines.with_filter(targets(level))).try_init());
}

fn targets(level: &str) -> Targets {
    let level = match level {
        "FATAL" => LevelFilter::ERROR,
        other => other.parse().unwrap_or(LevelFilter::INFO),
    };
    let others = level.min(LevelFilter::WARN);
    let ours = [
        "runtime",
        "api_read",
        "api_write",
        "aws_source",
        "collecting",
        "collect_aws",
        "collect_files",
        "collect_http",
        "collect_logs",
        "collect_sql",
        "collect_upload",
        "http_source",
        "schedule",
        "storage",
    ];
    // The runtime of Lambda tells every error once more: it is told once, where it is answered.
    let targets = Targets::new().with_default(others).with_target("lambda_runtime::layers", LevelFilter::OFF);
    targets.with_targets(ours.map(|name| (name, level)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::Level;

    #[test]
    fn the_sdk_says_nothing_of_what_it_sends_at_any_level() {
        for level in ["TRACE", "DEBUG", "INFO", "nonsense"] {
            let targets = targets(level);
            assert!(targets.would_enable("runtime::lambda", &Level::INFO), "{level}");
            assert!(!targets.would_enable("aws_smithy_runtime::client", &Level::INFO), "{level}");
            assert!(!targets.would_enable("lambda_runtime::layers::panic", &Level::ERROR), "{level}");
        }
        assert!(!targets("ERROR").would_enable("aws_config", &Level::WARN));
    }
}
