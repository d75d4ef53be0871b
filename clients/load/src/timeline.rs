//! The run, second by second.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use hdrhistogram::Histogram;

use crate::ledger::Room;
use crate::outcome::{Second, at, number};
use crate::tally::{Counts, Tally, Timed};
use crate::user::{AWAY, Seen};

/// What was when the last second ended.
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    pub(crate) seconds: Vec<Second>,
    last: Counts,
    last_us: u64,
    appended: Vec<u64>,
}

impl Timeline {
    /// A second has passed, or about one.
    pub(crate) fn tick(
        &mut self,
        now_us: u64,
        tally: &Tally,
        rooms: &[Arc<Room>],
        users: &[Arc<Seen>],
    ) -> Second {
        let (counts, delivery_p50, delivery_p99) = tally.lately(|counts, times| {
            let delivery = times.of(Timed::Delivery);
            (
                counts.clone(),
                quantile(delivery, 0.5),
                quantile(delivery, 0.99),
            )
        });
        let passed = number(now_us.saturating_sub(self.last_us).max(1)) / 1e6;
        let last = &self.last;
        let rate = |of: fn(&Counts) -> u64| number(of(&counts).saturating_sub(of(last))) / passed;
        self.appended.resize(rooms.len(), 0);
        let mut most = 0;
        for (room, before) in rooms.iter().zip(&mut self.appended) {
            let now = room.appended();
            most = most.max(now - *before);
            *before = now;
        }
        let second = Second {
            at_s: number(now_us) / 1e6,
            online: online(users),
            handshakes: rate(|counts| counts.handshakes),
            refused: rate(|counts| counts.refused.values().sum()),
            requests: rate(|counts| counts.handshakes + counts.frames_sent + counts.pushes),
            pushes: rate(|counts| counts.pushes),
            acked: rate(|counts| counts.acked),
            acked_in_one_channel: number(most) / passed,
            // The authorizer and $connect, and every frame but a heartbeat.
            invocations: rate(|counts| 2 * counts.handshakes + counts.frames_sent - counts.pings),
            delivered: rate(|counts| counts.delivered),
            delivery_p50,
            delivery_p99,
        };
        self.last = counts;
        self.last_us = now_us;
        self.seconds.push(second);
        second
    }
}

pub(crate) fn online(users: &[Arc<Seen>]) -> u32 {
    let online = users
        .iter()
        .filter(|user| user.state.load(Ordering::Relaxed) != AWAY);
    u32::try_from(online.count()).unwrap_or(u32::MAX)
}

fn quantile(times: &Histogram<u64>, quantile: f64) -> Option<f64> {
    (!times.is_empty()).then(|| at(times, quantile))
}
