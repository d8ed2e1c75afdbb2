//! What AWS asks, in dollars: list prices of us-east-1, first tier, without any free tier.

/// One price, when it was said to hold, and by whom.
#[derive(Debug, Clone, Copy)]
pub struct Price {
    /// Dollars for one.
    pub dollars: f64,
    /// One of what.
    pub of: &'static str,
    /// Where it stands, and of when that is.
    pub source: &'static str,
}

const fn price(dollars: f64, of: &'static str, source: &'static str) -> Price {
    Price { dollars, of, source }
}

const KNOWN: &str = "from knowledge, 2025; aws.amazon.com/s3/pricing shows it to browsers only";

pub const S3_PUT: Price = price(0.005e-3, "S3 PUT, POST or LIST", KNOWN);
pub const S3_GET: Price = price(0.0004e-3, "S3 GET or HEAD", KNOWN);
pub const S3_STANDARD: Price = price(0.023, "S3 Standard, GB-month", "cloudburn.io/blog/amazon-s3-pricing, 2026-03-13");
pub const S3_INSTANT: Price = price(0.004, "S3 Glacier Instant Retrieval, GB-month", KNOWN);
pub const S3_MOVE: Price = price(0.02e-3, "move into Glacier Instant Retrieval", KNOWN);
pub const TABLE_WRITE: Price = price(
    0.625e-6,
    "DynamoDB write unit on demand",
    "airbyte.com/data-engineering-resources/dynamodb-pricing, 2025-07-21",
);
pub const TABLE_READ: Price = price(
    0.125e-6,
    "DynamoDB read unit on demand",
    "airbyte.com/data-engineering-resources/dynamodb-pricing, 2025-07-21",
);
pub const TABLE_STORAGE: Price = price(0.25, "DynamoDB storage, GB-month", "from knowledge, 2025");
pub const LAMBDA_SECOND: Price =
    price(0.000_013_333_4, "Lambda arm64, GB-second", "cloudchipr.com/blog/aws-lambda-pricing, 2024");
pub const LAMBDA_REQUEST: Price =
    price(0.2e-6, "Lambda request", "lambda_local_runner/docs/lambda-13-cost, 2026-05-11");
pub const SCHEDULED: Price = price(0.0, "firing of an EventBridge rule on the default bus", "from knowledge, 2025");
pub const KEY: Price =
    price(1.0, "KMS key, month", "factualminds.com/blog/aws-kms-pricing-keys-requests-multi-region, 2026-06");
pub const KEY_REQUEST: Price =
    price(0.03e-4, "KMS request", "factualminds.com/blog/aws-kms-pricing-keys-requests-multi-region, 2026-06");
pub const LOGS: Price = price(
    0.5,
    "CloudWatch Logs, GB taken in",
    "factualminds.com/blog/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards, 2026-06-13",
);
pub const METRIC: Price =
    price(0.3, "CloudWatch metric of one's own, month", "signoz.io/guides/cloudwatch-pricing, 2026-02-15");
pub const ALARM: Price = price(0.1, "CloudWatch alarm on one metric, month", "from knowledge, 2025");
pub const TRANSITION: Price =
    price(0.025e-3, "Step Functions transition", "aws.amazon.com/step-functions/pricing, as stored, no date");

/// All of them, for the reader.
pub const ALL: [Price; 17] = [
    S3_PUT,
    S3_GET,
    S3_STANDARD,
    S3_INSTANT,
    S3_MOVE,
    TABLE_WRITE,
    TABLE_READ,
    TABLE_STORAGE,
    LAMBDA_SECOND,
    LAMBDA_REQUEST,
    SCHEDULED,
    KEY,
    KEY_REQUEST,
    LOGS,
    METRIC,
    ALARM,
    TRANSITION,
];
