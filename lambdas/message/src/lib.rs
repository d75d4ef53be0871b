//! The message routes: `subscribe`, `unsubscribe`, `publish`, `presence`, `history`, `refresh`, `heads`, and `$default` for
//! all that is none of them.
//!
//! Each answers with the reply of its own integration; `@connections` is for pushing to others.

mod caller;
mod failure;
mod publish;
mod read;
mod refresh;
mod report;
mod subscribe;
mod wiring;

use std::time::Duration;

use tidegate_contract::routes::Route;
use tidegate_core::broker::{self, Broker};
use tidegate_core::protocol::{ErrorCode, request_id};
use tidegate_lambda::{Backend, Guard, Moment, Reply, Report, Seen, WebSocketEvent};
use tidegate_tokens::Verifier;

use crate::failure::Failure;
use crate::report::End;

/// What the message routes stand on.
pub struct Service {
    backend: Backend,
    verifier: Verifier,
    guard: Guard,
    seen: Seen,
}

/// What a route answers, and what it counted.
pub(crate) struct Answer {
    pub(crate) reply: Reply,
    pub(crate) counted: Counted,
}

/// What a frame counts as, beside itself.
pub(crate) enum Counted {
    Nothing,
    Recovery(Recovered),
    Published(Published),
}

/// What became of a client's wish to have what it missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recovered {
    All,
    Paged,
    Lost,
}

/// What became of a publication.
pub(crate) struct Published {
    /// The namespace of its channel, which is one of the configuration's.
    pub(crate) namespace: String,
    /// From its acceptance to the last post.
    pub(crate) took: Duration,
    pub(crate) published: broker::Published,
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        Self {
            reply,
            counted: Counted::Nothing,
        }
    }
}

impl Service {
    /// A service over this backend, which takes the tokens that `verifier` does.
    #[must_use]
    pub fn new(backend: Backend, verifier: Verifier) -> Self {
        Self {
            backend,
            verifier,
            guard: Guard::default(),
            seen: Seen::default(),
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
        let broker = self.backend.broker(&moment);
        let (reply, counted, put_out) = match self.route(event, frame, &broker, &moment).await {
            Ok(answer) => (Ok(answer.reply), Ok(answer.counted), false),
            Err(failure) => {
                let kind = failure.kind();
                let (reply, put_out) = self.reply_to(failure, event, frame, &broker).await;
                (reply, Err(kind), put_out)
            }
        };
        let end = End {
            counted,
            put_out,
            took: (moment.uptime)().saturating_sub(started),
        };
        (reply, report::of(event, end))
    }

    async fn route(
        &self,
        event: &WebSocketEvent,
        frame: &str,
        broker: &Broker<'_>,
        moment: &Moment<'_>,
    ) -> Result<Answer, Failure> {
        // Before anything is asked of anybody, and whatever the frame is: this is what a flood meets first.
        let connection = &event.request_context.connection_id;
        self.guard.admit(connection, moment.now_ms)?;
        let answered = self.answer(event, frame, broker, moment).await;
        if let Err(Failure::Unreadable { .. }) = &answered {
            self.spend_for_nothing(event, frame, moment).await?;
        }
        answered
    }

    async fn answer(
        &self,
        event: &WebSocketEvent,
        frame: &str,
        broker: &Broker<'_>,
        moment: &Moment<'_>,
    ) -> Result<Answer, Failure> {
        if event.is_base64_encoded {
            return Err(bad_frame("a frame must be text"));
        }
        match Route::from_key(&event.request_context.route_key) {
            Some(Route::Subscribe) => self.subscribe(event, frame, broker, moment).await,
            Some(Route::Unsubscribe) => self.unsubscribe(event, frame, broker, moment).await,
            Some(Route::Publish) => self.publish(event, frame, broker, moment).await,
            Some(Route::Presence) => self.presence(event, frame, broker, moment).await,
            Some(Route::History) => self.history(event, frame, broker, moment).await,
            Some(Route::Refresh) => self.refresh(event, frame, broker, moment).await,
            Some(Route::Heads) => self.heads(event, frame, broker, moment).await,
            _ => Err(unknown(frame)),
        }
    }

    /// What the sender is told, and whether it was put out.
    async fn reply_to(
        &self,
        failure: Failure,
        event: &WebSocketEvent,
        frame: &str,
        broker: &Broker<'_>,
    ) -> (Result<Reply, String>, bool) {
        let id = request_id(frame);
        let (reply, put_out) = match failure {
            Failure::Refused { code, message } | Failure::Unreadable { code, message } => {
                (Reply::error(id, code, message, None), false)
            }
            Failure::Later {
                code,
                message,
                retry_after_ms,
            } => (Reply::error(id, code, message, Some(retry_after_ms)), false),
            Failure::TooFast(later) => {
                let put_out = self.strike(event, broker).await;
                let code = ErrorCode::RateLimited;
                let reply = Reply::error(id, code, later.to_string(), Some(later.0));
                (reply, put_out)
            }
            Failure::Expired => {
                self.put_out(event, broker).await;
                (Ok(Reply::silent()), false)
            }
            Failure::Broken(problem) => return (Err(problem), false),
        };
        (reply.map_err(|error| error.to_string()), put_out)
    }
}

/// The actions that there are, those of one's own too.
fn actions() -> String {
    let keys = Route::ALL.iter().map(|route| route.key());
    let actions: Vec<_> = keys.filter(|key| !key.starts_with('$')).collect();
    actions.join(", ")
}

/// What came to `$default`: no JSON object, one without an action, or an action that there is not.
fn unknown(frame: &str) -> Failure {
    let parsed = serde_json::from_str::<serde_json::Value>(frame);
    let action = match &parsed {
        Ok(serde_json::Value::Object(fields)) => fields.get("action"),
        Ok(_) => return bad_frame("a frame must be a JSON object"),
        Err(error) => {
            return bad_frame(format!("the frame is not JSON: {error}"));
        }
    };
    match action {
        Some(serde_json::Value::String(_)) => Failure::Unreadable {
            code: ErrorCode::UnknownAction,
            message: format!("there is no such action; there are {}", actions()),
        },
        Some(_) => bad_frame("`action` must be a text"),
        None => bad_frame("the frame has no `action`"),
    }
}

fn bad_frame(message: impl Into<String>) -> Failure {
    Failure::Unreadable {
        code: ErrorCode::BadFrame,
        message: message.into(),
    }
}
