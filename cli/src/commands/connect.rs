//! `tidegate connect`.

mod screen;
mod token;

use anyhow::Context;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use tidegate_client::{
    Cause, ChannelEvent, Client, DropReason, Error, RequestError, State, Subscription,
};
use tokio::io::{AsyncBufReadExt, BufReader, stdin};
use tokio::sync::{mpsc, watch};

use self::screen::Screen;
use self::token::{Tokens, UserPool};
use super::block_on;
use crate::arguments::ConnectArguments;
use crate::failure::Refused;
use crate::machine;

/// Frames that are shown otherwise, or are between the client and the server only.
const NOT_SHOWN: [&str; 8] = [
    "pong",
    "subscribed",
    "unsubscribed",
    "publication",
    "history",
    "heads",
    "refreshed",
    "presence",
];

pub(crate) fn run(arguments: ConnectArguments) -> anyhow::Result<()> {
    block_on(connect(arguments))
}

/// A client with the channel that it joined.
struct Conversation {
    client: Client,
    subscription: Subscription,
    states: watch::Receiver<State>,
    /// Frames as they arrive, where they are to be shown.
    frames: mpsc::UnboundedReceiver<String>,
    screen: Screen,
}

async fn connect(arguments: ConnectArguments) -> anyhow::Result<()> {
    let (url, tokens) = target(&arguments).await?;
    let screen = Screen {
        json: arguments.json,
    };
    let (seen, frames) = mpsc::unbounded_channel();
    let mut builder = Client::builder(&url).token(tokens);
    if arguments.json {
        builder = builder.inspect_frames(move |frame| {
            if is_shown(frame) {
                // At the end nobody shows them any more.
                let _ended = seen.send(frame.to_owned());
            }
        });
    }
    let client = builder.build()?;
    let mut conversation = Conversation {
        subscription: client.subscribe(arguments.channel.as_str())?,
        states: client.state(),
        client,
        frames,
        screen,
    };
    conversation.join(&url).await?;
    screen.joined(&arguments.channel);
    conversation.talk(arguments.channel.as_str()).await
}

impl Conversation {
    /// Waits until the channel is joined. What fails until then is not tried again.
    async fn join(&mut self, url: &str) -> anyhow::Result<()> {
        loop {
            tokio::select! {
                event = self.subscription.next() => match event {
                    Some(ChannelEvent::Subscribed { .. }) => return Ok(()),
                    Some(ChannelEvent::Dropped(DropReason::Closed { closed })) => {
                        return Err(Refused(format!("{closed} ({url})")).into());
                    }
                    Some(ChannelEvent::Dropped(reason)) => return Err(Refused(reason.to_string()).into()),
                    Some(event) => self.screen.event(&event)?,
                    None => anyhow::bail!("the client has ended"),
                },
                Ok(()) = self.states.changed() => {
                    let state = self.states.borrow_and_update().clone();
                    if let State::Offline { cause, .. } = state {
                        return Err(self.not_connected(&cause, url));
                    }
                }
            }
        }
    }

    fn not_connected(&self, cause: &Cause, url: &str) -> anyhow::Error {
        match cause {
            Cause::Refused { status: 429 } => Refused(format!(
                "the server takes no more connections for now: try again (status 429 from {url})"
            ))
            .into(),
            Cause::Refused { .. } => Refused(format!("{cause} ({url})")).into(),
            _ => {
                let why = self.client.last_failure();
                let why = why.unwrap_or_else(|| cause.to_string());
                anyhow::anyhow!(why).context(format!("{url} cannot be reached"))
            }
        }
    }

    /// Publishes each line and prints what arrives, until there is no more to read and every line has its ack.
    async fn talk(mut self, channel: &str) -> anyhow::Result<()> {
        let mut lines = BufReader::new(stdin()).lines();
        let mut reading = true;
        let mut receipts = FuturesUnordered::new();
        while reading || !receipts.is_empty() {
            tokio::select! {
                line = lines.next_line(), if reading => match line.context("what is typed cannot be read")? {
                    Some(line) if line.trim().is_empty() => {}
                    Some(line) => {
                        let publication = self.client.publication(channel, data(&line)?)?;
                        receipts.push(publication.enqueue().await?.acked());
                    }
                    None => reading = false,
                },
                Some(answer) = receipts.next() => {
                    if let Err(error) = answer {
                        self.not_published(error)?;
                    }
                }
                event = self.subscription.next() => match event {
                    Some(ChannelEvent::Dropped(reason)) => return Err(Refused(reason.to_string()).into()),
                    Some(event) => self.screen.event(&event)?,
                    None => anyhow::bail!("the client has ended"),
                },
                Some(frame) = self.frames.recv() => self.screen.frame(&frame)?,
                Ok(()) = self.states.changed() => self.show_state(),
            }
        }
        // An answer is seen as a frame before it is told.
        while let Ok(frame) = self.frames.try_recv() {
            self.screen.frame(&frame)?;
        }
        drop(self.subscription);
        self.client.close().await;
        Ok(())
    }

    /// Somebody who types is told, and goes on; a pipe ends.
    fn not_published(&self, error: Error) -> anyhow::Result<()> {
        match error {
            error if self.screen.is_interactive() => self.screen.failed(&error),
            Error::Request(
                error @ (RequestError::Refused { .. } | RequestError::TooLarge { .. }),
            ) => return Err(Refused(error.to_string()).into()),
            error => return Err(error.into()),
        }
        Ok(())
    }

    fn show_state(&mut self) {
        let state = self.states.borrow_and_update().clone();
        match state {
            State::Offline { cause, retry_in_ms } => self.screen.offline(&cause, retry_in_ms),
            State::Online => self.screen.back(),
            _ => {}
        }
    }
}

fn is_shown(frame: &str) -> bool {
    #[derive(Deserialize)]
    struct Kind<'a> {
        #[serde(borrow, rename = "type")]
        kind: Option<std::borrow::Cow<'a, str>>,
    }
    let kind: Option<Kind<'_>> = serde_json::from_str(frame).ok();
    let kind = kind.and_then(|kind| kind.kind);
    !kind.is_some_and(|kind| NOT_SHOWN.contains(&&*kind))
}

/// Where to connect and with what token: named, or of the stack that runs here.
async fn target(arguments: &ConnectArguments) -> anyhow::Result<(String, Tokens)> {
    if let (Some(url), Some(token)) = (&arguments.url, &arguments.token) {
        let tokens = Tokens {
            first: token.clone(),
            more: None,
        };
        return Ok((url.clone(), tokens));
    }
    let running = machine::state(&machine::project()?, &arguments.stack).running()?;
    let url = arguments.url.clone();
    let url = url.unwrap_or_else(|| running.websocket_url.clone());
    if let Some(token) = &arguments.token {
        let tokens = Tokens {
            first: token.clone(),
            more: None,
        };
        return Ok((url, tokens));
    }
    let pool = UserPool {
        running,
        user: arguments.user.clone().unwrap_or_default(),
        groups: arguments.groups.clone(),
    };
    let tokens = Tokens {
        first: pool.token().await?,
        more: Some(pool),
    };
    Ok((url, tokens))
}

/// A line that is JSON is published as such, and any other as a text.
fn data(line: &str) -> anyhow::Result<Box<RawValue>> {
    match serde_json::from_str::<Box<RawValue>>(line) {
        Ok(json) => Ok(json),
        Err(_) => Ok(serde_json::value::to_raw_value(&Value::from(line))?),
    }
}
