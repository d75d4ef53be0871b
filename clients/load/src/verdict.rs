//! The load held against quotas: which of them breaks first, and at how many users.

use serde::Serialize;

use crate::outcome::{Outcome, Second, number};
use crate::saturation::Sign;

/// What a quota limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Demand {
    /// Handshakes in the busiest second.
    Connects,
    /// Handshakes, frames and pushes in the busiest second.
    Requests,
    /// Publications in the busiest channel with history, in its busiest second.
    ChannelAppends,
    /// Invocations under way at once: those of the busiest second, each as long as a publication took here.
    Invocations,
    /// Bytes of the longest frame.
    FrameBytes,
}

/// A quota.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Quota {
    /// What it is called.
    pub name: &'static str,
    /// What it limits.
    pub demand: Demand,
    /// To how much.
    pub limit: f64,
    /// What to do about it.
    pub remedy: &'static str,
    /// Whether twice the users need twice as much of it.
    pub grows: bool,
}

/// A quota, and how much of it is needed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Use {
    /// The quota.
    #[serde(flatten)]
    pub quota: Quota,
    /// How much is needed of it.
    pub needed: f64,
    /// As a share of the quota.
    pub share: f64,
    /// At how many users, doing the same, it is used up. None where it does not grow with them.
    pub breaks_at_users: Option<f64>,
}

/// The quotas, the one first that breaks first. Of a target that did not keep up the time that its functions take is not
/// known, and the quota that needs it is left out.
#[must_use]
pub fn verdict(outcome: &Outcome, quotas: &[Quota]) -> Vec<Use> {
    let is_known = !outcome.saturation.iter().any(Sign::is_of_publications);
    let mut uses: Vec<Use> = quotas
        .iter()
        .filter(|quota| is_known || quota.demand != Demand::Invocations)
        .map(|quota| {
            let needed = needed(outcome, quota.demand);
            let share = needed / quota.limit;
            let breaks = quota.grows && needed > 0.0;
            Use {
                quota: *quota,
                needed,
                share,
                breaks_at_users: breaks.then(|| f64::from(outcome.users) / share),
            }
        })
        .collect();
    uses.sort_by(|one, other| other.share.total_cmp(&one.share));
    uses
}

fn needed(outcome: &Outcome, demand: Demand) -> f64 {
    let most = |of: fn(&Second) -> f64| outcome.seconds.iter().map(of).fold(0.0, f64::max);
    match demand {
        Demand::Connects => most(|second| second.handshakes),
        Demand::Requests => most(|second| second.requests),
        Demand::ChannelAppends => most(|second| second.acked_in_one_channel),
        Demand::Invocations => {
            let ack = outcome
                .times
                .iter()
                .find(|times| times.what == "publish to ack");
            most(|second| second.invocations) * ack.map_or(0.0, |times| times.p50 / 1e3)
        }
        Demand::FrameBytes => number(outcome.counts.longest_frame),
    }
}

/// In one sentence.
#[must_use]
pub fn sentence(uses: &[Use]) -> String {
    let Some(first) = uses.first() else {
        return "No quota is known.".to_owned();
    };
    let Use {
        quota,
        needed,
        share,
        breaks_at_users,
    } = first;
    let percent = share * 100.0;
    let at = breaks_at_users.map_or_else(String::new, |users| {
        format!(", and is used up at about {users:.0} users who do the same")
    });
    let verb = if *share > 1.0 {
        "is too small for this load"
    } else {
        "breaks first"
    };
    format!(
        "On AWS {} {verb}: {needed:.1} of {} ({percent:.0} %){at}. {}",
        quota.name, quota.limit, quota.remedy
    )
}
