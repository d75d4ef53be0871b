//! (a), (d), (e), (f): a Pulumi program and its functions in the local runtime, as `tidegate dev` serves them.
//!
//! Only what functions log is read and dropped, where `tidegate dev` writes it to the terminal.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use serde::{Deserialize, Serialize};
use tidegate_contract::manifest::{Executable, Executables};
use tidegate_local_cloud::clock::SystemClock;
use tidegate_local_cloud::faults::Faults;
use tidegate_local_cloud::limits::{Limits, Override};
use tidegate_local_runtime::{
    Message, Project, Runtime, RuntimeOptions, Severity, StateDirectory, discard,
};

use super::attend;

/// How long its end may take: it runs `$disconnect` for every socket that is still open.
const SHUTDOWN: Duration = Duration::from_secs(10);

#[derive(Debug, Args)]
pub(crate) struct StackArguments {
    /// The folder with Pulumi.yaml.
    #[arg(long)]
    project: PathBuf,
    #[arg(long)]
    stack: String,
    /// The program's executable.
    #[arg(long)]
    program: PathBuf,
    /// The functions' executables.
    #[arg(long = "function")]
    functions: Vec<Built>,
    #[arg(long = "limit")]
    limits: Vec<Override>,
}

/// `NAME=PATH`.
#[derive(Debug, Clone)]
struct Built {
    name: String,
    bootstrap: PathBuf,
}

impl FromStr for Built {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, path) = text.split_once('=').ok_or("not NAME=PATH")?;
        let (name, bootstrap) = (name.to_owned(), path.into());
        Ok(Self { name, bootstrap })
    }
}

/// How a stack is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Status {
    /// Open connections.
    pub(crate) connections: usize,
    /// Invocations that run or wait.
    pub(crate) under_way: usize,
    /// Invocations so far, by function.
    pub(crate) invocations: BTreeMap<String, u64>,
    /// Those that failed.
    pub(crate) errors: u64,
}

/// Serves until standard input ends.
pub(crate) async fn serve(arguments: StackArguments) -> Result<()> {
    let runtime = Runtime::start(options(arguments)?).await?;
    attend(runtime.running(), || status(&runtime)).await?;
    // What does not end in time ends with this process.
    let _ended = tokio::time::timeout(SHUTDOWN, runtime.shutdown()).await;
    Ok(())
}

fn options(arguments: StackArguments) -> Result<RuntimeOptions> {
    let project = Project::find(&arguments.project)?;
    let config = project.stack(&arguments.stack, None)?;
    let mut limits = Limits::default();
    for limit in &arguments.limits {
        limits.set(limit)?;
    }
    let functions = arguments.functions.into_iter();
    let functions = functions.map(|Built { name, bootstrap }| (name, Executable { bootstrap }));
    let state = StateDirectory::new(&project.root.join(".tidegate"), &arguments.stack);
    rlimit::increase_nofile_limit(u64::MAX).context("the limit of open files")?;
    Ok(RuntimeOptions {
        project,
        stack: arguments.stack,
        config,
        program: arguments.program,
        manifest: Executables {
            functions: functions.collect(),
        },
        port: 0,
        limits,
        state,
        clock: Arc::new(SystemClock),
        faults: Faults::none(),
        seed: fastrand::u64(..),
        log_sink: discard(),
        on_message: Arc::new(|message: Message| {
            if message.severity >= Severity::Warning {
                eprintln!("{message:?}");
            }
        }),
        on_alarm: Arc::new(|_change| {}),
    })
}

fn status(runtime: &Runtime) -> Status {
    let mut status = Status {
        connections: runtime.connections(),
        ..Status::default()
    };
    for (name, function) in runtime.functions() {
        let stats = function.stats();
        status.under_way += stats.busy + stats.queued;
        status.errors += stats.errors;
        // The cloud's names end in a suffix of their own.
        let name = name.split('-').next().unwrap_or(name);
        *status.invocations.entry(name.to_owned()).or_default() += stats.invocations;
    }
    status
}
