//! What is counted, by all users together.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::receiver::Found;

/// Ten minutes, in microseconds: what takes longer counts as that.
const LONGEST_US: u64 = 600_000_000;
/// Times are kept to a thousandth.
const DIGITS: u8 = 3;

/// Everything that is counted.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Counts {
    /// Handshakes that were begun.
    pub handshakes: u64,
    /// Connections that were opened.
    pub opened: u64,
    /// Handshakes that failed, by why.
    pub refused: BTreeMap<String, u64>,
    /// Connections that broke off because a storm was due.
    pub dropped: u64,
    /// Connections that ended otherwise, and not by the client.
    pub ended: u64,
    /// Hand-overs that were done.
    pub handovers: u64,
    /// Frames that were sent.
    pub frames_sent: u64,
    /// Of those, heartbeats.
    pub pings: u64,
    /// The longest of them, in bytes.
    pub longest_frame: u64,
    /// Frames that others, or the service, pushed: a `POST @connections` each.
    pub pushes: u64,
    /// All frames that arrived.
    pub frames_received: u64,
    /// Publications that users wanted to make.
    pub sent: u64,
    /// Those that were acked.
    pub acked: u64,
    /// Those that were acked as sent before.
    pub duplicates: u64,
    /// Those that were not, by why.
    pub failed: BTreeMap<String, u64>,
    /// Publications that users were handed.
    pub delivered: u64,
    /// Of those, the ones that a user had missed and got afterwards.
    pub recovered: u64,
    /// Breaks in channels after which nothing was missing.
    pub recoveries: u64,
    /// Publications that are missing, and the user was told.
    pub lost_with_notice: u64,
    /// How often a user was told.
    pub notices: u64,
    /// Publications that are missing, and nobody was told.
    pub lost_in_silence: u64,
    /// Publications that a user was handed twice.
    pub doubled: u64,
    /// Places at which two users saw different publications.
    pub contradictions: u64,
    /// Publications that are missing in channels without history, which promise no more.
    pub unpromised: i64,
    /// Frames that the client could make nothing of, by what they were.
    pub unexpected: BTreeMap<String, u64>,
    /// Channels that users were put out of, and users that ended, by why.
    pub given_up: BTreeMap<String, u64>,
    /// Times that no token was had, by why.
    pub without_token: BTreeMap<String, u64>,
}

/// What is timed, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Timed {
    /// A handshake.
    Connect,
    /// From when a publication was due to its ack.
    Ack,
    /// From when a publication was due to a user who was there.
    Delivery,
    /// A heartbeat and its answer.
    Ping,
    /// From the end of a connection to the next one.
    Back,
    /// From the end of a connection until nothing is missing any more, or the user is told what is.
    Whole,
}

/// Histograms of all that is timed.
#[derive(Debug, Clone)]
pub(crate) struct Times([Histogram<u64>; 6]);

impl Times {
    fn new() -> Option<Self> {
        let one = Histogram::new_with_bounds(1, LONGEST_US, DIGITS).ok()?;
        Some(Self([
            one.clone(),
            one.clone(),
            one.clone(),
            one.clone(),
            one.clone(),
            one,
        ]))
    }

    pub(crate) fn of(&self, what: Timed) -> &Histogram<u64> {
        &self.0[what as usize]
    }
}

/// The counters and times of a run.
#[derive(Debug)]
pub(crate) struct Tally(Mutex<Inner>);

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) counts: Counts,
    pub(crate) times: Times,
    /// The same times, since they were last asked for.
    recent: Times,
}

impl Tally {
    /// None where the histograms cannot be: their bounds are above, and can.
    pub(crate) fn new() -> Option<Self> {
        let times = Times::new()?;
        Some(Self(Mutex::new(Inner {
            counts: Counts::default(),
            recent: times.clone(),
            times,
        })))
    }

    pub(crate) fn count(&self, count: impl FnOnce(&mut Counts)) {
        count(&mut self.inner().counts);
    }

    pub(crate) fn time(&self, what: Timed, microseconds: u64) {
        let mut inner = self.inner();
        inner.times.0[what as usize].saturating_record(microseconds);
        inner.recent.0[what as usize].saturating_record(microseconds);
    }

    /// What a publication that was handed over says of those before it.
    pub(crate) fn found(&self, found: Found) {
        self.count(|counts| {
            counts.lost_in_silence += found.silent;
            counts.lost_with_notice += found.noticed;
            counts.doubled += u64::from(found.doubled);
            counts.unpromised += found.unpromised;
        });
    }

    /// All counters so far, and the times since this was last asked.
    pub(crate) fn lately<T>(&self, read: impl FnOnce(&Counts, &Times) -> T) -> T {
        let mut inner = self.inner();
        let lately = read(&inner.counts, &inner.recent);
        for times in &mut inner.recent.0 {
            times.reset();
        }
        lately
    }

    pub(crate) fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One more of this kind.
pub(crate) fn one_more(kinds: &mut BTreeMap<String, u64>, kind: impl Into<String>) {
    *kinds.entry(kind.into()).or_default() += 1;
}
