//! (g): from the start of the command to the first accepted socket.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};
use serde::Deserialize;
use tidegate_local_runtime::Running;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};

use crate::arguments::Plan;
use crate::binaries::Binaries;
use crate::clock;
use crate::report::{Aim, Report, Section, plain};
use crate::server::end;
use crate::socket::{Socket, tokens};
use crate::stacks;
use crate::statistics::Samples;

/// The workspace that this was built in, which `tidegate dev` builds and serves.
const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const AIM: Aim = Aim::AtMost(300.0);

/// Starts `tidegate dev` again and again, and the same stack without the command around it.
pub(super) async fn measure(plan: &Plan, binaries: &Binaries, report: &mut Report) -> Result<()> {
    let mut section = Section::new(
        "(g) From the start of the process to the first accepted socket, in ms",
        ["", "median", "range", "aim"],
    );
    if plan.command {
        eprintln!("(g) tidegate dev: building what is not built");
        let state = tempfile::tempdir().context("no folder can be made for the state")?;
        // The first builds, and makes the signing key, which is kept.
        command(binaries, state.path(), Stdio::inherit()).await?;
        let mut times = Samples::default();
        for round in 1..=plan.rounds {
            eprintln!("(g) tidegate dev: start {round} of {}", plan.rounds);
            times.push(command(binaries, state.path(), Stdio::null()).await?);
        }
        let median = report.number("g_dev_ms", times.median());
        section.row(row(
            "tidegate dev --release",
            &times,
            AIM.verdict(median, " ms"),
        ));
    }
    let mut times = Samples::default();
    for _ in 0..plan.rounds {
        times.push(stack(binaries).await?);
    }
    report.number("g_stack_ms", times.median());
    section.row(row("the stack alone", &times, String::new()));
    section.note("tidegate dev finds first whether all is built, by the files that the last build noted; the stack alone does not, but makes a new signing key");
    section.note("both include a token from the local user pool, and the first start of authorizer and $connect");
    report.section(section);
    Ok(())
}

fn row(what: &str, times: &Samples, verdict: String) -> [String; 4] {
    let range = times
        .range()
        .map(|(low, high)| format!("{}–{}", plain(low), plain(high)));
    [
        what.to_owned(),
        plain(times.median()),
        range.unwrap_or_default(),
        verdict,
    ]
}

/// Milliseconds to the first socket of the stack, started without the command.
async fn stack(binaries: &Binaries) -> Result<f64> {
    let start = clock::now();
    let stack = stacks::tidegate(binaries).await?;
    connect(&stack.running).await?;
    Ok(clock::seconds_since(start) * 1e3)
}

/// Milliseconds to the first socket of `tidegate dev`.
async fn command(binaries: &Binaries, state: &Path, stderr: Stdio) -> Result<f64> {
    let start = clock::now();
    let mut child = Command::new(binaries.get("tidegate")?)
        .args([
            "dev",
            "--release",
            "--port",
            "0",
            "--log-format",
            "json",
            "--state",
        ])
        .arg(state)
        .current_dir(WORKSPACE)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(stderr)
        .process_group(0)
        .spawn()
        .context("tidegate cannot be started")?;
    let stdout = child.stdout.take().context("tidegate without output")?;
    let dev = Dev(child);
    connect(&ready(stdout).await?).await?;
    let milliseconds = clock::seconds_since(start) * 1e3;
    drop(dev);
    Ok(milliseconds)
}

async fn connect(running: &Running) -> Result<()> {
    let token = tokens(running, 1).await?;
    Socket::connect(&running.websocket_url, token.first().map(String::as_str)).await?;
    Ok(())
}

#[derive(Deserialize)]
struct Ready {
    event: String,
    #[serde(flatten)]
    running: Option<Running>,
}

async fn ready(stdout: ChildStdout) -> Result<Running> {
    let mut lines = BufReader::new(stdout).lines();
    while let Some(line) = lines.next_line().await? {
        let line: Ready = serde_json::from_str(&line)?;
        if let Ready {
            event,
            running: Some(running),
        } = line
            && event == "ready"
        {
            return Ok(running);
        }
    }
    bail!("tidegate dev has ended before it was ready")
}

/// `tidegate dev`, which is told to end, and waited for, when this is dropped.
struct Dev(Child);

impl Drop for Dev {
    fn drop(&mut self) {
        let pid = self
            .0
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw);
        if let Some(pid) = pid {
            // With its group: the cargo that it may be waiting for.
            let _gone = kill_process_group(pid, Signal::TERM);
        }
        end(&mut self.0);
    }
}
