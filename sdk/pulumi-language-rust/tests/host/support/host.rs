//! The host as a process.

use std::path::Path;
use std::process::{ExitStatus, Stdio};

use pulumi_language_rust::protocol::language_runtime_client::LanguageRuntimeClient;
use pulumi_language_rust::protocol::{RunRequest, RunResponse};
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tonic::Status;
use tonic::transport::Channel;

use super::{FakeEngine, Project, Watched, in_time};

/// The host, and what it writes.
pub(crate) struct Host {
    process: Child,
    pub(crate) client: LanguageRuntimeClient<Channel>,
    pub(crate) stdout: Watched<String>,
    pub(crate) stderr: Watched<String>,
}

impl Host {
    /// Starts it for an engine, to build below a folder of its own.
    pub(crate) async fn start(engine: &FakeEngine, target: &Path) -> Self {
        Self::start_with(engine, target, |_| {}).await
    }

    /// The same, started somewhat differently.
    pub(crate) async fn start_with(
        engine: &FakeEngine,
        target: &Path,
        change: impl FnOnce(&mut Command),
    ) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pulumi-language-rust"));
        command
            .arg(&engine.address)
            .env("CARGO_TARGET_DIR", target)
            .env("PULUMI_ORGANIZATION", "of somebody else")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        change(&mut command);
        let mut process = command.spawn().unwrap();
        let stdout = lines(process.stdout.take().unwrap());
        let stderr = lines(process.stderr.take().unwrap());
        let first = stdout.until("a port", |lines| !lines.is_empty()).await;
        let port: u16 = first[0].parse().unwrap();
        let client = LanguageRuntimeClient::connect(format!("http://127.0.0.1:{port}"));
        Self {
            client: in_time("the connection", client).await.unwrap(),
            process,
            stdout,
            stderr,
        }
    }

    /// Runs a program to its end.
    pub(crate) async fn run(&self, request: RunRequest) -> Result<RunResponse, Status> {
        let mut client = self.client.clone();
        let response = in_time("the run", client.run(request)).await;
        response.map(tonic::Response::into_inner)
    }

    /// Runs a project's program to its end, with these arguments.
    pub(crate) async fn run_with(&self, project: &Project, arguments: &[&str]) -> RunResponse {
        self.run(project.request(arguments)).await.unwrap()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.process.id().unwrap()).unwrap();
        kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
    }

    /// Its end.
    pub(crate) async fn end(&mut self) -> ExitStatus {
        in_time("the host's end", self.process.wait())
            .await
            .unwrap()
    }
}

/// Waits until a line is among those that were written.
pub(crate) async fn one_line(lines: &Watched<String>, line: &str) {
    let has = |lines: &[String]| lines.iter().any(|known| known.contains(line));
    lines.until(line, has).await;
}

fn lines(output: impl AsyncRead + Send + Unpin + 'static) -> Watched<String> {
    let lines = Watched::new();
    let read = lines.clone();
    tokio::spawn(async move {
        let mut output = BufReader::new(output).lines();
        while let Ok(Some(line)) = output.next_line().await {
            read.push(line);
        }
    });
    lines
}
