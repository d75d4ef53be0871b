//! What goes wrong on AWS now and then, made to go wrong here: for tests of how a system stands it.
//!
//! Nothing does unless it is asked for. Each fault draws from a source of randomness of its own, made from one seed: the
//! same seed gives each the same sequence of draws, whatever the others do. Which of the things that happen at the same time
//! draws first is for the machine to say.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use thiserror::Error;

macro_rules! faults {
    ($( #[doc = $doc:literal] $variant:ident : $name:literal, )*) => {
        /// A fault.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Fault {
            $( #[doc = $doc] $variant, )*
        }

        impl Fault {
            /// All there are.
            pub const ALL: &[Self] = &[$( Self::$variant, )*];

            /// The name by which it is asked for.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $( Self::$variant => $name, )*
                }
            }

            /// What it does, in a sentence.
            #[must_use]
            pub fn what(self) -> &'static str {
                match self {
                    $( Self::$variant => $doc.trim_ascii(), )*
                }
            }
        }
    };
}

faults! {
    /// `$disconnect` is not run for a connection that ended: API Gateway promises no more than its best effort.
    DisconnectLost: "disconnect-lost",
    /// `$disconnect` is run 1 to 60 seconds after the connection ended.
    DisconnectLate: "disconnect-late",
    /// `$disconnect` is run twice for one connection.
    DisconnectDoubled: "disconnect-doubled",
    /// A post to an open connection is answered with 410, and is not sent.
    PostGone: "post-gone",
    /// A post to an open connection is answered with 429, and is not sent.
    PostThrottled: "post-throttled",
    /// A function takes 1 to 10 seconds longer to answer, within its time limit or not.
    HandlerSlow: "handler-slow",
    /// A function's process is killed in mid-invocation: as it begins, or when all is done but the answer.
    HandlerCrash: "handler-crash",
    /// A function's process starts 1 to 5 seconds late.
    ColdStartSlow: "cold-start-slow",
    /// A message of a queue is received twice, whether or not it is deleted in between.
    MessageDoubled: "message-doubled",
}

/// How late a `$disconnect` is, by how much a function takes longer, and how late a process starts: in milliseconds.
pub const LATE_MS: RangeInclusive<u64> = 1_000..=60_000;
/// See [`LATE_MS`].
pub const SLOW_MS: RangeInclusive<u64> = 1_000..=10_000;
/// See [`LATE_MS`].
pub const COLD_MS: RangeInclusive<u64> = 1_000..=5_000;

/// How likely something is: from 0, never, to 1, always.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Probability(f64);

impl Probability {
    /// It never happens.
    pub const NEVER: Self = Self(0.0);
    /// It happens every time.
    pub const ALWAYS: Self = Self(1.0);

    /// A probability; none if it is not from 0 to 1.
    #[must_use]
    pub fn new(value: f64) -> Option<Self> {
        (0.0..=1.0).contains(&value).then_some(Self(value))
    }

    /// From 0 to 1.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}

/// A fault that is asked for wrongly.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultError {
    /// There is no such fault.
    #[error("there is no fault `{name}`; there are {known}")]
    Unknown {
        /// What was given.
        name: String,
        /// What there is.
        known: String,
    },
    /// It is not `NAME=PROBABILITY`.
    #[error(
        "`{0}` is not NAME=PROBABILITY with a probability from 0 to 1, for example post-gone=0.05"
    )]
    Syntax(String),
}

/// One fault that is asked for, as `NAME=PROBABILITY`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FaultSetting {
    /// What goes wrong.
    pub fault: Fault,
    /// How often.
    pub probability: Probability,
}

impl FromStr for FaultSetting {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let syntax = || FaultError::Syntax(text.to_owned());
        let (name, probability) = text.split_once('=').ok_or_else(syntax)?;
        let name = name.trim();
        let fault = Fault::ALL.iter().find(|fault| fault.name() == name);
        let fault = *fault.ok_or_else(|| FaultError::Unknown {
            name: name.to_owned(),
            known: Fault::ALL
                .iter()
                .map(|it| it.name())
                .collect::<Vec<_>>()
                .join(", "),
        })?;
        let probability = probability.trim().parse().ok().and_then(Probability::new);
        Ok(Self {
            fault,
            probability: probability.ok_or_else(syntax)?,
        })
    }
}

impl fmt::Display for FaultSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.fault.name(), self.probability.get())
    }
}

/// Says now and then that something goes wrong. A clone is the same: all parts of a runtime share one.
#[derive(Debug, Clone)]
pub struct Faults(Arc<Vec<Mutex<Draws>>>);

/// One fault's own randomness.
#[derive(Debug)]
struct Draws {
    probability: Probability,
    random: fastrand::Rng,
    struck: u64,
}

impl Default for Faults {
    fn default() -> Self {
        Self::none()
    }
}

/// Two are equal if they are the same.
impl PartialEq for Faults {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Faults {}

impl Faults {
    /// Nothing goes wrong, until it is [set](Self::set).
    #[must_use]
    pub fn none() -> Self {
        Self::seeded(0)
    }

