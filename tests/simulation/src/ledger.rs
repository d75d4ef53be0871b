//! What is true, whatever functions and clients say: written down where it happens.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tidegate_core::channel::Channel;
use tidegate_core::connection::{ConnectionId, SessionKey};
use tidegate_core::memory::Row;
use tidegate_core::namespace::{Action, Namespaces};
use tidegate_core::protocol::Position;
use tidegate_core::rights::Rights;
use tidegate_core::store::{Entry, HistoryItem};

use crate::kernel::World;

/// How long after a right ended a delivery that was under way may still be, in milliseconds: what a function may take, and
/// what clocks differ.
const UNDER_WAY_MS: u64 = 40_000;
/// How long after a revocation or a `refresh` a publication may still be taken to be before it, in milliseconds.
const SECONDS_MS: u64 = 6_000;

/// Something that must hold does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// What must hold.
    pub invariant: &'static str,
    /// How it does not.
    pub message: String,
}

/// A publication that got a place.
#[derive(Debug, Clone)]
pub struct Placed {
    /// The item.
    pub entry: Entry,
    /// When it was put, by the true time.
    pub put_ms: u64,
}

/// A token that was given out.
#[derive(Debug, Clone)]
pub struct Token {
    /// What it allows.
    pub rights: Rights,
    /// When a revocation of it returned.
    pub revoked_ms: Option<u64>,
}

/// A token that a session brought.
#[derive(Debug, Clone, Copy)]
struct Held {
    token: usize,
    /// When a `refresh` with a newer one returned.
    superseded_ms: Option<u64>,
}

/// What is true.
#[derive(Debug, Default)]
pub struct Ledger {
    /// What was published, in the order of the store.
    pub placed: BTreeMap<Channel, Vec<Placed>>,
    /// The tokens that were given out.
    pub tokens: Vec<Token>,
    held: BTreeMap<SessionKey, Vec<Held>>,
    /// When publications of a session were taken, by namespace, by the clock of the function.
    pub spent: BTreeMap<(SessionKey, String), Vec<u64>>,
    /// The id that each publication has, by its content.
    pub ids: BTreeMap<(Channel, u64), BTreeSet<String>>,
    /// What does not hold.
    pub violations: Vec<Violation>,
    /// Who may do what.
    pub namespaces: Namespaces,
    /// Whether anything but clients may fail in this run.
    pub fails: bool,
    /// How many publications arrived at applications.
    pub delivered: usize,
    /// How often applications were told that something is lost.
    pub lost: usize,
    /// How often applications were told that nothing is.
    pub recovered: usize,
}

/// The number that tells a publication of the workload from all others.
#[must_use]
pub fn number(data: &str) -> Option<u64> {
    let value: Value = serde_json::from_str(data).ok()?;
    value.get("n")?.as_u64()
}

impl Ledger {
    /// Something does not hold.
    pub fn broken(&mut self, invariant: &'static str, message: String) {
        self.violations.push(Violation { invariant, message });
    }

    /// An item was put.
    pub fn put(&mut self, now_ms: u64, channel: &Channel, item: &HistoryItem) {
        let HistoryItem::Entry(entry) = item else {
            return;
        };
        let placed = self.placed.entry(channel.clone()).or_default();
        let place = entry.position;
        let broken = match placed.last().map(|last| last.entry.position) {
            Some(last) if last.epoch == place.epoch => last.offset + 1 != place.offset,
            Some(last) => place.epoch != place.offset || place.offset <= last.offset,
            None => place.epoch != place.offset,
        };
        let last = placed.last().map(|last| last.entry.position);
        placed.push(Placed {
            entry: entry.clone(),
            put_ms: now_ms,
        });
        if broken {
            self.broken(
                "offsets have no holes, and epochs are unique",
                format!("{channel}: {place} was put after {last:?}"),
            );
        }
        if let Some(number) = number(&entry.data) {
            self.has_id(channel, number, &entry.publication_id);
            let twice = self.placed.get(channel).into_iter().flatten();
            let twice = twice.filter(|placed| placed.entry.publication_id == entry.publication_id);
            let places: Vec<_> = twice.map(|placed| placed.entry.position).collect();
            if places.len() > 1 {
                self.broken(
                    "one key, one publication",
                    format!("{channel}: publication {number} has the places {places:?}"),
                );
            }
        }
    }

    /// A publication was seen with an id.
    pub fn has_id(&mut self, channel: &Channel, number: u64, id: &str) {
        let ids = self.ids.entry((channel.clone(), number)).or_default();
        ids.insert(id.to_owned());
        if ids.len() > 1 {
            let ids = ids.clone();
            self.broken(
                "one key, one publication",
                format!("{channel}: publication {number} has the ids {ids:?}"),
            );
        }
    }

