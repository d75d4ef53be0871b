//! What was published, by channel: what everybody must have got, and what must stand where.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tidegate_protocol::{Channel, Position};

/// Which publication it is: whose, and the how manyeth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Mark {
    pub(crate) user: u32,
    pub(crate) number: u64,
}

/// One channel.
#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) channel: Channel,
    book: Mutex<Book>,
    appended: AtomicU64,
}

#[derive(Debug, Default)]
struct Book {
    /// The newest place that was acked.
    head: Option<Position>,
    /// What stands at each place, as the first one said who saw it.
    places: HashMap<(u64, u64), Mark>,
}

impl Room {
    pub(crate) fn new(channel: Channel) -> Self {
        Self {
            channel,
            book: Mutex::default(),
            appended: AtomicU64::new(0),
        }
    }

    /// A publication was acked at this place. False: somebody saw another one there.
    pub(crate) fn acked(&self, position: Position, mark: Mark) -> bool {
        self.appended.fetch_add(1, Ordering::Relaxed);
        let mut book = self.book();
        let newest = book.head.is_none_or(|head| follows(head, position));
        if newest {
            book.head = Some(position);
        }
        book.stands(position, mark)
    }

    /// A publication was received at this place. False: somebody saw another one there.
    pub(crate) fn received(&self, position: Position, mark: Mark) -> bool {
        self.book().stands(position, mark)
    }

    /// The newest place that was acked.
    pub(crate) fn head(&self) -> Option<Position> {
        self.book().head
    }

    /// How many were acked.
    pub(crate) fn appended(&self) -> u64 {
        self.appended.load(Ordering::Relaxed)
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    fn stands(&mut self, position: Position, mark: Mark) -> bool {
        let place = (position.epoch, position.offset);
        *self.places.entry(place).or_insert(mark) == mark
    }
}

/// Offsets are never used twice, whatever the epoch.
fn follows(one: Position, other: Position) -> bool {
    other.offset > one.offset
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_place_holds_one_publication_whoever_saw_it() {
        let room = Room::new("room:a".parse().unwrap());
        let at = |offset| Position { epoch: 5, offset };
        let mark = |number| Mark { user: 1, number };
        assert!(room.received(at(5), mark(0)));
        assert!(room.acked(at(5), mark(0)));
        assert!(room.acked(at(7), mark(1)));
        assert!(room.acked(at(6), mark(2)));
        assert!(!room.received(at(6), mark(3)));
        assert_eq!(room.head(), Some(at(7)));
    }
}
