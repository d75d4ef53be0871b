//! `tidegate connect`.

mod client;
mod screen;

use anyhow::Context;
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::io::{AsyncBufReadExt, BufReader, stdin};

use self::client::{Client, Incoming};
use self::screen::Screen;
use super::block_on;
use crate::arguments::ConnectArguments;
use crate::endpoint::{self, TokenRequest};
use crate::failure::Refused;
use crate::machine;

pub(crate) fn run(arguments: ConnectArguments) -> anyhow::Result<()> {
    block_on(connect(arguments))
}

async fn connect(arguments: ConnectArguments) -> anyhow::Result<()> {
    let (url, token) = target(&arguments).await?;
    let screen = Screen {
        json: arguments.json,
    };
    let mut client = Client::connect(&url, &token).await?;
    client.subscribe(&arguments.channel).await?;
    loop {
        match client.next().await? {
            Incoming::Subscribed => break,
            Incoming::Error { code, message, .. } => {
                return Err(Refused(format!("{message} ({code})")).into());
            }
            other => screen.show(&other)?,
        }
    }
    screen.joined(&arguments.channel);
    talk(client, &arguments, screen).await
}

/// Publishes each line and prints what arrives, until there is no more to read and every line has its ack.
async fn talk(
    mut client: Client,
    arguments: &ConnectArguments,
    screen: Screen,
) -> anyhow::Result<()> {
    let mut lines = BufReader::new(stdin()).lines();
    let mut reading = true;
    while reading || client.unanswered() > 0 {
        tokio::select! {
            line = lines.next_line(), if reading => match line.context("what is typed cannot be read")? {
                Some(line) if line.trim().is_empty() => {}
                Some(line) => client.publish(&arguments.channel, &data(&line)?).await?,
                None => reading = false,
            },
            incoming = client.next() => {
                let incoming = incoming?;
                screen.show(&incoming)?;
                if let (Incoming::Error { code, message, .. }, false) = (&incoming, screen.is_interactive()) {
                    return Err(Refused(format!("{message} ({code})")).into());
                }
            }
        }
    }
    client.close().await
}

/// Where to connect and with what token: named, or of the stack that runs here.
async fn target(arguments: &ConnectArguments) -> anyhow::Result<(String, String)> {
    if let (Some(url), Some(token)) = (&arguments.url, &arguments.token) {
        return Ok((url.clone(), token.clone()));
    }
    let running = machine::state(&machine::project()?, &arguments.stack).running()?;
    let token = match (&arguments.token, &arguments.user) {
        (Some(token), _) => token.clone(),
        (None, user) => {
            let user = user.as_deref().unwrap_or_default();
            let request = TokenRequest {
                user,
                groups: &arguments.groups,
                expires_in: None,
            };
            endpoint::token(&running, &request).await?.access_token
        }
    };
    Ok((
        arguments.url.clone().unwrap_or(running.websocket_url),
        token,
    ))
}

/// A line that is JSON is published as such, and any other as a text.
fn data(line: &str) -> anyhow::Result<Box<RawValue>> {
    match serde_json::from_str::<Box<RawValue>>(line) {
        Ok(json) => Ok(json),
        Err(_) => Ok(serde_json::value::to_raw_value(&Value::from(line))?),
    }
}
