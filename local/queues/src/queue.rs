//! One queue: what waits in it, who has received it, and until when. Without any IO; the time comes in as a value.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use tidegate_local_cloud::system::Queue as QueueSpec;

use crate::attributes::MessageAttribute;
use crate::digest;
use crate::error::SqsError;

/// A message as it waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) body: String,
    pub(crate) md5_of_body: String,
    pub(crate) attributes: BTreeMap<String, MessageAttribute>,
    /// The trace of whoever sent it (`AWSTraceHeader`).
    pub(crate) trace: Option<String>,
    pub(crate) sent_ms: u64,
    pub(crate) first_received_ms: Option<u64>,
    pub(crate) receive_count: u32,
    /// The queue that it was received too often from, as an ARN.
    pub(crate) dead_letter_source: Option<String>,
    /// Whether there is, or was, the same message once more: one of SQS's servers had missed that it was received.
    pub(crate) is_copy: bool,
    /// From when it can be received.
    visible_ms: u64,
    /// Since when it is in this queue, and how often it had been received before.
    entered_ms: u64,
    received_before: u32,
}

/// A message that was received so often and is still there does not count as the oldest any more: "the age of a
/// poison-pill message isn't included in the metric" ("Available CloudWatch metrics for Amazon SQS").
const POISONOUS_RECEIVES: u32 = 3;

/// A message that somebody has received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Received {
    pub(crate) message: Message,
    pub(crate) receipt: String,
}

/// A message that is sent.
#[derive(Debug, Clone)]
pub(crate) struct NewMessage {
    pub(crate) id: String,
    pub(crate) body: String,
    pub(crate) attributes: BTreeMap<String, MessageAttribute>,
    pub(crate) trace: Option<String>,
    /// How long it is held back; as long as the queue says where it says nothing.
    pub(crate) delay_s: Option<u64>,
}

/// What came of looking for messages.
#[derive(Debug, Default)]
pub(crate) struct Look {
    pub(crate) received: Vec<Received>,
    /// Those that were received too often, for the dead-letter queue.
    pub(crate) dead: Vec<Message>,
    /// When the next message can be received, if none could be now.
    pub(crate) next_ms: Option<u64>,
    /// More are in flight than may be.
    pub(crate) over_limit: bool,
}

/// How many messages there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) visible: usize,
    pub(crate) in_flight: usize,
    pub(crate) delayed: usize,
}

#[derive(Debug)]
pub(crate) struct QueueState {
    pub(crate) spec: QueueSpec,
    pub(crate) created_ms: u64,
    /// In the order in which they were sent.
    messages: BTreeMap<u64, Message>,
    sent: u64,
    pub(crate) purged_ms: Option<u64>,
}

impl QueueState {
    pub(crate) const fn new(spec: QueueSpec, created_ms: u64) -> Self {
        Self {
            spec,
            created_ms,
            messages: BTreeMap::new(),
            sent: 0,
            purged_ms: None,
        }
    }

    /// Takes a message, and gives it back as it waits.
    pub(crate) fn send(&mut self, new: NewMessage, now_ms: u64) -> Message {
        let delay_ms = new.delay_s.map_or_else(
            || millis(self.spec.delay),
            |seconds| seconds.saturating_mul(1_000),
        );
        let message = Message {
            md5_of_body: digest::of_body(&new.body),
            id: new.id,
            body: new.body,
            attributes: new.attributes,
            trace: new.trace,
            sent_ms: now_ms,
            first_received_ms: None,
            receive_count: 0,
            dead_letter_source: None,
            is_copy: false,
            visible_ms: now_ms.saturating_add(delay_ms),
            entered_ms: now_ms,
            received_before: 0,
        };
        self.put(message.clone());
        message
    }

    /// Takes a message from the queue that it was received too often from. Its age goes on: in a standard queue
    /// retention counts from when it was first sent.
    pub(crate) fn take_dead(&mut self, mut message: Message, source: &str, now_ms: u64) {
        message.dead_letter_source = Some(source.to_owned());
        message.visible_ms = now_ms;
        message.entered_ms = now_ms;
        message.received_before = message.receive_count;
        self.put(message);
    }

    /// Keeps a message that was received once more, to be received again; deleting one leaves the other.
    pub(crate) fn double(&mut self, received: &Received, now_ms: u64) {
        let Ok((sequence, _)) = read_receipt(&self.spec.name, &received.receipt) else {
            return;
        };
        let Some(original) = self.messages.get_mut(&sequence) else {
            return;
        };
        original.is_copy = true;
        let mut copy = original.clone();
        copy.visible_ms = now_ms;
        self.put(copy);
    }

    /// Takes back a message that was taken out.
    pub(crate) fn put_back(&mut self, message: Message) {
        self.put(message);
    }

    fn put(&mut self, message: Message) {
        self.sent += 1;
        self.messages.insert(self.sent, message);
    }

