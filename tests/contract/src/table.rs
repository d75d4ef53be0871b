//! The registry's table in a DynamoDB that is not Amazon's.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Region};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use aws_smithy_http_client::Builder;
use tidegate_aws::{AwsEnvironment, DynamoStore, Meter, Surroundings};
use tidegate_contract::table::{PARTITION_KEY, SORT_KEY};
use tokio::net::TcpListener;

use crate::proxy::Proxy;

/// The name of the table.
pub const TABLE: &str = "registry";

/// Starts an embedded dynoxide, which is there for as long as the test's runtime lives.
pub async fn dynoxide() -> SocketAddr {
    let database = dynoxide::Database::memory().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let forever = std::future::pending();
    tokio::spawn(dynoxide::server::serve_with_shutdown(
        listener, database, forever,
    ));
    address
}

/// The same with the registry's table in it, behind a proxy; and its own endpoint.
pub async fn dynoxide_behind_a_proxy() -> (Proxy, String) {
    let address = dynoxide().await;
    let endpoint = format!("http://{address}");
    create(&endpoint).await;
    (Proxy::before(address).await, endpoint)
}

/// What Lambda would tell a function, with DynamoDB at `endpoint`.
#[must_use]
pub fn environment(endpoint: &str) -> AwsEnvironment {
    AwsEnvironment {
        region: "eu-central-1".to_owned(),
        credentials: credentials(),
        dynamodb_endpoint: Some(endpoint.to_owned()),
        sqs_endpoint: None,
    }
}

/// Credentials that are nobody's.
#[must_use]
pub fn credentials() -> Credentials {
    Credentials::new(
        "AKIDEXAMPLE",
        "secret",
        Some("session".to_owned()),
        None,
        "tests",
    )
}

/// The SDK's own client, for what the store has no operation for.
#[must_use]
pub fn client(endpoint: &str) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(credentials())
        .http_client(Builder::new().build_http())
        .endpoint_url(endpoint);
    Client::from_conf(config.build())
}

/// Makes the table, with the keys of the contract, in the DynamoDB at `endpoint`.
pub async fn create(endpoint: &str) {
    create_named(endpoint, TABLE).await;
}

/// The same by another name, where several tests share a DynamoDB.
pub async fn create_named(endpoint: &str, table: &str) {
    let key = |name: &str, kind| {
        let element = KeySchemaElement::builder().attribute_name(name);
        element.key_type(kind).build().unwrap()
    };
    let attribute = |name: &str| {
        let definition = AttributeDefinition::builder().attribute_name(name);
        let definition = definition.attribute_type(ScalarAttributeType::S);
        definition.build().unwrap()
    };
    let create = client(endpoint)
        .create_table()
        .table_name(table)
        .key_schema(key(PARTITION_KEY, KeyType::Hash))
        .key_schema(key(SORT_KEY, KeyType::Range))
        .attribute_definitions(attribute(PARTITION_KEY))
        .attribute_definitions(attribute(SORT_KEY))
        .billing_mode(BillingMode::PayPerRequest);
    create.send().await.unwrap();
}

/// Surroundings whose clock stands still and whose waits are none, so that what guards let through can be counted; and
/// their meter.
#[must_use]
pub fn surroundings() -> (Surroundings, Arc<Meter>) {
    let meter = Arc::new(Meter::default());
    let surroundings = Surroundings {
        // 2026-09-21T14:13:20Z.
        now: || UNIX_EPOCH + Duration::from_secs(1_790_000_000),
        jitter: || 0.0,
        meter: Arc::clone(&meter),
    };
    (surroundings, meter)
}

/// The store in the DynamoDB at `endpoint`, and the meter of what it consumes.
#[must_use]
pub fn store(endpoint: &str) -> (DynamoStore, Arc<Meter>) {
    store_in(endpoint, TABLE)
}

/// The same in a table of another name.
#[must_use]
pub fn store_in(endpoint: &str, table: &str) -> (DynamoStore, Arc<Meter>) {
    let (surroundings, meter) = surroundings();
    let store = DynamoStore::new(&environment(endpoint), table.to_owned(), surroundings);
    (store, meter)
}
