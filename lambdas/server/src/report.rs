//! What is reported of a request.

use std::time::Duration;

use tidegate_contract::metrics::Metric;
use tidegate_core::broker::Published;
use tidegate_core::delivery::Delivered;
use tidegate_lambda::Report;

/// What a request counts as.
pub(crate) enum Counted {
    Nothing,
    /// Publications, each with its namespace, and how long they took together.
    Published(Vec<(String, Published)>, Duration),
    /// So many connections were put out.
    PutOut(usize),
}

/// The report of a request; `outcome` is that of one that failed.
pub(crate) fn of(route: &str, outcome: Option<&'static str>, counted: Counted) -> Report {
    let report = Report {
        route: route.to_owned(),
        outcome: outcome.unwrap_or("ok"),
        ..Report::default()
    };
    match counted {
        Counted::Nothing => report,
        Counted::PutOut(connections) => Report {
            metrics: vec![(Metric::PutOut, count(connections))],
            ..report
        },
        Counted::Published(published, took) => add(report, &published, took),
    }
}

fn add(mut report: Report, published: &[(String, Published)], took: Duration) -> Report {
    let Some((namespace, first)) = published.first() else {
        // Of a batch none was taken.
        report.outcome = "none_published";
        return report;
    };
    // A log line has one value of a dimension: where there are several, their sum is in the stack's metric only.
    if published.iter().all(|(other, _)| other == namespace) {
        report.namespace = Some(namespace.clone());
    }
    if published.len() == 1 {
        report.publication = Some(first.publication_id.clone());
    }
    let new = published.iter().filter(|(_, it)| !it.duplicate).count();
    let collisions: u32 = published.iter().map(|(_, it)| it.collisions).sum();
    report.metrics.push((Metric::Publications, count(new)));
    if collisions > 0 {
        let collisions = f64::from(collisions);
        report.metrics.push((Metric::AppendCollisions, collisions));
    }
    let delivered = published.iter().map(|(_, it)| it.delivered);
    let delivered = delivered.fold(Delivered::default(), |sum, one| sum + one);
    let unreadable = published.iter().map(|(_, it)| it.unreadable).sum();
    report
        .delivery(delivered, Some(took))
        .unreadable(unreadable)
}

fn count(counted: usize) -> f64 {
    f64::from(u32::try_from(counted).unwrap_or(u32::MAX))
}