    /// Receives up to `most` messages, each hidden for `visibility_ms`.
    pub(crate) fn receive(
        &mut self,
        most: usize,
        visibility_ms: u64,
        most_in_flight: usize,
        now_ms: u64,
    ) -> Look {
        self.forget_old(now_ms);
        let mut look = Look::default();
        let mut in_flight = self.counts(now_ms).in_flight;
        let most_received = self.spec.redrive.as_ref().map(|it| it.max_receive_count);
        let mut dead = Vec::new();
        for (sequence, message) in &mut self.messages {
            if look.received.len() == most {
                break;
            }
            if message.visible_ms > now_ms {
                let next_ms = look.next_ms.unwrap_or(u64::MAX).min(message.visible_ms);
                look.next_ms = Some(next_ms);
                continue;
            }
            if most_received.is_some_and(|most| message.receive_count >= most) {
                dead.push(*sequence);
                continue;
            }
            if in_flight >= most_in_flight {
                look.over_limit = true;
                break;
            }
            in_flight += 1;
            message.receive_count += 1;
            message.first_received_ms.get_or_insert(now_ms);
            message.visible_ms = now_ms.saturating_add(visibility_ms);
            look.received.push(Received {
                receipt: receipt(&self.spec.name, *sequence, message.receive_count),
                message: message.clone(),
            });
        }
        let dead = dead.iter().filter_map(|it| self.messages.remove(it));
        look.dead = dead.collect();
        look
    }

    /// Takes out the messages that could be received now, the first ones and no more than `most`.
    pub(crate) fn take_visible(&mut self, most: usize, now_ms: u64) -> Vec<Message> {
        self.forget_old(now_ms);
        let visible = self
            .messages
            .extract_if(.., |_, message| message.visible_ms <= now_ms);
        visible.map(|(_, message)| message).take(most).collect()
    }

    /// Deletes a message, if the receipt is that of its last receive. One of an earlier receive succeeds and deletes
    /// nothing, as SQS documents it.
    pub(crate) fn delete(&mut self, receipt: &str) -> Result<(), SqsError> {
        let (sequence, count) = read_receipt(&self.spec.name, receipt)?;
        let message = self.messages.get(&sequence);
        if message.is_some_and(|message| message.receive_count == count) {
            self.messages.remove(&sequence);
        }
        Ok(())
    }

    /// Hides a message for another time from now on.
    pub(crate) fn change_visibility(
        &mut self,
        receipt: &str,
        visibility_ms: u64,
        now_ms: u64,
    ) -> Result<(), SqsError> {
        let (sequence, count) = read_receipt(&self.spec.name, receipt)?;
        let message = self.messages.get_mut(&sequence);
        let Some(message) = message.filter(|message| message.receive_count == count) else {
            return Err(SqsError::invalid(
                "ReceiptHandle",
                "Message does not exist or is not available for visibility timeout change.",
            ));
        };
        if message.visible_ms <= now_ms {
            return Err(SqsError::new(
                "MessageNotInflight",
                "The specified message isn't in flight.",
            ));
        }
        message.visible_ms = now_ms.saturating_add(visibility_ms);
        Ok(())
    }

    pub(crate) fn purge(&mut self, now_ms: u64) {
        self.messages.clear();
        self.purged_ms = Some(now_ms);
    }

    pub(crate) fn counts(&self, now_ms: u64) -> Counts {
        let mut counts = Counts::default();
        for message in self.messages.values() {
            if message.visible_ms <= now_ms {
                counts.visible += 1;
            } else if message.first_received_ms.is_some() {
                counts.in_flight += 1;
            } else {
                counts.delayed += 1;
            }
        }
        counts
    }

    /// How long the oldest message has been in the queue; nothing if there is none. In a dead-letter queue that counts from
    /// when it came there, other than its retention.
    pub(crate) fn age_ms(&self, now_ms: u64) -> u64 {
        let counted = self
            .messages
            .values()
            .filter(|it| it.receive_count - it.received_before < POISONOUS_RECEIVES);
        let oldest_ms = counted.map(|it| it.entered_ms).min();
        oldest_ms.map_or(0, |oldest_ms| now_ms.saturating_sub(oldest_ms))
    }

    /// Messages that are older than the queue keeps them.
    pub(crate) fn forget_old(&mut self, now_ms: u64) {
        let retention = millis(self.spec.retention);
        self.messages
            .retain(|_, message| message.sent_ms.saturating_add(retention) > now_ms);
    }
}

/// A receipt handle: opaque to clients, and another one for each receive.
fn receipt(queue: &str, sequence: u64, count: u32) -> String {
    BASE64_STANDARD.encode(format!("{queue} {sequence} {count}"))
}

fn read_receipt(queue: &str, receipt: &str) -> Result<(u64, u32), SqsError> {
    let read = || {
        let text = String::from_utf8(BASE64_STANDARD.decode(receipt).ok()?).ok()?;
        let mut parts = text.strip_prefix(queue)?.trim_start().split(' ');
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    };
    read().ok_or_else(|| {
        SqsError::new(
            "ReceiptHandleIsInvalid",
            "The input receipt handle is invalid.",
        )
    })
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
