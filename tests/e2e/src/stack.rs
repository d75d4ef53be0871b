//! A stack of this project, running in the test's process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use http::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tidegate_contract::functions::Function;
use tidegate_contract::manifest::{Executable, Executables};
use tidegate_local_cloud::clock::{SharedClock, SystemClock};
use tidegate_local_cloud::faults::Faults;
use tidegate_local_cloud::limits::Limits;
use tidegate_local_runtime::{
    LogLine, LogStream, Project, Runtime, RuntimeError, RuntimeOptions, StateDirectory,
};

use crate::binaries::{binary, project_root};
use crate::client::{Client, Refusal};
use crate::http_client::call;

/// How a stack is started.
#[derive(Debug, Default)]
pub struct StackOptions {
    /// What is enforced.
    pub limits: Limits,
    /// Other namespaces than those of the stack `dev`.
    pub namespaces: Option<Value>,
    /// Another `tidegate:delivery` than that of the stack `dev`.
    pub delivery: Option<Value>,
    /// Other settings than those of the stack `dev`: `gateway` for `tidegate:gateway`.
    pub settings: Vec<(&'static str, Value)>,
    /// Another clock than the machine's.
    pub clock: Option<SharedClock>,
    /// What goes wrong.
    pub faults: Faults,
}

/// A running stack.
pub struct Stack {
    runtime: Runtime,
    lines: Arc<Mutex<Vec<LogLine>>>,
    _state: TempDir,
}

impl Stack {
    /// Starts the stack `dev` with the real program and the real Lambdas, on free ports.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(options: StackOptions) -> Self {
        let state =
            tempfile::tempdir().unwrap_or_else(|error| panic!("no temporary folder: {error}"));
        let lines = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&lines);
        let project = Project::find(&project_root()).unwrap_or_else(|error| panic!("{error}"));
        let mut config = project
            .stack("dev", None)
            .unwrap_or_else(|error| panic!("{error}"));
        let others = [
            ("namespaces", options.namespaces),
            ("delivery", options.delivery),
        ];
        let others = others
            .into_iter()
            .filter_map(|(key, value)| Some((key, value?)));
        for (key, value) in others.chain(options.settings) {
            let key = format!("tidegate:{key}");
            config.values.insert(key, value.to_string());
        }
        let options = RuntimeOptions {
            program: binary(&project.package),
            manifest: manifest(),
            config,
            project,
            stack: "dev".to_owned(),
            port: 0,
            limits: options.limits,
            state: StateDirectory::new(state.path(), "dev"),
            clock: options.clock.unwrap_or_else(|| Arc::new(SystemClock)),
            faults: options.faults,
            seed: fastrand::u64(..),
            log_sink: Arc::new(move |line: LogLine| {
                kept.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(line);
            }),
            on_message: Arc::new(|message| eprintln!("program: {}", message.text)),
            on_alarm: Arc::new(|_change| {}),
        };
        let started: Result<Runtime, RuntimeError> = Runtime::start(options).await;
        let runtime = started.unwrap_or_else(|error| panic!("{error}"));
        Self {
            runtime,
            lines,
            _state: state,
        }
    }

    /// What runs.
    #[must_use]
    pub const fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Where clients connect.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.runtime.running().websocket_url
    }

    /// A token of the local user pool.
    pub async fn token(&self, user: &str) -> String {
        self.token_with(json!({ "user": user })).await
    }

    /// A token of the local user pool, as `request` describes it.
    ///
    /// # Panics
    /// When there is none.
    pub async fn token_with(&self, request: Value) -> String {
        let url = format!("{}/local/token", self.runtime.running().issuer);
        let answer = call(
            Method::POST,
            &url,
            &[("content-type", "application/json")],
            &request.to_string(),
        )
        .await;
        let answer = answer.unwrap_or_else(|error| panic!("{error}"));
        let token: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        token["accessToken"]
            .as_str()
            .unwrap_or_else(|| panic!("no token: {answer:?}"))
            .to_owned()
    }

    /// A connection of `user`.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn client(&self, user: &str) -> Client {
        let token = self.token(user).await;
        Client::with_token(self.url(), &token)
            .await
            .unwrap_or_else(|refusal| panic!("{refusal:?}"))
    }

    /// A handshake of `user` with something after the URL.
    ///
    /// # Errors
    /// The status with which it was refused.
    pub async fn connect(&self, user: &str, query: &str) -> Result<Client, Refusal> {
        let token = self.token(user).await;
        let authorization = format!("Bearer {token}");
        Client::connect(
            &format!("{}{query}", self.url()),
            &[("Authorization", &authorization)],
        )
        .await
    }

    /// Everything that functions wrote.
    #[must_use]
    pub fn lines(&self) -> Vec<LogLine> {
        self.lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The line with which each invocation of a route ended.
    #[must_use]
    pub fn reports(&self, route: &str) -> Vec<Value> {
        let lines = self.lines();
        let stdout = lines.iter().filter(|line| line.stream == LogStream::Stdout);
        let reports = stdout.filter_map(|line| serde_json::from_str::<Value>(&line.text).ok());
        reports.filter(|report| report["route"] == route).collect()
    }

    /// The name of a function in this stack.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn function(&self, function: Function) -> tidegate_local_runtime::FunctionHandle {
        let prefix = format!("{}-", function.name());
        let functions: &BTreeMap<_, _> = self.runtime.functions();
        let found = functions.iter().find(|(name, _)| name.starts_with(&prefix));
        found
            .unwrap_or_else(|| panic!("no function {function}"))
            .1
            .clone()
    }

    /// Stops everything.
    pub async fn stop(self) {
        self.runtime.shutdown().await;
    }
}

fn manifest() -> Executables {
    let build = |function: Function| {
        (
            function.name().to_owned(),
            Executable {
                bootstrap: binary(function.package()),
            },
        )
    };
    Executables {
        functions: Function::ALL.map(build).into(),
    }
}
