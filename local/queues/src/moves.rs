//! Message move tasks: what is in a dead-letter queue goes back to where it came from, or to another queue.
//!
//! As SQS does it: a message that is moved is a new one, with an id and an age of its own and a receive count of zero. A
//! task moves what could be received, and ends when nothing more can.

use std::collections::BTreeMap;

use crate::queue::{Message, NewMessage};
use crate::queues::{Queues, State};

/// How a task is doing, in the words of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Running,
    Completed,
    Cancelled,
    Failed(&'static str),
}

/// What a message that never was in another queue fails a task with that names no destination.
pub(crate) const NO_SOURCE: &str = "CouldNotDetermineMessageSource";
/// What a task fails with whose destination is not there.
const NO_DESTINATION: &str = "AWS.SimpleQueueService.NonExistentQueue";

/// One task.
#[derive(Debug, Clone)]
pub(crate) struct MoveTask {
    pub(crate) handle: String,
    /// The queue that it empties: its name and its ARN.
    pub(crate) source: String,
    pub(crate) source_arn: String,
    /// Where all messages go; each to the queue that it came from where there is none.
    pub(crate) destination_arn: Option<String>,
    /// The most messages in a second; all at once where there is none.
    pub(crate) rate: Option<u64>,
    pub(crate) to_move: usize,
    pub(crate) moved: u64,
    pub(crate) started_ms: u64,
    pub(crate) status: Status,
}

impl Queues {
    /// Moves the messages of all tasks as their rates allow. It never ends by itself.
    pub(crate) async fn move_messages(self) {
        let mut changed = self.shared.changed.subscribe();
        loop {
            changed.mark_unchanged();
            match self.move_some() {
                Some(again_ms) => tokio::select! {
                    _ = changed.changed() => {}
                    () = self.shared.clock.sleep_until(again_ms) => {}
                },
                // The sender is in `self`: this waits for the change alone.
                None => drop(changed.changed().await),
            }
        }
    }

    /// Moves what can be moved now, and says when there is more to do.
    fn move_some(&self) -> Option<u64> {
        let now_ms = self.now_ms();
        let mut state = self.state();
        let mut tasks = std::mem::take(&mut state.moves);
        let mut moved = 0;
        for task in &mut tasks {
            moved += task.advance(&mut state, now_ms);
        }
        let running = tasks.iter().filter(|it| it.status == Status::Running);
        let again_ms = running.filter_map(MoveTask::next_ms).min();
        state.moves = tasks;
        drop(state);
        if moved > 0 {
            self.wake();
        }
        again_ms
    }
}

impl MoveTask {
    /// How many messages the task may have moved by now.
    fn budget(&self, now_ms: u64) -> u64 {
        let elapsed_ms = now_ms.saturating_sub(self.started_ms);
        self.rate.map_or(u64::MAX, |rate| {
            // The first of them go at once.
            rate.saturating_mul(elapsed_ms / 1_000 + 1)
        })
    }

    /// When the task may move more.
    fn next_ms(&self) -> Option<u64> {
        let seconds = self.moved.checked_div(self.rate?)?;
        Some(
            self.started_ms
                .saturating_add(seconds.saturating_mul(1_000)),
        )
    }

    fn advance(&mut self, state: &mut State, now_ms: u64) -> u64 {
        if self.status != Status::Running {
            return 0;
        }
        let most = self.budget(now_ms).saturating_sub(self.moved);
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let names = names_by_arn(state);
        let Some(source) = state.queues.get_mut(&self.source) else {
            self.status = Status::Failed(NO_DESTINATION);
            return 0;
        };
        let taken = source.take_visible(most, now_ms);
        let full = taken.len() == most;
        let mut moved = 0;
        for message in taken {
            let came_from = message.dead_letter_source.as_ref();
            let to = self.destination_arn.as_ref().or(came_from);
            let failure = to.map_or(NO_SOURCE, |_| NO_DESTINATION);
            let name = to.and_then(|arn| names.get(arn));
            let queue = name.and_then(|name| state.queues.get_mut(name));
            match queue.filter(|_| self.status == Status::Running) {
                Some(queue) => {
                    let id = state.ids.uuid();
                    queue.send(anew(message, id), now_ms);
                    moved += 1;
                }
                None => {
                    if self.status == Status::Running {
                        self.status = Status::Failed(failure);
                    }
                    // It stays where it was.
                    if let Some(source) = state.queues.get_mut(&self.source) {
                        source.put_back(message);
                    }
                }
            }
        }
        self.moved += moved;
        if self.status == Status::Running && !full {
            self.status = Status::Completed;
        }
        moved
    }
}

fn names_by_arn(state: &State) -> BTreeMap<String, String> {
    let queues = state.queues.values();
    queues
        .map(|queue| (queue.spec.arn.clone(), queue.spec.name.clone()))
        .collect()
}

/// The message as it is sent again.
fn anew(message: Message, id: String) -> NewMessage {
    NewMessage {
        id,
        body: message.body,
        attributes: message.attributes,
        trace: message.trace,
        delay_s: None,
    }
}
