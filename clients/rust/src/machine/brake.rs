//! Going slowly for a while: who was refused for sending too much sends one frame at a time, as far apart as the rate wants.
//!
//! The client knows no rates. It learns one from what it is told: a frame that came this much too early says how much later
//! the next ones have to come. After a while without a refusal it tries to be faster.

/// In this time without a refusal the time between two frames halves.
const CALM_MS: u64 = 5_000;
/// The shortest time between two frames: when it would be less, the brake is off.
const SHORTEST_MS: u64 = 10;
/// The longest one. Whoever is told to wait for longer does, once.
const LONGEST_MS: u64 = 30_000;

/// How fast frames of one kind may be sent.
#[derive(Debug, Clone, Default)]
pub(super) struct Brake {
    /// The time between two frames, as it was at the last refusal.
    every: u64,
    refused_at: u64,
    paused_until: u64,
    sent_at: u64,
}

impl Brake {
    /// What was sent at `sent_at` was refused: nothing more before `wait` has passed, and then slowly.
    pub(super) fn refused(&mut self, now: u64, sent_at: u64, wait: u64) {
        let known = self.every(now);
        // Of a whole burst the first refusal says it all; what was too early although it went slowly says by how much.
        let every = match sent_at > self.refused_at {
            true => known.saturating_add(wait),
            false => known.max(wait),
        };
        self.every = every.clamp(SHORTEST_MS, LONGEST_MS);
        self.refused_at = now;
        self.paused_until = self.paused_until.max(now.saturating_add(wait));
    }

    pub(super) fn sent(&mut self, now: u64) {
        self.sent_at = now;
    }

    /// Whether frames go one at a time, each after the answer to the one before.
    pub(super) fn is_on(&self, now: u64) -> bool {
        now < self.off_at()
    }

    /// When it is off, if nothing is refused any more.
    pub(super) fn off_at(&self) -> u64 {
        let halvings = (self.every / SHORTEST_MS).checked_ilog2();
        let halvings = halvings.map_or(0, |log| u64::from(log) + 1);
        self.refused_at + halvings * CALM_MS
    }

    /// The next frame may be sent at this time.
    pub(super) fn next_at(&self, now: u64) -> u64 {
        let every = self.every(now);
        let spaced = if every > 0 { self.sent_at + every } else { 0 };
        spaced.max(self.paused_until)
    }

    fn every(&self, now: u64) -> u64 {
        if !self.is_on(now) {
            return 0;
        }
        self.every >> (now.saturating_sub(self.refused_at) / CALM_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_burst_that_was_refused_the_next_goes_when_it_was_told_and_the_others_as_far_apart() {
        let mut brake = Brake::default();
        assert!(!brake.is_on(1_000) && brake.next_at(1_000) <= 1_000);
        brake.sent(1_000);
        for at in [1_050, 1_060] {
            brake.refused(at, 1_000, 200);
        }
        assert_eq!(brake.next_at(1_060), 1_260);
        brake.sent(1_260);
        assert_eq!(brake.next_at(1_260), 1_460);
    }

    #[test]
    fn what_was_too_early_all_the_same_says_by_how_much() {
        let mut brake = Brake::default();
        brake.refused(1_000, 900, 50);
        brake.sent(1_050);
        brake.sent(1_100);
        brake.refused(1_150, 1_100, 150);
        brake.sent(1_300);
        assert_eq!(brake.next_at(1_300), 1_500);
    }

    #[test]
    fn it_is_faster_again_with_time_and_off_in_the_end() {
        let mut brake = Brake::default();
        brake.refused(0, 0, 40);
        brake.sent(0);
        let waits = [4_999, 5_000, 10_000, 15_000].map(|now| brake.every(now));
        assert_eq!(waits, [40, 20, 10, 0]);
        assert_eq!(brake.off_at(), 15_000);
        assert!(brake.is_on(14_999) && !brake.is_on(15_000));
    }

    #[test]
    fn a_long_wait_is_kept_to_once() {
        let mut brake = Brake::default();
        brake.refused(0, 0, 3_600_000);
        assert_eq!(brake.next_at(0), 3_600_000);
        brake.sent(3_600_000);
        assert!(
            brake.next_at(3_600_000) <= 3_600_000,
            "it was calm for long enough"
        );
    }
}
