//! The functions: each invocation is a future over the ports, as in a Lambda.

mod frames;
mod server;

pub(crate) use frames::token_number;

use std::time::Duration;

use serde_json::{Value, json};
use tidegate_core::broker::{Broker, Rules};
use tidegate_core::connection::ConnectionId;
use tidegate_core::protocol::Channel;
use tidegate_lambda::{AuthorizerContext, Backend, Moment, Reply, SqsEvent, WebSocketEvent};

use crate::kernel::{START_MS, Shared};
use crate::mutation::Mutation;
use crate::ports::{DeadLetters, Ports};

/// How long a function may take, in milliseconds: what API Gateway waits.
pub const LIMIT_MS: u64 = 29_000;

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
    Fanout(Vec<(u64, String)>),
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
    /// What it stands on: the ports, and the rules of the stack.
    pub backend: Backend,
    /// How far its clock is off, in milliseconds.
    pub skew_ms: i64,
    /// How far any function's clock is off at most, in milliseconds.
    pub max_skew_ms: u64,
    /// When it began, by the true time.
    pub begun_ms: u64,
    /// A random number from 0 to 1.
    pub jitter: f64,
    /// What new ids begin with.
    pub name: String,
}

/// What a function knows of the time and of itself.
struct Instance {
    now_ms: u64,
    jitter: f64,
    new_id: Box<dyn Fn(u64) -> String + Send + Sync>,
    uptime: Box<dyn Fn() -> Duration + Send + Sync>,
    clock: Box<dyn Fn() -> u64 + Send + Sync>,
}

impl Instance {
    fn moment(&self) -> Moment<'_> {
        Moment {
            now_ms: self.now_ms,
            deadline_ms: self.now_ms + LIMIT_MS,
            jitter: self.jitter,
            trace: None,
            new_id: &*self.new_id,
            uptime: &*self.uptime,
            clock: &*self.clock,
        }
    }
}

impl Function {
    /// A function over these ports.
    #[must_use]
    pub fn backend(ports: &Ports, rules: &Rules) -> Backend {
        Backend {
            store: Box::new(ports.clone()),
            sender: Box::new(ports.clone()),
            queue: Box::new(ports.clone()),
            timer: Box::new(ports.clone()),
            rules: rules.clone(),
        }
    }

    fn instance(&self) -> Instance {
        let name = self.name.clone();
        let ids = std::sync::atomic::AtomicU64::new(0);
        let (shared, clock, skew_ms) = (self.shared.clone(), self.shared.clone(), self.skew_ms);
        Instance {
            now_ms: self.begun_ms.saturating_add_signed(skew_ms),
            jitter: self.jitter,
            new_id: Box::new(move |_| {
                let nth = ids.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                format!("{name}-{nth}")
            }),
            uptime: Box::new(move || Duration::from_millis(shared.lock().now_ms - START_MS)),
            clock: Box::new(move || clock.lock().now_ms.saturating_add_signed(skew_ms)),
        }
    }

    fn broker<'a>(&'a self, moment: &Moment<'a>) -> Broker<'a> {
        self.backend.broker(moment)
    }

    fn mutation(&self) -> Option<Mutation> {
        self.shared.lock().mutation
    }

    /// Runs it.
    pub async fn run(self, invocation: Invocation) -> Outcome {
        let instance = self.instance();
        let moment = instance.moment();
        match invocation {
            Invocation::Connect(id) => self.connect(&id, moment).await,
            Invocation::Disconnect(id) => self.disconnect(&id, moment).await,
            Invocation::Message(id, frame, _) => self.frame(&id, &frame, &instance).await,
            Invocation::Fanout(batch) => self.fan_out(&batch, &instance).await,
            Invocation::Sweep(_) => match self.broker(&moment).sweep().await {
                Ok(_) => Outcome::Done,
                Err(_) => Outcome::Failed,
            },
            Invocation::Server(call, ..) => self.serve(&call, &moment).await,
        }
    }

