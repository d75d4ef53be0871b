//! What a run was like.

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::mix::Mix;
use crate::saturation::Sign;
pub use crate::tally::Counts;
use crate::tally::{Timed, Times};

/// What a run was like.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Outcome {
    /// How many users there were.
    pub users: u32,
    /// What they did.
    pub mix: Mix,
    /// How many came in a second.
    pub connects_per_second: f64,
    /// When the last one was to come, in seconds of the run.
    pub ramp_s: f64,
    /// From when, and until when they did it, in seconds of the run.
    pub steady: (f64, f64),
    /// What everything was drawn from.
    pub seed: u64,
    /// All counters.
    pub counts: Counts,
    /// What became of the publications.
    pub publications: Publications,
    /// How many users were connected when the steady time began, and at the end.
    pub online: (u32, u32),
    /// Users that were not connected at the end, or did not know yet what they had missed.
    pub unfinished: u32,
    /// The signs that the target did not keep up; none if it did.
    pub saturation: Vec<Sign>,
    /// How long things took, in milliseconds.
    pub times: Vec<Percentiles>,
    /// Second by second.
    pub seconds: Vec<Second>,
}

/// What became of the publications. A delivery is one publication for one user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Publications {
    /// Publications that users wanted to make.
    pub sent: u64,
    /// Those that were acked.
    pub acked: u64,
    /// Deliveries.
    pub delivered: u64,
    /// Of those, the ones that a user had missed and got afterwards.
    pub recovered: u64,
    /// Deliveries that did not happen, and the user was told.
    pub lost_with_notice: u64,
    /// Deliveries that did not happen, and nobody was told: 0, or something is broken.
    pub lost_in_silence: u64,
    /// Deliveries that happened twice.
    pub doubled: u64,
    /// Places at which two users saw different publications.
    pub contradictions: u64,
    /// Deliveries that did not happen in channels without history, where that is not promised.
    pub unpromised: i64,
}

impl Publications {
    pub(crate) fn of(counts: &Counts) -> Self {
        Self {
            sent: counts.sent,
            acked: counts.acked,
            delivered: counts.delivered,
            recovered: counts.recovered,
            lost_with_notice: counts.lost_with_notice,
            lost_in_silence: counts.lost_in_silence,
            doubled: counts.doubled,
            contradictions: counts.contradictions,
            unpromised: counts.unpromised,
        }
    }

    /// Whether what is promised was kept.
    #[must_use]
    pub const fn is_kept(&self) -> bool {
        self.lost_in_silence == 0 && self.doubled == 0 && self.contradictions == 0
    }
}

/// How long something took, in milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Percentiles {
    /// What.
    pub what: &'static str,
    /// How often.
    pub count: u64,
    /// Half of them took at most so long,
    pub p50: f64,
    /// 90 % of them,
    pub p90: f64,
    /// 99 %,
    pub p99: f64,
    /// 99.9 %,
    pub p999: f64,
    /// and all of them.
    pub max: f64,
}

/// What is timed, and how it is called.
const TIMED: [(Timed, &str); 6] = [
    (Timed::Connect, "handshake"),
    (Timed::Ack, "publish to ack"),
    (Timed::Delivery, "publish to receiver"),
    (Timed::Ping, "heartbeat"),
    (Timed::Back, "connected again"),
    (Timed::Whole, "nothing missing again"),
];

pub(crate) fn percentiles(times: &Times) -> Vec<Percentiles> {
    let of = |(timed, what)| {
        let times = times.of(timed);
        Percentiles {
            what,
            count: times.len(),
            p50: at(times, 0.5),
            p90: at(times, 0.9),
            p99: at(times, 0.99),
            p999: at(times, 0.999),
            max: at(times, 1.0),
        }
    };
    TIMED.into_iter().map(of).collect()
}

/// Milliseconds.
pub(crate) fn at(times: &Histogram<u64>, quantile: f64) -> f64 {
    number(times.value_at_quantile(quantile)) / 1e3
}

/// A count as a number to reckon with.
#[expect(
    clippy::cast_precision_loss,
    reason = "nothing that is counted here comes near 2^53"
)]
pub(crate) fn number(count: u64) -> f64 {
    count as f64
}

/// One second of the run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Second {
    /// When it ended, in seconds of the run.
    pub at_s: f64,
    /// Users that were connected then.
    pub online: u32,
    /// Handshakes a second, those that failed included.
    pub handshakes: f64,
    /// Handshakes a second that failed.
    pub refused: f64,
    /// What AWS would count as requests a second: handshakes, frames and pushes.
    pub requests: f64,
    /// Pushes a second: `POST @connections`.
    pub pushes: f64,
    /// Publications a second that were acked.
    pub acked: f64,
    /// The most of those in one channel.
    pub acked_in_one_channel: f64,
    /// Frames a second for which a function ran.
    pub invocations: f64,
    /// Deliveries a second.
    pub delivered: f64,
    /// From publication to receiver, half of those of this second, in milliseconds. None where there were none.
    pub delivery_p50: Option<f64>,
    /// And 99 % of them.
    pub delivery_p99: Option<f64>,
}
