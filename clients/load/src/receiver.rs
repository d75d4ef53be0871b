//! What one user was handed of a channel: whether anything is missing that nobody spoke of.

use std::collections::{BTreeSet, HashMap};

use tidegate_protocol::Position;

use crate::ledger::Mark;

/// How many missing numbers of one publisher are remembered, where there is no history.
const REMEMBERED: usize = 64;

/// What something that was handed over says of what came before.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    /// So many are missing, and nobody said so.
    pub(crate) silent: u64,
    /// So many are missing, and the user was told.
    pub(crate) noticed: u64,
    /// It was handed over before.
    pub(crate) doubled: bool,
    /// So many are missing for now in a channel that promises no more. Negative where one of them came late.
    pub(crate) unpromised: i64,
}

/// One user's view of a channel.
#[derive(Debug, Default)]
pub(crate) struct Receiver {
    place: Option<Place>,
    /// Where there are no places: by publisher, the newest number and those that are missing.
    numbers: HashMap<u32, (u64, BTreeSet<u64>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Nothing was there: what follows begins an epoch.
    Nothing,
    /// The last one that was handed over, or is known to be there.
    At(Position),
}

impl Receiver {
    /// The channel was joined at this place.
    pub(crate) fn joined(&mut self, position: Option<Position>) {
        self.place = position.map(place);
    }

    /// The user was told that what lies before this place is lost.
    pub(crate) fn lost(&mut self, position: Option<Position>) -> Found {
        self.numbers.clear();
        let noticed = match (self.place, position) {
            (Some(Place::At(last)), Some(next)) if last.epoch == next.epoch => {
                next.offset.saturating_sub(last.offset)
            }
            _ => 0,
        };
        self.place = position.map(place);
        Found {
            noticed,
            ..Found::default()
        }
    }

    /// A publication was handed over.
    pub(crate) fn received(&mut self, position: Option<Position>, mark: Option<Mark>) -> Found {
        match (position, mark) {
            (Some(position), _) => self.at(position),
            (None, Some(mark)) => self.number(mark),
            (None, None) => Found::default(),
        }
    }

    /// Everything should be here up to this place: what is not is missing.
    pub(crate) fn end(&self, head: Option<Position>) -> u64 {
        match (self.place, head) {
            (Some(Place::At(last)), Some(head)) if last.epoch == head.epoch => {
                head.offset.saturating_sub(last.offset)
            }
            (Some(Place::At(last)), Some(head)) if last.offset >= head.offset => 0,
            // Of the new epoch nothing came.
            (Some(_), Some(head)) => head.offset + 1 - head.epoch.min(head.offset),
            _ => 0,
        }
    }

    fn at(&mut self, position: Position) -> Found {
        let mut found = Found::default();
        match self.place {
            Some(Place::At(last)) if last.epoch == position.epoch => {
                if position.offset <= last.offset {
                    found.doubled = true;
                    return found;
                }
                found.silent = position.offset - last.offset - 1;
            }
            // A new epoch without a word: at least what it began with.
            Some(_) => found.silent = position.offset.saturating_sub(position.epoch),
            None => {}
        }
        self.place = Some(Place::At(position));
        found
    }

    fn number(&mut self, mark: Mark) -> Found {
        let mut found = Found::default();
        let Some((last, missing)) = self.numbers.get_mut(&mark.user) else {
            let first = (mark.number, BTreeSet::new());
            self.numbers.insert(mark.user, first);
            return found;
        };
        if mark.number > *last {
            let skipped = *last + 1..mark.number;
            found.unpromised = i64::try_from(skipped.end - skipped.start).unwrap_or(i64::MAX);
            missing.extend(skipped.take(REMEMBERED));
            *last = mark.number;
        } else if missing.remove(&mark.number) {
            found.unpromised = -1;
        } else {
            found.doubled = true;
        }
        found
    }
}

fn place(position: Position) -> Place {
    if position.is_empty() {
        Place::Nothing
    } else {
        Place::At(position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(offset: u64) -> Option<Position> {
        Some(Position { epoch: 10, offset })
    }

    fn mark(number: u64) -> Option<Mark> {
        Some(Mark { user: 1, number })
    }

    #[test]
    fn what_is_skipped_without_a_word_was_lost_in_silence() {
        let mut receiver = Receiver::default();
        receiver.joined(at(11));
        assert_eq!(receiver.received(at(12), mark(0)), Found::default());
        assert_eq!(receiver.received(at(15), mark(3)).silent, 2);
        assert!(receiver.received(at(15), mark(3)).doubled);
        assert_eq!(receiver.end(at(17)), 2, "the last ones are missing");
        assert_eq!(receiver.end(at(15)), 0);
    }

    #[test]
    fn what_one_is_told_of_is_not_lost_in_silence() {
        let mut receiver = Receiver::default();
        receiver.joined(at(11));
        assert_eq!(receiver.lost(at(20)).noticed, 9);
        assert_eq!(receiver.received(at(21), mark(0)), Found::default());
    }

    #[test]
    fn the_first_publication_of_an_empty_channel_begins_its_epoch() {
        let mut receiver = Receiver::default();
        receiver.joined(Some(Position::nothing_at(5)));
        assert_eq!(receiver.received(at(10), mark(0)), Found::default());
        let mut late = Receiver::default();
        late.joined(Some(Position::nothing_at(5)));
        assert_eq!(late.end(at(12)), 3);
        assert_eq!(late.received(at(12), mark(2)).silent, 2);
    }

    #[test]
    fn without_history_what_is_missing_may_still_come() {
        let mut receiver = Receiver::default();
        receiver.received(None, mark(4));
        assert_eq!(receiver.received(None, mark(7)).unpromised, 2);
        assert_eq!(receiver.received(None, mark(5)).unpromised, -1);
        assert!(receiver.received(None, mark(5)).doubled);
        receiver.lost(None);
        assert_eq!(receiver.received(None, mark(20)), Found::default());
    }
}
