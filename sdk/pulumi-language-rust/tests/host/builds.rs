//! Programs that are built first.

use pulumi_gestalt_proto::pulumi::pulumirpc::LogSeverity;
use pulumi_language_rust::protocol::RunResponse;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use crate::support::{FakeEngine, Host, Project, in_time, one_line};

const SHOP: &str = "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";

async fn host(project: &Project) -> (FakeEngine, Host) {
    let engine = FakeEngine::start().await;
    let host = Host::start(&engine, &project.target()).await;
    (engine, host)
}

async fn error_of(project: &Project) -> String {
    let (_engine, host) = host(project).await;
    let response = host.run_with(project, &[]).await;
    assert!(!response.bail);
    response.error
}

#[tokio::test]
async fn a_program_is_built_and_run_and_its_progress_does_not_stay() {
    let project = Project::package("shop");
    let (engine, host) = host(&project).await;
    let response = host.run_with(&project, &["say", "built"]).await;
    assert_eq!(response, RunResponse::default());
    one_line(&host.stdout, "built").await;
    let logs = engine.logs.all();
    assert!(
        logs.iter()
            .any(|log| log.message.starts_with("Compiling shop"))
    );
    assert!(logs.iter().all(|log| log.ephemeral), "{logs:#?}");
}

#[tokio::test]
async fn a_compile_error_is_shown_and_ends_the_run() {
    let project = Project::package("shop");
    project.write("src/main.rs", "fn main() { let size: u8 = \"large\"; }\n");
    let (engine, host) = host(&project).await;
    let response = host.run_with(&project, &[]).await;
    assert!(response.bail);
    assert_eq!(response.error, "");
    let errors = engine.logged(LogSeverity::Error);
    assert_eq!(errors.len(), 1, "{errors:#?}");
    assert!(errors[0].contains("mismatched types"), "{}", errors[0]);
    assert!(errors[0].contains("src/main.rs:1"), "{}", errors[0]);
}

#[tokio::test]
async fn a_warning_is_shown_as_one_and_does_not_end_the_run() {
    let project = Project::package("shop");
    project.write("src/main.rs", "fn main() { let size = 3; }\n");
    let (engine, host) = host(&project).await;
    let response = host.run_with(&project, &[]).await;
    assert_eq!(response, RunResponse::default());
    let warnings = engine.logged(LogSeverity::Warning);
    assert_eq!(warnings.len(), 1, "{warnings:#?}");
    assert!(warnings[0].starts_with("unused variable"), "{warnings:#?}");
}

#[tokio::test]
async fn what_cargo_itself_refuses_is_told_in_its_words() {
    let project = Project::package("shop").option("profile", "fast");
    let error = error_of(&project).await;
    assert_eq!(
        error,
        "cargo could not build the program: profile `fast` is not defined"
    );
    let project = Project::empty().file("Cargo.toml", "[package]\nname = 3\n");
    let error = error_of(&project).await;
    assert!(error.contains("invalid type"), "{error}");
}

#[tokio::test]
async fn a_program_is_built_with_the_profile_that_is_asked_for() {
    let project = Project::package("shop").option("profile", "release");
    project.write(
        "src/main.rs",
        "fn main() { println!(\"checked: {}\", cfg!(debug_assertions)) }\n",
    );
    let (_engine, host) = host(&project).await;
    host.run_with(&project, &[]).await;
    one_line(&host.stdout, "checked: false").await;
}

#[tokio::test]
async fn the_package_of_a_workspace_is_the_one_that_is_named() {
    let one = "fn main() { println!(\"one\") }\n";
    let other = "fn main() { println!(\"other\") }\n";
    let workspace = || {
        Project::empty()
            .file(
                "Cargo.toml",
                "[workspace]\nmembers = [\"one\", \"other\"]\nresolver = \"3\"\n",
            )
            .file("one/Cargo.toml", &SHOP.replace("shop", "shop-one"))
            .file("one/src/main.rs", one)
            .file("other/Cargo.toml", &SHOP.replace("shop", "shop-other"))
            .file("other/src/main.rs", other)
    };
    let project = workspace().option("package", "shop-other");
    let (_engine, host) = host(&project).await;
    assert_eq!(host.run_with(&project, &[]).await, RunResponse::default());
    one_line(&host.stdout, "other").await;

    let error = error_of(&workspace()).await;
    assert!(error.contains("`shop-one`, `shop-other`"), "{error}");
    assert!(error.contains("runtime.options.package"), "{error}");

    let error = error_of(&workspace().option("package", "shop-ohter")).await;
    assert!(error.contains("did you mean `shop-other`?"), "{error}");
}

#[tokio::test]
async fn several_executables_of_a_package_are_named_and_its_own_choice_is_followed() {
    let package = |choice: &str| {
        let manifest = SHOP.replace("edition", &format!("{choice}\nedition"));
        Project::empty()
            .file("Cargo.toml", &manifest)
            .file("src/bin/one.rs", "fn main() { println!(\"one\") }\n")
            .file("src/bin/other.rs", "fn main() { println!(\"other\") }\n")
    };
    let error = error_of(&package("")).await;
    assert!(error.contains("`one`, `other`"), "{error}");
    assert!(error.contains("default-run"), "{error}");

    let project = package("default-run = \"other\"");
    let (_engine, host) = host(&project).await;
    assert_eq!(host.run_with(&project, &[]).await, RunResponse::default());
    one_line(&host.stdout, "other").await;
}

#[tokio::test]
async fn a_package_without_an_executable_says_so() {
    let project = Project::empty()
        .file("Cargo.toml", SHOP)
        .file("src/lib.rs", "");
    let error = error_of(&project).await;
    assert!(error.contains("`shop` has no executable"), "{error}");
}

#[tokio::test]
async fn a_missing_cargo_is_told_with_where_to_get_it() {
    let project = Project::package("shop");
    let engine = FakeEngine::start().await;
    let target = project.target();
    let host = Host::start_with(&engine, &target, |command| {
        command.env("CARGO", "no-such-cargo");
    });
    let error = host.await.run_with(&project, &[]).await.error;
    assert!(error.contains("`no-such-cargo`"), "{error}");
    assert!(error.contains("https://rustup.rs"), "{error}");
}

#[tokio::test]
async fn a_program_that_runs_is_not_disturbed_by_the_build_of_the_next() {
    let project = Project::package("shop");
    let (_engine, one) = host(&project).await;
    let (_other_engine, other) = host(&project).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let arguments = ["wait", &address, "say", "the first"];
    let running = one.run_with(&project, &arguments);
    let meanwhile = async {
        let (mut first, _) = in_time("the first", listener.accept()).await.unwrap();
        first.read_u8().await.unwrap();
        project.write("src/main.rs", "fn main() { println!(\"the next\") }\n");
        let response = other.run_with(&project, &[]).await;
        assert_eq!(response, RunResponse::default());
        one_line(&other.stdout, "the next").await;
    };
    let (response, ()) = tokio::join!(running, meanwhile);
    assert_eq!(response, RunResponse::default());
    one_line(&one.stdout, "the first").await;
}
