//! What is reported of a frame.

use std::time::Duration;

use tidegate_contract::metrics::Metric;
use tidegate_lambda::{Report, WebSocketEvent};

use crate::failure::Kind;
use crate::{Counted, Published, Recovered};

/// What came of a frame.
pub(crate) struct End {
    pub(crate) counted: Result<Counted, Kind>,
    /// Whether its sender was put out for it.
    pub(crate) put_out: bool,
    pub(crate) took: Duration,
}

/// The report of a frame that came to `end`.
pub(crate) fn of(event: &WebSocketEvent, end: End) -> Report {
    let End {
        counted,
        put_out,
        took,
    } = end;
    let context = &event.request_context;
    let (outcome, refusals, errors) = match counted {
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
    if outcome == "rate_limited" {
        report.metrics.push((Metric::RateLimited, 1.0));
    }
    if put_out {
        report.metrics.push((Metric::PutOut, 1.0));
    }
    match counted {
        Ok(Counted::Published(published)) => add(report, published),
        Ok(Counted::Recovery(recovered)) => {
            let one = |which| f64::from(u8::from(recovered == which));
            report.metrics.extend([
                (Metric::Recoveries, 1.0),
                (Metric::RecoveriesPaged, one(Recovered::Paged)),
                (Metric::RecoveriesLost, one(Recovered::Lost)),
            ]);
            report
        }
        Ok(Counted::Nothing) | Err(_) => report,
    }
}

fn add(mut report: Report, published: Published) -> Report {
    let Published {
        namespace,
        took,
        published,
    } = published;
    report.publication = Some(published.publication_id);
    report.namespace = Some(namespace);
    report.metrics.push((Metric::Publications, 1.0));
    if published.collisions > 0 {
        let collisions = f64::from(published.collisions);
        report.metrics.push((Metric::AppendCollisions, collisions));
    }
    report
        .delivery(published.delivered, Some(took))
        .unreadable(published.unreadable)
}

fn milliseconds(took: Duration) -> f64 {
    took.as_secs_f64() * 1_000.0
}
