//! What is watched while a stack runs: the metrics in what functions write, and the alarms.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tidegate_local_cloud::clock::SharedClock;
use tidegate_local_functions::{LogLine, LogStream, SharedLogSink};
use tidegate_local_metrics::{Evaluator, Metrics, StateChange, emf};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// How many lines may wait until their metrics are read.
const LINES: usize = 10_000;

/// Takes the alarms that change their state.
pub type OnAlarm = Arc<dyn Fn(&StateChange) + Send + Sync>;

/// Lines whose metrics are still to be read.
pub(crate) struct Lines {
    waiting: mpsc::Receiver<String>,
    dropped: Arc<AtomicU64>,
}

/// A sink before `sink` that also keeps the lines with metrics. It stands on the way of every response, so it only looks
/// for the mark of the format; they are read elsewhere.
pub(crate) fn tap(sink: SharedLogSink) -> (SharedLogSink, Lines) {
    let (lines, waiting) = mpsc::channel(LINES);
    let dropped = Arc::new(AtomicU64::new(0));
    let lost = Arc::clone(&dropped);
    let tapped = move |line: LogLine| {
        if line.stream != LogStream::Platform
            && emf::may_be(&line.text)
            && lines.try_send(line.text.clone()).is_err()
        {
            lost.fetch_add(1, Ordering::Relaxed);
        }
        sink.line(line);
    };
    (Arc::new(tapped), Lines { waiting, dropped })
}

/// Reads the metrics of lines, until all who write are gone or `until` is cancelled.
pub(crate) async fn ingest(mut lines: Lines, metrics: Metrics, until: CancellationToken) {
    loop {
        let line = tokio::select! {
            line = lines.waiting.recv() => line,
            () = until.cancelled() => None,
        };
        let Some(line) = line else { return };
        if let Err(error) = metrics.ingest(&line) {
            tracing::warn!("{error}");
        }
        let dropped = lines.dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            tracing::warn!(
                "the metrics of {dropped} log lines are lost: more was written than could be read"
            );
        }
    }
}

/// Judges the alarms once a minute, until `until` is cancelled.
pub(crate) async fn watch(
    evaluator: Arc<Evaluator>,
    clock: SharedClock,
    on_alarm: OnAlarm,
    until: CancellationToken,
) {
    loop {
        let next_ms = Evaluator::next_ms(clock.now_ms());
        tokio::select! {
            () = clock.sleep_until(next_ms) => {}
            () = until.cancelled() => return,
        }
        for change in evaluator.evaluate(clock.now_ms()) {
            on_alarm(&change);
        }
    }
}
