//! What goes wrong under the real engine: one clear sentence in the CLI, and a state from which `up` goes on.

use std::fs;

use tidegate_contract::functions::Function;
use tidegate_e2e::{binary, eventually};
use tidegate_test_pulumi::{Program, Project, Stack, cli, running};

const FUNCTION: &str = "aws:lambda/function:Function";
const STASH: &str = "pulumi:index:Stash";
const SECRET: &str = "correct-battery";

/// A project whose program does what its configuration says, and has done well so far.
async fn with_misbehaviour(check: impl AsyncFnOnce(&Project, &Stack<'_>)) {
    let Some(pulumi) = cli() else { return };
    let program = Program::Binary(binary("tidegate-misbehaving-program"));
    let project = Project::of(&pulumi, program);
    let stack = project.bare_stack("dev").await;
    stack.configure("behaviour", "well").await;
    stack.up().await.succeeded();
    check(&project, &stack).await;
}

/// Has the program go wrong, and then right again: nothing that was there is lost or made again.
async fn goes_wrong_with(behaviour: &str, sentence: &str) {
    with_misbehaviour(async |_, stack| {
        let before = stack.state().await;
        stack.configure("behaviour", behaviour).await;
        stack
            .up()
            .await
            .failed()
            .says(sentence)
            .does_not_say("stack backtrace");
        let after = stack.state().await;
        assert_eq!(
            before.resources.keys().collect::<Vec<_>>(),
            after.resources.keys().collect::<Vec<_>>(),
            "nothing is deleted"
        );
        stack.configure("behaviour", "well").await;
        stack.up().await.succeeded().says("3 unchanged");
    })
    .await;
}

#[tokio::test]
async fn a_panic_is_a_sentence_with_its_place() {
    goes_wrong_with("panics", "the program panicked at tests/pulumi/src/bin/").await;
}

#[tokio::test]
async fn an_error_of_the_program_is_shown() {
    goes_wrong_with("fails", "the roof leaks").await;
}

#[tokio::test]
async fn a_program_that_exits_in_the_middle_deletes_nothing() {
    goes_wrong_with("exits", "ended before it had declared everything").await;
}

#[tokio::test]
async fn a_program_that_is_killed_says_by_what() {
    goes_wrong_with("dies", "SIGABRT").await;
}

#[tokio::test]
async fn a_program_that_never_ends_ends_when_it_is_interrupted() {
    with_misbehaviour(async |project, stack| {
        stack.configure("behaviour", "hangs").await;
        let run = stack
            .interrupted_up(async || running(project).map(drop))
            .await;
        run.failed();
        let gone = async || running(project).is_none().then_some(());
        eventually("the end of the program", gone).await;
        stack.configure("behaviour", "well").await;
        stack.up().await.succeeded();
        let state = stack.state().await;
        assert_eq!(state.resource(STASH, "second").inputs["input"], "here too");
    })
    .await;
}

#[tokio::test]
async fn a_mistyped_key_is_found_before_anything_is_changed() {
    with_misbehaviour(async |_, stack| {
        stack.configure("behavior", "well").await;
        let run = stack.preview().await;
        run.failed()
            .says("`tidegate:behavior` (did you mean `tidegate:behaviour`?)");
    })
    .await;
}

#[tokio::test]
async fn a_secret_is_shown_nowhere_and_encrypted_in_the_state() {
    with_misbehaviour(async |_, stack| {
        let set = ["config", "set", "--secret", "password", SECRET];
        stack.run(&set).await.succeeded();
        stack.configure("behaviour", "leaks").await;
        let run = stack.up().await;
        run.succeeded().says("password").does_not_say(SECRET);
        let export = stack.run(&["stack", "export"]).await;
        export.succeeded().does_not_say(SECRET).says("ciphertext");
    })
    .await;
}

#[tokio::test]
async fn an_update_that_is_interrupted_is_gone_on_from() {
    let Some(pulumi) = cli() else { return };
    let project = Project::new(&pulumi);
    let cloud = project.cloud();
    let stack = project.stack("dev").await;
    cloud.delay("create", FUNCTION);
    let run = stack
        .interrupted_up(async || {
            let roles = cloud.resources();
            // What functions need is there, so they are being made.
            let policies = roles
                .keys()
                .filter(|key| key.starts_with("aws:iam/rolePolicy"));
            (policies.count() == Function::ALL.len()).then_some(())
        })
        .await;
    run.failed();
    cloud.heal();
    // The provider was told to end and said that nothing was made: so nothing is in doubt.
    let pending = stack.state().await.pending;
    assert!(pending.is_empty(), "{pending:?}");
    stack.up().await.succeeded();
    stack.up().await.succeeded().does_not_say("created");
}

#[tokio::test]
async fn a_project_that_points_nowhere_says_where() {
    let Some(pulumi) = cli() else { return };
    let project = Project::of(&pulumi, Program::Binary("/nowhere/program".into()));
    let stack = project.stack("dev").await;
    stack
        .up()
        .await
        .failed()
        .says("/nowhere/program")
        .says("there is no such file");

    let file = project.directory().join("Pulumi.yaml");
    let text = fs::read_to_string(&file).unwrap_or_default();
    let text = text.replace("\"binary\"", "\"bianry\"");
    assert!(fs::write(file, text).is_ok());
    stack
        .up()
        .await
        .failed()
        .says("no option `bianry`")
        .says("`binary`");
}
