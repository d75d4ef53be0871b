//! What is reported of a frame.

use std::time::Duration;

use tidegate_contract::log;
use tidegate_contract::metrics::Metric;
use tidegate_core::delivery::Delivered;
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
    let mut report = Report {
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
    if let Ok(Some(published)) = end {
        add(&mut report, published);
    }
    report
}

fn add(report: &mut Report, published: Published) {
    let Published {
        id,
        namespace,
        delivered,
        took,
    } = published;
    let Delivered {
        sent,
        gone,
        expired,
        failed,
    } = delivered;
    report.publication = Some(id);
    report.namespace = Some(namespace);
    report.counts = vec![
        (log::SENT, sent),
        (log::GONE, gone),
        (log::EXPIRED, expired),
        (log::FAILED, failed),
    ];
    report.metrics.extend([
        (Metric::Publications, 1.0),
        (Metric::Deliveries, count(sent)),
        (Metric::DeliveriesGone, count(gone)),
        (Metric::DeliveriesFailed, count(failed)),
        (Metric::DeliveryLatency, milliseconds(took)),
    ]);
}

fn count(receivers: usize) -> f64 {
    f64::from(u32::try_from(receivers).unwrap_or(u32::MAX))
}

fn milliseconds(took: Duration) -> f64 {
    took.as_secs_f64() * 1_000.0
}
