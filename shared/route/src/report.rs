//! What is reported of a frame.

use std::time::Duration;

use tidegate_contract::metrics::Metric;
use tidegate_lambda::{Report, WebSocketEvent};

use crate::refusal::Fault;

/// How a frame ended: well, or with this outcome by the fault of that side.
pub(crate) type End = Result<(), (&'static str, Fault)>;

/// The report of a frame that came to `end` after `took`.
pub(crate) fn of(event: &WebSocketEvent, end: End, took: Duration) -> Report {
    let context = &event.request_context;
    let session = context.authorizer.as_ref();
    let (outcome, refusals, errors) = match end {
        Ok(()) => ("ok", 0.0, 0.0),
        Err((code, Fault::Callers)) => (code, 1.0, 0.0),
        Err((code, Fault::Ours)) => (code, 0.0, 1.0),
    };
    Report {
        route: context.route_key.clone(),
        connection: context.connection_id.to_string(),
        session: session.map(|authorized| authorized.key().session),
        outcome,
        // Zeros too: a ratio of them has data as long as there are frames.
        metrics: vec![
            (Metric::Frames, 1.0),
            (Metric::FrameRefusals, refusals),
            (Metric::FrameErrors, errors),
            (Metric::FrameLatency, took.as_secs_f64() * 1_000.0),
        ],
        ..Report::default()
    }
}
