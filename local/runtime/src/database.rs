//! DynamoDB, in this process and in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use dynoxide::Database;
use dynoxide::actions::create_table::CreateTableRequest;
use dynoxide::actions::update_time_to_live::UpdateTimeToLiveRequest;
use serde_json::json;
use thiserror::Error;
use tidegate_local_cloud::clock::SharedClock;
use tidegate_local_cloud::system::Table;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

/// How often expired items are removed. DynamoDB takes days, and says no more than that.
const SWEEP_MS: u64 = 60_000;

/// A table that could not be made.
#[derive(Debug, Error)]
#[error("the table `{table}` cannot be made: {problem}")]
pub(crate) struct TableError {
    table: String,
    problem: String,
}

/// A database with the tables of the stack.
pub(crate) fn with_tables(
    tables: &BTreeMap<String, Table>,
    clock: SharedClock,
) -> Result<Database, TableError> {
    let failed = |table: &str, problem: String| TableError {
        table: table.to_owned(),
        problem,
    };
    let time = Arc::new(DatabaseClock(clock));
    let database =
        Database::memory_with_clock(time).map_err(|error| failed("*", error.to_string()))?;
    for table in tables.values() {
        create(&database, table).map_err(|problem| failed(&table.name, problem))?;
    }
    Ok(database)
}

fn create(database: &Database, table: &Table) -> Result<(), String> {
    let keys = [
        Some((&table.hash_key, "HASH")),
        table.range_key.as_ref().map(|key| (key, "RANGE")),
    ];
    let keys: Vec<_> = keys.into_iter().flatten().collect();
    let request = json!({
        "TableName": table.name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": keys.iter().map(|((name, _), kind)| json!({"AttributeName": name, "KeyType": kind})).collect::<Vec<_>>(),
        "AttributeDefinitions": keys.iter().map(|((name, kind), _)| json!({"AttributeName": name, "AttributeType": kind})).collect::<Vec<_>>(),
    });
    let request: CreateTableRequest =
        serde_json::from_value(request).map_err(|error| error.to_string())?;
    database
        .create_table(request)
        .map_err(|error| error.to_string())?;
    if let Some(attribute) = &table.ttl_attribute {
        let request = json!({
            "TableName": table.name,
            "TimeToLiveSpecification": {"AttributeName": attribute, "Enabled": true},
        });
        let request: UpdateTimeToLiveRequest =
            serde_json::from_value(request).map_err(|error| error.to_string())?;
        database
            .update_time_to_live(request)
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Serves the database until `shutdown`.
pub(crate) async fn serve(listener: TcpListener, database: Database, shutdown: CancellationToken) {
    if let Err(problem) =
        dynoxide::server::serve_with_shutdown(listener, database, shutdown.cancelled_owned()).await
    {
        warn!(problem, "DynamoDB stopped");
    }
}

/// Removes expired items now and then, until `shutdown`.
pub(crate) async fn sweep(database: Database, clock: SharedClock, shutdown: CancellationToken) {
    loop {
        let next = clock.now_ms() + SWEEP_MS;
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = clock.sleep_until(next) => {}
        }
        match database.sweep_ttl() {
            Ok(removed) => debug!(removed, "expired items were removed"),
            Err(error) => warn!(%error, "expired items were not removed"),
        }
    }
}

/// The runtime's clock, as the database wants it.
struct DatabaseClock(SharedClock);

impl dynoxide::storage_backend::Clock for DatabaseClock {
    fn now_unix_secs(&self) -> u64 {
        self.0.now_ms() / 1000
    }

    fn now_unix_secs_f64(&self) -> f64 {
        let now_ms = self.0.now_ms();
        let seconds = u32::try_from(now_ms / 1000).unwrap_or(u32::MAX);
        let millis = u32::try_from(now_ms % 1000).unwrap_or(0);
        f64::from(seconds) + f64::from(millis) / 1000.0
    }
}
