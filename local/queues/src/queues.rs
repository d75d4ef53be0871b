//! All queues of a stack.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tidegate_local_cloud::clock::SharedClock;
use tidegate_local_cloud::faults::{Fault, Faults};
use tidegate_local_cloud::limits::Limits;
use tidegate_local_cloud::system::Queue as QueueSpec;
use tokio::sync::watch;

use crate::error::SqsError;
use crate::ids::Ids;
use crate::moves::MoveTask;
use crate::queue::{Look, Message, NewMessage, QueueState, Received};

/// What queues need of their surroundings.
#[derive(Debug, Clone)]
pub struct QueuesOptions {
    /// Tells the time.
    pub clock: SharedClock,
    /// What is enforced.
    pub limits: Limits,
    /// What goes wrong.
    pub faults: Faults,
    /// The access key with which callers must sign.
    pub access_key_id: String,
    /// Where the queues' URLs begin, without a slash at the end: `http://127.0.0.1:4003`.
    pub url: String,
    /// The account in their URLs.
    pub account: String,
    /// Where ids start from.
    pub seed: u64,
}

/// The queues of a stack. A clone is the same queues.
#[derive(Debug, Clone)]
pub struct Queues {
    pub(crate) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) clock: SharedClock,
    pub(crate) limits: Limits,
    faults: Faults,
    pub(crate) access_key_id: String,
    pub(crate) url: String,
    pub(crate) account: String,
    state: Mutex<State>,
    /// Changes whenever a message may have become receivable by something other than the time.
    pub(crate) changed: watch::Sender<u64>,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) queues: BTreeMap<String, QueueState>,
    pub(crate) ids: Ids,
    /// The message move tasks, the newest last.
    pub(crate) moves: Vec<MoveTask>,
}

/// How messages are received.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Receive {
    pub(crate) most: usize,
    /// How long to wait for one; as long as the queue says where it says nothing.
    pub(crate) wait_ms: Option<u64>,
    /// For how long they are hidden; as long as the queue says where it says nothing.
    pub(crate) visibility_ms: Option<u64>,
}

impl Queues {
    /// These queues, all of them empty.
    #[must_use]
    pub fn new(queues: impl IntoIterator<Item = QueueSpec>, options: QueuesOptions) -> Self {
        let QueuesOptions {
            clock,
            limits,
            faults,
            access_key_id,
            url,
            account,
            seed,
        } = options;
        let created_ms = clock.now_ms();
        let queues = queues.into_iter();
        let state = State {
            queues: queues
                .map(|spec| (spec.name.clone(), QueueState::new(spec, created_ms)))
                .collect(),
            ids: Ids::seeded(seed),
            moves: Vec::new(),
        };
        let shared = Shared {
            clock,
            limits,
            faults,
            access_key_id,
            url,
            account,
            state: Mutex::new(state),
            changed: watch::Sender::new(0),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    pub(crate) fn now_ms(&self) -> u64 {
        self.shared.clock.now_ms()
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes who waits for messages.
    pub(crate) fn wake(&self) {
        self.shared.changed.send_modify(|changes| *changes += 1);
    }

    /// Does something with one queue.
    pub(crate) fn with<T>(
        &self,
        queue: &str,
        act: impl FnOnce(&mut QueueState, u64) -> Result<T, SqsError>,
    ) -> Result<T, SqsError> {
        let now_ms = self.now_ms();
        let mut state = self.state();
        let queue = state.queues.get_mut(queue);
        act(queue.ok_or_else(SqsError::no_queue)?, now_ms)
    }

    /// Takes messages, all of them at once.
    pub(crate) fn send(
        &self,
        queue: &str,
        messages: Vec<NewMessage>,
    ) -> Result<Vec<Message>, SqsError> {
        let sent = self.with(queue, |queue, now_ms| {
            let sent = messages.into_iter().map(|new| queue.send(new, now_ms));
            Ok(sent.collect())
        })?;
        self.wake();
        Ok(sent)
    }

    /// Receives messages, or waits for them.
    pub(crate) async fn receive(
        &self,
        queue: &str,
        receive: Receive,
    ) -> Result<Vec<Received>, SqsError> {
        let started_ms = self.now_ms();
        let mut changed = self.shared.changed.subscribe();
        loop {
            changed.mark_unchanged();
            let (look, wait_ms) = self.look(queue, receive)?;
            if !look.received.is_empty() {
                return Ok(look.received);
            }
            if look.over_limit && wait_ms == 0 {
                return Err(SqsError::new(
                    "OverLimit",
                    "Too many messages in flight: delete what has been received first.",
                ));
            }
            let until_ms = started_ms.saturating_add(wait_ms);
            if self.now_ms() >= until_ms {
                return Ok(Vec::new());
            }
            let wake_ms = look.next_ms.map_or(until_ms, |next| next.min(until_ms));
            tokio::select! {
                _ = changed.changed() => {}
                () = self.shared.clock.sleep_until(wake_ms) => {}
            }
        }
    }

    /// Receives what there is now; what was received too often goes to its dead-letter queue.
    fn look(&self, queue: &str, receive: Receive) -> Result<(Look, u64), SqsError> {
        let now_ms = self.now_ms();
        let most_in_flight =
            usize::try_from(self.shared.limits.queue_in_flight).unwrap_or(usize::MAX);
        let mut state = self.state();
        let source = state.queues.get_mut(queue).ok_or_else(SqsError::no_queue)?;
        let visibility_ms = receive
            .visibility_ms
            .unwrap_or_else(|| millis(source.spec.visibility_timeout));
        let wait_ms = receive
            .wait_ms
            .unwrap_or_else(|| millis(source.spec.receive_wait));
        let mut look = source.receive(receive.most, visibility_ms, most_in_flight, now_ms);
        let mut doubled = false;
        for received in &look.received {
            // A copy that was not doubled itself; the other is received as soon as anybody asks.
            if !received.message.is_copy && self.shared.faults.strikes(Fault::MessageDoubled) {
                source.double(received, now_ms);
                doubled = true;
            }
        }
        let arn = source.spec.arn.clone();
        let target = source.spec.redrive.clone();
        let dead = std::mem::take(&mut look.dead);
        if dead.is_empty() && !doubled {
            return Ok((look, wait_ms));
        }
        let target = target.and_then(|it| state.queues.get_mut(&it.dead_letter_queue));
        if let Some(target) = target {
            for message in dead {
                target.take_dead(message, &arn, now_ms);
            }
        }
        drop(state);
        self.wake();
        Ok((look, wait_ms))
    }
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
