//! What ends a program and all that it started.

use pulumi_language_rust::protocol::RunResponse;
use rustix::process::Signal;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tonic::{Code, Status};

use crate::support::{FakeEngine, Host, Project, in_time, program, write_script};

/// A program and a process that it has started, both running.
struct Running {
    host: Host,
    engine: Option<FakeEngine>,
    run: JoinHandle<Result<RunResponse, Status>>,
    processes: Vec<TcpStream>,
    _project: Project,
}

impl Running {
    async fn start() -> Self {
        Self::start_of(Project::prebuilt()).await
    }

    async fn start_of(project: Project) -> Self {
        let engine = FakeEngine::start().await;
        let host = Host::start(&engine, &project.target()).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let request = project.request(&["start", &address, "wait", &address]);
        let mut client = host.client.clone();
        let run = async move { client.run(request).await.map(tonic::Response::into_inner) };
        let run = tokio::spawn(run);
        let mut processes = Vec::new();
        for _ in 0..2 {
            let accepted = in_time("a process", listener.accept()).await;
            let (mut process, _) = accepted.unwrap();
            process.read_u8().await.unwrap();
            processes.push(process);
        }
        Self {
            host,
            engine: Some(engine),
            run,
            processes,
            _project: project,
        }
    }

    /// Waits until none of the processes is there: each holds a connection as long as it lives.
    async fn all_gone(&mut self) {
        for process in &mut self.processes {
            let ended = in_time("the end of a process", process.read_u8()).await;
            assert!(ended.is_err());
        }
    }
}

#[tokio::test]
async fn the_engine_can_cancel_a_run() {
    let mut running = Running::start().await;
    let mut client = running.host.client.clone();
    in_time("the answer", client.cancel(())).await.unwrap();
    running.all_gone().await;
    let status = running.run.await.unwrap().unwrap_err();
    assert_eq!(status.code(), Code::Cancelled);
    let next = running.host.run(running._project.request(&[])).await;
    assert_eq!(next.unwrap_err().code(), Code::Cancelled);
}

#[tokio::test]
async fn a_run_that_nobody_waits_for_is_ended() {
    let mut running = Running::start().await;
    running.run.abort();
    running.all_gone().await;
}

#[tokio::test]
async fn a_host_that_is_told_to_end_takes_everything_with_it() {
    for signal in [Signal::INT, Signal::TERM] {
        let mut running = Running::start().await;
        running.host.signal(signal);
        running.all_gone().await;
        assert!(running.host.end().await.success());
    }
}

#[tokio::test]
async fn a_host_whose_engine_is_gone_ends_with_everything() {
    let mut running = Running::start().await;
    running.engine = None;
    running.all_gone().await;
    assert!(running.host.end().await.success());
}

#[tokio::test]
async fn a_program_that_will_not_end_is_killed() {
    let stubborn = format!("trap '' TERM\nexec '{}' \"$@\"", program().display());
    let project = Project::empty().option("binary", "stubborn");
    write_script(&project.folder().join("stubborn"), &stubborn);
    let mut running = Running::start_of(project).await;
    let mut client = running.host.client.clone();
    in_time("the answer", client.cancel(())).await.unwrap();
    running.all_gone().await;
}

#[tokio::test]
async fn a_build_is_ended_as_a_program_is() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let script = format!(
        "fn main() {{\n    let mut engine = std::net::TcpStream::connect(\"{address}\").unwrap();\n    \
         std::io::Read::read(&mut engine, &mut [0]).unwrap();\n}}\n"
    );
    let project = Project::package("shop").file("build.rs", &script);
    let engine = FakeEngine::start().await;
    let host = Host::start(&engine, &project.target()).await;
    let cancel = async {
        let (mut build, _) = in_time("the build", listener.accept()).await.unwrap();
        let mut client = host.client.clone();
        in_time("the answer", client.cancel(())).await.unwrap();
        assert!(in_time("its end", build.read_u8()).await.is_err());
    };
    let (response, ()) = tokio::join!(host.run(project.request(&[])), cancel);
    assert_eq!(response.unwrap_err().code(), Code::Cancelled);
}

#[tokio::test]
async fn what_a_program_leaves_behind_ends_with_it() {
    let project = Project::prebuilt();
    let engine = FakeEngine::start().await;
    let host = Host::start(&engine, &project.target()).await;
    let left = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let program = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = |listener: &TcpListener| listener.local_addr().unwrap().to_string();
    let arguments = ["start", &address(&left), "wait", &address(&program)];
    let running = host.run_with(&project, &arguments);
    let meanwhile = async {
        let (mut left, _) = in_time("what is left", left.accept()).await.unwrap();
        left.read_u8().await.unwrap();
        // The program goes on, to its end.
        drop(in_time("the program", program.accept()).await.unwrap());
        left
    };
    let (response, mut left) = tokio::join!(running, meanwhile);
    assert_eq!(response, RunResponse::default());
    assert!(in_time("its end", left.read_u8()).await.is_err());
}
