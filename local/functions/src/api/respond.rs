//! `POST /runtime/invocation/{id}/response`, `…/error` and `POST /runtime/init/error`

use http::Request;
use hyper::body::{Bytes, Incoming};

use super::body::{self, Read};
use super::{Answer, Session, answer, failure, faults};
use crate::scheduler::NotCurrent;
use crate::{InvokeError, RequestId};

/// The process has the response to its invocation.
pub(super) async fn response(
    session: &Session,
    id: Option<RequestId>,
    request: Request<Incoming>,
) -> Answer {
    let limit = session.shared.pool.options.max_response_bytes;
    match body::read(request.into_body(), limit).await {
        Read::Whole { body, trailers } => {
            let failed = trailers.as_ref().and_then(failure::of_trailers);
            let outcome = failed.map_or(Ok(body), |failure| Err(failure.into()));
            faults::answered(session).await;
            complete(session, id, outcome, answer::accepted())
        }
        Read::TooLarge => {
            let outcome = Err(failure::too_large(limit).into());
            complete(session, id, outcome, answer::too_large(limit))
        }
        // It may try again, until its time is up.
        Read::Broken => answer::invalid_transition("The response is not complete"),
    }
}

/// The process's function has failed.
pub(super) async fn error(
    session: &Session,
    id: Option<RequestId>,
    request: Request<Incoming>,
) -> Answer {
    let limit = session.shared.pool.options.max_response_bytes;
    let (parts, body) = request.into_parts();
    match body::read(body, limit).await {
        Read::Whole { body, .. } => {
            let outcome = Err(failure::parse(&parts.headers, &body).into());
            faults::answered(session).await;
            complete(session, id, outcome, answer::accepted())
        }
        Read::TooLarge => {
            let outcome = Err(failure::too_large(limit).into());
            complete(session, id, outcome, answer::too_large(limit))
        }
        Read::Broken => answer::invalid_transition("The error report is not complete"),
    }
}

/// The process cannot start.
pub(super) async fn init_error(session: &Session, request: Request<Incoming>) -> Answer {
    let limit = session.shared.pool.options.max_response_bytes;
    let (parts, body) = request.into_parts();
    let failure = match body::read(body, limit).await {
        Read::Whole { body, .. } => failure::parse(&parts.headers, &body),
        Read::TooLarge => return answer::too_large(limit),
        Read::Broken => return answer::invalid_transition("The error report is not complete"),
    };
    if session
        .shared
        .scheduler()
        .report_init_error(session.id, failure.error_type, failure.message)
    {
        answer::accepted()
    } else {
        answer::invalid_transition("The runtime has started already")
    }
}

/// Ends the invocation: the caller is told here and now, without another task in between.
fn complete(
    session: &Session,
    id: Option<RequestId>,
    outcome: Result<Bytes, InvokeError>,
    done: Answer,
) -> Answer {
    let shared = &session.shared;
    // Before the process counts as free, so that a line is not taken for one of the next invocation.
    session.output.catch_up();
    let now = shared.pool.clock.now_ms();
    let completed = {
        let mut scheduler = shared.scheduler();
        let completed = id.map_or(Err(NotCurrent::Unknown), |id| {
            scheduler.complete(session.id, id, now)
        });
        if completed.is_ok() {
            scheduler.count_end(outcome.is_err());
        }
        completed
    };
    match completed {
        Ok((reply, effects)) => {
            // A caller that is gone has lost its response, as on Lambda.
            let _ = reply.send(outcome);
            shared.apply(effects);
            done
        }
        Err(NotCurrent::Answered) => {
            answer::invalid_transition("The invocation has been answered already")
        }
        Err(NotCurrent::Unknown) => answer::invalid_request_id(),
    }
}
