//! `GET /runtime/invocation/next`

use std::future::poll_fn;
use std::task::Poll;

use http::{HeaderName, HeaderValue, Response, header};
use http_body_util::Full;
use hyper::body::Bytes;

use super::{Answer, Session, answer, faults};
use crate::scheduler::{Delivery, Next};

const REQUEST_ID: HeaderName = HeaderName::from_static("lambda-runtime-aws-request-id");
const DEADLINE: HeaderName = HeaderName::from_static("lambda-runtime-deadline-ms");
const ARN: HeaderName = HeaderName::from_static("lambda-runtime-invoked-function-arn");
const TRACE_ID: HeaderName = HeaderName::from_static("lambda-runtime-trace-id");
const CLIENT_CONTEXT: HeaderName = HeaderName::from_static("lambda-runtime-client-context");

/// Waits for an invocation and gives it to the process.
pub(super) async fn next(session: &Session) -> Answer {
    let clock = &session.shared.pool.clock;
    let delivery = poll_fn(|context| {
        let now = clock.now_ms();
        match session
            .shared
            .scheduler()
            .next(session.id, context.waker(), now)
        {
            Next::Deliver(delivery) => Poll::Ready(Some(delivery)),
            Next::Busy => Poll::Ready(None),
            Next::Wait => Poll::Pending,
        }
    });
    match delivery.await {
        Some(delivery) => {
            session.output.begin(delivery.id);
            faults::begun(session);
            event(session, delivery)
        }
        None => answer::invalid_transition("The invocation before has not been answered"),
    }
}

fn event(session: &Session, delivery: Delivery) -> Answer {
    let Delivery {
        id,
        payload,
        trace,
        client_context,
        deadline_ms,
    } = delivery;
    let mut answer = Response::new(Full::new(payload));
    let headers = answer.headers_mut();
    headers.reserve(6);
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    // A UUID has no byte that a header could not have.
    if let Ok(id) = HeaderValue::from_maybe_shared(Bytes::copy_from_slice(&id.encode())) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(DEADLINE, HeaderValue::from(deadline_ms));
    headers.insert(ARN, session.arn.clone());
    headers.insert(TRACE_ID, trace);
    if let Some(client_context) = client_context {
        headers.insert(CLIENT_CONTEXT, client_context);
    }
    answer
}
