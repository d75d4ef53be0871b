//! The message routes: `subscribe`, `unsubscribe`, `publish`, and `$default` for all that is none of them.
//!
//! Each answers with the reply of its own integration; `@connections` is for pushing to others.

mod caller;
mod failure;
mod publish;
mod report;
mod subscribe;
mod unsubscribe;
mod wiring;

use std::time::Duration;

use tidegate_contract::routes::Route;
use tidegate_core::delivery::Delivered;
use tidegate_core::fanout::FanoutQueue;
use tidegate_core::namespace::Namespaces;
use tidegate_core::protocol::{ErrorCode, request_id};
use tidegate_core::registry::Registry;
use tidegate_core::sender::Sender;
use tidegate_core::timer::Timer;
use tidegate_lambda::{Reply, Report, WebSocketEvent};

use crate::failure::Failure;

/// What the message routes stand on.
pub struct Service {
    registry: Box<dyn Registry>,
    sender: Box<dyn Sender>,
    queue: Box<dyn FanoutQueue>,
    timer: Box<dyn Timer>,
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
    /// By which the time is kept to.
    pub timer: Box<dyn Timer>,
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
    /// When the answer must be there, in epoch milliseconds.
    pub deadline_ms: u64,
    /// A random number from 0 to 1, by which waits differ.
    pub jitter: f64,
    /// The trace of the invocation, as its header.
    pub trace: Option<&'a str>,
    /// Makes an id that is unique everywhere, out of the time in epoch milliseconds.
    pub new_id: fn(u64) -> String,
    /// A clock that never goes back, for how long something took.
    pub uptime: fn() -> Duration,
}

/// What a route answers, and what it counted.
pub(crate) struct Answer {
    pub(crate) reply: Reply,
    pub(crate) publication: Option<Published>,
}

/// What became of a publication.
pub(crate) struct Published {
    pub(crate) id: String,
    /// The namespace of its channel, which is one of the configuration's.
    pub(crate) namespace: String,
    pub(crate) delivered: Delivered,
    /// From its acceptance to the last post.
    pub(crate) took: Duration,
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        Self {
            reply,
            publication: None,
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
            timer,
            namespaces,
            direct_receivers,
        } = parts;
        Self {
            registry,
            sender,
            queue,
            timer,
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
        let started = (moment.uptime)();
        let frame = event.body.as_deref().unwrap_or_default();
        let (reply, end) = match self.route(event, frame, moment).await {
            Ok(answer) => (Ok(answer.reply), Ok(answer.publication)),
            Err(failure) => (
                self.reply_to(&failure, event, frame).await,
                Err(failure.kind()),
            ),
        };
        let took = (moment.uptime)().saturating_sub(started);
        (reply, report::of(event, end, took))
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
            Failure::Unavailable {
                message,
                retry_after,
            } => Reply::unavailable(request_id(frame).as_deref(), message, *retry_after)
                .map_err(|error| error.to_string()),
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
