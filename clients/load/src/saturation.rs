//! Whether the target kept up, or was asked for more than it can do.
//!
//! What was measured of a target that did not keep up says how it queues, and nothing about how much it needs.

use std::fmt;

use serde::Serialize;

use crate::outcome::{Percentiles, number};
use crate::tally::Counts;

/// Whoever waits for longer has given up.
const LATE_MS: f64 = 5_000.0;
/// Fewer than this share of the users, or of what they say, is bad luck and no overload.
const SHARE: f64 = 0.01;
/// By how much longer than planned it may take until all are there.
const SLOWER: f64 = 1.2;
const ACKED: &str = "publication to ack";

/// A sign that the target did not keep up.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", tag = "sign")]
#[non_exhaustive]
pub enum Sign {
    /// One in a hundred of these took longer than so many milliseconds.
    #[serde(rename_all = "camelCase")]
    Late {
        /// What was late.
        what: &'static str,
        /// How late, in milliseconds.
        p99_ms: f64,
    },
    /// Users came more slowly than they were to, as too many were on their way.
    #[serde(rename_all = "camelCase")]
    Slow {
        /// In how many seconds they were to be there.
        planned_s: f64,
        /// In how many they were.
        took_s: f64,
    },
    /// Publications that the server did not take.
    NotTaken {
        /// How many.
        publications: u64,
        /// Of how many.
        of: u64,
        /// Why most of them: what the server said, or that it said nothing.
        why: String,
    },
    /// Users that were not there when the load began, or did not know at its end what they had missed.
    NotServed {
        /// How many.
        users: u32,
        /// Of how many.
        of: u32,
    },
}

impl Sign {
    /// Whether somebody did not get what they came for, be it late.
    #[must_use]
    pub const fn is_failure(&self) -> bool {
        matches!(self, Self::NotTaken { .. } | Self::NotServed { .. })
    }

    /// Whether the time that publications took is that of a queue.
    #[must_use]
    pub fn is_of_publications(&self) -> bool {
        self.is_failure() || matches!(self, Self::Late { what: ACKED, .. })
    }
}

impl fmt::Display for Sign {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Late { what, p99_ms } => write!(
                text,
                "1 in 100 took longer than {:.1} s from {what}",
                p99_ms / 1e3
            ),
            Self::Slow { planned_s, took_s } => write!(
                text,
                "it let users in during {took_s:.0} s that were to come within {planned_s:.0}"
            ),
            Self::NotTaken {
                publications,
                of,
                why,
            } => write!(
                text,
                "{publications} of {of} publications were not taken ({why})"
            ),
            Self::NotServed { users, of } => write!(
                text,
                "{users} of {of} users were not there in time, or did not know at the end what they had missed"
            ),
        }
    }
}

/// The signs in what was counted and timed; none if the target kept up. `missing` is how many of the `users` were not
/// there, or not whole; `planned_s` and `took_s` how long they were to come for, and did.
pub(crate) fn signs(
    counts: &Counts,
    times: &[Percentiles],
    (missing, users): (u32, u32),
    (planned_s, took_s): (f64, f64),
) -> Vec<Sign> {
    let mut signs = Vec::new();
    if took_s > planned_s * SLOWER + LATE_MS / 1e3 {
        signs.push(Sign::Slow { planned_s, took_s });
    }
    if f64::from(missing) > f64::from(users) * SHARE {
        signs.push(Sign::NotServed {
            users: missing,
            of: users,
        });
    }
    let publications = counts.failed.values().sum();
    let most = counts.failed.iter().max_by_key(|(_, often)| **often);
    if let Some((why, _)) = most.filter(|_| number(publications) > number(counts.sent) * SHARE) {
        signs.push(Sign::NotTaken {
            publications,
            of: counts.sent,
            why: why.clone(),
        });
    }
    // Both wait for nothing but the target: what is delivered may have waited for a client that was away.
    let waits = [
        ("begin to end of a handshake", "handshake"),
        (ACKED, "publish to ack"),
    ];
    for (what, name) in waits {
        let late = times.iter().find(|times| times.what == name);
        if let Some(late) = late.filter(|times| times.p99 > LATE_MS) {
            signs.push(Sign::Late {
                what,
                p99_ms: late.p99,
            });
        }
    }
    signs
}

/// In one sentence, where there are signs.
#[must_use]
pub fn sentence(signs: &[Sign]) -> Option<String> {
    let signs: Vec<String> = signs.iter().map(ToString::to_string).collect();
    (!signs.is_empty()).then(|| {
        format!(
            "The target did not do all that was asked of it in time: {}. Let fewer users come, or more slowly (--rate); a \
             laptop takes more of them with `tidegate dev --release`.",
            signs.join("; ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(what: &'static str, p99: f64) -> Percentiles {
        Percentiles {
            what,
            count: 100,
            p50: 1.0,
            p90: 1.0,
            p99,
            p999: p99,
            max: p99,
        }
    }

    fn counts(sent: u64, failed: u64) -> Counts {
        Counts {
            sent,
            failed: [("no answer".to_owned(), failed)].into(),
            ..Counts::default()
        }
    }

    #[test]
    fn a_target_that_kept_up_shows_no_sign() {
        let times = [
            times("publish to ack", 4_999.0),
            times("publish to receiver", 60_000.0),
        ];
        let signs = signs(&counts(1_000, 10), &times, (10, 1_000), (10.0, 16.9));
        assert_eq!((sentence(&signs), signs), (None, Vec::new()));
    }

    #[test]
    fn one_that_did_not_is_said_to_be_late_or_to_have_failed() {
        let times = [times("publish to ack", 16_523.0)];
        let late = signs(&counts(1_000, 0), &times, (0, 1_000), (10.0, 17.1));
        let of_publications: Vec<bool> = late.iter().map(Sign::is_of_publications).collect();
        assert_eq!(of_publications, [false, true]);
        assert!(late.iter().all(|sign| !sign.is_failure()));
        let text = sentence(&late).unwrap();
        assert!(
            text.contains("longer than 16.5 s from publication to ack"),
            "{text}"
        );

        let failed = signs(&counts(1_000, 11), &[], (11, 1_000), (10.0, 10.0));
        assert!(failed.iter().all(Sign::is_failure));
        let text = sentence(&failed).unwrap();
        assert!(
            text.contains("11 of 1000 users")
                && text.contains("11 of 1000 publications were not taken (no answer)"),
            "{text}"
        );
    }

    #[test]
    fn where_nobody_says_anything_nothing_was_refused() {
        assert_eq!(signs(&counts(0, 0), &[], (0, 10), (1.0, 1.0)), Vec::new());
    }
}
