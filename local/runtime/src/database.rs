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

/// Expired items are looked for no more often than this: times to live are whole seconds.
const LEAST_SWEEP_MS: u64 = 1_000;

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

/// Removes expired items, each within `delay_ms` after its time and never before, until `shutdown`.
pub(crate) async fn sweep(
    database: Database,
    clock: SharedClock,
    delay_ms: u64,
    shutdown: CancellationToken,
) {
    let every_ms = delay_ms.max(LEAST_SWEEP_MS);
    loop {
        let next = clock.now_ms().saturating_add(every_ms);
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use dynoxide::actions::put_item::PutItemRequest;
    use dynoxide::actions::scan::ScanRequest;
    use tidegate_local_cloud::clock::VirtualClock;

    use super::*;

    const NOW_S: u64 = 1_790_000_000;

    fn table(name: &str, ttl_attribute: Option<&str>) -> (String, Table) {
        let table = Table {
            name: name.to_owned(),
            hash_key: ("pk".to_owned(), "S".to_owned()),
            range_key: None,
            ttl_attribute: ttl_attribute.map(str::to_owned),
        };
        (name.to_owned(), table)
    }

    fn put(database: &Database, table: &str, item: &serde_json::Value) {
        let request = json!({"TableName": table, "Item": item});
        let request: PutItemRequest = serde_json::from_value(request).unwrap();
        database.put_item(request).unwrap();
    }

    fn keys(database: &Database, table: &str) -> Vec<String> {
        let request: ScanRequest = serde_json::from_value(json!({"TableName": table})).unwrap();
        let found = serde_json::to_value(database.scan(request).unwrap()).unwrap();
        let items = found["Items"].as_array().unwrap();
        let mut keys: Vec<_> = items
            .iter()
            .map(|item| item["pk"]["S"].as_str().unwrap().to_owned())
            .collect();
        keys.sort();
        keys
    }

    #[tokio::test]
    async fn an_item_goes_some_time_after_its_ttl_and_never_before() {
        let clock = VirtualClock::at(NOW_S * 1_000);
        let shared: SharedClock = Arc::new(clock.clone());
        let tables = [table("sessions", Some("ttl")), table("plain", None)].into();
        let database = with_tables(&tables, Arc::clone(&shared)).unwrap();
        for table in ["sessions", "plain"] {
            for (key, ttl) in [("soon", NOW_S + 90), ("later", NOW_S + 3_600)] {
                let item = json!({"pk": {"S": key}, "ttl": {"N": ttl.to_string()}});
                put(&database, table, &item);
            }
            put(&database, table, &json!({"pk": {"S": "for ever"}}));
            // Milliseconds, which many take for a time to live, are the year 58000.
            let item = json!({"pk": {"S": "wrong"}, "ttl": {"N": (NOW_S * 1_000).to_string()}});
            put(&database, table, &item);
        }
        let stop = CancellationToken::new();
        let sweeping = sweep(database.clone(), shared, 60_000, stop.clone());
        let sweeping = tokio::spawn(sweeping);
        // There is one thread: the sweep waits for its time whenever it is this test's turn.
        let pass = async |seconds: u64| {
            for _second in 0..seconds {
                tokio::task::yield_now().await;
                clock.advance(Duration::from_secs(1));
            }
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
        };
        let all = ["for ever", "later", "soon", "wrong"];
        pass(90).await;
        assert_eq!(keys(&database, "sessions"), all);
        pass(61).await;
        assert_eq!(keys(&database, "sessions"), ["for ever", "later", "wrong"]);
        pass(3_600).await;
        assert_eq!(keys(&database, "sessions"), ["for ever", "wrong"]);
        assert_eq!(keys(&database, "plain"), all);
        stop.cancel();
        sweeping.await.unwrap();
    }
}
