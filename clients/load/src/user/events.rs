//! What a user is told by its machine, and what it is held against.

use std::sync::atomic::Ordering;

use serde_json::value::RawValue;
use tidegate_client::machine::{Event, RequestError, State};
use tidegate_protocol::Publication;

use super::{AWAY, BROKEN, Said, User, WHOLE};
use crate::ledger::Mark;
use crate::tally::{Timed, one_more};

impl User {
    pub(super) fn event(&mut self, event: Event) {
        match event {
            Event::State { state } => self.state(&state),
            Event::Subscribed { position, .. } => {
                self.receiver.joined(position);
                self.reached(position.map_or(0, |position| position.offset));
                self.is_whole();
            }
            Event::Publication { publication } => self.received(&publication),
            Event::Recovered { .. } => {
                self.tally().count(|counts| counts.recoveries += 1);
                self.is_whole();
            }
            Event::Lost { position, .. } => {
                let found = self.receiver.lost(position);
                self.tally().found(found);
                self.tally().count(|counts| counts.notices += 1);
                if let Some(position) = position {
                    self.reached(position.offset);
                }
                self.is_whole();
            }
            Event::Dropped { reason, .. } => {
                self.coming = None;
                self.tally()
                    .count(|counts| one_more(&mut counts.given_up, reason.to_string()));
            }
            Event::Acked { request, ack } => {
                let Some((mark, due)) = self.waiting.remove(&request) else {
                    return;
                };
                let right = ack
                    .position
                    .is_none_or(|position| self.part.room.acked(position, mark));
                self.tally().count(|counts| {
                    counts.acked += 1;
                    counts.duplicates += u64::from(ack.duplicate);
                    counts.contradictions += u64::from(!right);
                });
                self.tally()
                    .time(Timed::Ack, self.now_us().saturating_sub(due));
            }
            Event::Failed { request, error } => {
                self.waiting.remove(&request);
                let why = match error {
                    RequestError::Refused { code, .. } => code.as_str().to_owned(),
                    other => other.to_string(),
                };
                self.tally()
                    .count(|counts| one_more(&mut counts.failed, why));
            }
            Event::HandedOver { .. } => self.tally().count(|counts| counts.handovers += 1),
            Event::Unexpected { what } => {
                let what = format!("{what:?}");
                self.tally()
                    .count(|counts| one_more(&mut counts.unexpected, what));
            }
            _ => {}
        }
    }

    fn state(&mut self, state: &State) {
        let now = self.now_us();
        match state {
            State::Online => {
                if let Some(left) = self.left_us.take() {
                    self.tally().time(Timed::Back, now.saturating_sub(left));
                }
                self.seen.state.store(BROKEN, Ordering::Relaxed);
            }
            State::Offline { .. } if self.seen.state.swap(AWAY, Ordering::Relaxed) != AWAY => {
                self.left_us = Some(now);
                self.broken_us = Some(now);
            }
            State::Closed { reason } => {
                self.seen.state.store(AWAY, Ordering::Relaxed);
                self.tally()
                    .count(|counts| one_more(&mut counts.given_up, reason.to_string()));
            }
            _ => {}
        }
    }

    /// Nothing is missing any more, or it is known what is.
    fn is_whole(&mut self) {
        let now = self.now_us();
        if let Some(broken) = self.broken_us.take() {
            self.tally().time(Timed::Whole, now.saturating_sub(broken));
        }
        self.whole_since_us = now;
        self.coming = None;
        self.seen.state.store(WHOLE, Ordering::Relaxed);
    }

    fn received(&mut self, publication: &Publication) {
        let said = said(&publication.data);
        let mark = said.as_ref().map(|said| Mark {
            user: said.u,
            number: said.n,
        });
        let found = self.receiver.received(publication.position, mark);
        let mut contradicts = false;
        if let (Some(position), Some(mark)) = (publication.position, mark) {
            contradicts = !self.part.room.received(position, mark);
        }
        if let Some(position) = publication.position {
            self.reached(position.offset);
        }
        let due = said.map(|said| said.t);
        let was_missed =
            self.broken_us.is_some() || due.is_some_and(|due| due < self.whole_since_us);
        self.tally().found(found);
        self.tally().count(|counts| {
            counts.delivered += 1;
            counts.recovered += u64::from(was_missed);
            counts.contradictions += u64::from(contradicts);
        });
        if let Some(due) = due.filter(|_| !was_missed) {
            self.tally()
                .time(Timed::Delivery, self.now_us().saturating_sub(due));
        }
    }

    fn reached(&self, offset: u64) {
        self.seen.offset.fetch_max(offset, Ordering::Relaxed);
    }
}

fn said(data: &RawValue) -> Option<Said> {
    serde_json::from_str(data.get()).ok()
}
