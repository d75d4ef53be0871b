//! Messages, and what makes a run fail.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tonic::{Code, Status};

use crate::message::{Message, OnMessage, Severity, Source};

/// How long an error may be on the wire. It travels as an HTTP header, of which clients take 16 KiB in all.
const MAX_STATUS_BYTES: usize = 8 * 1024;

/// Passes messages on, and remembers errors.
pub(crate) struct Diagnostics {
    on_message: OnMessage,
    record: Mutex<Record>,
}

#[derive(Default)]
struct Record {
    /// Errors that the program logged.
    logged: Vec<String>,
    /// What it was refused.
    refusals: Vec<Refusal>,
}

struct Refusal {
    text: String,
    /// The text as the program has it.
    sent: String,
}

impl Diagnostics {
    pub(crate) fn new(on_message: OnMessage) -> Self {
        Self {
            on_message,
            record: Mutex::default(),
        }
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        // A panic under the lock is a bug that has been reported; the record is only added to.
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Passes on a message, and fails the run if it is an error.
    pub(crate) fn say(&self, message: Message) {
        if message.severity == Severity::Error {
            self.record().logged.push(message.text.clone());
        }
        (self.on_message)(message);
    }

    /// Fails the run for something that the program is refused, and gives the status to answer.
    pub(crate) fn refuse(&self, status: Status) -> Status {
        // The run is over: whatever still asks is not a part of it.
        if status.code() == Code::Unavailable {
            return status;
        }
        let text = status.message().to_owned();
        let sent = shortened(&text);
        let status = Status::new(status.code(), sent.clone());
        self.record().refusals.push(Refusal { text, sent });
        status
    }

    /// The errors of the run, each once. Of a refusal the program has usually told already; of those that it kept to
    /// itself, the engine tells now.
    pub(crate) fn finish(&self) -> Vec<String> {
        let Record { logged, refusals } = std::mem::take(&mut *self.record());
        let mut messages = logged;
        for Refusal { text, sent } in refusals {
            let told = |logged: &String| logged.contains(&sent);
            if sent == text && messages.iter().any(told) {
                continue;
            }
            (self.on_message)(Message {
                source: Source::Engine,
                severity: Severity::Error,
                urn: None,
                text: text.clone(),
            });
            messages.push(text);
        }
        messages
    }
}

impl fmt::Debug for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Diagnostics").finish_non_exhaustive()
    }
}

/// As many lines as fit into a status.
fn shortened(text: &str) -> String {
    // Everything but plain letters is three bytes on the wire.
    let cost = |line: &str| -> usize {
        let bytes = line.bytes();
        3 + bytes
            .map(|byte| if byte.is_ascii_alphanumeric() { 1 } else { 3 })
            .sum::<usize>()
    };
    let mut left = MAX_STATUS_BYTES;
    let mut kept = Vec::new();
    let mut lines = text.lines();
    for line in lines.by_ref() {
        match left.checked_sub(cost(line)) {
            Some(rest) => {
                left = rest;
                kept.push(line);
            }
            None => {
                let more = lines.count() + 1;
                if kept.is_empty() {
                    return format!("a message of {} bytes: see the engine's own", text.len());
                }
                let kept = kept.join("\n");
                return format!("{kept}\n  … and {more} more: see the engine's own message");
            }
        }
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_a_header_holds_is_left_as_it_is() {
        assert_eq!(shortened("one\n  - two\n"), "one\n  - two\n");
    }

    #[test]
    fn a_longer_message_says_how_much_is_missing() {
        let line = "x".repeat(1_000);
        let text = [line.as_str(); 20].join("\n");
        let short = shortened(&text);
        assert!(short.len() < MAX_STATUS_BYTES + 100);
        assert!(
            short.ends_with("… and 12 more: see the engine's own message"),
            "{short}"
        );
    }
}
