//! Programs that run, and how their end is told.

use prost_types::value::Kind;
use pulumi_language_rust::protocol::{ProgramInfo, RunResponse};

use crate::support::{FakeEngine, Host, Project, one_line};

async fn host(project: &Project) -> (FakeEngine, Host) {
    let engine = FakeEngine::start().await;
    let host = Host::start(&engine, &project.target()).await;
    (engine, host)
}

/// What a run of the program with these arguments is answered with.
async fn outcome(arguments: &[&str]) -> RunResponse {
    let project = Project::prebuilt();
    let (_engine, host) = host(&project).await;
    host.run_with(&project, arguments).await
}

/// What a run of this project fails with, before anything of it runs.
async fn refusal(project: &Project) -> String {
    let (engine, host) = host(project).await;
    let response = host.run_with(project, &["say", "it runs"]).await;
    assert!(!response.bail);
    assert!(!host.stdout.all().contains(&"it runs".to_owned()));
    assert!(engine.logs.all().iter().all(|log| log.ephemeral));
    response.error
}

#[tokio::test]
async fn a_program_is_told_all_that_the_engine_says() {
    let project = Project::prebuilt();
    let (engine, host) = host(&project).await;
    let response = host.run_with(&project, &["environment"]).await;
    assert_eq!(response, RunResponse::default());
    one_line(&host.stdout, "that is all").await;
    let lines = host.stdout.all();
    let folder = project.folder().canonicalize().unwrap();
    let expected = [
        format!("folder={}", folder.display()),
        r#"PULUMI_CONFIG={"shop:key":"hunter2","shop:size":"3"}"#.into(),
        r#"PULUMI_CONFIG_SECRET_KEYS=["shop:key"]"#.into(),
        "PULUMI_DRY_RUN=true".into(),
        format!("PULUMI_ENGINE={}", engine.address),
        "PULUMI_MONITOR=127.0.0.1:1".into(),
        "PULUMI_PARALLEL=16".into(),
        "PULUMI_PROJECT=shop".into(),
        format!("PULUMI_ROOT_DIRECTORY={}", project.folder().display()),
        "PULUMI_STACK=dev".into(),
    ];
    for line in expected {
        assert!(lines.contains(&line), "no {line} in {lines:#?}");
    }
    // The host's own is of another program.
    let organization = lines
        .iter()
        .find(|line| line.contains("PULUMI_ORGANIZATION"));
    assert_eq!(organization, None);
}

#[tokio::test]
async fn an_organization_and_the_place_of_traces_are_handed_on_where_there_are_any() {
    let project = Project::prebuilt();
    let engine = FakeEngine::start().await;
    let target = project.target();
    let host = Host::start_with(&engine, &target, |command| {
        command.args(["--tracing", "file:trace", "-v=3", &engine.address]);
    });
    let host = host.await;
    let mut request = project.request(&["environment"]);
    request.organization = "acme".into();
    assert_eq!(host.run(request).await.unwrap(), RunResponse::default());
    one_line(&host.stdout, "that is all").await;
    one_line(&host.stdout, "PULUMI_ORGANIZATION=acme").await;
    one_line(&host.stdout, "PULUMI_TRACING=file:trace").await;
}

#[tokio::test]
async fn what_a_program_writes_is_written_by_the_host() {
    let project = Project::prebuilt();
    let (engine, host) = host(&project).await;
    let arguments = ["say", "all is well", "complain", "or is it"];
    host.run_with(&project, &arguments).await;
    one_line(&host.stdout, "all is well").await;
    one_line(&host.stderr, "or is it").await;
    assert!(engine.logs.all().is_empty());
}

#[tokio::test]
async fn a_failure_that_the_engine_has_shown_is_not_told_again() {
    let response = outcome(&["exit", "32"]).await;
    assert!(response.bail);
    assert_eq!(response.error, "");
}

#[tokio::test]
async fn any_other_exit_code_is_told() {
    let response = outcome(&["exit", "3"]).await;
    assert!(!response.bail);
    assert_eq!(response.error, "the program ended with exit code 3");
}

#[tokio::test]
async fn a_panic_is_told_as_one_and_written_out() {
    let project = Project::prebuilt();
    let (_engine, host) = host(&project).await;
    let response = host.run_with(&project, &["panic"]).await;
    assert!(response.error.contains("panicked"), "{}", response.error);
    one_line(&host.stderr, "deliberately").await;
}

#[tokio::test]
async fn a_signal_that_ends_a_program_is_named() {
    let response = outcome(&["abort"]).await;
    assert_eq!(
        response.error,
        "the program was ended by signal 6 (SIGABRT)"
    );
}

#[tokio::test]
async fn a_binary_that_is_not_there_is_named() {
    let project = Project::empty().option("binary", "bin/shop");
    let error = refusal(&project).await;
    assert!(error.contains("bin/shop"), "{error}");
    assert!(error.contains("runtime.options.binary"), "{error}");
}

#[tokio::test]
async fn a_binary_that_cannot_be_started_is_named() {
    let project = Project::empty()
        .file("shop", "no program")
        .option("binary", "shop");
    let error = refusal(&project).await;
    assert!(error.starts_with("cannot start "), "{error}");
    assert!(error.contains("ermission denied"), "{error}");
}

#[tokio::test]
async fn a_project_without_a_package_says_what_is_missing() {
    let error = refusal(&Project::empty()).await;
    assert!(error.starts_with("there is no Cargo.toml in "), "{error}");
}

#[tokio::test]
async fn options_are_checked_before_anything_is_built() {
    let project = Project::empty().option("packge", "shop");
    let error = refusal(&project).await;
    assert!(error.contains("did you mean `package`?"), "{error}");
    let project = Project::empty().option_of("profile", Kind::BoolValue(true));
    let error = refusal(&project).await;
    assert!(error.contains("`profile`"), "{error}");
}

#[tokio::test]
async fn a_debugger_is_refused_and_not_ignored() {
    let project = Project::prebuilt();
    let (_engine, host) = host(&project).await;
    let mut request = project.request(&[]);
    request.attach_debugger = true;
    let response = host.run(request).await.unwrap();
    assert!(response.error.contains("debugger"), "{}", response.error);
}

#[tokio::test]
async fn a_request_that_does_not_say_where_the_program_is_is_refused() {
    let project = Project::prebuilt();
    let (_engine, host) = host(&project).await;
    for info in [None, Some(ProgramInfo::default())] {
        let mut request = project.request(&[]);
        request.info = info;
        let response = host.run(request).await.unwrap();
        assert_eq!(
            response.error,
            "the engine did not say where the program is"
        );
    }
}

#[tokio::test]
async fn exit_code_0_is_not_believed_of_a_program_that_was_not_through() {
    for ended in [&["note", "begun"][..], &["note", "begun", "lose"]] {
        let response = outcome(ended).await;
        assert!(
            response
                .error
                .contains("ended before it had declared everything"),
            "{response:?}"
        );
        assert!(!response.bail);
    }
    assert_eq!(
        outcome(&["note", "begun", "note", "done"]).await,
        RunResponse::default()
    );
    // What it knows of its failure is more than that it was not through.
    let failed = outcome(&["note", "begun", "exit", "32"]).await;
    assert!(failed.bail);
}
