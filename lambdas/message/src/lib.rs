//! The message routes: `subscribe`, `unsubscribe`, `publish`, and `$default` for all that is none of them.
//!
//! Each answers with the reply of its own integration; `@connections` is for pushing to others.

mod caller;
mod failure;
mod publish;
mod subscribe;
mod unsubscribe;
mod wiring;

use tidegate_contract::routes::Route;
use tidegate_core::fanout::FanoutQueue;
use tidegate_core::namespace::Namespaces;
use tidegate_core::protocol::{ErrorCode, request_id};
use tidegate_core::registry::Registry;
use tidegate_core::sender::Sender;
use tidegate_lambda::{Reply, Report, WebSocketEvent};

use crate::failure::Failure;

/// What the message routes stand on.
pub struct Service {
    registry: Box<dyn Registry>,
    sender: Box<dyn Sender>,
    queue: Box<dyn FanoutQueue>,
    namespaces: Namespaces,
    direct_receivers: usize,
}

/// The ports of a service, and what the stack is configured with.
pub struct Parts {
    /// Where sessions and subscriptions are.
    pub registry: Box<dyn Registry>,
    /// By which connections are reached.
    pub sender: Box<dyn Sender>,
    /// Where publications with many receivers go.
    pub queue: Box<dyn FanoutQueue>,
    /// Who may subscribe and publish where.
    pub namespaces: Namespaces,
    /// A publication with more receivers than this goes by way of the queue.
    pub direct_receivers: usize,
}

/// When and in which trace an event is handled, and how ids are made then.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    /// Now, in epoch milliseconds.
    pub now_ms: u64,
    /// Tells what time it is after something took its time, in epoch milliseconds.
    pub clock: fn() -> u64,
    /// A random number from 0 to 1, by which waits differ.
    pub jitter: f64,
    /// The trace of the invocation, as its header.
    pub trace: Option<&'a str>,
    /// Makes an id that is unique everywhere, out of the time in epoch milliseconds.
    pub new_id: fn(u64) -> String,
}

/// What a route answers, and what it counted.
pub(crate) struct Answer {
    pub(crate) reply: Reply,
    pub(crate) counts: Vec<(&'static str, usize)>,
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        Self {
            reply,
            counts: Vec::new(),
        }
    }
}

impl Service {
    /// A service of these parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let Parts {
            registry,
            sender,
            queue,
            namespaces,
            direct_receivers,
        } = parts;
        Self {
            registry,
            sender,
            queue,
            namespaces,
            direct_receivers,
        }
    }

    /// Answers one frame.
    pub async fn handle(
        &self,
        event: &WebSocketEvent,
        moment: Moment<'_>,
    ) -> (Result<Reply, String>, Report) {
        let context = &event.request_context;
        let mut report = Report {
            route: context.route_key.clone(),
            connection: context.connection_id.to_string(),
            outcome: "ok",
            counts: Vec::new(),
        };
        let frame = event.body.as_deref().unwrap_or_default();
        let reply = match self.route(event, frame, moment).await {
            Ok(answer) => {
                report.counts = answer.counts;
                Ok(answer.reply)
            }
            Err(failure) => {
                report.outcome = failure.outcome();
                self.reply_to(&failure, event, frame).await
            }
        };
        (reply, report)
    }

    async fn route(
        &self,
        event: &WebSocketEvent,
        frame: &str,
        moment: Moment<'_>,
    ) -> Result<Answer, Failure> {
        if event.is_base64_encoded {
            return Err(Failure::refused(
                ErrorCode::BadFrame,
                "a frame must be text",
            ));
        }
        match Route::from_key(&event.request_context.route_key) {
            Some(Route::Subscribe) => self.subscribe(event, frame, moment).await,
            Some(Route::Unsubscribe) => self.unsubscribe(event, frame, moment).await,
            Some(Route::Publish) => self.publish(event, frame, moment).await,
            _ => Err(unknown(frame)),
        }
    }

    async fn reply_to(
        &self,
        failure: &Failure,
        event: &WebSocketEvent,
        frame: &str,
    ) -> Result<Reply, String> {
        match failure {
            Failure::Refused { code, message } => {
                Reply::error(request_id(frame).as_deref(), *code, message)
                    .map_err(|error| error.to_string())
            }
            Failure::Expired => {
                self.put_out(event).await;
                Ok(Reply::silent())
            }
            Failure::Broken(problem) => Err(problem.clone()),
        }
    }
}

/// What came to `$default`: no JSON object, one without an action, or an action that there is not.
fn unknown(frame: &str) -> Failure {
    let parsed = serde_json::from_str::<serde_json::Value>(frame);
    let action = match &parsed {
        Ok(serde_json::Value::Object(fields)) => fields.get("action"),
        Ok(_) => return Failure::refused(ErrorCode::BadFrame, "a frame must be a JSON object"),
        Err(error) => {
            return Failure::refused(
                ErrorCode::BadFrame,
                format!("the frame is not JSON: {error}"),
            );
        }
    };
    match action {
        Some(serde_json::Value::String(_)) => {
            let known = "ping, subscribe, unsubscribe, publish";
            Failure::refused(
                ErrorCode::UnknownAction,
                format!("there is no such action; there are {known}"),
            )
        }
        Some(_) => Failure::refused(ErrorCode::BadFrame, "`action` must be a text"),
        None => Failure::refused(ErrorCode::BadFrame, "the frame has no `action`"),
    }
}