    /// The same, with the seed from which all draws are made.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        let draws = Fault::ALL.iter().enumerate().map(|(index, _)| {
            // Far apart, so that no fault's draws are those of another one.
            let index = u64::try_from(index).unwrap_or_default() + 1;
            let own = seed ^ index.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            Mutex::new(Draws {
                probability: Probability::NEVER,
                random: fastrand::Rng::with_seed(own),
                struck: 0,
            })
        });
        Self(Arc::new(draws.collect()))
    }

    /// Makes a fault as likely as this from now on.
    pub fn set(&self, fault: Fault, probability: Probability) {
        if let Some(mut draws) = self.draws(fault) {
            draws.probability = probability;
        }
    }

    /// How likely it is that a fault strikes.
    #[must_use]
    pub fn probability(&self, fault: Fault) -> Probability {
        let draws = self.draws(fault);
        draws.map_or(Probability::NEVER, |draws| draws.probability)
    }

    /// How often a fault has struck.
    #[must_use]
    pub fn struck(&self, fault: Fault) -> u64 {
        self.draws(fault).map_or(0, |draws| draws.struck)
    }

    /// Whether a fault strikes here and now.
    #[must_use]
    pub fn strikes(&self, fault: Fault) -> bool {
        let Some(mut draws) = self.draws(fault) else {
            return false;
        };
        let Probability(probability) = draws.probability;
        // What is off draws nothing.
        let strikes = probability > 0.0 && draws.random.f64() < probability;
        draws.struck += u64::from(strikes);
        strikes
    }

    /// Whether a fault strikes that takes its time, and how long.
    #[must_use]
    pub fn delay_ms(&self, fault: Fault, range: RangeInclusive<u64>) -> Option<u64> {
        if !self.strikes(fault) {
            return None;
        }
        let mut draws = self.draws(fault)?;
        Some(draws.random.u64(range))
    }

    /// Which of two ways a fault that has struck takes.
    #[must_use]
    pub fn either(&self, fault: Fault) -> bool {
        self.draws(fault)
            .is_some_and(|mut draws| draws.random.bool())
    }

    fn draws(&self, fault: Fault) -> Option<MutexGuard<'_, Draws>> {
        let index = Fault::ALL.iter().position(|it| *it == fault)?;
        let draws = self.0.get(index)?;
        Some(draws.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// All faults by name, with what each does: a line each.
#[must_use]
pub fn described() -> String {
    let longest = Fault::ALL
        .iter()
        .map(|it| it.name().len())
        .max()
        .unwrap_or_default();
    let lines = Fault::ALL
        .iter()
        .map(|it| format!("  {:longest$}  {}", it.name(), it.what()));
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(faults: &Faults, fault: Fault, times: usize) -> Vec<bool> {
        (0..times).map(|_| faults.strikes(fault)).collect()
    }

    #[test]
    fn nothing_goes_wrong_unless_it_is_asked_for() {
        let faults = Faults::none();
        for fault in Fault::ALL {
            assert!(!drawn(&faults, *fault, 100).contains(&true));
        }
    }

    #[test]
    fn a_seed_gives_each_fault_its_own_sequence_whatever_the_others_do() {
        let half = Probability::new(0.5).unwrap();
        let faults = |others: bool| {
            let faults = Faults::seeded(7);
            faults.set(Fault::PostGone, half);
            if others {
                faults.set(Fault::PostThrottled, half);
                drawn(&faults, Fault::PostThrottled, 10);
            }
            drawn(&faults, Fault::PostGone, 64)
        };
        assert_eq!(faults(false), faults(true));
        let (one, other) = (Faults::seeded(7), Faults::seeded(8));
        for faults in [&one, &other] {
            faults.set(Fault::PostGone, half);
            faults.set(Fault::PostThrottled, half);
        }
        let sequence = drawn(&one, Fault::PostGone, 64);
        assert_ne!(sequence, drawn(&other, Fault::PostGone, 64));
        assert_ne!(sequence, drawn(&one, Fault::PostThrottled, 64));
    }

    #[test]
    fn a_fault_strikes_as_often_as_it_is_likely() {
        let faults = Faults::seeded(7);
        faults.set(Fault::HandlerSlow, Probability::new(0.2).unwrap());
        drawn(&faults, Fault::HandlerSlow, 10_000);
        let struck = faults.struck(Fault::HandlerSlow);
        assert!((1_800..2_200).contains(&struck), "{struck}");
        faults.set(Fault::HandlerSlow, Probability::ALWAYS);
        let delay = faults.delay_ms(Fault::HandlerSlow, SLOW_MS).unwrap();
        assert!(SLOW_MS.contains(&delay));
        faults.set(Fault::HandlerSlow, Probability::NEVER);
        assert_eq!(faults.delay_ms(Fault::HandlerSlow, SLOW_MS), None);
    }

    #[test]
    fn a_fault_is_asked_for_by_its_name() {
        let setting: FaultSetting = "post-gone=0.05".parse().unwrap();
        assert_eq!(setting.fault, Fault::PostGone);
        assert_eq!(setting.to_string(), "post-gone=0.05");
        let unknown = "gremlins=1"
            .parse::<FaultSetting>()
            .unwrap_err()
            .to_string();
        for fault in Fault::ALL {
            assert!(unknown.contains(fault.name()), "{unknown}");
            assert!(described().contains(fault.what()));
        }
        for wrong in [
            "post-gone",
            "post-gone=",
            "post-gone=2",
            "post-gone=-1",
            "post-gone=often",
            "post-gone=NaN",
        ] {
            let refused = wrong.parse::<FaultSetting>().unwrap_err();
            assert_eq!(refused, FaultError::Syntax(wrong.to_owned()));
        }
    }
}
