//! An application over a client: what it is told, checked as it is told.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_client::machine::Event;
use tidegate_core::channel::Channel;
use tidegate_core::protocol::{Position, Publication};

use crate::ledger::{Ledger, number};
use crate::replies::Next;

/// How long after trouble with its connection an application may be behind, in milliseconds.
const CALM_MS: u64 = 60_000;
/// How long a publication may take where nothing fails, in milliseconds.
const LATE_MS: u64 = 5_000;

/// What an application knows of a channel.
#[derive(Debug, Default)]
struct Watch {
    /// All up to here was handed over, or told to be lost.
    place: Option<Position>,
    /// The latest value may come once more, as the first.
    latest: bool,
    /// It is subscribed.
    joined: bool,
    ids: BTreeSet<String>,
    numbers: BTreeSet<u64>,
}

/// An application.
#[derive(Debug)]
pub struct Application {
    name: String,
    /// How far clocks of functions are off at most, in milliseconds.
    skew_ms: u64,
    watches: BTreeMap<Channel, Watch>,
    /// When its connection was last in trouble, by the true time.
    disturbed_ms: u64,
}

impl Application {
    /// An application that knows nothing yet.
    #[must_use]
    pub fn new(name: String, skew_ms: u64) -> Self {
        Self {
            name,
            skew_ms,
            watches: BTreeMap::new(),
            disturbed_ms: 0,
        }
    }

    /// Its connection is in trouble.
    pub fn disturbed(&mut self, now_ms: u64) {
        self.disturbed_ms = now_ms;
    }

    /// Whether its connection was in trouble since then.
    #[must_use]
    pub const fn was_disturbed_since(&self, ms: u64) -> bool {
        self.disturbed_ms >= ms
    }

    /// It gives up a channel.
    pub fn forget(&mut self, channel: &Channel) {
        self.watches.remove(channel);
    }

    /// Whether it believes that it receives a channel.
    #[must_use]
    pub fn has_joined(&self, channel: &Channel) -> bool {
        self.watches.get(channel).is_some_and(|watch| watch.joined)
    }

    /// The place up to which it has a channel.
    #[must_use]
    pub fn place(&self, channel: &Channel) -> Option<Position> {
        self.watches.get(channel)?.place
    }

    /// Whether a publication arrived.
    #[must_use]
    pub fn has(&self, channel: &Channel, number: u64) -> bool {
        self.watches
            .get(channel)
            .is_some_and(|watch| watch.numbers.contains(&number))
    }

    /// It is told something.
    pub fn told(&mut self, event: &Event, now_ms: u64, ledger: &mut Ledger) {
        match event {
            Event::Subscribed { channel, position } => {
                let latest = ledger.namespaces.of(channel).is_some_and(|one| one.latest);
                let watch = self.watches.entry(channel.clone()).or_default();
                watch.joined = true;
                if watch.place.is_none() {
                    watch.place = *position;
                    watch.latest = latest;
                }
            }
            Event::Publication { publication } => {
                ledger.delivered += 1;
                self.received(publication, now_ms, ledger);
            }
            Event::Lost { channel, position } => {
                ledger.lost += 1;
                let watch = self.watches.entry(channel.clone()).or_default();
                watch.place = *position;
                watch.latest = false;
            }
            Event::Recovered { .. } => ledger.recovered += 1,
            Event::Dropped { channel, .. } => self.forget(channel),
            _ => {}
        }
    }

    fn received(&mut self, publication: &Publication, now_ms: u64, ledger: &mut Ledger) {
        let disturbed_ms = self.disturbed_ms;
        let (name, skew_ms) = (self.name.clone(), self.skew_ms);
        let channel = &publication.channel;
        let watch = self.watches.entry(channel.clone()).or_default();
        let number = number(publication.data.get());
        if let Some(number) = number {
            watch.numbers.insert(number);
            ledger.has_id(channel, number, &publication.publication_id);
        }
        let fresh = watch.ids.insert(publication.publication_id.clone());
        let Some(place) = publication.position else {
            if !fresh {
                let id = &publication.publication_id;
                ledger.broken(
                    "nothing is doubled",
                    format!("{name} was given {id} of {channel} twice"),
                );
            }
            return;
        };
        let Some(index) = ledger.index(channel, place) else {
            ledger.broken(
                "what is given was published",
                format!("{name} was given {place} of {channel}, where nothing was ever put"),
            );
            return;
        };
        let entry = &ledger.placed[channel][index].entry;
        if entry.publication_id != publication.publication_id
            || entry.data != publication.data.get()
        {
            ledger.broken(
                "what is given was published",
                format!("{name} was given something else for {place} of {channel}"),
            );
            return;
        }
        if watch.latest && watch.place == Some(place) {
            watch.latest = false;
            return;
        }
        watch.latest = false;
        let put_ms = ledger.placed[channel][index].put_ms;
        let undisturbed = !ledger.fails && put_ms > disturbed_ms + CALM_MS;
        if undisturbed && watch.place.is_some() && now_ms > put_ms + LATE_MS {
            ledger.broken(
                "where nothing fails, nothing is late",
                format!(
                    "{name} was given {place} of {channel} {} ms late",
                    now_ms - put_ms
                ),
            );
        }
        let expected = watch
            .place
            .map(|place| ledger.next_of(channel, place, skew_ms));
        let before = watch.place.replace(place);
        let (invariant, what) = match expected {
            None => ("nothing is given before its place is known", "nothing"),
            Some(Next::Any) => return,
            Some(Next::At(next)) if next == index => return,
            Some(Next::At(next)) if next < index => ("nothing is missed in silence", "a gap"),
            Some(Next::At(_)) => ("nothing is doubled, and order is kept", "a step back"),
        };
        ledger.broken(
            invariant,
            format!("{name} was given {place} of {channel} after {before:?}: {what}"),
        );
    }

    /// What it has missed without being told, when all is quiet.
    pub fn check_complete(&self, ledger: &mut Ledger) {
        for (channel, watch) in &self.watches {
            let (Some(place), true) = (watch.place, watch.joined) else {
                continue;
            };
            let Next::At(next) = ledger.next_of(channel, place, self.skew_ms) else {
                continue;
            };
            let placed = ledger.placed.get(channel).map_or(0, Vec::len);
            if next < placed {
                let missing = placed - next;
                let name = &self.name;
                ledger.broken(
                    "in the end everybody has everything",
                    format!(
                        "{name} is at {place} of {channel}: {missing} publications are missing"
                    ),
                );
            }
        }
    }
}
