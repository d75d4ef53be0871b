//! The run: users come, do what they do, what is missing may still come, and it is over.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use thiserror::Error;
use tidegate_client::machine::AccessToken;
use tidegate_client::{BuildError, Handshake};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::ledger::Room;
use crate::mix::{Mix, MixError};
use crate::outcome::{Outcome, Publications, Second, number, percentiles};
use crate::plan::Plan;
use crate::saturation::signs;
use crate::tally::Tally;
use crate::timeline::{Timeline, online};
use crate::user::{self, Common, Phase, Seen, WHOLE};

/// Of each connection: most frames are shorter.
const BUFFER_BYTES: usize = 2_048;
/// How long it may go on that nobody more is there before the steady time.
const CONNECT_PATIENCE: Duration = Duration::from_secs(120);
/// How long what is missing may take to come: clients compare the newest places about once a minute.
const SETTLE_PATIENCE: Duration = Duration::from_secs(150);
/// How many times as long as planned users may come for.
const MOST_RAMPS: u32 = 20;
const SECOND: Duration = Duration::from_secs(1);
/// How long farewells may take.
const FAREWELL: Duration = Duration::from_secs(10);

/// Where users have their tokens from.
#[async_trait]
pub trait TokenSource: Send + Sync + 'static {
    /// A new token of the user with this number; or why there is none, without secrets.
    async fn token(&self, user: u32) -> Result<AccessToken, String>;
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub struct Load {
    /// Where users connect, as in `wss://example.com/stage`.
    pub url: String,
    /// How many.
    pub users: u32,
    /// How many of them come in a second, at the most: where as many are on their way already, the next one waits.
    pub connects_per_second: f64,
    /// How long they do what they do, once they are there.
    pub duration: Duration,
    /// What they do.
    pub mix: Mix,
    /// What everything is drawn from.
    pub seed: u64,
}

