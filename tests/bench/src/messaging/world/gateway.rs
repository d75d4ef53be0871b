//! The gateway of a world: whom it lets in, which frames it hands to the functions, and what they post.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Result, anyhow};
use async_trait::async_trait;
use futures::executor::block_on;
use serde_json::json;
use tidegate_client::machine::SocketId;
use tidegate_core::connection::{ConnectionId, Endpoint, SessionKey};
use tidegate_core::sender::{SendError, Sender};
use tidegate_lambda::{Moment, WebSocketEvent};
use tidegate_test_handler::{new_connection, proxy_event};

use super::{Arriving, World};

/// How long a function has, in milliseconds.
const DEADLINE_MS: u64 = 15_000;

/// How many the account lets in: a bucket with a second's worth of places.
pub(crate) struct Gate {
    per_second: u64,
    /// Thousandths of a place.
    filled: u64,
    at: u64,
}

impl Gate {
    pub(crate) fn new(per_second: u32, now: u64) -> Self {
        let per_second = u64::from(per_second);
        Self {
            per_second,
            filled: per_second * 1_000,
            at: now,
        }
    }

    fn admits(&mut self, now: u64) -> bool {
        let more = (now - self.at) * self.per_second;
        self.filled = (self.filled + more).min(self.per_second * 1_000);
        self.at = now;
        let admitted = self.filled >= 1_000;
        if admitted {
            self.filled -= 1_000;
        }
        admitted
    }
}

/// The gateway's connections, and what the functions posted to them.
#[derive(Clone, Default)]
pub(super) struct Posts(Arc<Mutex<Posted>>);

#[derive(Default)]
pub(super) struct Posted {
    pub(super) live: HashMap<String, (usize, SocketId)>,
    pub(super) frames: Vec<(String, String)>,
    pub(super) ended: Vec<String>,
}

impl Posts {
    pub(super) fn lock(&self) -> MutexGuard<'_, Posted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Sender for Posts {
    async fn send(
        &self,
        _endpoint: &Endpoint,
        connection: &ConnectionId,
        frame: &str,
    ) -> Result<(), SendError> {
        let mut posted = self.lock();
        if !posted.live.contains_key(connection.as_str()) {
            return Err(SendError::Gone);
        }
        let post = (connection.as_str().to_owned(), frame.to_owned());
        posted.frames.push(post);
        Ok(())
    }

    async fn end(&self, _endpoint: &Endpoint, connection: &ConnectionId) -> Result<(), SendError> {
        self.lock().ended.push(connection.as_str().to_owned());
        Ok(())
    }

    async fn exists(
        &self,
        _endpoint: &Endpoint,
        connection: &ConnectionId,
    ) -> Result<bool, SendError> {
        Ok(self.lock().live.contains_key(connection.as_str()))
    }
}

impl World {
    pub(super) fn handshake(&mut self, number: usize, socket: SocketId) -> Result<()> {
        let now = self.now;
        if self.gate.as_mut().is_some_and(|gate| !gate.admits(now)) {
            self.refused += 1;
            self.later(Arriving::Answered(number, socket, Some(429)));
            return Ok(());
        }
        self.connections += 1;
        let connection = format!("connection-{}", self.connections);
        let client = self.client(number)?;
        client.open.insert(socket, connection.clone());
        let new = new_connection(&connection, &client.user, &client.session, now);
        let entry = (connection, (number, socket));
        self.posts.lock().live.extend([entry]);
        let clock = move || now;
        let new_id = |_: u64| String::new();
        let moment = moment(now, &clock, &new_id);
        block_on(self.connecting.broker(&moment).connect(&new))?;
        self.later(Arriving::Answered(number, socket, None));
        self.posted();
        Ok(())
    }

    pub(super) fn serve(&mut self, number: usize, socket: SocketId, frame: &str) -> Result<()> {
        let client = self.client(number)?;
        let Some(connection) = client.open.get(&socket).cloned() else {
            return Ok(());
        };
        let frame: serde_json::Value = serde_json::from_str(frame)?;
        if frame["action"] == "ping" {
            let pong = json!({"type": "pong"}).to_string();
            self.later(Arriving::Here(number, connection, pong));
            return Ok(());
        }
        let event = proxy_event(&connection, &client.user, &client.session, &frame);
        let event: WebSocketEvent = serde_json::from_value(event)?;
        let (now, sent) = (self.now, self.sent);
        let clock = move || now;
        let new_id = move |_: u64| format!("publication-{sent}");
        let (reply, _) = block_on(self.service.handle(&event, moment(now, &clock, &new_id)));
        let reply = reply.map_err(|problem| anyhow!(problem))?;
        if let Some(body) = reply.body {
            self.later(Arriving::Here(number, connection, body));
        }
        self.posted();
        Ok(())
    }

    /// What the functions posted sets out.
    fn posted(&mut self) {
        let (frames, live) = {
            let mut posted = self.posts.lock();
            let frames = std::mem::take(&mut posted.frames);
            let live: Vec<_> = frames
                .iter()
                .map(|(connection, _)| posted.live.get(connection).copied())
                .collect();
            (frames, live)
        };
        for ((connection, frame), live) in frames.into_iter().zip(live) {
            if let Some((number, _)) = live {
                self.later(Arriving::Here(number, connection, frame));
            }
        }
    }

    /// A connection is gone: nothing can be posted to it, and its `$disconnect` comes later.
    pub(super) fn hang_up(&mut self, number: usize, connection: String) -> Result<()> {
        self.posts.lock().live.remove(&connection);
        let client = self.client(number)?;
        let key = SessionKey {
            user: client.user.clone(),
            session: client.session.clone(),
        };
        self.later(Arriving::Gone(key, connection));
        Ok(())
    }

    pub(super) fn disconnect(&mut self, key: &SessionKey, connection: &str) -> Result<()> {
        let now = self.now;
        let clock = move || now;
        let new_id = |_: u64| String::new();
        let moment = moment(now, &clock, &new_id);
        let connection = ConnectionId::new(connection);
        let broker = self.connecting.broker(&moment);
        Ok(block_on(broker.disconnect(key, &connection))?)
    }
}

fn moment<'a>(
    now_ms: u64,
    clock: &'a (dyn Fn() -> u64 + Send + Sync),
    new_id: &'a (dyn Fn(u64) -> String + Send + Sync),
) -> Moment<'a> {
    Moment {
        now_ms,
        deadline_ms: now_ms + DEADLINE_MS,
        jitter: 0.5,
        trace: None,
        new_id,
        uptime: &|| Duration::ZERO,
        clock,
    }
}
