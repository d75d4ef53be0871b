//! A program as the engine starts it: a process that is told everything by its environment.

use std::process::Output;

use pulumi_gestalt_proto::pulumi::pulumirpc::LogSeverity;
use tokio::process::Command;
use tonic::Code;

use crate::support::{Fake, Run, object};

/// The example, which cargo builds with the tests unless it is asked for one test target alone.
fn example() -> Command {
    let test = std::env::current_exe().unwrap();
    let target = test.ancestors().nth(2).unwrap();
    let program = target.join("examples/greeting");
    assert!(
        program
            .with_extension(std::env::consts::EXE_EXTENSION)
            .exists(),
        "{} is not built: run `cargo test -p pulumi` without `--test`",
        program.display()
    );
    let mut command = Command::new(program);
    command.env_clear();
    command
}

async fn run(fake: Fake) -> Run<Output> {
    fake.serve(|settings| async move {
        let mut command = example();
        command.envs(settings.to_vars());
        command.output().await.unwrap()
    })
    .await
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[tokio::test]
async fn a_program_that_succeeds_says_nothing() {
    let Run { result, record } = run(Fake::update().config("shop:greeting", "hello")).await;
    assert_eq!(
        (result.status.code(), stderr(&result).as_str()),
        (Some(0), "")
    );
    assert_eq!(record.exports(), object([("greeting", "hello".into())]));
}

#[tokio::test]
async fn a_failure_that_the_engine_shows_is_not_printed_again() {
    let Run { result, record } = run(Fake::update()).await;
    assert_eq!(
        (result.status.code(), stderr(&result).as_str()),
        (Some(32), "")
    );
    let errors = record.messages(LogSeverity::Error);
    assert!(errors[0].contains("pulumi config set shop:greeting"));
}

#[tokio::test]
async fn a_panic_is_shown_once_with_its_place_and_without_a_backtrace() {
    let Run { result, record } = run(Fake::update().config("shop:greeting", "")).await;
    assert_eq!(
        (result.status.code(), stderr(&result).as_str()),
        (Some(32), "")
    );
    let errors = record.messages(LogSeverity::Error);
    assert_eq!(errors.len(), 1);
    assert!(
        errors[0].starts_with("the program panicked at sdk/pulumi/examples/greeting.rs:"),
        "{errors:?}"
    );
    assert!(errors[0].ends_with(": a greeting has words"), "{errors:?}");
}

/// What the program has noted of how far it is, when it has ended.
async fn progress_of(fake: Fake) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("progress");
    let mut fake = fake;
    fake.settings.progress = Some(file.clone());
    run(fake).await;
    std::fs::read_to_string(file).unwrap()
}

#[tokio::test]
async fn only_a_program_that_declared_everything_says_that_it_is_through() {
    let through = progress_of(Fake::update().config("shop:greeting", "hello")).await;
    assert_eq!(through, "done");
    // Its exit code says the same, but whoever starts it may never see that of a `main` that drops it.
    let failed = progress_of(Fake::update()).await;
    assert_eq!(failed, "begun");
}

#[tokio::test]
async fn a_failure_that_the_engine_does_not_take_is_printed() {
    let Run { result, .. } = run(Fake::update().fails_log(Code::Unavailable)).await;
    assert_eq!(result.status.code(), Some(1));
    assert!(stderr(&result).contains("pulumi config set shop:greeting"));
}

#[tokio::test]
async fn a_program_without_an_engine_says_how_to_run_it() {
    let output = example().output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("pulumi up"), "{output:?}");
}
