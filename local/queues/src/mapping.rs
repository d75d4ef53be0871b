//! An event source mapping: polls a queue, and invokes a function with what it received.
//!
//! As Lambda does it: what the function did is deleted, what it did not comes again when its visibility ends. Nothing is
//! deleted before.

mod outcome;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use tidegate_local_cloud::system::EventSourceMapping;
use tidegate_local_functions::{Function, InvokeOptions};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::warn;

use self::outcome::{Outcome, outcome};
use crate::event;
use crate::queue::Received;
use crate::queues::{Queues, Receive};

/// What stands around the messages of an event.
const ENVELOPE_BYTES: usize = 64;
/// How long one poll waits. Lambda polls as long as SQS lets it.
const POLL_MS: u64 = 20_000;
/// How long a mapping waits after a batch that failed, at first and at most: Lambda slows its polling down, and says no
/// numbers.
const BACKOFF_MS: u64 = 100;
const MOST_BACKOFF_MS: u64 = 10_000;
/// The most messages of one receive (an SQS quota).
const MOST_RECEIVED: usize = 10;

/// One mapping of a stack. A clone is the same mapping.
#[derive(Debug, Clone)]
pub struct Mapping {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    spec: EventSourceMapping,
    queues: Queues,
    function: Function,
    /// Batches that failed since the last one that did not.
    failures: AtomicU32,
}

/// A message with its place in an event.
struct Record {
    received: Received,
    json: String,
}