    /// An event of the WebSocket API about a connection, as API Gateway writes it.
    fn event(&self, id: &ConnectionId, route: &str, rest: Value) -> Option<WebSocketEvent> {
        let world = self.shared.lock();
        let connection = world.gateway.connections.get(id)?;
        let token = world.ledger.tokens.get(connection.token)?;
        let context = AuthorizerContext::new(&connection.key, &token.rights);
        let mut event = json!({
            "requestContext": {
                "routeKey": route,
                "connectionId": id,
                "apiId": connection.endpoint,
                "authorizer": context,
            },
        });
        if let (Value::Object(event), Value::Object(rest)) = (&mut event, rest) {
            event.extend(rest);
        }
        serde_json::from_value(event).ok()
    }

    async fn connect(&self, id: &ConnectionId, moment: Moment<'_>) -> Outcome {
        let session = {
            let mut world = self.shared.lock();
            let Some(connection) = world.gateway.connections.get(id) else {
                return Outcome::Failed;
            };
            let (key, token) = (connection.key.clone(), connection.token);
            let held = world.ledger.tokens.get(token);
            // The authorizer, which looks at the token alone.
            if held.is_none_or(|held| held.rights.expired(moment.now_ms)) {
                return Outcome::Connected(Err(401));
            }
            world.ledger.holds(&key, token);
            key.session
        };
        let rest = json!({
            "multiValueHeaders": {"Sec-WebSocket-Protocol": ["tidegate.v1, bearer.x"]},
            "multiValueQueryStringParameters": {"session": [session]},
        });
        let Some(event) = self.event(id, "$connect", rest) else {
            return Outcome::Failed;
        };
        match tidegate_connect::handle(&self.backend, &event, moment)
            .await
            .0
        {
            Ok(Reply {
                status_code: 200, ..
            }) => Outcome::Connected(Ok(())),
            Ok(Reply { status_code, .. }) => Outcome::Connected(Err(status_code)),
            Err(_) => Outcome::Failed,
        }
    }

    async fn disconnect(&self, id: &ConnectionId, moment: Moment<'_>) -> Outcome {
        if self.mutation() == Some(Mutation::IgnoresDisconnect) {
            return Outcome::Done;
        }
        let rest = json!({});
        let Some(event) = self.event(id, "$disconnect", rest) else {
            return Outcome::Failed;
        };
        match tidegate_disconnect::handle(&self.backend, &event, moment)
            .await
            .0
        {
            Ok(_) => Outcome::Done,
            Err(_) => Outcome::Failed,
        }
    }

    async fn fan_out(self, batch: &[(u64, String)], instance: &Instance) -> Outcome {
        let records = batch.iter().map(|(id, body)| {
            let id = id.to_string();
            json!({"messageId": id, "body": body})
        });
        let records: Vec<_> = records.collect();
        let event = json!({"Records": records});
        let Ok(event) = serde_json::from_value::<SqsEvent>(event) else {
            return Outcome::Failed;
        };
        let service = tidegate_fanout::Service {
            dead_letters: Box::new(DeadLetters(self.ports)),
            backend: self.backend,
        };
        let Ok(answer) = service.handle(event, instance.moment()).await.0 else {
            return Outcome::Failed;
        };
        let failed: Vec<_> = answer
            .batch_item_failures
            .into_iter()
            .map(|failure| failure.item_identifier)
            .collect();
        let done = batch.iter().map(|(id, _)| *id);
        Outcome::Batch(
            done.filter(|id| !failed.contains(&id.to_string()))
                .collect(),
        )
    }
}

/// What is published under a number: sometimes much.
#[must_use]
pub fn payload(number: u64) -> String {
    let pad = if number.is_multiple_of(13) { 12_000 } else { 0 };
    format!(r#"{{"n":{number},"pad":"{}"}}"#, "x".repeat(pad))
}
