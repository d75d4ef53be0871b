//! The least Lambda in Rust: it answers a proxy event with the event's own body.
//!
//! The floor in benchmarks: whatever a round trip costs above this binary's share is the gateway's and the pool's.

use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The body stays the JSON string that it was in the event: neither unescaped nor escaped again.
#[derive(Deserialize)]
struct Event {
    #[serde(default)]
    body: Option<Box<RawValue>>,
}

#[derive(Serialize)]
struct Reply {
    #[serde(rename = "statusCode")]
    status_code: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Box<RawValue>>,
}

async fn echo(event: LambdaEvent<Event>) -> Result<Reply, Error> {
    Ok(Reply {
        status_code: 200,
        body: event.payload.body,
    })
}

fn main() -> Result<(), Error> {
    // `Runtime` and not `lambda_runtime::run`, which adds a tracing span to each invocation.
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(Runtime::new(service_fn(echo)).run())
}
