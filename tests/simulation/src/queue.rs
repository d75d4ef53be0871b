//! SQS: at least once, in no order, hidden while somebody works on it, and a dead-letter queue in the end.

use std::collections::BTreeMap;

use crate::dice::Site;
use crate::event::Event;
use crate::kernel::World;

/// How long a message is hidden from others while one function works on it, in milliseconds.
const HIDDEN_MS: u64 = 60_000;
/// How often a message is handed out at most.
const MOST_RECEIVED: u32 = 5;
/// How many messages a function gets at once.
const BATCH: usize = 10;

#[derive(Debug, Clone)]
struct Message {
    body: String,
    visible_ms: u64,
    received: u32,
}

/// The queue.
#[derive(Debug, Default)]
pub struct Queue {
    messages: BTreeMap<u64, Message>,
    next: u64,
    /// How many messages nobody could work on.
    pub dead: usize,
}

impl World {
    /// Takes a message, to be handed out after a delay.
    pub fn enqueue(&mut self, body: &str, delay_s: u32, site: Site) {
        let copies = 1 + u64::from(self.dice.fault(site, "queue hands out twice", 100));
        for _ in 0..copies {
            let mut wait = u64::from(delay_s) * 1_000 + self.dice.ms(site, 5..=150);
            if self.dice.fault(site, "queue is slow", 100) {
                wait += self.dice.ms(site, 1_000..=20_000);
            }
            self.queue.next += 1;
            let message = Message {
                body: body.to_owned(),
                visible_ms: self.now_ms + wait,
                received: 0,
            };
            self.queue.messages.insert(self.queue.next, message);
            self.after(wait, Event::Poll);
        }
    }

    /// The messages that a function gets now.
    pub fn receive(&mut self) -> Vec<(u64, String)> {
        let now_ms = self.now_ms;
        let mut batch = Vec::new();
        let mut dead = Vec::new();
        for (id, message) in &mut self.queue.messages {
            if message.visible_ms > now_ms || batch.len() >= BATCH {
                continue;
            }
            if message.received >= MOST_RECEIVED {
                dead.push(*id);
                continue;
            }
            message.received += 1;
            message.visible_ms = now_ms + HIDDEN_MS;
            batch.push((*id, message.body.clone()));
        }
        for id in dead {
            self.queue.messages.remove(&id);
            self.queue.dead += 1;
        }
        if !batch.is_empty() {
            self.after(HIDDEN_MS, Event::Poll);
        }
        batch
    }

    /// The function is done with these.
    pub fn delete(&mut self, done: &[u64]) {
        for id in done {
            let site = Site::of("queue").nth(*id);
            if !self.dice.fault(site, "queue forgets the deletion", 100) {
                self.queue.messages.remove(id);
            }
        }
    }
}