impl Mapping {
    /// A mapping from one of `queues` to `function`.
    #[must_use]
    pub fn new(spec: EventSourceMapping, queues: Queues, function: Function) -> Self {
        let shared = Shared {
            spec,
            queues,
            function,
            failures: AtomicU32::new(0),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Polls until `stop`; then waits for the invocations that are under way, and returns.
    pub async fn run(self, stop: CancellationToken) {
        if !self.shared.spec.enabled {
            return;
        }
        let invocations = TaskTracker::new();
        let slots = Arc::new(Semaphore::new(self.shared.concurrency()));
        loop {
            let slot = tokio::select! {
                () = stop.cancelled() => break,
                slot = Arc::clone(&slots).acquire_owned() => slot,
            };
            let batch = tokio::select! {
                () = stop.cancelled() => break,
                batch = self.shared.gather() => batch,
            };
            let shared = Arc::clone(&self.shared);
            invocations.spawn(async move {
                for event in parts(batch, shared.most_event_bytes()) {
                    shared.invoke(event).await;
                }
                drop(slot);
            });
        }
        invocations.close();
        invocations.wait().await;
    }
}

impl Shared {
    fn concurrency(&self) -> usize {
        let usual = self.queues.shared.limits.mapping_batches;
        let most = self.spec.maximum_concurrency.map_or(usual, u64::from);
        usize::try_from(most).unwrap_or(usize::MAX).max(1)
    }

    fn most_event_bytes(&self) -> usize {
        usize::try_from(self.queues.shared.limits.mapping_event_bytes).unwrap_or(usize::MAX)
    }

    /// The next batch. It begins with the first message there is, and ends with the window or when it is full.
    async fn gather(&self) -> Vec<Record> {
        let clock = &self.queues.shared.clock;
        loop {
            self.back_off().await;
            let mut batch = self.receive(self.spec.batch_size, POLL_MS).await;
            if batch.is_empty() {
                continue;
            }
            let window_ms = u64::try_from(self.spec.window.as_millis()).unwrap_or(u64::MAX);
            let until_ms = clock.now_ms().saturating_add(window_ms);
            while batch.len() < self.spec.batch_size && bytes(&batch) < self.most_event_bytes() {
                let left_ms = until_ms.saturating_sub(clock.now_ms());
                let more = self
                    .receive(self.spec.batch_size - batch.len(), left_ms)
                    .await;
                let nothing = more.is_empty();
                batch.extend(more);
                if nothing || clock.now_ms() >= until_ms {
                    break;
                }
            }
            return batch;
        }
    }

    async fn receive(&self, most: usize, wait_ms: u64) -> Vec<Record> {
        let receive = Receive {
            most: most.min(MOST_RECEIVED),
            wait_ms: Some(wait_ms),
            visibility_ms: None,
        };
        match self.queues.receive(&self.spec.queue, receive).await {
            Ok(received) => received.into_iter().map(|it| self.record(it)).collect(),
            Err(error) => {
                warn!(queue = self.spec.queue, %error, "the queue cannot be polled");
                self.failures.fetch_add(1, Ordering::Relaxed);
                Vec::new()
            }
        }
    }

    fn record(&self, received: Received) -> Record {
        let arn = self
            .queues
            .with(&self.spec.queue, |queue, _| Ok(queue.spec.arn.clone()))
            .unwrap_or_default();
        let region = arn.split(':').nth(3).unwrap_or_default();
        let json = event::record(&received, &arn, region).to_string();
        Record { received, json }
    }

    async fn back_off(&self) {
        let failures = self.failures.load(Ordering::Relaxed);
        if failures == 0 {
            return;
        }
        let wait_ms = BACKOFF_MS.saturating_mul(1 << failures.min(10));
        let clock = &self.queues.shared.clock;
        let until_ms = clock.now_ms().saturating_add(wait_ms.min(MOST_BACKOFF_MS));
        clock.sleep_until(until_ms).await;
    }

    /// Invokes the function with one batch, and deletes what it did.
    async fn invoke(&self, batch: Vec<Record>) {
        let records: Vec<_> = batch.iter().map(|record| record.json.as_str()).collect();
        let event = format!(r#"{{"Records":[{}]}}"#, records.join(","));
        let options = InvokeOptions {
            // Lambda begins a trace of its own and links it to those of the messages; here it goes on with the first.
            trace_header: batch
                .first()
                .and_then(|record| record.received.message.trace.clone()),
            ..InvokeOptions::default()
        };
        let invoked = self.function.invoke_with(Bytes::from(event), options).await;
        let ids: Vec<_> = batch
            .iter()
            .map(|record| record.received.message.id.as_str())
            .collect();
        let outcome = match &invoked {
            Ok(response) if self.spec.reports_failures => outcome(response, &ids),
            Ok(_) => Outcome::Done,
            Err(error) => Outcome::Failed(error.to_string()),
        };
        let messages = batch.len();
        let (queue, function) = (&self.spec.queue, &self.spec.function);
        match outcome {
            Outcome::Done => {
                self.failures.store(0, Ordering::Relaxed);
                self.delete(batch, |_| true);
            }
            Outcome::Partly(again) => {
                self.failures.store(0, Ordering::Relaxed);
                let failed = again.len();
                warn!(
                    queue,
                    function, messages, failed, "some messages come again"
                );
                self.delete(batch, |id| !again.contains(id));
            }
            Outcome::Failed(problem) => {
                self.failures.fetch_add(1, Ordering::Relaxed);
                warn!(
                    queue,
                    function, messages, problem, "all messages come again"
                );
            }
        }
    }

    fn delete(&self, batch: Vec<Record>, done: impl Fn(&str) -> bool) {
        let deleted = self.queues.with(&self.spec.queue, |queue, _| {
            for Record { received, .. } in batch {
                if done(&received.message.id) {
                    queue.delete(&received.receipt)?;
                }
            }
            Ok(())
        });
        if let Err(error) = deleted {
            warn!(queue = self.spec.queue, %error, "messages were not deleted");
        }
    }
}

fn bytes(batch: &[Record]) -> usize {
    let records = batch.iter().map(|record| record.json.len() + 1);
    records.sum::<usize>() + ENVELOPE_BYTES
}

/// The batch in as many parts as it takes for each to be an event that Lambda takes.
fn parts(batch: Vec<Record>, most_bytes: usize) -> Vec<Vec<Record>> {
    let mut parts: Vec<Vec<Record>> = Vec::new();
    let mut length = ENVELOPE_BYTES;
    for record in batch {
        length += record.json.len() + 1;
        match parts.last_mut() {
            Some(part) if length <= most_bytes => part.push(record),
            _ => {
                length = ENVELOPE_BYTES + record.json.len() + 1;
                parts.push(vec![record]);
            }
        }
    }
    parts
}
