//! Round trips per second through the pool: caller, Runtime API, process, and back.
//!
//! `cargo build --release -p tidegate-noop`, then
//! `cargo run --release -p tidegate-local-functions --example roundtrip -- target/release/tidegate-noop`.
//! For a profile, one case alone: `… roundtrip BINARY SECONDS PROCESSES CALLERS [current-thread]`.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tidegate_local_cloud::clock::{Clock, SystemClock};
use tidegate_local_functions::{Function, FunctionSpec, InvokeError, Pool, PoolOptions, discard};
use tokio::task::JoinSet;

const EVENT: &[u8] = br#"{"requestContext":{"routeKey":"$default","eventType":"MESSAGE","connectionId":"abc="},"body":"{\"action\":\"echo\",\"text\":\"hello\"}","isBase64Encoded":false}"#;

fn spec(binary: PathBuf, processes: usize) -> FunctionSpec {
    FunctionSpec {
        name: "noop".to_owned(),
        arn: "arn:aws:lambda:us-east-1:000000000000:function:noop".to_owned(),
        binary,
        handler: "bootstrap".to_owned(),
        environment: BTreeMap::new(),
        timeout: Duration::from_secs(3),
        memory_mb: 128,
        max_processes: processes,
        log_group: None,
        region: "us-east-1".to_owned(),
    }
}

const USAGE: &str = "usage: roundtrip BINARY [SECONDS [PROCESSES CALLERS [current-thread]]]";

/// As many round trips as go into the time, and how many those were.
async fn measure(
    function: &Function,
    callers: usize,
    duration: Duration,
) -> Result<u64, InvokeError> {
    let until = SystemClock.now_ms() + u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let done = Arc::new(AtomicU64::new(0));
    let mut tasks = JoinSet::new();
    for _ in 0..callers {
        let (function, done) = (function.clone(), Arc::clone(&done));
        tasks.spawn(async move {
            while SystemClock.now_ms() < until {
                function.invoke(Bytes::from_static(EVENT)).await?;
                done.fetch_add(1, Ordering::Relaxed);
            }
            Ok::<(), InvokeError>(())
        });
    }
    tasks
        .join_all()
        .await
        .into_iter()
        .collect::<Result<(), InvokeError>>()?;
    Ok(done.load(Ordering::Relaxed))
}

async fn run(
    binary: PathBuf,
    seconds: u64,
    cases: &[(usize, usize)],
) -> Result<(), Box<dyn Error>> {
    println!("processes  callers  round trips/s");
    for &(processes, callers) in cases {
        let pool = Pool::new(Arc::new(SystemClock), discard(), PoolOptions::default());
        let function = pool.add(spec(binary.clone(), processes));
        measure(&function, callers, Duration::from_millis(500)).await?;
        let count = measure(&function, callers, Duration::from_secs(seconds)).await?;
        println!("{processes:>9}  {callers:>7}  {:>13}", count / seconds);
        pool.shutdown().await;
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let binary = arguments.next().ok_or(USAGE)?.into();
    let seconds = arguments.next().map_or(Ok(3), |seconds| seconds.parse())?;
    let cases = match (arguments.next(), arguments.next()) {
        (Some(processes), Some(callers)) => vec![(processes.parse()?, callers.parse()?)],
        _ => vec![(1, 1), (1, 32), (1, 256), (4, 1), (4, 32), (4, 256)],
    };
    // As the local runtime does it, or all on one thread.
    let mut builder = match arguments.next().as_deref() {
        Some("current-thread") => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    builder
        .enable_all()
        .build()?
        .block_on(run(binary, seconds, &cases))
}
