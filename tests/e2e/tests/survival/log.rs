//! What a client was told, and whether that keeps the promise: every publication once and in order, or `Lost`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tidegate_client::{Position, PresenceChange, Publication};

/// What a client's application was told, and what it did.
#[derive(Clone)]
pub(crate) struct Log {
    pub(crate) name: String,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    seen: Vec<Seen>,
    sent: u64,
    answered: BTreeMap<u64, Result<String, String>>,
}

/// Something that an application was told of its channel.
#[derive(Clone)]
pub(crate) enum Seen {
    Joined(Option<Position>),
    Publication(Box<Publication>),
    Recovered,
    Lost(Option<Position>),
    Presence(PresenceChange),
    Dropped(String),
}

impl Log {
    pub(crate) fn of(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            inner: Arc::default(),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn see(&self, seen: Seen) {
        self.inner().seen.push(seen);
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.inner().seen.clone()
    }

    /// The number of the next message.
    pub(crate) fn send(&self) -> u64 {
        let mut inner = self.inner();
        inner.sent += 1;
        inner.sent
    }

    pub(crate) fn answer(&self, number: u64, answer: Result<String, String>) {
        self.inner().answered.insert(number, answer);
    }

    /// How many messages have no answer yet.
    pub(crate) fn unanswered(&self) -> u64 {
        let inner = self.inner();
        inner.sent - inner.answered.len() as u64
    }

    pub(crate) fn is_joined(&self) -> bool {
        let inner = self.inner();
        inner.seen.iter().any(|it| matches!(it, Seen::Joined(_)))
    }

    pub(crate) fn losses(&self) -> usize {
        let inner = self.inner();
        let lost = inner.seen.iter().filter(|it| matches!(it, Seen::Lost(_)));
        lost.count()
    }

    /// The id of the last publication that it was told of.
    pub(crate) fn newest(&self) -> Option<String> {
        let inner = self.inner();
        inner.seen.iter().rev().find_map(|it| match it {
            Seen::Publication(publication) => Some(publication.publication_id.clone()),
            _ => None,
        })
    }

    pub(crate) fn changes(&self) -> Vec<PresenceChange> {
        let inner = self.inner();
        let changes = inner.seen.iter().filter_map(|it| match it {
            Seen::Presence(change) => Some(change.clone()),
            _ => None,
        });
        changes.collect()
    }

    /// The publications of the history that it was to be told of and was not yet.
    ///
    /// # Panics
    /// When it was told of any twice, or of one before another that comes first, or not of one that comes before one that it
    /// was told of, without `Lost`.
    pub(crate) fn missing(&self, history: &[Publication]) -> usize {
        let mut next = None;
        for seen in self.seen() {
            match seen {
                Seen::Joined(position) | Seen::Lost(position) => {
                    next = Some(after(history, position.unwrap()));
                }
                Seen::Publication(publication) => {
                    let index =
                        next.unwrap_or_else(|| panic!("{self}: a publication before it joined"));
                    let Some(expected) = history.get(index) else {
                        // It came since the history was read, or it came twice.
                        let newest = history.last().and_then(|it| it.position);
                        assert!(
                            publication.position > newest,
                            "{self}: {publication:?} came again"
                        );
                        continue;
                    };
                    assert_eq!(
                        publication.publication_id, expected.publication_id,
                        "{self}: {publication:?} came where {expected:?} was to come",
                    );
                    next = Some(index + 1);
                }
                Seen::Dropped(reason) => panic!("{self}: dropped: {reason}"),
                Seen::Recovered | Seen::Presence(_) => {}
            }
        }
        next.map_or(usize::MAX, |next| history.len() - next)
    }

    /// Holds what it published to the history: what was acked is there, with the id that the ack named; nothing is there twice,
    /// and all in the order in which it was published.
    pub(crate) fn check_published(&self, history: &[Publication]) {
        let mine: Vec<(u64, &str)> = history
            .iter()
            .filter_map(|publication| {
                let data: Value = serde_json::from_str(publication.data.get()).unwrap();
                let by_me = data["by"] == self.name.as_str();
                by_me.then(|| (data["n"].as_u64().unwrap(), &*publication.publication_id))
            })
            .collect();
        let numbers: Vec<u64> = mine.iter().map(|(number, _)| *number).collect();
        assert!(
            numbers.is_sorted_by(|one, next| one < next),
            "{self}: not in order, or doubled: {numbers:?}"
        );
        let there: BTreeSet<_> = mine.into_iter().collect();
        for (number, answer) in &self.inner().answered {
            match answer {
                Ok(id) => assert!(
                    there.contains(&(*number, id.as_str())),
                    "{self}: {number} was acked as {id}, and is not there"
                ),
                Err(problem) => panic!("{self}: {number} was not published: {problem}"),
            }
        }
    }
}

/// The index of the first publication after a place.
fn after(history: &[Publication], place: Position) -> usize {
    history
        .iter()
        .position(|publication| {
            let at = publication.position.unwrap();
            // A place where there was nothing names the time when it was looked for.
            at.offset > place.offset || (place.is_empty() && at.offset >= place.offset)
        })
        .unwrap_or(history.len())
}

impl fmt::Display for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Joined(position) => write!(f, "joined at {position:?}"),
            Self::Publication(publication) => write!(f, "{}", publication.data),
            Self::Recovered => f.write_str("recovered"),
            Self::Lost(position) => write!(f, "lost, on from {position:?}"),
            Self::Presence(change) => write!(f, "{:?} of {}", change.event, change.user),
            Self::Dropped(reason) => write!(f, "dropped: {reason}"),
        }
    }
}
