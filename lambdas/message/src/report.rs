//! What is reported of a frame.

use std::time::Duration;

use tidegate_contract::metrics::Metric;
use tidegate_lambda::{Report, WebSocketEvent};

use crate::Published;
use crate::failure::Kind;

/// The report of a frame that came to `end` after `took`.
pub(crate) fn of(
    event: &WebSocketEvent,
    end: Result<Option<Published>, Kind>,
    took: Duration,
) -> Report {
    let context = &event.request_context;
    let (outcome, refusals, errors) = match end {
        Ok(_) => ("ok", 0.0, 0.0),
        Err(Kind::Refusal(code)) => (code, 1.0, 0.0),
        Err(Kind::Error(code)) => (code, 0.0, 1.0),
    };
    let report = Report {
        route: context.route_key.clone(),
        connection: context.connection_id.to_string(),
        session: context
            .authorizer
            .as_ref()
            .map(|authorized| authorized.key().session),
        outcome,
        // Zeros too: a ratio of them has data as long as there are frames.
        metrics: vec![
            (Metric::Frames, 1.0),
            (Metric::FrameRefusals, refusals),
            (Metric::FrameErrors, errors),
            (Metric::FrameLatency, milliseconds(took)),
        ],
        ..Report::default()
    };
    match end {
        Ok(Some(published)) => add(report, published),
        _ => report,
    }
}

fn add(mut report: Report, published: Published) -> Report {
    report.publication = Some(published.id);
    report.namespace = Some(published.namespace);
    report.metrics.push((Metric::Publications, 1.0));
    report.delivery(published.delivered, Some(published.took))
}

fn milliseconds(took: Duration) -> f64 {
    took.as_secs_f64() * 1_000.0
}
