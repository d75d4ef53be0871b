//! Limits: how fast and how much.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::connection::SessionKey;
use crate::protocol::MAX_FRAME_BYTES;
use crate::store::{Sessions, StoreError, Taken};

/// For how long a rate may remember at most what was used of it, in seconds: a day, which is less than a user's buckets are
/// kept ([`USER_BUCKETS_S`](crate::store::USER_BUCKETS_S)).
const MOST_MEMORY_S: u64 = 86_400;
/// How often a bucket that others move at the same time is tried.
const ATTEMPTS: usize = 4;

/// So many in so many seconds, and so many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rate {
    /// How many.
    pub count: u32,
    /// In how many seconds.
    #[serde(default = "one")]
    pub per_seconds: u32,
    /// How many at once, after a while without any; as many as `count` where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub burst: Option<u32>,
}

const fn one() -> u32 {
    1
}

impl Rate {
    /// What is wrong with it, if something is.
    #[must_use]
    pub fn problem(&self) -> Option<&'static str> {
        let valid = self.count > 0
            && (1..=86_400).contains(&self.per_seconds)
            && self.burst.is_none_or(|burst| burst > 0);
        if !valid {
            return Some(
                "a rate must have a `count` above 0, a `perSeconds` of 1 to 86400 and a `burst` above 0",
            );
        }
        self.forgets_too_late(1)
    }

    /// What is wrong with it where one may cost `cost`: if what was used of it is remembered for longer than a day, it could
    /// be forgotten by then.
    fn forgets_too_late(&self, cost: u64) -> Option<&'static str> {
        let most = u64::from(self.burst.unwrap_or(self.count)).max(cost);
        (self.takes_us(most) > MOST_MEMORY_S * 1_000_000).then_some(
            "a rate must let its whole `burst` pass again within a day: `burst` times `perSeconds` by `count` must be at most 86400",
        )
    }

    /// How long `cost` takes, in microseconds.
    fn takes_us(&self, cost: u64) -> u64 {
        let us = u128::from(cost) * u128::from(self.per_seconds) * 1_000_000
            / u128::from(self.count.max(1));
        u64::try_from(us).unwrap_or(u64::MAX)
    }

    /// Whether `cost` may pass at `now_ms`, where `seen` is what the bucket held: when it passes, what the bucket holds then
    /// (the theoretical arrival time of the next, in epoch microseconds), else after how long it may be tried again.
    ///
    /// What costs more than the whole burst passes when the bucket is full, and empties it for as long as it takes.
    ///
    /// # Errors
    /// When it may not.
    pub fn admit(&self, seen: Option<u64>, now_ms: u64, cost: u64) -> Result<u64, RetryAfter> {
        let now_us = now_ms.saturating_mul(1_000);
        let burst = u64::from(self.burst.unwrap_or(self.count)).max(cost);
        let next = seen
            .unwrap_or(0)
            .max(now_us)
            .saturating_add(self.takes_us(cost));
        let over = next.saturating_sub(now_us.saturating_add(self.takes_us(burst)));
        if over == 0 {
            Ok(next)
        } else {
            Err(RetryAfter(over.div_ceil(1_000)))
        }
    }
}

/// It is too much for now: after how many milliseconds it may be tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("too much for now: try again after {0} ms")]
pub struct RetryAfter(pub u64);

/// Why something was not taken out of a bucket.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SpendError {
    /// It is too much for now.
    #[error(transparent)]
    TooFast(#[from] RetryAfter),
    /// There is no such session any more.
    #[error("the session is not there any more")]
    NoSession,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whose bucket it is.
#[derive(Debug, Clone, Copy)]
pub enum Spender<'a> {
    /// A session's own.
    Session(&'a SessionKey),
    /// That of a user, over all sessions.
    User(&'a str),
}

/// Takes `cost` out of a bucket, where `seen` is what it was last seen to hold. Costs one write when it passes and nobody
/// else took from it meanwhile, and none when it does not pass.
///
/// # Errors
/// When it may not pass for now, or cannot be said.
pub async fn spend(
    sessions: &dyn Sessions,
    spender: Spender<'_>,
    (bucket, rate): (&str, &Rate),
    cost: u64,
    mut seen: Option<u64>,
    now_ms: u64,
) -> Result<u64, SpendError> {
    let mut retry = RetryAfter(100);
    for _ in 0..ATTEMPTS {
        let next = match rate.admit(seen, now_ms, cost) {
            Ok(next) => next,
            Err(later) => return Err(later.into()),
        };
        let taken = match spender {
            Spender::Session(key) => sessions.take(key, bucket, seen, next).await?,
            Spender::User(user) => {
                sessions
                    .take_of_user(user, bucket, seen, next, now_ms)
                    .await?
            }
        };
        match taken {
            Taken::Moved => return Ok(next),
            Taken::Elsewhere(there) => seen = there,
            Taken::NoSession => return Err(SpendError::NoSession),
        }
        retry = RetryAfter(retry.0 * 2);
    }
    Err(retry.into())
}

/// What happens when a user who has as many sessions as they may connects with one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum WhenFull {
    /// The new one is refused: the handshake is answered with 429.
    #[default]
    Refuse,
    /// The oldest one is told goodbye.
    GoodbyeOldest,
}

/// The limits of a stack. A rate that is not said costs nothing and is not enforced, but for a guard in the memory of each
/// process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Limits {
    /// How many sessions a user may have at once.
    pub connections_per_user: Option<u32>,
    /// What happens when there is one more.
    pub when_full: WhenFull,
    /// How many channels a connection may join.
    pub subscriptions_per_connection: u32,
    /// How many frames a user may send, over all connections; a write for each.
    pub messages: Option<Rate>,
    /// How often a user may subscribe, over all connections; a write for each.
    pub subscribes: Option<Rate>,
    /// How many bytes a user may send, over all connections; a write for each frame.
    pub bytes: Option<Rate>,
}

