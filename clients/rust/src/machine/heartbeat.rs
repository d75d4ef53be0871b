//! Whether the other side is still there.

/// The pings of one connection.
#[derive(Debug)]
pub(super) struct Heartbeat {
    interval: u64,
    limit: u64,
    ping_at: u64,
    answer_by: Option<u64>,
}

/// What is to be done now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Beat {
    Nothing,
    Ping,
    /// Nothing was heard in time: the connection is dead, whatever the operating system says.
    Dead,
}

impl Heartbeat {
    /// The first ping comes at a time of its own, so that clients that came together do not ping together.
    pub(super) fn new(now: u64, first_in: u64, interval: u64, limit: u64) -> Self {
        Self {
            interval,
            limit,
            ping_at: now + first_in,
            answer_by: None,
        }
    }

    /// Any frame is a sign of life.
    pub(super) fn heard(&mut self) {
        self.answer_by = None;
    }

    /// Something else went without an answer: ask now.
    pub(super) fn doubt(&mut self, now: u64) {
        if self.answer_by.is_none() {
            self.ping_at = now;
        }
    }

    pub(super) fn beat(&mut self, now: u64) -> Beat {
        if self.answer_by.is_some_and(|by| by <= now) {
            return Beat::Dead;
        }
        if self.ping_at > now {
            return Beat::Nothing;
        }
        self.ping_at = now + self.interval;
        self.answer_by.get_or_insert(now + self.limit);
        Beat::Ping
    }

    pub(super) fn wake_at(&self) -> u64 {
        self.answer_by.unwrap_or(u64::MAX).min(self.ping_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_after_a_ping_is_death_and_any_frame_is_life() {
        let mut heart = Heartbeat::new(0, 5, 100, 10);
        assert_eq!(heart.beat(4), Beat::Nothing);
        assert_eq!(heart.beat(5), Beat::Ping);
        assert_eq!(heart.wake_at(), 15);
        heart.heard();
        assert_eq!(heart.beat(15), Beat::Nothing);
        assert_eq!(heart.beat(105), Beat::Ping);
        assert_eq!(heart.beat(114), Beat::Nothing);
        assert_eq!(heart.beat(115), Beat::Dead);
    }

    #[test]
    fn a_doubt_brings_the_ping_forward_once() {
        let mut heart = Heartbeat::new(0, 50, 100, 10);
        heart.doubt(7);
        assert_eq!(heart.beat(7), Beat::Ping);
        heart.doubt(8);
        assert_eq!(heart.beat(8), Beat::Nothing);
    }

    #[test]
    fn an_interval_shorter_than_the_limit_does_not_put_death_off() {
        let mut heart = Heartbeat::new(0, 0, 5, 12);
        assert_eq!(heart.beat(0), Beat::Ping);
        assert_eq!(heart.beat(5), Beat::Ping);
        assert_eq!(heart.beat(10), Beat::Ping);
        assert_eq!(heart.beat(12), Beat::Dead);
    }
}
