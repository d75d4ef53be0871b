//! Where frames are taken: from the event to the reply.

use serde::Serialize;
use serde::de::DeserializeOwned;
use tidegate_core::limits::RetryAfter;
use tidegate_core::protocol::{ErrorCode, RequestId, request_id};
use tidegate_core::sender::Sender;
use tidegate_core::store::Sessions;
use tidegate_lambda::{Guard, Moment, Reply, Report, WebSocketEvent};

use crate::Handler;
use crate::caller::{self, Caller, NoCaller};
use crate::frame::{self, Frame, NoReply};
use crate::refusal::{Fault, Refusal};
use crate::report::{self, End};

/// Takes the frames of routes: looks up who sent them, and has them answered.
pub struct Desk {
    sessions: Box<dyn Sessions>,
    sender: Box<dyn Sender>,
    guard: Guard,
}

/// What a route is, as far as its frames go.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) key: &'static str,
    pub(crate) two_way: bool,
}

/// A reply, and how it came to it.
struct Answer {
    reply: Result<Reply, String>,
    end: End,
}

impl Desk {
    /// A desk that finds sessions in `sessions` and says goodbye by `sender`.
    #[must_use]
    pub fn new(sessions: Box<dyn Sessions>, sender: Box<dyn Sender>) -> Self {
        Self {
            sessions,
            sender,
            guard: Guard::default(),
        }
    }

    /// Has `handler` answer one frame.
    pub async fn take<H: Handler>(
        &self,
        handler: &H,
        event: &WebSocketEvent,
        moment: Moment<'_>,
    ) -> (Result<Reply, String>, Report) {
        let kind = Kind {
            key: H::ROUTE.key(),
            two_way: H::ROUTE.is_two_way(),
        };
        self.answer(kind, event, moment, async |caller, request| {
            handler.handle(caller, request, moment).await
        })
        .await
    }

    pub(crate) async fn answer<Q: DeserializeOwned, R: Serialize>(
        &self,
        kind: Kind,
        event: &WebSocketEvent,
        moment: Moment<'_>,
        handle: impl AsyncFnOnce(&Caller, Q) -> Result<R, Refusal>,
    ) -> (Result<Reply, String>, Report) {
        let started = (moment.uptime)();
        // Before anything is read or asked of anybody: this is what a flood meets first.
        let connection = &event.request_context.connection_id;
        let answer = match self.guard.admit(connection, moment.now_ms) {
            Ok(()) => self.read(kind, event, moment.now_ms, handle).await,
            Err(later) => too_fast(kind, event, later),
        };
        let took = (moment.uptime)().saturating_sub(started);
        (answer.reply, report::of(event, answer.end, took))
    }

    async fn read<Q: DeserializeOwned, R: Serialize>(
        &self,
        kind: Kind,
        event: &WebSocketEvent,
        now_ms: u64,
        handle: impl AsyncFnOnce(&Caller, Q) -> Result<R, Refusal>,
    ) -> Answer {
        match Frame::read(event) {
            Ok(frame) => self.handled(kind, event, now_ms, frame, handle).await,
            Err(refusal) => refused(kind, None, &refusal),
        }
    }

    async fn handled<Q: DeserializeOwned, R: Serialize>(
        &self,
        kind: Kind,
        event: &WebSocketEvent,
        now_ms: u64,
        frame: Frame,
        handle: impl AsyncFnOnce(&Caller, Q) -> Result<R, Refusal>,
    ) -> Answer {
        let id = frame.id.clone();
        let id = id.as_ref();
        // Before the caller: what cannot be understood is not worth a read.
        let request = frame.check_id(kind.two_way).and_then(|()| frame.request());
        let request = match request {
            Ok(request) => request,
            Err(refusal) => return refused(kind, id, &refusal),
        };
        let caller = match caller::caller(&*self.sessions, event, now_ms).await {
            Ok(caller) => caller,
            Err(no_caller) => return self.turned_away(kind, id, event, no_caller).await,
        };
        match handle(&caller, request).await {
            Ok(reply) => replied(kind, id, &reply),
            Err(refusal) => refused(kind, id, &refusal),
        }
    }

    async fn turned_away(
        &self,
        kind: Kind,
        id: Option<&RequestId>,
        event: &WebSocketEvent,
        why: NoCaller,
    ) -> Answer {
        match why {
            NoCaller::Refused(refusal) => refused(kind, id, &refusal),
            NoCaller::Expired => {
                caller::put_out(&*self.sender, event).await;
                Answer {
                    reply: Ok(Reply::silent()),
                    end: Err(("expired", Fault::Callers)),
                }
            }
            NoCaller::Broken(problem) => broken(problem),
        }
    }
}

fn replied<R: Serialize>(kind: Kind, id: Option<&RequestId>, reply: &R) -> Answer {
    if !kind.two_way {
        return Answer {
            reply: Ok(Reply::silent()),
            end: Ok(()),
        };
    }
    match frame::reply(kind.key, id, reply) {
        Ok(reply) => Answer {
            reply: Ok(reply),
            end: Ok(()),
        },
        Err(NoReply::TooLarge(refusal)) => refused(kind, id, &refusal),
        Err(NoReply::Broken(problem)) => broken(problem),
    }
}

/// A route that is not two-way has no way to say it: then only the log line does.
fn refused(kind: Kind, id: Option<&RequestId>, refusal: &Refusal) -> Answer {
    let reply = match kind.two_way {
        true => frame::error(id, refusal),
        false => Ok(Reply::silent()),
    };
    Answer {
        reply,
        end: Err((refusal.code, refusal.fault)),
    }
}

fn too_fast(kind: Kind, event: &WebSocketEvent, later: RetryAfter) -> Answer {
    let id = request_id(event.body.as_deref().unwrap_or_default());
    let refusal = Refusal::of_the_protocol(ErrorCode::RateLimited, later.to_string());
    refused(kind, id.as_ref(), &refusal.retry_after_ms(later.0))
}

fn broken(problem: String) -> Answer {
    Answer {
        reply: Err(problem),
        end: Err(("broken", Fault::Ours)),
    }
}

#[cfg(test)]
mod tests;
