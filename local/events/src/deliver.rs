//! What a rule's targets are handed, and what becomes of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;
use tidegate_local_cloud::clock::SharedClock;
use tidegate_local_cloud::system::{EventDestination, EventTarget};
use tidegate_local_functions::{Function, InvokeError};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::event::iso_seconds;
use crate::events::{Events, Served};

/// How long Lambda waits before it tries an asynchronous invocation again that failed: "one minute between the first two
/// attempts, and two minutes between the second and third" ("How Lambda handles errors in asynchronous invocation").
const PAUSES_MS: [u64; 2] = [60_000, 120_000];
/// How long it waits where the function was throttled, at first: "from 1 second after the first attempt". It grows there to five
/// minutes; a laptop is free again sooner.
const THROTTLED_MS: u64 = 1_000;
/// How old such an event may become: "for up to 6 hours".
const OLDEST_MS: u64 = 6 * 3_600 * 1_000;

/// A target that was not handed an event, in EventBridge's words for dead letters.
struct Undelivered {
    code: &'static str,
    problem: String,
}

impl Events {
    /// Hands an event to all targets of a rule.
    pub(crate) fn hand_over(&self, served: &Served, event: &Value) {
        let now_ms = self.shared.clock.now_ms();
        served.meters.triggered(now_ms);
        for target in &served.rule.targets {
            let delivered = self.deliver(served, target, event, now_ms);
            served.meters.invoked(now_ms, delivered.is_err());
            if let Err(undelivered) = delivered {
                let (rule, target_id) = (&served.rule.name, &target.id);
                let Undelivered { code, problem } = &undelivered;
                warn!(
                    rule,
                    target = target_id,
                    code,
                    problem,
                    "an event is not delivered"
                );
                self.put_aside(served, target, event, &undelivered);
            }
        }
    }

    fn deliver(
        &self,
        served: &Served,
        target: &EventTarget,
        event: &Value,
        now_ms: u64,
    ) -> Result<(), Undelivered> {
        let rule = (served.rule.name.as_str(), served.rule.arn.as_str());
        let input = target
            .input
            .of(event, rule, &iso_seconds(now_ms / 1_000))
            .map_err(|error| Undelivered {
                code: "INVALID_JSON",
                problem: error.to_string(),
            })?;
        match &target.destination {
            EventDestination::Queue(queue) => {
                let sent = self.shared.queues.deliver(queue, input, BTreeMap::new());
                sent.map_err(|error| Undelivered {
                    code: "SDK_CLIENT_ERROR",
                    problem: error.to_string(),
                })
            }
            EventDestination::Function { name, .. } => {
                // The model takes no target that is not there.
                let function = self.shared.functions.get(name).ok_or(Undelivered {
                    code: "RESOURCE_NOT_FOUND",
                    problem: format!("there is no function {name}"),
                })?;
                self.invoke(function.clone(), name.clone(), Bytes::from(input));
                Ok(())
            }
        }
    }

    /// Invokes a function asynchronously: Lambda has the event, and EventBridge is done.
    fn invoke(&self, function: Function, name: String, input: Bytes) {
        let clock = Arc::clone(&self.shared.clock);
        let stopping = self.shared.stopping.clone();
        self.shared
            .invocations
            .spawn(async move { invoke_again(function, &name, input, &clock, &stopping).await });
    }

    /// Keeps what could not be delivered, where the target names a queue for it.
    fn put_aside(
        &self,
        served: &Served,
        target: &EventTarget,
        event: &Value,
        undelivered: &Undelivered,
    ) {
        let Some(queue) = &target.dead_letter_queue else {
            return;
        };
        let attributes = [
            ("RULE_ARN", served.rule.arn.clone()),
            ("TARGET_ID", target.id.clone()),
            ("ERROR_CODE", undelivered.code.to_owned()),
            ("ERROR_MESSAGE", undelivered.problem.clone()),
        ];
        let attributes = attributes.map(|(name, value)| (name.to_owned(), value));
        let kept = self
            .shared
            .queues
            .deliver(queue, event.to_string(), attributes.into());
        if let Err(error) = kept {
            warn!(queue, %error, "an event that was not delivered is lost");
        }
    }
}

/// Invokes a function, and twice again where it fails; as often as it takes for six hours where it is throttled. Then the event is
/// gone, as on AWS ("How Lambda handles errors and retries with asynchronous invocation").
async fn invoke_again(
    function: Function,
    name: &str,
    input: Bytes,
    clock: &SharedClock,
    stopping: &CancellationToken,
) {
    let mut pauses = PAUSES_MS.into_iter();
    let gone_at_ms = clock.now_ms().saturating_add(OLDEST_MS);
    loop {
        let Err(error) = function.invoke(input.clone()).await else {
            return;
        };
        let is_throttled = matches!(&error, InvokeError::Throttled { .. });
        let pause = if is_throttled && clock.now_ms() < gone_at_ms {
            Some(THROTTLED_MS)
        } else {
            pauses.next()
        };
        let Some(pause_ms) = pause else {
            warn!(function = name, %error, "an event was not handled after three attempts and is gone");
            return;
        };
        warn!(function = name, %error, again_in_ms = pause_ms, "an event was not handled");
        let until_ms = clock.now_ms().saturating_add(pause_ms);
        tokio::select! {
            () = stopping.cancelled() => return,
            () = clock.sleep_until(until_ms) => {}
        }
    }
}