impl Limits {
    /// How many channels a connection may join where it is not said.
    pub const SUBSCRIPTIONS: u32 = 100;
    /// How many channels a connection may be allowed to join: their names stand in the session's item.
    pub const MOST_SUBSCRIPTIONS: u32 = 500;

    /// What is wrong with them, if something is: which key, and why.
    #[must_use]
    pub fn problem(&self) -> Option<(&'static str, &'static str)> {
        if self.connections_per_user == Some(0) {
            return Some(("connectionsPerUser", "must be above 0"));
        }
        if !(1..=Self::MOST_SUBSCRIPTIONS).contains(&self.subscriptions_per_connection) {
            return Some(("subscriptionsPerConnection", "must be 1 to 500"));
        }
        let rates = [
            ("messages", &self.messages),
            ("subscribes", &self.subscribes),
            ("bytes", &self.bytes),
        ];
        let problem = rates.into_iter().find_map(|(key, rate)| {
            let problem = rate.as_ref()?.problem()?;
            Some((key, problem))
        });
        problem.or_else(|| {
            // One frame costs as many as it has bytes.
            let problem = self.bytes?.forgets_too_late(MAX_FRAME_BYTES as u64)?;
            Some(("bytes", problem))
        })
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_per_user: None,
            when_full: WhenFull::default(),
            subscriptions_per_connection: Self::SUBSCRIPTIONS,
            messages: None,
            subscribes: None,
            bytes: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate {
        count: 2,
        per_seconds: 1,
        burst: Some(3),
    };

    #[test]
    fn a_burst_passes_at_once_and_then_the_rate_holds() {
        let mut seen = None;
        let mut passed = Vec::new();
        for now_ms in (0..5_000).step_by(100) {
            if let Ok(next) = RATE.admit(seen, now_ms, 1) {
                seen = Some(next);
                passed.push(now_ms);
            }
        }
        assert_eq!(
            passed,
            [
                0, 100, 200, 500, 1_000, 1_500, 2_000, 2_500, 3_000, 3_500, 4_000, 4_500
            ]
        );
    }

    #[test]
    fn who_waits_as_long_as_was_said_passes() {
        let next = RATE.admit(None, 1_000, 3).unwrap();
        let RetryAfter(wait) = RATE.admit(Some(next), 1_000, 1).unwrap_err();
        assert_eq!(wait, 500);
        assert!(RATE.admit(Some(next), 1_000 + wait - 1, 1).is_err());
        assert!(RATE.admit(Some(next), 1_000 + wait, 1).is_ok());
    }

    #[test]
    fn what_is_larger_than_the_burst_passes_alone_and_is_paid_for() {
        let next = RATE.admit(None, 0, 10).unwrap();
        assert_eq!(next, 5_000_000);
        assert_eq!(RATE.admit(Some(next), 0, 1), Err(RetryAfter(4_000)));
    }

    #[test]
    fn a_rate_of_nothing_is_no_rate() {
        assert!(Rate { count: 0, ..RATE }.problem().is_some());
        assert!(RATE.problem().is_none());
        let limits = Limits {
            bytes: Some(Rate { count: 0, ..RATE }),
            ..Limits::default()
        };
        assert_eq!(limits.problem().map(|(key, _)| key), Some("bytes"));
        assert!(Limits::default().problem().is_none());
    }

    #[test]
    fn no_rate_remembers_for_longer_than_it_is_kept() {
        let daily = Rate {
            count: 1,
            per_seconds: 86_400,
            burst: None,
        };
        assert!(daily.problem().is_none());
        let burst = Some(2);
        assert!(Rate { burst, ..daily }.problem().is_some());
        let slow = Rate {
            count: 100,
            ..daily
        };
        let (bytes, messages) = (Some(slow), Some(slow));
        let of_messages = Limits {
            messages,
            ..Limits::default()
        };
        assert!(of_messages.problem().is_none());
        let of_bytes = Limits {
            bytes,
            ..Limits::default()
        };
        assert_eq!(
            of_bytes.problem().map(|(key, _)| key),
            Some("bytes"),
            "a whole frame would be remembered for a year"
        );
    }
}
