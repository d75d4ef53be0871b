//! Who does what, and when: drawn once, so that a seed gives the same load again.

use std::sync::Arc;
use std::time::Duration;

use tidegate_protocol::channel::ChannelError;
use tidegate_protocol::{Channel, SessionId};

use crate::ledger::Room;
use crate::mix::Mix;

/// What one user does.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) number: u32,
    pub(crate) session: SessionId,
    pub(crate) room: Arc<Room>,
    /// When the user comes, in microseconds of the run.
    pub(crate) starts_us: u64,
    pub(crate) is_publisher: bool,
    /// When its connections break off, as microseconds of the steady time.
    pub(crate) drops_us: Vec<u64>,
    /// When it hands over, as microseconds of the steady time.
    pub(crate) handover_us: Option<u64>,
    pub(crate) seed: u64,
}

/// What everybody does.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) rooms: Vec<Arc<Room>>,
    pub(crate) parts: Vec<Part>,
    /// When the last user comes.
    pub(crate) ramp: Duration,
}

impl Plan {
    /// # Errors
    /// When the namespace makes no channel.
    pub(crate) fn new(
        mix: &Mix,
        users: u32,
        connects_per_second: f64,
        duration: Duration,
        seed: u64,
    ) -> Result<Self, ChannelError> {
        let mut random = fastrand::Rng::with_seed(seed);
        // Runs do not meet in a channel.
        let run = text(&mut random, 8);
        let members = u32::try_from(mix.users_per_channel).unwrap_or(u32::MAX);
        let mut rooms = Vec::new();
        for number in 0..users.div_ceil(members) {
            let channel = Channel::new(&mix.namespace, &format!("load-{run}-{number}"))?;
            rooms.push(Arc::new(Room::new(channel)));
        }
        let each_us = 1e6 / connects_per_second;
        let steady_us = duration.as_secs_f64() * 1e6;
        let mut parts = Vec::new();
        for number in 0..users {
            // Neighbours in a room come at different times.
            let Some(room) = rooms.get(number as usize % rooms.len()) else {
                break;
            };
            let Ok(session) = SessionId::new(format!("load-{run}-{number}")) else {
                continue;
            };
            let storms = mix.storms.iter();
            let drops_us = storms
                .filter(|storm| random.f64() < storm.share)
                .map(|storm| whole(storm.at * steady_us))
                .collect();
            parts.push(Part {
                number,
                session,
                room: Arc::clone(room),
                starts_us: whole(f64::from(number) * each_us),
                is_publisher: random.f64() < mix.publishers,
                drops_us,
                handover_us: (random.f64() < mix.handovers)
                    .then(|| whole(random.f64() * steady_us)),
                seed: random.u64(..),
            });
        }
        let ramp = Duration::from_micros(whole(f64::from(users) * each_us));
        Ok(Self { rooms, parts, ramp })
    }
}

fn text(random: &mut fastrand::Rng, length: usize) -> String {
    (0..length)
        .map(|_| random.alphanumeric().to_ascii_lowercase())
        .collect()
}

/// A time from one event to the next of many that know nothing of each other.
pub(crate) fn exponential(random: &mut fastrand::Rng, mean_us: f64) -> u64 {
    whole(-(1.0 - random.f64()).ln() * mean_us)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "times of a run are far below 2^53 microseconds, and none is negative"
)]
pub(crate) fn whole(number: f64) -> u64 {
    number.max(0.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_has_the_shares_of_its_mix_and_is_the_same_for_the_same_seed() {
        let mix = Mix::preset("chat").unwrap();
        let plan = |seed| Plan::new(&mix, 2_000, 100.0, Duration::from_secs(60), seed).unwrap();
        let one = plan(1);
        assert_eq!(one.rooms.len(), 100);
        assert_eq!(one.ramp, Duration::from_secs(20));
        let count =
            |wanted: fn(&Part) -> bool| one.parts.iter().filter(|part| wanted(part)).count();
        assert!((900..1_100).contains(&count(|part| part.is_publisher)));
        assert!((140..260).contains(&count(|part| !part.drops_us.is_empty())));
        assert!((60..140).contains(&count(|part| part.handover_us.is_some())));
        assert_eq!(format!("{:?}", plan(1).parts), format!("{:?}", one.parts));
        assert_ne!(one.parts[0].session, plan(2).parts[0].session);
    }
}
