//! Programs as processes: shell scripts, whose calls this test makes for them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use pulumi_gestalt_proto::pulumi::pulumirpc::{LogRequest, LogSeverity};
use tempfile::TempDir;
use tidegate_local_engine::{Message, RunError, RunOptions, Source, run};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::support::{STACK, cloud, connect, resource, stack};

/// More than any step of a test takes.
const PATIENCE: Duration = Duration::from_secs(20);

struct Script {
    folder: TempDir,
    options: RunOptions,
    messages: UnboundedReceiver<Message>,
}

impl Script {
    fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (sender, messages) = unbounded_channel();
        std::fs::write(folder.path().join("script"), text).unwrap();
        let binary = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engine/program.sh");
        let options = RunOptions {
            binary,
            directory: folder.path().to_owned(),
            project: "shop".to_owned(),
            stack: "dev".to_owned(),
            organization: "acme".to_owned(),
            config: BTreeMap::new(),
            secret_keys: BTreeSet::new(),
            environment: Vec::new(),
            on_message: Arc::new(move |message| {
                // A test that is over does not listen any more.
                let _ = sender.send(message);
            }),
        };
        Self {
            folder,
            options,
            messages,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The next line that the script writes.
    async fn line(messages: &mut UnboundedReceiver<Message>) -> String {
        let message = tokio::time::timeout(PATIENCE, messages.recv()).await;
        message.unwrap().unwrap().text
    }

    async fn lines(
        mut self,
    ) -> (
        Result<tidegate_local_engine::Deployment, RunError>,
        Vec<Message>,
    ) {
        let result = tokio::time::timeout(PATIENCE, run(self.options, cloud()));
        let result = result.await.unwrap();
        let mut lines = Vec::new();
        while let Ok(message) = self.messages.try_recv() {
            lines.push(message);
        }
        (result, lines)
    }
}

#[tokio::test]
async fn a_program_finds_its_engine_and_its_configuration_in_the_environment() {
    let mut script = Script::new(
        r#"for name in PROJECT STACK ORGANIZATION DRY_RUN CONFIG CONFIG_SECRET_KEYS ROOT_DIRECTORY; do
             eval "echo \$PULUMI_$name"
           done
           echo "$TIDEGATE_BUILD_MANIFEST"
           pwd
           test "$PULUMI_MONITOR" = "$PULUMI_ENGINE" && test "$PULUMI_PARALLEL" -gt 0"#,
    );
    let config = [("aws:region", "eu-central-1"), ("shop:key", "\"quoted\"")];
    let owned = config.map(|(key, value)| (key.to_owned(), value.to_owned()));
    script.options.config = owned.into_iter().collect();
    script.options.secret_keys = BTreeSet::from(["shop:key".to_owned()]);
    let manifest = ("TIDEGATE_BUILD_MANIFEST".to_owned(), "m.json".to_owned());
    script.options.environment = vec![manifest];
    let folder = script.folder.path().to_str().unwrap().to_owned();
    let real_folder = script.folder.path().canonicalize().unwrap();
    assert!(!format!("{:?}", script.options).contains("quoted"));

    let (result, lines) = script.lines().await;
    assert!(
        matches!(result, Err(RunError::ProgramNeverRegistered)),
        "{result:?}"
    );
    let texts: Vec<_> = lines.iter().map(|message| &*message.text).collect();
    assert_eq!(
        texts,
        [
            "shop",
            "dev",
            "acme",
            "false",
            r#"{"aws:region":"eu-central-1","shop:key":"\"quoted\""}"#,
            r#"["shop:key"]"#,
            &folder,
            "m.json",
            real_folder.to_str().unwrap(),
        ]
    );
    assert!(lines.iter().all(|message| message.source == Source::Stdout));
}

#[tokio::test]
async fn what_a_program_registers_is_what_the_run_gives() {
    let mut script = Script::new("echo $PULUMI_MONITOR; while [ ! -e done ]; do sleep 0.01; done");
    let done = script.path("done");
    let running = tokio::spawn(run(script.options, cloud()));
    let (mut monitor, _) = connect(Script::line(&mut script.messages).await).await;
    monitor.register_resource(stack()).await.unwrap();
    let group = resource("aws:cloudwatch/logGroup:LogGroup", "a", &BTreeMap::new());
    monitor.register_resource(group).await.unwrap();
    std::fs::write(done, "").unwrap();
    let deployment = tokio::time::timeout(PATIENCE, running)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    let urns: Vec<_> = deployment.resources.iter().map(|r| &*r.urn).collect();
    assert_eq!(
        urns,
        [
            STACK,
            "urn:pulumi:dev::shop::aws:cloudwatch/logGroup:LogGroup::a"
        ]
    );
    // The run is over: whoever still asks is told so.
    let late = monitor.register_resource(stack()).await.unwrap_err();
    assert_eq!(late.code(), tonic::Code::Unavailable);
}

#[tokio::test]
async fn a_program_that_fails_is_told_by_the_errors_that_it_logged() {
    let mut script = Script::new(
        "echo $PULUMI_MONITOR; while [ ! -e done ]; do sleep 0.01; done; echo x >&2; exit 32",
    );
    let done = script.path("done");
    let running = tokio::spawn(run(script.options, cloud()));
    let (mut monitor, mut engine) = connect(Script::line(&mut script.messages).await).await;
    monitor.register_resource(stack()).await.unwrap();
    let request = LogRequest {
        severity: LogSeverity::Error.into(),
        message: "the first\nthing".to_owned(),
        ..LogRequest::default()
    };
    engine.log(request).await.unwrap();
    let wrong = resource("random:index/randomId:RandomId", "a", &BTreeMap::new());
    let refused = monitor.register_resource(wrong).await.unwrap_err();
    std::fs::write(done, "").unwrap();
    let result = tokio::time::timeout(PATIENCE, running)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        result.unwrap_err().to_string(),
        format!(
            "the program failed (exit status: 32):\n  the first\n  thing\n  {}",
            refused.message()
        )
    );
}

