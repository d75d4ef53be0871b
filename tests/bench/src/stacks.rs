//! The stacks that are measured: which program, with which functions, configured how.

use std::ffi::OsString;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::json;
use tempfile::TempDir;
use tidegate_contract::functions::Function;
use tidegate_local_runtime::Running;

use crate::binaries::Binaries;
use crate::server::Server;

const STACK: &str = "bench";
/// More than any machine sends to itself: what is measured is the runtime and not AWS's quotas.
const UNBOUND: u32 = 100_000_000;
/// The limits that are AWS's quotas of an account.
const QUOTAS: [&str; 3] = [
    "connects-per-second",
    "requests-per-second",
    "requests-burst",
];

/// A stack that runs, in a folder that goes with it.
#[derive(Debug)]
pub(crate) struct Stack {
    // Ends before its folder does.
    pub(crate) server: Server,
    pub(crate) running: Running,
    pub(crate) folder: TempDir,
}

/// One two-way route to the no-op.
pub(crate) async fn echo(binaries: &Binaries) -> Result<Stack> {
    let noop = binaries.get("tidegate-noop")?;
    start(binaries, "tidegate-echo-program", &[("echo", &noop)], None).await
}

/// Tidegate itself.
pub(crate) async fn tidegate(binaries: &Binaries) -> Result<Stack> {
    tidegate_with(binaries, None).await
}

/// Tidegate itself, whose message function posts to so many receivers by itself.
pub(crate) async fn tidegate_with(
    binaries: &Binaries,
    direct_receivers: Option<u32>,
) -> Result<Stack> {
    let mut functions = Vec::new();
    for function in Function::ALL {
        functions.push((function.name(), binaries.get(function.package())?));
    }
    let functions: Vec<_> = functions
        .iter()
        .map(|(name, path)| (*name, path.as_path()))
        .collect();
    start(binaries, "tidegate-program", &functions, direct_receivers).await
}

async fn start(
    binaries: &Binaries,
    program: &str,
    functions: &[(&str, &Path)],
    direct_receivers: Option<u32>,
) -> Result<Stack> {
    let folder = tempfile::tempdir().context("no folder can be made for a stack")?;
    write_project(folder.path(), program, direct_receivers)?;
    let mut arguments: Vec<OsString> = vec!["serve-stack".into(), "--stack".into(), STACK.into()];
    arguments.extend(["--project".into(), folder.path().into()]);
    arguments.extend(["--program".into(), binaries.get(program)?.into()]);
    for (name, path) in functions {
        arguments.extend([
            "--function".into(),
            format!("{name}={}", path.display()).into(),
        ]);
    }
    for quota in QUOTAS {
        arguments.extend(["--limit".into(), format!("{quota}={UNBOUND}").into()]);
    }
    let (server, running) = Server::start(binaries, arguments).await?;
    Ok(Stack {
        server,
        running,
        folder,
    })
}

/// JSON is YAML too.
fn write_project(folder: &Path, program: &str, direct_receivers: Option<u32>) -> Result<()> {
    let project = json!({
        "name": "tidegate",
        "runtime": {"name": "rust", "options": {"package": program}},
    });
    let mut config = json!({
        "config": {
            "aws:region": "us-east-1",
            "tidegate:gateway": {"throttle": {"rate": UNBOUND, "burst": UNBOUND}},
            "tidegate:namespaces": {"room": {"subscribe": "signedIn", "publish": "signedIn"}},
        },
    });
    if let Some(direct) = direct_receivers {
        config["config"]["tidegate:delivery"] = json!({"directReceivers": direct});
    }
    for (name, content) in [("Pulumi.yaml", project), ("Pulumi.bench.yaml", config)] {
        std::fs::write(folder.join(name), content.to_string())
            .with_context(|| format!("{name} cannot be written"))?;
    }
    Ok(())
}
