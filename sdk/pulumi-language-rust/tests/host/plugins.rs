//! Plugins that are written in Rust.

use futures::StreamExt;
use pulumi_language_rust::protocol::RunPluginRequest;
use pulumi_language_rust::protocol::run_plugin_response::Output;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use crate::support::{FakeEngine, Host, Project, in_time};

fn request(project: &Project, arguments: &[&str]) -> RunPluginRequest {
    RunPluginRequest {
        pwd: project.folder().to_str().unwrap().to_owned(),
        args: arguments.iter().map(|one| (*one).to_owned()).collect(),
        env: vec!["PULUMI_COLOUR=a=b".into()],
        info: Some(project.info()),
        kind: "resource".into(),
        ..RunPluginRequest::default()
    }
}

#[tokio::test]
async fn what_a_plugin_writes_is_sent_and_then_how_it_ended() {
    let project = Project::package("provider");
    let engine = FakeEngine::start().await;
    let mut host = Host::start(&engine, &project.target()).await;
    let arguments = ["environment", "complain", "no", "exit", "3"];
    let stream = host.client.run_plugin(request(&project, &arguments)).await;
    let mut parts = stream.unwrap().into_inner();
    let (mut stdout, mut stderr, mut code) = (Vec::new(), Vec::new(), None);
    while let Some(part) = in_time("a part", parts.next()).await {
        assert_eq!(code, None);
        match part.unwrap().output.unwrap() {
            Output::Stdout(bytes) => stdout.extend(bytes),
            Output::Stderr(bytes) => stderr.extend(bytes),
            Output::Exitcode(exit) => code = Some(exit),
        }
    }
    let stdout = String::from_utf8(stdout).unwrap();
    assert!(stdout.contains("PULUMI_COLOUR=a=b\n"), "{stdout}");
    // The environment is the one that was sent, and not the host's.
    assert!(!stdout.contains("PULUMI_ORGANIZATION"), "{stdout}");
    assert_eq!(stderr, b"no\n");
    assert_eq!(code, Some(3));
}

#[tokio::test]
async fn a_plugin_whose_output_nobody_takes_any_more_is_ended() {
    let project = Project::prebuilt();
    let engine = FakeEngine::start().await;
    let mut host = Host::start(&engine, &project.target()).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let request = request(&project, &["wait", &address]);
    let parts = host.client.run_plugin(request).await.unwrap();
    let (mut plugin, _) = in_time("the plugin", listener.accept()).await.unwrap();
    plugin.read_u8().await.unwrap();
    drop(parts);
    assert!(in_time("its end", plugin.read_u8()).await.is_err());
}

#[tokio::test]
async fn a_plugin_that_cannot_be_built_is_refused() {
    let project = Project::empty();
    let engine = FakeEngine::start().await;
    let mut host = Host::start(&engine, &project.target()).await;
    let parts = host.client.run_plugin(request(&project, &[])).await;
    let first = in_time("a part", parts.unwrap().into_inner().next()).await;
    let refused = first.unwrap().unwrap_err();
    assert!(refused.message().contains("Cargo.toml"), "{refused}");
}
