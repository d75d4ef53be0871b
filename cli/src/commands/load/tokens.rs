//! Where the users of a load have their tokens from.

use std::path::Path;
use std::process::Stdio;

use anyhow::Context;
use async_trait::async_trait;
use tidegate_client::machine::AccessToken;
use tidegate_load::TokenSource;
use tidegate_local_runtime::Running;
use tokio::process::Command;
use tokio::sync::Semaphore;

use crate::endpoint::{self, TokenRequest};

/// How many tokens are asked for at once of the user pool,
const AT_ONCE: usize = 32;
/// and how many commands run at once.
const COMMANDS: usize = 8;
/// The variable that a command finds its user's number in.
const USER: &str = "TIDEGATE_LOAD_USER";

/// The local user pool: each user is a user of its own.
pub(super) struct FromPool {
    running: Running,
    room: Semaphore,
}

impl FromPool {
    pub(super) fn new(running: Running) -> Self {
        Self {
            running,
            room: Semaphore::new(AT_ONCE),
        }
    }
}

#[async_trait]
impl TokenSource for FromPool {
    async fn token(&self, user: u32) -> Result<AccessToken, String> {
        let _room = self.room.acquire().await;
        let user = format!("load-{user}");
        let request = TokenRequest {
            user: &user,
            groups: &[],
            expires_in: None,
        };
        let token = endpoint::token(&self.running, &request).await;
        let token = token.map_err(|error| format!("{error:#}"))?;
        Ok(AccessToken::new(token.access_token))
    }
}

/// A command that prints a token.
pub(super) struct FromCommand {
    command: String,
    room: Semaphore,
}

impl FromCommand {
    pub(super) fn new(command: &str) -> Self {
        Self {
            command: command.to_owned(),
            room: Semaphore::new(COMMANDS),
        }
    }
}

#[async_trait]
impl TokenSource for FromCommand {
    async fn token(&self, user: u32) -> Result<AccessToken, String> {
        let _room = self.room.acquire().await;
        let mut shell = if cfg!(windows) {
            let mut shell = Command::new("cmd");
            shell.arg("/C");
            shell
        } else {
            let mut shell = Command::new("sh");
            shell.arg("-c");
            shell
        };
        let ran = shell
            .arg(&self.command)
            .env(USER, user.to_string())
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .output()
            .await
            .map_err(|error| format!("the token command cannot be started: {error}"))?;
        if !ran.status.success() {
            return Err(format!("the token command failed ({})", ran.status));
        }
        // What it printed is a secret, and stands in no error.
        let token = String::from_utf8(ran.stdout)
            .map_err(|_secret| "the token command printed no text".to_owned())?;
        match token.trim() {
            "" => Err("the token command printed nothing".to_owned()),
            token => Ok(AccessToken::new(token)),
        }
    }
}

/// Tokens that are there already, used in turn.
pub(super) struct FromFile(Vec<AccessToken>);

impl FromFile {
    pub(super) fn read(file: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("{} cannot be read", file.display()))?;
        let lines = text.lines().map(str::trim);
        let tokens: Vec<_> = lines
            .filter(|line| !line.is_empty())
            .map(AccessToken::new)
            .collect();
        anyhow::ensure!(!tokens.is_empty(), "{} has no token", file.display());
        Ok(Self(tokens))
    }
}

#[async_trait]
impl TokenSource for FromFile {
    async fn token(&self, user: u32) -> Result<AccessToken, String> {
        let token = self.0.get(user as usize % self.0.len());
        token.cloned().ok_or_else(|| "there is no token".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_of_a_file_are_used_in_turn() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let tokens = FromFile(vec![AccessToken::new("a"), AccessToken::new("b")]);
        let token = runtime.block_on(tokens.token(3)).unwrap();
        assert_eq!(token.reveal(), "b");
    }

    #[cfg(unix)]
    #[test]
    fn a_command_knows_whose_token_it_prints_and_its_failure_is_told() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let of = |command: &str| {
            let tokens = FromCommand::new(command);
            runtime.block_on(tokens.token(7))
        };
        let token = of("echo token-of-$TIDEGATE_LOAD_USER").unwrap();
        assert_eq!(token.reveal(), "token-of-7");
        assert!(of("echo secret; exit 3").is_err_and(|why| !why.contains("secret")));
        assert!(of("true").is_err());
    }
}
