//! The functions: each invocation is a future over the ports, as in a Lambda.

mod message;

pub(crate) use message::token_number;

use std::sync::Arc;

use tidegate_core::broker::{Author, Broker, ConnectError, Request, Rules, Which};
use tidegate_core::connection::{ConnectionId, NewConnection};
use tidegate_core::delivery::Delivery;
use tidegate_core::fanout::{Circumstances, Fanout};
use tidegate_core::protocol::{Channel, GoodbyeReason, IdempotencyKey};
use serde_json::value::RawValue;

use crate::kernel::Shared;
use crate::mutation::Mutation;
use crate::ports::Ports;
use crate::queue::Body;

/// What a function is invoked for.
#[derive(Debug, Clone)]
pub enum Invocation {
    /// A handshake.
    Connect(ConnectionId),
    /// The end of a connection.
    Disconnect(ConnectionId),
    /// A frame: the connection, the frame, and which one of the connection it is.
    Message(ConnectionId, String, u64),
    /// Messages of the queue.
    Fanout(Vec<(u64, Body)>),
    /// The schedule.
    Sweep(u64),
    /// The server's side asks; with the number of the step and how often it was tried.
    Server(ServerCall, usize, u32),
}

/// What the server's side asks.
#[derive(Debug, Clone)]
pub enum ServerCall {
    /// To publish.
    Publish {
        /// Where.
        channel: Channel,
        /// What.
        number: u64,
    },
    /// To put a user's connections out.
    Kick(String),
    /// To refuse a user's tokens.
    Revoke(String),
}

/// What an invocation came to.
#[derive(Debug)]
pub enum Outcome {
    /// `$connect` let it in, or refused it with a status.
    Connected(Result<(), u16>),
    /// The reply to a frame.
    Reply(Option<String>),
    /// These messages are done.
    Batch(Vec<u64>),
    /// It is done.
    Done,
    /// It failed.
    Failed,
}

/// One invocation.
pub struct Function {
    /// The world.
    pub shared: Shared,
    /// What it asks of the world.
    pub ports: Ports,
    /// What the stack is configured with.
    pub rules: Arc<Rules>,
    /// Its own clock when it began, in epoch milliseconds.
    pub now_ms: u64,
    /// When that was, by the true time.
    pub begun_ms: u64,
    /// A random number from 0 to 1.
    pub jitter: f64,
    /// What new ids begin with.
    pub name: String,
}

impl Function {
    fn broker(&self) -> Broker<'_> {
        Broker {
            store: &self.ports,
            sender: &self.ports,
            queue: &self.ports,
            rules: &self.rules,
            circumstances: self.circumstances(),
        }
    }

    const fn circumstances(&self) -> Circumstances<'_> {
        Circumstances {
            now_ms: self.now_ms,
            jitter: self.jitter,
            trace: None,
        }
    }

    fn mutation(&self) -> Option<Mutation> {
        self.shared.lock().mutation
    }

    /// Runs it.
    pub async fn run(self, invocation: Invocation) -> Outcome {
        match invocation {
            Invocation::Connect(id) => self.connect(&id).await,
            Invocation::Disconnect(id) => self.disconnect(&id).await,
            Invocation::Message(id, frame, _) => self.message(&id, &frame).await,
            Invocation::Fanout(batch) => self.fan_out(batch).await,
            Invocation::Sweep(_) => match self.broker().sweep().await {
                Ok(_) => Outcome::Done,
                Err(_) => Outcome::Failed,
            },
            Invocation::Server(call, ..) => self.serve(&call).await,
        }
    }

    async fn connect(&self, id: &ConnectionId) -> Outcome {
        let new = {
            let mut world = self.shared.lock();
            let Some(connection) = world.gateway.connections.get(id) else {
                return Outcome::Failed;
            };
            let (key, token) = (connection.key.clone(), connection.token);
            let endpoint = connection.endpoint.clone();
            let Some(rights) = world.ledger.tokens.get(token).map(|one| one.rights.clone()) else {
                return Outcome::Failed;
            };
            // The authorizer, which looks at the token alone.
            if rights.expired(self.now_ms) {
                return Outcome::Connected(Err(401));
            }
            world.ledger.holds(&key, token);
            NewConnection {
                key,
                connection: id.clone(),
                endpoint,
                rights,
                joins: None,
            }
        };
        Outcome::Connected(match self.broker().connect(&new).await {
            Ok(()) => Ok(()),
            Err(ConnectError::Gone) => Err(410),
            Err(ConnectError::Revoked) => Err(401),
            Err(ConnectError::TooManyConnections) => Err(429),
            Err(_) => Err(503),
        })
    }

    async fn disconnect(&self, id: &ConnectionId) -> Outcome {
        if self.mutation() == Some(Mutation::IgnoresDisconnect) {
            return Outcome::Done;
        }
        let key = {
            let world = self.shared.lock();
            let connection = world.gateway.connections.get(id);
            connection.map(|connection| connection.key.clone())
        };
        let Some(key) = key else {
            return Outcome::Failed;
        };
        match self.broker().disconnect(&key, id).await {
            Ok(()) => Outcome::Done,
            Err(_) => Outcome::Failed,
        }
    }

    async fn fan_out(&self, batch: Vec<(u64, Body)>) -> Outcome {
        let mut done = Vec::new();
        let (mut ids, mut slices) = (Vec::new(), Vec::new());
        for (id, body) in batch {
            match body {
                Body::Slice(slice) => {
                    ids.push(id);
                    slices.push(slice);
                }
                Body::Notice(notice) => {
                    let new_id = format!("{}-{id}", self.name);
                    if self.broker().announce(&notice, &new_id).await.is_ok() {
                        done.push(id);
                    }
                }
            }
        }
        let fanout = Fanout {
            delivery: Delivery {
                subscriptions: &self.ports,
                sender: &self.ports,
            },
            queue: &self.ports,
        };
        let worked = fanout.work(&slices, self.circumstances(), &[]).await;
        let fine = ids.into_iter().zip(worked).filter(|(_, one)| one.is_ok());
        done.extend(fine.map(|(id, _)| id));
        Outcome::Batch(done)
    }

    async fn serve(&self, call: &ServerCall) -> Outcome {
        let broker = self.broker();
        let done = match call {
            ServerCall::Publish { channel, number } => {
                let key = IdempotencyKey::new(format!("k{number}"));
                let data = RawValue::from_string(payload(*number));
                let (Ok(key), Ok(data)) = (key, data) else {
                    return Outcome::Failed;
                };
                let request = Request {
                    channel,
                    data: &data,
                    key: Some(&key),
                    new_id: &self.name,
                };
                broker.publish(Author::Server, request).await.is_ok()
            }
            ServerCall::Kick(user) => {
                let which = Which::User(user.clone());
                broker.put_out(&which, GoodbyeReason::Kicked).await.is_ok()
            }
            ServerCall::Revoke(_) if self.mutation() == Some(Mutation::RevokesOnPaper) => true,
            ServerCall::Revoke(user) => broker.revoke(user).await.is_ok(),
        };
        if let (ServerCall::Revoke(user), true) = (call, done) {
            let mut world = self.shared.lock();
            let returned_ms = world.now_ms;
            world.ledger.revoked(user, self.now_ms / 1_000 + 1, returned_ms);
        }
        if done { Outcome::Done } else { Outcome::Failed }
    }
}

/// What is published under a number: sometimes much.
#[must_use]
pub fn payload(number: u64) -> String {
    let pad = if number.is_multiple_of(13) { 12_000 } else { 0 };
    format!(r#"{{"n":{number},"pad":"{}"}}"#, "x".repeat(pad))
}