    /// Where a place is in the row of what was published.
    #[must_use]
    pub fn index(&self, channel: &Channel, place: Position) -> Option<usize> {
        let placed = self.placed.get(channel)?;
        placed.iter().position(|one| one.entry.position == place)
    }

    /// A session brought a token.
    pub fn holds(&mut self, key: &SessionKey, token: usize) {
        let held = self.held.entry(key.clone()).or_default();
        held.push(Held {
            token,
            superseded_ms: None,
        });
    }

    /// A `refresh` with this token returned: older ones of the session hold no more.
    pub fn refreshed(&mut self, key: &SessionKey, token: usize, now_ms: u64) {
        let issued = |token: usize| self.tokens.get(token).map(|one| one.rights.issued_at);
        let newest = issued(token);
        let older: Vec<bool> = self.held.get(key).map_or_else(Vec::new, |held| {
            held.iter().map(|one| issued(one.token) < newest).collect()
        });
        if let Some(held) = self.held.get_mut(key) {
            for (one, older) in held.iter_mut().zip(older) {
                if older {
                    one.superseded_ms.get_or_insert(now_ms);
                }
            }
        }
    }

    /// A revocation returned.
    pub fn revoked(&mut self, user: &str, before_s: u64, now_ms: u64) {
        for token in &mut self.tokens {
            if token.rights.user == user && token.rights.issued_at < before_s {
                token.revoked_ms.get_or_insert(now_ms);
            }
        }
    }

    /// Why a session had no right to something at `now_ms` that was begun at `begun_ms`; none when it had.
    fn without_right(
        &self,
        key: &SessionKey,
        action: Action,
        channel: &Channel,
        (begun_ms, now_ms): (u64, u64),
    ) -> Option<String> {
        let mut why = "no token of it ever allowed that".to_owned();
        for held in self.held.get(key).into_iter().flatten() {
            let Some(token) = self.tokens.get(held.token) else {
                continue;
            };
            let rights = &token.rights;
            if self.namespaces.check(action, rights, channel).is_err() {
                continue;
            }
            let ended = |at: Option<u64>| at.is_some_and(|at| begun_ms > at + SECONDS_MS);
            if now_ms > rights.expires_at * 1_000 + UNDER_WAY_MS {
                why = format!("its token ended at {} s", rights.expires_at);
            } else if ended(token.revoked_ms) {
                why = format!("its token was revoked at {:?} ms", token.revoked_ms);
            } else if ended(held.superseded_ms) {
                why = format!(
                    "a newer token without that was taken at {:?} ms",
                    held.superseded_ms
                );
            } else {
                return None;
            }
        }
        Some(why)
    }

    /// A publication of a session was taken.
    pub fn check_right_to_publish(
        &mut self,
        key: &SessionKey,
        channel: &Channel,
        times: (u64, u64),
    ) {
        if let Some(why) = self.without_right(key, Action::Publish, channel, times) {
            self.broken(
                "no right is exceeded",
                format!("{} published in {channel}: {why}", key.session),
            );
        }
    }
}

impl World {
    /// Whether a session names a subscription of a connection, or has ended it. One that a crash left without a name is found
    /// by nobody who ends what the session has: it lasts as long as its token.
    fn is_named(&self, id: &ConnectionId, key: &SessionKey, channel: &Channel) -> bool {
        self.store.rows().iter().any(|row| match row {
            Row::Session { key: of, row } if of == key => {
                let mut places = row.places.get(id).into_iter().flatten();
                places.any(|place| place.channel == *channel)
            }
            _ => false,
        })
    }

    /// A frame is sent to a connection.
    pub fn check_right_to_receive(&mut self, id: &ConnectionId, frame: &str) {
        if !frame.starts_with(r#"{"type":"publication""#) {
            return;
        }
        let Ok(frame) = serde_json::from_str::<Value>(frame) else {
            return;
        };
        let channel = frame.get("channel").and_then(Value::as_str);
        let Some(channel) = channel.and_then(|channel| channel.parse().ok()) else {
            return;
        };
        let at_ms = frame.get("at").and_then(Value::as_u64).unwrap_or(0);
        let Some(connection) = self.gateway.connections.get(id) else {
            return;
        };
        let key = connection.key.clone();
        let times = (at_ms, self.now_ms);
        let why = self
            .ledger
            .without_right(&key, Action::Subscribe, &channel, times);
        if let Some(why) = why.filter(|_| self.is_named(id, &key, &channel)) {
            self.ledger.broken(
                "no right is exceeded",
                format!("{id} of {} received {channel}: {why}", key.session),
            );
        }
    }
}
