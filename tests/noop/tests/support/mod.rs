//! What the pool's tests share: a pool of the misbehaving function, and waits on states.

#![allow(dead_code, reason = "each test binary uses its own part")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "only tests call this, and a failure here is theirs"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use tidegate_local_cloud::clock::SystemClock;
use tidegate_local_functions::{
    Function, FunctionSpec, InvokeError, LogLine, LogStream, Pool, PoolOptions, SharedLogSink,
    Stats,
};

pub(crate) const MISBEHAVE: &str = env!("CARGO_BIN_EXE_tidegate-misbehave");
pub(crate) const NOOP: &str = env!("CARGO_BIN_EXE_tidegate-noop");
pub(crate) const ARN: &str = "arn:aws:lambda:eu-central-1:000000000000:function:misbehave";

/// Longer than anything takes, even on a busy machine: reached only by a test that fails.
const BOUND: Duration = Duration::from_secs(30);
const STEP: Duration = Duration::from_millis(2);

/// The lines that arrived so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lines(Arc<Mutex<Vec<LogLine>>>);

impl Lines {
    pub(crate) fn sink(&self) -> SharedLogSink {
        let lines = self.clone();
        Arc::new(move |line: LogLine| lines.0.lock().unwrap().push(line))
    }

    pub(crate) fn all(&self) -> Vec<LogLine> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn of(&self, stream: LogStream) -> Vec<LogLine> {
        self.all()
            .into_iter()
            .filter(|line| line.stream == stream)
            .collect()
    }
}

pub(crate) struct Bench {
    pub(crate) pool: Pool,
    pub(crate) function: Function,
    pub(crate) lines: Lines,
}

pub(crate) fn spec() -> FunctionSpec {
    FunctionSpec {
        name: "misbehave".to_owned(),
        arn: ARN.to_owned(),
        binary: PathBuf::from(MISBEHAVE),
        handler: "bootstrap".to_owned(),
        environment: BTreeMap::new(),
        timeout: BOUND,
        memory_mb: 256,
        max_processes: 1,
        log_group: None,
        region: "eu-central-1".to_owned(),
    }
}

pub(crate) fn with_init(mode: &str) -> FunctionSpec {
    FunctionSpec {
        environment: BTreeMap::from([("MISBEHAVE_INIT".to_owned(), mode.to_owned())]),
        ..spec()
    }
}

pub(crate) fn bench(spec: FunctionSpec) -> Bench {
    bench_with(spec, PoolOptions::default())
}

pub(crate) fn bench_with(spec: FunctionSpec, options: PoolOptions) -> Bench {
    let lines = Lines::default();
    let pool = Pool::new(Arc::new(SystemClock), lines.sink(), options);
    let function = pool.add(spec);
    Bench {
        pool,
        function,
        lines,
    }
}

/// The event whose body is `body`; the bodies used here need no escaping.
pub(crate) fn event(body: &str) -> Bytes {
    format!(r#"{{"body":"{body}"}}"#).into()
}

/// Sends the event and gives the body of the reply.
pub(crate) async fn call(function: &Function, body: &str) -> Result<String, InvokeError> {
    let reply = bounded(function.invoke(event(body))).await?;
    let reply = std::str::from_utf8(&reply).unwrap();
    let body = reply
        .strip_prefix(r#"{"statusCode":200,"body":""#)
        .and_then(|rest| rest.strip_suffix(r#""}"#));
    Ok(body
        .unwrap_or_else(|| panic!("no reply of the function: {reply}"))
        .to_owned())
}

/// A call in a task of its own.
pub(crate) fn spawn(
    function: &Function,
    body: &str,
) -> tokio::task::JoinHandle<Result<String, InvokeError>> {
    let (function, body) = (function.clone(), body.to_owned());
    tokio::spawn(async move { call(&function, &body).await })
}

pub(crate) async fn bounded<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(BOUND, future)
        .await
        .expect("took too long")
}

/// Waits until `condition` holds.
pub(crate) async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let wait = async {
        while !condition() {
            tokio::time::sleep(STEP).await;
        }
    };
    assert!(
        tokio::time::timeout(BOUND, wait).await.is_ok(),
        "waited in vain: {what}"
    );
}

/// Waits until `count` invocations of `hold` are running, and gives the ids of their processes.
pub(crate) async fn held(lines: &Lines, count: usize) -> Vec<String> {
    let pids = || -> Vec<String> {
        lines
            .all()
            .iter()
            .filter_map(|line| line.text.strip_prefix("holding ").map(str::to_owned))
            .collect()
    };
    until("all are held", || pids().len() >= count).await;
    pids()
}

pub(crate) async fn until_stats(
    function: &Function,
    what: &str,
    condition: impl Fn(Stats) -> bool,
) {
    until(what, || condition(function.stats())).await;
}

fn pid(pid: &str) -> rustix::process::Pid {
    rustix::process::Pid::from_raw(pid.parse().unwrap()).unwrap()
}

pub(crate) fn leads_a_group(process: &str) -> bool {
    rustix::process::getpgid(Some(pid(process))) == Ok(pid(process))
}

pub(crate) fn is_running(process: &str) -> bool {
    rustix::process::test_kill_process(pid(process)).is_ok()
}

pub(crate) fn kill(process: &str) {
    rustix::process::kill_process(pid(process), rustix::process::Signal::KILL).unwrap();
}
