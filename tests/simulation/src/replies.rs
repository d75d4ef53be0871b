//! What the service says of a history is true: no reply leaves out what it says that it has.

use serde::Deserialize;
use tidegate_core::channel::Channel;
use tidegate_core::protocol::{Position, Publication};

use crate::ledger::Ledger;

/// The publication that follows a place.
pub enum Next {
    /// The one with this index, or the one that will have it.
    At(usize),
    /// It cannot be said.
    Any,
}

/// A request about what follows a place.
#[derive(Deserialize)]
struct Asked {
    action: String,
    channel: Channel,
    since: Option<Position>,
    after: Option<Position>,
}

/// A reply that brings publications.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    r#type: String,
    position: Option<Position>,
    recovered: Option<bool>,
    #[serde(default)]
    publications: Vec<Publication>,
    #[serde(default)]
    complete: bool,
    #[serde(default)]
    gap: bool,
}

impl Told {
    /// Whether it says that nothing is left out from the place that was asked for, and nothing until the newest.
    fn claims(&self, asked: &Asked) -> (bool, bool) {
        match (self.r#type.as_str(), asked.action.as_str()) {
            ("subscribed", "subscribe") => {
                let all = self.recovered == Some(true);
                (all, all)
            }
            ("history", "history") => (!self.gap, self.complete && !self.gap),
            _ => (false, false),
        }
    }
}

impl Ledger {
    /// A frame got this reply from a function that began at `begun_ms`.
    pub fn check_reply(&mut self, frame: &str, reply: &str, begun_ms: u64, skew_ms: u64) {
        let asked = serde_json::from_str::<Asked>(frame);
        let told = serde_json::from_str::<Told>(reply);
        let (Ok(asked), Ok(told)) = (asked, told) else {
            return;
        };
        let Some(since) = asked.since.or(asked.after) else {
            if let Some(why) = self.out_of_order(&asked.channel, &told) {
                let channel = &asked.channel;
                self.broken(
                    "what is said to be whole is whole",
                    format!("history of {channel}, newest first: {why}"),
                );
            }
            return;
        };
        let (from_there, to_the_end) = told.claims(&asked);
        if !from_there {
            return;
        }
        let Next::At(next) = self.next_of(&asked.channel, since, skew_ms) else {
            return;
        };
        if let Some(why) = self.left_out(&asked.channel, &told, next, to_the_end, begun_ms) {
            let (channel, kind) = (&asked.channel, &told.r#type);
            self.broken(
                "what is said to be whole is whole",
                format!("{kind} of {channel} since {since}: {why}"),
            );
        }
    }

    /// Why a page, newest first, is none.
    fn out_of_order(&self, channel: &Channel, told: &Told) -> Option<String> {
        if told.r#type != "history" {
            return None;
        }
        let mut newer: Option<usize> = None;
        for publication in &told.publications {
            let place = publication.position?;
            let index = self.index(channel, place);
            let follows = newer.is_none_or(|newer| index.is_some_and(|index| index + 1 == newer));
            if index.is_none() || !follows {
                return Some(format!("{place} is {index:?} after {newer:?}"));
            }
            newer = index;
        }
        None
    }

    fn left_out(
        &self,
        channel: &Channel,
        told: &Told,
        next: usize,
        to_the_end: bool,
        begun_ms: u64,
    ) -> Option<String> {
        let mut expected = next;
        for publication in &told.publications {
            let place = publication.position?;
            match self.index(channel, place) {
                Some(index) if index == expected => expected += 1,
                index => return Some(format!("{place} is {index:?} and not {expected}")),
            }
        }
        let placed = self.placed.get(channel).map_or(&[][..], Vec::as_slice);
        let there = placed.iter().filter(|one| one.put_ms < begun_ms).count();
        if to_the_end && expected < there {
            let head = told.position;
            return Some(format!("{} are missing up to {head:?}", there - expected));
        }
        None
    }

    /// What follows a place.
    #[must_use]
    pub fn next_of(&self, channel: &Channel, place: Position, skew_ms: u64) -> Next {
        let placed = self.placed.get(channel).map_or(&[][..], Vec::as_slice);
        if !place.is_empty() {
            return self
                .index(channel, place)
                .map_or(Next::Any, |index| Next::At(index + 1));
        }
        // The first epoch that began after nothing was seen; clocks differ.
        let begins = |index: &usize| {
            let place = placed[*index].entry.position;
            place.epoch == place.offset
        };
        let epochs: Vec<usize> = (0..placed.len()).filter(begins).collect();
        let begun = |index: usize| placed[index].put_ms;
        let sure = epochs
            .iter()
            .find(|index| begun(**index) > place.offset + skew_ms + 100);
        let unsure = epochs
            .iter()
            .any(|index| begun(*index).abs_diff(place.offset) <= skew_ms + 100);
        match sure {
            _ if unsure => Next::Any,
            Some(index) => Next::At(*index),
            None => Next::At(placed.len()),
        }
    }
}