/// It cannot be done.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The mix is not possible.
    #[error(transparent)]
    Mix(#[from] MixError),
    /// The URL is not possible.
    #[error(transparent)]
    Url(#[from] BuildError),
    /// There must be users, who come.
    #[error("there must be at least one user, and one connect in ten seconds")]
    Nobody,
    /// A client cannot be made.
    #[error("the clients cannot be made: {0}")]
    Client(&'static str),
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// Users come.
    Connecting,
    /// They do what they do.
    Steady,
    /// Nobody says anything any more, and what is missing may still come.
    Settling,
}

/// How it goes, once a second.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// How far it is.
    pub stage: Stage,
    /// The last second.
    pub second: Second,
    /// How many seconds of the steady time have passed.
    pub steady_s: f64,
}

/// Runs it. It must be called within a tokio runtime, best one with several threads.
///
/// # Errors
/// When it cannot begin. What goes wrong later is part of the outcome.
pub async fn run(
    load: &Load,
    tokens: Arc<dyn TokenSource>,
    mut progress: impl FnMut(Progress),
) -> Result<Outcome, LoadError> {
    load.mix.validate()?;
    let comes = (0.1..=1e6).contains(&load.connects_per_second);
    if load.users == 0 || !comes {
        return Err(LoadError::Nobody);
    }
    let plan = Plan::new(
        &load.mix,
        load.users,
        load.connects_per_second,
        load.duration,
        load.seed,
    )
    .map_err(|_| LoadError::Client("the namespace makes no channel"))?;
    let mut running = Running::start(load, plan, tokens)?;

    let came_us = running.come(&mut progress).await;
    let online_then = online(&running.seen);
    let from_us = running.enter(|from_us| Phase::Steady { from_us });
    while running.since(from_us) < load.duration {
        running.second(Stage::Steady, from_us, &mut progress).await;
    }
    let until_us = running.enter(|_| Phase::Settling);
    while running.since(until_us) < SETTLE_PATIENCE && !running.has_settled() {
        running
            .second(Stage::Settling, until_us, &mut progress)
            .await;
    }
    let unfinished = running.unfinished();
    let online_at_end = online(&running.seen);
    let ramp_s = running.ramp.as_secs_f64();
    let (common, timeline) = running.end().await;
    let inner = common.tally.inner();
    let times = percentiles(&inner.times);
    let missing = unfinished.max(load.users.saturating_sub(online_then));
    Ok(Outcome {
        users: load.users,
        mix: load.mix.clone(),
        connects_per_second: load.connects_per_second,
        ramp_s,
        steady: (number(from_us) / 1e6, number(until_us) / 1e6),
        seed: load.seed,
        publications: Publications::of(&inner.counts),
        counts: inner.counts.clone(),
        online: (online_then, online_at_end),
        unfinished,
        saturation: signs(
            &inner.counts,
            &times,
            (missing, load.users),
            (ramp_s, number(came_us) / 1e6),
        ),
        times,
        seconds: timeline.seconds,
    })
}

/// As many as come in a second, and ten at the least: whoever is there within a second of coming makes nobody wait. Where a
/// target takes longer, to send it all the others nevertheless would only have it turn them away.
fn on_their_way(connects_per_second: f64) -> usize {
    // Between 10 and a million.
    format!("{:.0}", connects_per_second.max(10.0))
        .parse()
        .unwrap_or(Semaphore::MAX_PERMITS)
}

struct Running {
    common: Arc<Common>,
    phases: watch::Sender<Phase>,
    rooms: Vec<Arc<Room>>,
    seen: Vec<Arc<Seen>>,
    /// The room of each user.
    room_of: Vec<Arc<Room>>,
    users: JoinSet<()>,
    timeline: Timeline,
    ramp: Duration,
}

impl Running {
    fn start(load: &Load, plan: Plan, tokens: Arc<dyn TokenSource>) -> Result<Self, LoadError> {
        let (phases, phase) = watch::channel(Phase::Connecting);
        let ramp_us = u64::try_from(plan.ramp.as_micros()).unwrap_or(u64::MAX);
        let tally = Tally::new().ok_or(LoadError::Client("no histogram"))?;
        let common = Arc::new(Common {
            url: load.url.clone(),
            mix: load.mix.clone(),
            clock: Clock::start(),
            tally,
            tokens,
            phase,
            door: Arc::new(Semaphore::new(on_their_way(load.connects_per_second))),
            ramp_us,
        });
        let (mut seen, mut room_of) = (Vec::new(), Vec::new());
        let mut users = JoinSet::new();
        for part in plan.parts {
            let own = Arc::new(Seen::default());
            seen.push(Arc::clone(&own));
            room_of.push(Arc::clone(&part.room));
            let handshake = Handshake::new(&common.url, &part.session)?;
            let machine = user::machine(&common.mix, &part, common.ramp_us)
                .ok_or(LoadError::Client("its settings are not possible"))?;
            users.spawn(user::live(
                Arc::clone(&common),
                part,
                own,
                handshake.small_buffers(BUFFER_BYTES),
                machine,
            ));
        }
        Ok(Self {
            common,
            phases,
            rooms: plan.rooms,
            seen,
            room_of,
            users,
            timeline: Timeline::default(),
            ramp: plan.ramp,
        })
    }

    /// Waits until all are there, or those who are not have been waited for: when the last one came.
    async fn come(&mut self, progress: &mut impl FnMut(Progress)) -> u64 {
        let (mut there, mut last_us) = (0, 0);
        loop {
            self.second(Stage::Connecting, u64::MAX, progress).await;
            let still_to_come = self.unfinished();
            let now_there = self.seen.len() - still_to_come as usize;
            if now_there > there {
                (there, last_us) = (now_there, self.common.clock.now_us());
            }
            let nobody_more = self.since(last_us) > CONNECT_PATIENCE;
            let too_long = self.since(0) > self.ramp * MOST_RAMPS + CONNECT_PATIENCE;
            let is_over = still_to_come == 0 || nobody_more || too_long;
            if self.since(0) > self.ramp && is_over {
                return last_us;
            }
        }
    }

    /// Begins a phase: when.
    fn enter(&self, phase: impl FnOnce(u64) -> Phase) -> u64 {
        let now = self.common.clock.now_us();
        self.phases.send_replace(phase(now));
        now
    }

    fn since(&self, from_us: u64) -> Duration {
        Duration::from_micros(self.common.clock.now_us().saturating_sub(from_us))
    }

    async fn second(&mut self, stage: Stage, from_us: u64, progress: &mut impl FnMut(Progress)) {
        tokio::time::sleep(SECOND).await;
        let now = self.common.clock.now_us();
        let second = self
            .timeline
            .tick(now, &self.common.tally, &self.rooms, &self.seen);
        let steady_s = if stage == Stage::Steady {
            number(now.saturating_sub(from_us)) / 1e6
        } else {
            0.0
        };
        progress(Progress {
            stage,
            second,
            steady_s,
        });
    }

    /// Whether everybody is there, with an answer to everything, and has all that was acked.
    fn has_settled(&self) -> bool {
        let inner = self.common.tally.inner();
        let answered = inner.counts.acked + inner.counts.failed.values().sum::<u64>();
        if answered < inner.counts.sent {
            return false;
        }
        drop(inner);
        self.seen.iter().zip(&self.room_of).all(|(user, room)| {
            let head = room.head().map_or(0, |head| head.offset);
            user.state.load(Ordering::Relaxed) == WHOLE
                && user.offset.load(Ordering::Relaxed) >= head
        })
    }

    fn unfinished(&self) -> u32 {
        let unfinished = self
            .seen
            .iter()
            .filter(|user| user.state.load(Ordering::Relaxed) != WHOLE);
        u32::try_from(unfinished.count()).unwrap_or(u32::MAX)
    }

    async fn end(mut self) -> (Arc<Common>, Timeline) {
        self.phases.send_replace(Phase::Over);
        self.common.door.close();
        let farewells = async { while self.users.join_next().await.is_some() {} };
        // Who does not end in time is cut off.
        let _cut_off = tokio::time::timeout(FAREWELL, farewells).await;
        (self.common, self.timeline)
    }
}
