//! Looking at messages without taking them.

use std::collections::{BTreeMap, BTreeSet};

use super::DeadLetters;
use super::letter::Letter;

/// For how long a message is hidden while others are looked at: so long that none is met twice, and so short that an end in
/// the middle harms nobody.
const HIDDEN_S: u32 = 60;

/// Looks at up to so many messages, and lets all of them go again.
pub(super) async fn all(queue: &DeadLetters, most: usize) -> anyhow::Result<Vec<Letter>> {
    let mut look = Look::new(queue);
    let looked = look.on(|seen| seen.len() >= most).await;
    let released = look.release(&BTreeSet::new()).await;
    looked.and(released)?;
    let mut letters: Vec<_> = look.seen.into_values().collect();
    letters.sort_by_key(|letter| letter.message.number("SentTimestamp"));
    letters.truncate(most);
    Ok(letters)
}

/// Looks for the messages with these ids. They stay hidden from others, all else is let go again.
pub(super) async fn these(
    queue: &DeadLetters,
    ids: &BTreeSet<String>,
) -> anyhow::Result<Vec<Letter>> {
    let mut look = Look::new(queue);
    let is_all = |seen: &BTreeMap<String, Letter>| ids.iter().all(|id| seen.contains_key(id));
    let looked = look.on(is_all).await;
    let kept = if looked.is_ok() {
        ids
    } else {
        &BTreeSet::new()
    };
    let released = look.release(kept).await;
    looked.and(released)?;
    let found = look.seen.into_iter().filter(|(id, _)| ids.contains(id));
    Ok(found.map(|(_, letter)| letter).collect())
}

struct Look<'a> {
    letters: &'a DeadLetters,
    seen: BTreeMap<String, Letter>,
}

impl<'a> Look<'a> {
    const fn new(letters: &'a DeadLetters) -> Self {
        Self {
            letters,
            seen: BTreeMap::new(),
        }
    }

    /// Goes on until it is enough, or there is nothing new.
    async fn on(
        &mut self,
        is_enough: impl Fn(&BTreeMap<String, Letter>) -> bool,
    ) -> anyhow::Result<()> {
        while !is_enough(&self.seen) {
            let before = self.seen.len();
            for message in self.letters.queue.receive(HIDDEN_S).await? {
                // One that came again is released by its newest receipt.
                let id = message.message_id.clone();
                self.seen.insert(id, Letter::new(self.letters.of, message));
            }
            if self.seen.len() == before {
                break;
            }
        }
        Ok(())
    }

    async fn release(&self, but: &BTreeSet<String>) -> anyhow::Result<()> {
        let released = self.seen.iter().filter(|(id, _)| !but.contains(*id));
        let receipts: Vec<_> = released
            .map(|(_, letter)| letter.message.receipt_handle.as_str())
            .collect();
        self.letters.queue.release(&receipts).await
    }
}
