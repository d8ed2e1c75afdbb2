//! A bucket with Object Lock, a plain one and a table, at the endpoints that the environment names.

use aws_sdk_dynamodb::types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType};
use aws_sdk_s3::{
    config::{
        BehaviorVersion, ConfigBag, Credentials, Intercept, Region, RuntimeComponents, SharedHttpClient,
        interceptors::BeforeTransmitInterceptorContextRef,
    },
    error::{BoxError, ProvideErrorMetadata as _},
    types::{BucketVersioningStatus, ObjectLockConfiguration, ObjectLockEnabled, VersioningConfiguration},
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};
use storage::{AwsStores, FaultHook, Storage};
use tokio::sync::OnceCell;

const S3: &str = "EXHIBIT_TEST_S3_ENDPOINT";
const DYNAMODB: &str = "EXHIBIT_TEST_DYNAMODB_ENDPOINT";
const EMULATOR: &str = "EXHIBIT_TEST_EMULATOR";
const BUCKET: &str = "exhibit-conformance";
const DRAFTS: &str = "exhibit-conformance-drafts";
const TABLE: &str = "exhibit-conformance";

/// Clients, and the names of what they reach.
pub struct AwsGround {
    /// Reaches the buckets.
    pub s3: aws_sdk_s3::Client,
    /// Reaches the table.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// The bucket with Object Lock.
    pub bucket: &'static str,
    /// The table.
    pub table: &'static str,
    /// What was asked since it was made.
    pub calls: Calls,
}

/// Counts what goes over the wire, by operation; each try of a retry is one.
#[derive(Debug, Clone, Default)]
pub struct Calls(Arc<Mutex<BTreeMap<String, u64>>>);

impl AwsGround {
    /// The stores that the environment names, made when they are not there.
    #[allow(clippy::print_stdout, reason = "a test that was skipped says so")]
    pub async fn from_environment() -> Option<Self> {
        let (Ok(s3), Ok(dynamodb)) = (std::env::var(S3), std::env::var(DYNAMODB)) else {
            println!("skipped: {S3} and {DYNAMODB} name no stores; `cargo xtask stores` starts some");
            return None;
        };
        let ground = Self::new(&s3, &dynamodb);
        // Once per process; each test has a runtime of its own, and so has clients of its own.
        static MADE: OnceCell<()> = OnceCell::const_new();
        MADE.get_or_init(|| ground.make()).await;
        ground.calls.take();
        Some(ground)
    }

    /// Stores that nobody answers for.
    pub fn nowhere() -> Self {
        Self::new("http://127.0.0.1:9", "http://127.0.0.1:9")
    }

    fn new(s3: &str, dynamodb: &str) -> Self {
        let http = aws_smithy_http_client::Builder::new().build_http();
        let calls = Calls::default();
        let dynamodb = dynamodb_configuration(http.clone(), dynamodb, calls.clone());
        let dynamodb = aws_sdk_dynamodb::Client::from_conf(dynamodb);
        let s3 = aws_sdk_s3::Client::from_conf(s3_configuration(http, s3, calls.clone()));
        Self { s3, dynamodb, bucket: BUCKET, table: TABLE, calls }
    }

    /// The variant under test.
    pub fn open(&self, owner: &str, hook: FaultHook) -> Storage {
        Storage::aws(self.stores(owner), hook)
    }

    /// What the variant is made of.
    pub fn stores(&self, owner: &str) -> AwsStores {
        AwsStores {
            s3: self.s3.clone(),
            dynamodb: self.dynamodb.clone(),
            bucket: BUCKET.to_owned(),
            drafts_bucket: DRAFTS.to_owned(),
            table: TABLE.to_owned(),
            key: None,
            owner: owner.to_owned(),
        }
    }

    /// Whether the environment says that the stores are this emulator (`seaweedfs`, `ministack`), which falls short of AWS
    /// somewhere: the test that asks says where.
    pub fn is(&self, emulator: &str) -> bool {
        std::env::var(EMULATOR).is_ok_and(|named| named == emulator)
    }

    async fn make(&self) {
        self.make_bucket(BUCKET, true).await;
        self.make_bucket(DRAFTS, false).await;
        let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
        self.s3.put_bucket_versioning().bucket(BUCKET).versioning_configuration(enabled).send().await.unwrap();
        // MiniStack does not lock a bucket that was made with the lock; AWS takes this as the same again.
        let lock = ObjectLockConfiguration::builder().object_lock_enabled(ObjectLockEnabled::Enabled).build();
        self.s3.put_object_lock_configuration().bucket(BUCKET).object_lock_configuration(lock).send().await.unwrap();
        self.make_table().await;
    }

    async fn make_bucket(&self, name: &str, locked: bool) {
        let made = self.s3.create_bucket().bucket(name).object_lock_enabled_for_bucket(locked).send().await;
        let code = made.as_ref().err().and_then(|error| error.code());
        assert!(matches!(code, None | Some("BucketAlreadyExists" | "BucketAlreadyOwnedByYou")), "{name}: {made:?}");
    }

    async fn make_table(&self) {
        let text = |name: &str| {
            AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build().unwrap()
        };
        let key = |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap();
        let request = self.dynamodb.create_table().table_name(TABLE).billing_mode(BillingMode::PayPerRequest);
        let request = request.attribute_definitions(text("partition")).attribute_definitions(text("sort"));
        let request = request.key_schema(key("partition", KeyType::Hash)).key_schema(key("sort", KeyType::Range));
        let made = request.send().await;
        let code = made.as_ref().err().and_then(|error| error.code());
        assert!(matches!(code, None | Some("ResourceInUseException")), "{made:?}");
    }
}

fn credentials() -> Credentials {
    Credentials::new("test", "test", None, None, "tests")
}

fn s3_configuration(http: SharedHttpClient, endpoint: &str, calls: Calls) -> aws_sdk_s3::Config {
    aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(http)
        .endpoint_url(endpoint)
        .force_path_style(true)
        .region(Region::new("us-east-1"))
        .credentials_provider(credentials())
        .interceptor(calls)
        .build()
}

fn dynamodb_configuration(http: SharedHttpClient, endpoint: &str, calls: Calls) -> aws_sdk_dynamodb::Config {
    aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(http)
        .endpoint_url(endpoint)
        .region(Region::new("us-east-1"))
        .credentials_provider(credentials())
        .interceptor(calls)
        .build()
}

impl Calls {
    /// What was asked since the last time.
    pub fn take(&self) -> BTreeMap<String, u64> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Intercept for Calls {
    fn name(&self) -> &'static str {
        "Calls"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _configuration: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request();
        let target = request.headers().get("x-amz-target").and_then(|target| target.rsplit('.').next());
        let name = target.map_or_else(|| format!("S3 {}", request.method()), str::to_owned);
        *self.0.lock().unwrap().entry(name).or_default() += 1;
        Ok(())
    }
}
