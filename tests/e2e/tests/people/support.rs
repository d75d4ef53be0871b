//! A user pool in this process, and the command told that a stack with it runs here or is deployed.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tidegate_contract::sign_in::callback_urls;
use tidegate_e2e::Tidegate;
use tidegate_local_cloud::clock::SystemClock;
use tidegate_local_cloud::system::{AppClient, OAuth, PasswordPolicy, UserPool};
use tidegate_local_identity::{Identity, SigningKey};
use tokio::net::TcpListener;
use tokio::process::Command;

pub(crate) const POOL: &str = "eu-central-1_abcdefghi";
pub(crate) const REGION: &str = "eu-central-1";
/// The one that the command uses for a local pool.
pub(crate) const ACCESS_KEY_ID: &str = tidegate_local_runtime::ACCESS_KEY_ID;

/// A served user pool.
pub(crate) struct Pool {
    pub(crate) base_url: String,
    pub(crate) issuer: String,
}

impl Pool {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let hour = Duration::from_secs(3600);
        let client = AppClient {
            access_token: hour,
            id_token: hour,
            refresh_token: hour,
            revokes: true,
            oauth: Some(OAuth {
                scopes: ["openid".to_owned()].into(),
                callback_urls: callback_urls(),
                logout_urls: Vec::new(),
                own_users: true,
            }),
        };
        let pool = UserPool {
            id: POOL.to_owned(),
            domain: Some("tidegate".to_owned()),
            password_policy: PasswordPolicy::default(),
            clients: [("client".to_owned(), client)].into(),
        };
        let identity = Identity::new(
            SigningKey::generate().unwrap(),
            BTreeMap::from([(POOL.to_owned(), pool)]),
            Arc::new(SystemClock),
            &base_url,
            ACCESS_KEY_ID,
        );
        let issuer = identity.issuer(POOL);
        tokio::spawn(Arc::new(identity).serve(listener, std::future::pending()));
        Self { base_url, issuer }
    }

    /// What the program exports of a stack with this pool.
    pub(crate) fn outputs(&self) -> Value {
        json!({
            "issuer": self.issuer,
            "clientId": "client",
            "userPoolId": POOL,
            "region": REGION,
            "signInUrl": self.issuer,
        })
    }
}

/// The command in this project, with nothing of this machine's AWS and Pulumi.
pub(crate) struct Here {
    pub(crate) tidegate: Tidegate,
    tools: TempDir,
    running: Option<File>,
}

impl Here {
    /// Where nothing runs and nothing is deployed.
    pub(crate) fn new() -> Self {
        Self {
            tidegate: Tidegate::new(),
            tools: TempDir::new().unwrap(),
            running: None,
        }
    }

    /// Where `tidegate dev` runs a stack with this pool, as far as its note and its lock tell.
    pub(crate) fn with_local(pool: &Pool) -> Self {
        Self::with_note(&json!({
            "pid": 1,
            "stack": "dev",
            "websocketUrl": "ws://127.0.0.1:1/dev",
            "managementUrl": "http://127.0.0.1:1/dev",
            "issuer": pool.issuer,
            "clientId": "client",
            "userPoolId": POOL,
            "region": REGION,
            "signInUrl": pool.issuer,
            "dynamodbUrl": "http://127.0.0.1:1", "sqsUrl": "http://127.0.0.1:1",
        }))
    }

    pub(crate) fn with_note(note: &Value) -> Self {
        let mut here = Self::new();
        let folder = here.tidegate.state().join("dev");
        fs::create_dir_all(&folder).unwrap();
        let lock = File::create(folder.join("lock")).unwrap();
        lock.lock().unwrap();
        fs::write(folder.join("running.json"), note.to_string()).unwrap();
        here.running = Some(lock);
        here
    }

    /// Where Pulumi tells these outputs of the stack `dev`, and of nothing else.
    pub(crate) fn with_outputs(outputs: &Value) -> Self {
        let here = Self::new();
        here.outputs(outputs);
        here
    }

    /// The outputs that Pulumi tells.
    pub(crate) fn outputs(&self, outputs: &Value) {
        let file = self.tools.path().join("outputs.json");
        fs::write(&file, outputs.to_string()).unwrap();
        self.tool(
            "pulumi",
            &format!(
                "[ \"$*\" = 'stack output --json --stack dev --non-interactive --color never' ] || {{\n\
                 echo \"error: unexpected: $*\" >&2; exit 64; }}\ncat '{}'",
                file.display()
            ),
        );
    }

    /// Puts a tool onto the command's path.
    pub(crate) fn tool(&self, name: &str, script: &str) -> PathBuf {
        let path = self.tools.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    pub(crate) fn tools(&self) -> &Path {
        self.tools.path()
    }

    /// The command, which finds no tool but those that were put there, and what a script needs.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.tidegate.command(arguments);
        command.env(
            "PATH",
            format!("{}:/usr/bin:/bin", self.tools.path().display()),
        );
        for variable in [
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
            "AWS_ENDPOINT_URL",
            "http_proxy",
            "HTTP_PROXY",
            "all_proxy",
            "ALL_PROXY",
        ] {
            command.env_remove(variable);
        }
        command
    }

    /// The command with credentials and the place of Cognito.
    pub(crate) fn with_aws(&self, arguments: &[&str], url: &str, key: &str) -> Command {
        let mut command = self.command(arguments);
        command
            .env("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", url)
            .env("AWS_ACCESS_KEY_ID", key)
            .env("AWS_SECRET_ACCESS_KEY", "it-is-not-recomputed");
        command
    }
}

pub(crate) async fn ended(mut command: Command) -> Said {
    let output = tokio::time::timeout(tidegate_e2e::PATIENCE, command.output());
    Said::of(&output.await.unwrap().unwrap())
}

/// What the command said, and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Said {
    pub(crate) fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    #[track_caller]
    pub(crate) fn done(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }

    /// Ended with this code, and said this.
    #[track_caller]
    pub(crate) fn failed(self, code: i32, parts: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:?}");
        for part in parts {
            assert!(self.stderr.contains(part), "{part:?} is not in {self:?}");
        }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap()
    }
}