#[tokio::test]
async fn a_program_that_fails_without_a_word_is_quoted() {
    let (result, lines) = Script::new("echo on its way; echo 'something broke' >&2; exit 3")
        .lines()
        .await;
    let Err(error @ RunError::ProgramFailed { .. }) = result else {
        panic!("{result:?}");
    };
    assert_eq!(
        error.to_string(),
        "the program failed (exit status: 3):\n  something broke"
    );
    assert!(
        lines
            .iter()
            .any(|line| line.source == Source::Stderr && line.text == "something broke")
    );
}

#[tokio::test]
async fn the_last_words_of_a_program_need_no_end_of_line() {
    let (_, lines) = Script::new("printf 'a\\n\\nb'").lines().await;
    let texts: Vec<_> = lines.iter().map(|message| &*message.text).collect();
    assert_eq!(texts, ["a", "", "b"]);
}

#[tokio::test]
async fn a_program_that_is_not_there_cannot_be_started() {
    let mut script = Script::new("");
    script.options.binary = script.path("nothing");
    let (result, _) = script.lines().await;
    let error = result.unwrap_err();
    assert!(matches!(error, RunError::Spawn { .. }), "{error:?}");
    assert!(
        error.to_string().ends_with("/nothing: has it been built?"),
        "{error}"
    );
}

#[tokio::test]
async fn dropping_a_run_kills_the_program_and_what_it_started() {
    let mut script = Script::new(
        "mkfifo alive.tmp && mv alive.tmp alive; exec 3<>alive; sleep 1000 & echo ready; wait",
    );
    let alive = script.path("alive");
    let running = tokio::spawn(run(script.options, cloud()));
    assert_eq!(Script::line(&mut script.messages).await, "ready");
    let mut pipe = std::fs::File::open(alive).unwrap();
    running.abort();
    // The pipe is at its end once nobody has it open for writing any more.
    let closed = tokio::task::spawn_blocking(move || pipe.read_to_end(&mut Vec::new()).unwrap());
    let read = tokio::time::timeout(PATIENCE, closed).await;
    assert_eq!(read.unwrap().unwrap(), 0);
}

#[tokio::test]
async fn what_a_program_leaves_behind_does_not_hold_up_the_run() {
    let (result, lines) = Script::new("sleep 1000 & echo gone").lines().await;
    assert!(
        matches!(result, Err(RunError::ProgramNeverRegistered)),
        "{result:?}"
    );
    assert_eq!(lines.len(), 1);
}
