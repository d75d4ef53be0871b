//! The order of one channel: what is handed on, what is held back, what is a double.

use std::collections::{BTreeMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use tidegate_protocol::{Position, Publication};

/// Two looks at a channel in which there was nothing, less than this apart, saw the same: what is published in between
/// is kept for longer.
pub(super) const SAME_NOTHING_MS: u64 = 30 * 60_000;

/// What has been seen of a channel.
///
/// With history, the place alone decides: the next one is handed on, an older one is a double, and a later one waits until
/// those before it are there. It does not matter on which connection they arrive, nor whether they were pushed or read.
#[derive(Debug)]
pub(super) struct Sequence {
    seen: Option<Position>,
    /// The newest publication that was handed on. It outlives a `seen` where there is nothing.
    newest: Option<Position>,
    held: BTreeMap<Position, Publication>,
    /// The newest place of what had to be let go, as too much was held back.
    overflowed: Option<Position>,
    capacity: usize,
    recent: Recent,
}

impl Sequence {
    pub(super) fn new(since: Option<Position>, capacity: usize, recent: usize) -> Self {
        Self {
            seen: since,
            newest: None,
            held: BTreeMap::new(),
            overflowed: None,
            capacity,
            recent: Recent::new(recent),
        }
    }

    /// The newest place up to which all is handed on; none in channels without history, or before it is known.
    pub(super) fn seen(&self) -> Option<Position> {
        self.seen
    }

    /// The newest place that is known of and not reached, because of what is held back.
    pub(super) fn awaited(&self) -> Option<Position> {
        self.held.keys().next_back().copied().max(self.overflowed)
    }

    /// Whether this place, of a publication, has been reached.
    pub(super) fn has_reached(&self, place: Position) -> bool {
        self.newest.is_some_and(|newest| newest >= place)
            || self
                .seen
                .is_some_and(|seen| !seen.is_empty() && seen >= place)
    }

    /// A publication arrived: what can be handed on now, in order. With `broken` there was a break since what was seen, and it
    /// is not said yet what was missed: of an empty place it is not known then whether the first of an epoch is what follows.
    pub(super) fn arrived(&mut self, publication: Publication, broken: bool) -> Vec<Publication> {
        let Some(place) = publication.position else {
            let new = self.recent.is_new(&publication.publication_id);
            return if new { vec![publication] } else { Vec::new() };
        };
        let mut released = Vec::new();
        let at = publication.at;
        if self.has_reached(place) || self.seen.is_some_and(|seen| is_before(place, at, seen)) {
            return released;
        }
        let follows = |seen: Position| seen.precedes(place) && !(broken && seen.is_empty());
        if self.seen.is_some_and(follows) {
            self.pass(place);
            self.held.remove(&place);
            released.push(publication);
            released.extend(self.released());
        } else {
            self.hold(place, publication);
        }
        released
    }

    /// The channel is joined, and is at this place: what was published before is not ours.
    pub(super) fn start(&mut self, head: Position) {
        self.seen = Some(head);
        self.forget_up_to(head);
    }

    /// The server says that all of this follows what was seen, up to the head. Whether that holds together.
    pub(super) fn recovered(
        &mut self,
        run: Vec<Publication>,
        deliver: &mut Vec<Publication>,
    ) -> bool {
        for publication in run {
            let Some(place) = publication.position else {
                return false;
            };
            if self.has_reached(place) {
                continue;
            }
            let hole = self.seen.is_some_and(|seen| {
                !seen.is_empty() && seen.epoch == place.epoch && !seen.precedes(place)
            });
            if hole {
                return false;
            }
            self.pass(place);
            self.held.remove(&place);
            deliver.push(publication);
        }
        true
    }

    /// There is nothing in the channel any more, and nothing was missed.
    pub(super) fn nothing_at(&mut self, place: Position) {
        match self.seen {
            Some(seen) if seen.is_empty() && seen >= place => {}
            _ => self.seen = Some(place),
        }
    }

    /// What lies between is lost: go on from here.
    pub(super) fn jump(&mut self, head: Position) {
        if !self.has_reached(head) || head.is_empty() {
            self.seen = Some(head);
        }
        self.forget_up_to(head);
        let follows = |(place, _): (&Position, &Publication)| head.precedes(*place);
        if head.is_empty() && !self.held.first_key_value().is_some_and(follows) {
            // It was held back for something that is gone, and is gone itself.
            self.held.clear();
            self.overflowed = None;
        }
    }

    /// The channel keeps no history, or not any more: what was held back is handed on as it came.
    pub(super) fn without_history(&mut self) -> Vec<Publication> {
        self.seen = None;
        self.newest = None;
        self.overflowed = None;
        let held = std::mem::take(&mut self.held);
        held.into_values()
            .filter(|publication| self.recent.is_new(&publication.publication_id))
            .collect()
    }

    /// Whether this was not met before, where there are no places to tell by.
    pub(super) fn is_new(&mut self, id: &impl Hash) -> bool {
        self.recent.is_new(id)
    }

    /// What has been held back and follows now.
    pub(super) fn released(&mut self) -> Vec<Publication> {
        let mut released = Vec::new();
        while let (Some(seen), Some((place, _))) = (self.seen, self.held.first_key_value()) {
            let place = *place;
            if self.has_reached(place) {
                self.held.pop_first();
            } else if seen.precedes(place) {
                self.pass(place);
                released.extend(self.held.pop_first().map(|(_, publication)| publication));
            } else {
                break;
            }
        }
        if self.overflowed.is_some_and(|place| self.has_reached(place)) {
            self.overflowed = None;
        }
        released
    }

    fn pass(&mut self, place: Position) {
        self.seen = Some(place);
        self.newest = self.newest.max(Some(place));
    }

    fn hold(&mut self, place: Position, publication: Publication) {
        self.held.insert(place, publication);
        if self.held.len() > self.capacity {
            let last = self.held.pop_last().map(|(place, _)| place);
            self.overflowed = self.overflowed.max(last);
        }
    }

    fn forget_up_to(&mut self, head: Position) {
        self.held
            .retain(|place, publication| !is_before(*place, publication.at, head));
        if self.overflowed.is_some_and(|place| place <= head) {
            self.overflowed = None;
        }
    }
}

/// Whether the publication of this place and time comes before the head that a channel was seen to have. Where there was
/// nothing then, that is one which was published long before: its epoch says nothing, as it may be much older than its first
/// publication.
fn is_before(place: Position, at_ms: u64, head: Position) -> bool {
    let is_gone = head.is_empty() && at_ms.saturating_add(SAME_NOTHING_MS) <= head.offset;
    place <= head || is_gone
}

/// The newest ids, as hashes: enough to know a double, and small.
#[derive(Debug)]
struct Recent {
    hashes: VecDeque<u64>,
    capacity: usize,
}

impl Recent {
    const fn new(capacity: usize) -> Self {
        Self {
            hashes: VecDeque::new(),
            capacity,
        }
    }

    fn is_new(&mut self, id: &impl Hash) -> bool {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        let hash = hasher.finish();
        if self.hashes.contains(&hash) {
            return false;
        }
        if self.hashes.len() >= self.capacity {
            self.hashes.pop_front();
        }
        self.hashes.push_back(hash);
        true
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    const START: u64 = 1_000;
    const NONE: [u64; 0] = [];

    fn at(offset: u64) -> Position {
        Position {
            epoch: START,
            offset,
        }
    }

    fn publication(position: Option<Position>, id: &str) -> Publication {
        Publication {
            channel: "room:a".parse().unwrap(),
            publication_id: id.to_owned(),
            user: None,
            at: 0,
            data: RawValue::from_string("1".to_owned()).unwrap(),
            position,
        }
    }

    fn arrive(sequence: &mut Sequence, offset: u64) -> Vec<u64> {
        let arrived = sequence.arrived(publication(Some(at(offset)), "p"), false);
        let places = arrived.iter().filter_map(|one| one.position);
        places.map(|place| place.offset).collect()
    }

    #[test]
    fn what_comes_too_early_waits_and_what_came_before_is_a_double() {
        let mut sequence = Sequence::new(None, 8, 8);
        assert_eq!(
            arrive(&mut sequence, 1_006),
            NONE,
            "the place is not known yet"
        );
        sequence.start(at(1_005));
        assert_eq!(sequence.released().len(), 1);
        assert_eq!(arrive(&mut sequence, 1_006), NONE);
        assert_eq!(arrive(&mut sequence, 1_008), NONE);
        assert_eq!(sequence.awaited(), Some(at(1_008)));
        assert_eq!(arrive(&mut sequence, 1_007), [1_007, 1_008]);
        assert_eq!(sequence.awaited(), None);
    }

    #[test]
    fn the_first_of_an_epoch_follows_nothing_and_its_double_is_known_after_the_next_nothing() {
        let mut sequence = Sequence::new(None, 8, 8);
        sequence.start(Position::nothing_at(2_000));
        assert_eq!(arrive(&mut sequence, START), [START], "clocks differ");
        sequence.nothing_at(Position::nothing_at(9_000));
        assert_eq!(arrive(&mut sequence, START), NONE);
        assert_eq!(sequence.seen(), Some(Position::nothing_at(9_000)));
    }

    #[test]
    fn what_came_before_the_place_was_known_is_not_ours_where_it_is_not_kept_any_more() {
        let first = |at| Publication {
            at,
            ..publication(Some(tests::at(START)), "p")
        };
        let released = |published_at: u64, nothing_at: u64| {
            let nothing = Position::nothing_at(nothing_at);
            let mut sequence = Sequence::new(None, 8, 8);
            assert!(sequence.arrived(first(published_at), false).is_empty());
            sequence.start(nothing);
            let held = sequence.released().len();
            let mut sequence = Sequence::new(None, 8, 8);
            sequence.start(nothing);
            assert_eq!(sequence.arrived(first(published_at), false).len(), held);
            held
        };
        assert_eq!(
            released(START, START + SAME_NOTHING_MS - 1),
            1,
            "clocks differ"
        );
        assert_eq!(released(START, START + SAME_NOTHING_MS), 0);
        let later = START + SAME_NOTHING_MS;
        assert_eq!(
            released(later, later),
            1,
            "an epoch may be older than its first"
        );
    }

    #[test]
    fn what_is_too_much_to_hold_is_let_go_from_the_end_and_still_awaited() {
        let mut sequence = Sequence::new(Some(at(1_000)), 2, 8);
        for offset in [1_002, 1_004, 1_003] {
            assert_eq!(arrive(&mut sequence, offset), NONE);
        }
        assert_eq!(sequence.awaited(), Some(at(1_004)));
        assert_eq!(arrive(&mut sequence, 1_001), [1_001, 1_002, 1_003]);
        assert_eq!(sequence.awaited(), Some(at(1_004)));
        assert_eq!(arrive(&mut sequence, 1_004), [1_004]);
        assert_eq!(sequence.awaited(), None);
    }

    #[test]
    fn a_run_with_a_hole_is_no_recovery() {
        let mut sequence = Sequence::new(Some(at(1_000)), 8, 8);
        let mut delivered = Vec::new();
        let run = vec![publication(Some(at(1_002)), "p")];
        assert!(!sequence.recovered(run, &mut delivered));
        assert!(delivered.is_empty());
    }

    #[test]
    fn without_places_an_id_is_handed_on_once_while_it_is_remembered() {
        let mut sequence = Sequence::new(None, 8, 2);
        let mut arrive = |id: &str| sequence.arrived(publication(None, id), false).len();
        assert_eq!([arrive("a"), arrive("b"), arrive("a")], [1, 1, 0]);
        assert_eq!(
            [arrive("c"), arrive("a")],
            [1, 1],
            "only two are remembered"
        );
    }
}
