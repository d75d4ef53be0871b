//! `tidegate rotate-origin-secret` with the real Pulumi CLI.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;
use tidegate_contract::origin::OriginSecrets;
use tidegate_e2e::Tidegate;
use tidegate_test_pulumi::{Run, cli};
use tokio::process::Command;

const KEY: &str = "tidegate:originSecrets";

/// A project with one stack, apart from all else on the machine.
struct Project {
    pulumi: PathBuf,
    folder: TempDir,
    tidegate: Tidegate,
}

impl Project {
    async fn new(pulumi: PathBuf) -> Self {
        let folder = TempDir::new().unwrap();
        for name in ["backend", "home", "project"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let file = json!({
            "name": "tidegate",
            "runtime": {"name": "rust", "options": {"package": "tidegate-program"}},
        });
        let directory = folder.path().join("project");
        fs::write(directory.join("Pulumi.yaml"), file.to_string()).unwrap();
        let tidegate = Tidegate::within(&directory);
        let project = Self {
            pulumi,
            folder,
            tidegate,
        };
        project.pulumi(&["stack", "init", "prod"]).await.succeeded();
        project
    }

    fn with_environment(&self, mut command: Command) -> Command {
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        let beside = self.pulumi.parent().unwrap_or_else(|| Path::new("/"));
        command
            .env("PATH", format!("{}:/usr/bin:/bin", beside.display()))
            .env("PULUMI_BACKEND_URL", format!("file://{}", path("backend")))
            .env("PULUMI_CONFIG_PASSPHRASE", "correct horse")
            .env("PULUMI_HOME", path("home"))
            .env("PULUMI_SKIP_UPDATE_CHECK", "true");
        command
    }

    async fn pulumi(&self, arguments: &[&str]) -> Run {
        let mut command = Command::new(&self.pulumi);
        command
            .args(arguments)
            .arg("--non-interactive")
            .current_dir(self.folder.path().join("project"));
        Run::of(self.with_environment(command)).await
    }

    async fn rotate(&self, more: &[&str]) -> Run {
        let arguments = [&["rotate-origin-secret", "--stack", "prod"], more].concat();
        Run::of(self.with_environment(self.tidegate.command(&arguments))).await
    }

    /// The secrets, as the program will get them.
    async fn secrets(&self) -> Value {
        let run = self
            .pulumi(&["config", "get", KEY, "--json", "--stack", "prod"])
            .await;
        let value: Value = serde_json::from_str(&run.succeeded().stdout).unwrap();
        assert_eq!(value["secret"], true, "it is encrypted");
        let secrets: Value = serde_json::from_str(value["value"].as_str().unwrap()).unwrap();
        let _read: OriginSecrets = serde_json::from_value(secrets.clone()).unwrap();
        secrets
    }

    fn stack_file(&self) -> String {
        fs::read_to_string(self.folder.path().join("project/Pulumi.prod.yaml")).unwrap()
    }
}

/// Checks that no secret was shown, on the screen or in the file.
fn unseen(project: &Project, run: &Run, secrets: &Value) {
    for secret in secrets.as_object().unwrap().values() {
        let secret = secret.as_str().unwrap();
        assert!(
            secret.len() == 43 && !run.text.contains(secret),
            "{}",
            run.text
        );
        assert!(!project.stack_file().contains(secret));
    }
}

#[tokio::test]
async fn a_secret_is_made_rotated_and_finished_and_never_shown() {
    let Some(pulumi) = cli() else { return };
    let project = Project::new(pulumi).await;
    let early = project.rotate(&["--finish"]).await;
    early.failed().says("has no tidegate:originSecrets");

    let run = project.rotate(&[]).await;
    run.succeeded()
        .says("first secret")
        .says("pulumi up --stack prod");
    let first = project.secrets().await;
    assert_eq!(first.as_object().unwrap().len(), 1);
    unseen(&project, &run, &first);
    project
        .rotate(&["--finish"])
        .await
        .succeeded()
        .says("no rotation is under way");

    let run = project.rotate(&[]).await;
    run.succeeded()
        .says("--finish")
        .says("when CloudFront has deployed");
    let second = project.secrets().await;
    assert_eq!(second["previous"], first["newest"]);
    assert_ne!(second["newest"], first["newest"]);
    unseen(&project, &run, &second);

    project
        .rotate(&[])
        .await
        .failed()
        .says("a rotation of tidegate:originSecrets is under way");
    assert_eq!(project.secrets().await, second, "nothing was written");

    let run = project.rotate(&["--finish"]).await;
    run.succeeded().says("only its newest secret now");
    let third = project.secrets().await;
    assert_eq!(third, json!({"newest": second["newest"]}));
    unseen(&project, &run, &second);
}

#[tokio::test]
async fn what_cannot_be_read_is_never_overwritten() {
    let Some(pulumi) = cli() else { return };
    let project = Project::new(pulumi).await;
    let wrong = "{\"newest\": \"hunter2\"}";
    project
        .pulumi(&["config", "set", "--secret", KEY, wrong, "--stack", "prod"])
        .await
        .succeeded();
    for more in [&[][..], &["--finish"]] {
        let run = project.rotate(more).await;
        run.failed()
            .says("tidegate:originSecrets is not what this command writes")
            .says("32 to 1783 visible ASCII characters")
            .does_not_say("hunter2");
    }
    project
        .pulumi(&[
            "config", "set", "--secret", KEY, "hunter2", "--stack", "prod",
        ])
        .await
        .succeeded();
    project.rotate(&[]).await.failed().does_not_say("hunter2");
    let kept = project
        .pulumi(&["config", "get", KEY, "--stack", "prod"])
        .await;
    assert_eq!(kept.succeeded().stdout.trim(), "hunter2");
}

#[tokio::test]
async fn what_pulumi_says_is_handed_on() {
    let Some(pulumi) = cli() else { return };
    let project = Project::new(pulumi).await;
    let arguments = ["rotate-origin-secret", "--stack", "other"];
    let run = Run::of(project.with_environment(project.tidegate.command(&arguments))).await;
    run.failed().says("no stack named 'other' found");
    project.rotate(&[]).await.succeeded();
    let mut command = project.with_environment(project.tidegate.command(&[
        "rotate-origin-secret",
        "--stack",
        "prod",
    ]));
    command.env("PULUMI_CONFIG_PASSPHRASE", "wrong");
    Run::of(command).await.failed().says("incorrect passphrase");
}

#[tokio::test]
async fn without_the_pulumi_cli_it_says_so() {
    let folder = TempDir::new().unwrap();
    let file = json!({
        "name": "tidegate",
        "runtime": {"name": "rust", "options": {"package": "tidegate-program"}},
    });
    fs::write(folder.path().join("Pulumi.yaml"), file.to_string()).unwrap();
    let tidegate = Tidegate::within(folder.path());
    let mut command = tidegate.command(&["rotate-origin-secret", "--stack", "prod"]);
    command.env("PATH", folder.path());
    Run::of(command)
        .await
        .failed()
        .says("the Pulumi CLI (`pulumi`) is not on the PATH");
}
