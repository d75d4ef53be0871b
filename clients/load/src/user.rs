//! One user: the real client's machine, its connections, and what it says.

mod events;
mod network;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};
use serde_json::value::to_raw_value;
use tidegate_client::Handshake;
use tidegate_client::machine::{Config, Input, Machine, Output, RequestHandle, Seeded, SocketId};
use tidegate_protocol::IdempotencyKey;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::task::AbortHandle;

use crate::clock::Clock;
use crate::connection::Signal;
use crate::ledger::Mark;
use crate::mix::{Mix, SMALLEST_PAYLOAD};
use crate::plan::{Part, exponential};
use crate::receiver::Receiver;
use crate::run::TokenSource;
use crate::tally::{Tally, one_more};

/// How many frames may wait for a user.
const SIGNALS: usize = 16;
/// For how long a publication is tried.
const EXPIRES_MS: u64 = 60_000;
/// What a publication counts as whose answer is still to come at the end.
const NO_ANSWER: &str = "no answer before the end";

/// How far the run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Users come.
    Connecting,
    /// They say what they have to say, since this time.
    Steady { from_us: u64 },
    /// Nobody says anything any more, and what is missing may still come.
    Settling,
    /// It is over.
    Over,
}

/// What all users share.
pub(crate) struct Common {
    pub(crate) url: String,
    pub(crate) mix: Mix,
    pub(crate) clock: Clock,
    pub(crate) tally: Tally,
    pub(crate) tokens: Arc<dyn TokenSource>,
    pub(crate) phase: watch::Receiver<Phase>,
    /// Who may come now.
    pub(crate) door: Arc<Semaphore>,
    /// How long users take to come: hand-overs are reckoned from the start of a connection.
    pub(crate) ramp_us: u64,
}

/// What others see of a user.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Whether it is connected, and its channel whole: [`WHOLE`], [`BROKEN`] or [`AWAY`].
    pub(crate) state: AtomicU64,
    /// The newest offset that it was handed or told of.
    pub(crate) offset: AtomicU64,
}

/// It is not connected.
pub(crate) const AWAY: u64 = 0;
/// It is connected, and does not know yet what it missed.
pub(crate) const BROKEN: u64 = 1;
/// It is connected, and nothing is missing as far as it knows.
pub(crate) const WHOLE: u64 = 2;

/// What a publication says.
#[derive(Serialize, Deserialize)]
struct Said {
    /// Whose.
    u: u32,
    /// The how manyeth.
    n: u64,
    /// When it was due, in microseconds of the run.
    t: u64,
    /// Nothing, at length.
    p: String,
}

struct Socket {
    frames: mpsc::UnboundedSender<String>,
    task: AbortHandle,
    began_us: u64,
    pinged_us: Option<u64>,
}

struct User {
    common: Arc<Common>,
    part: Part,
    seen: Arc<Seen>,
    machine: Machine,
    handshake: Arc<Handshake>,
    sockets: BTreeMap<SocketId, Socket>,
    signals: mpsc::Sender<Signal>,
    random: fastrand::Rng,
    receiver: Receiver,
    /// What was said and has no answer yet.
    waiting: BTreeMap<RequestHandle, (Mark, u64)>,
    said: u64,
    /// When the last connection ended, and since when there is one again.
    left_us: Option<u64>,
    broken_us: Option<u64>,
    whole_since_us: u64,
    next_word_us: u64,
    drops_us: Vec<u64>,
    /// While it comes for the first time.
    coming: Option<OwnedSemaphorePermit>,
}

/// Lives through the run.
pub(crate) async fn live(
    common: Arc<Common>,
    part: Part,
    seen: Arc<Seen>,
    handshake: Handshake,
    machine: Machine,
) {
    let (signals, mut arriving) = mpsc::channel(SIGNALS);
    let mut phases = common.phase.clone();
    let random = fastrand::Rng::with_seed(part.seed);
    tokio::time::sleep_until(common.clock.at_us(part.starts_us)).await;
    // Closed when it is over.
    let Ok(coming) = Arc::clone(&common.door).acquire_owned().await else {
        return;
    };
    let mut user = User {
        seen,
        machine,
        handshake: Arc::new(handshake),
        sockets: BTreeMap::new(),
        signals,
        random,
        receiver: Receiver::default(),
        waiting: BTreeMap::new(),
        said: 0,
        left_us: None,
        broken_us: None,
        whole_since_us: 0,
        next_word_us: u64::MAX,
        drops_us: Vec::new(),
        coming: Some(coming),
        common,
        part,
    };
    user.step(Input::Start);
    let channel = user.part.room.channel.clone();
    user.step(Input::Subscribe {
        channel,
        since: None,
    });
    let phase = *phases.borrow_and_update();
    user.enter(phase);
    loop {
        let wake = user.common.clock.at_us(user.wake_us());
        tokio::select! {
            changed = phases.changed() => {
                let phase = *phases.borrow_and_update();
                if changed.is_err() || phase == Phase::Over {
                    break;
                }
                user.enter(phase);
            }
            Some(signal) = arriving.recv() => user.signal(signal),
            () = tokio::time::sleep_until(wake) => user.due(),
        }
    }
    user.end();
}

/// The machine of a user with this part.
pub(crate) fn machine(mix: &Mix, part: &Part, ramp_us: u64) -> Option<Machine> {
    let mut config = Config::default();
    config.ping_interval_ms = crate::plan::whole(mix.ping_every_s * 1e3);
    if let Some(at_us) = part.handover_us {
        let age_ms = ramp_us.saturating_sub(part.starts_us).saturating_add(at_us) / 1_000;
        config.handover_earliest_ms = age_ms.min(config.handover_earliest_ms);
        config.handover_latest_ms = config.handover_earliest_ms;
    }
    Machine::new(Arc::new(config), Box::new(Seeded::new(part.seed))).ok()
}

impl User {
    fn now_us(&self) -> u64 {
        self.common.clock.now_us()
    }

    fn tally(&self) -> &Tally {
        &self.common.tally
    }

    fn enter(&mut self, phase: Phase) {
        match phase {
            Phase::Steady { from_us } => {
                if self.part.is_publisher {
                    self.next_word_us = from_us + self.pause();
                }
                let mut drops = self.part.drops_us.clone();
                drops.sort_unstable_by(|one, other| other.cmp(one));
                self.drops_us = drops.into_iter().map(|at| from_us + at).collect();
            }
            Phase::Settling | Phase::Over => {
                self.next_word_us = u64::MAX;
                self.drops_us.clear();
            }
            Phase::Connecting => {}
        }
    }

    fn pause(&mut self) -> u64 {
        exponential(&mut self.random, self.common.mix.publish_every_s * 1e6)
    }

    /// When there is something to do next.
    fn wake_us(&self) -> u64 {
        let machine = self.machine.wake_at();
        let machine = machine.map_or(u64::MAX, |at| self.common.clock.of_epoch_ms(at));
        let drop = self.drops_us.last().copied().unwrap_or(u64::MAX);
        // A day is beyond every run, and within what a timer takes.
        machine.min(drop).min(self.next_word_us).min(86_400_000_000)
    }

    fn due(&mut self) {
        let now = self.now_us();
        if self.drops_us.last().is_some_and(|at| *at <= now) {
            self.drops_us.pop();
            self.break_off();
        }
        if self.next_word_us <= now {
            // Reckoned from when it was due, so that a slow run neither says less nor looks faster.
            let due = self.next_word_us;
            self.next_word_us = due + self.pause();
            self.say(due);
        }
        self.step(Input::Timer);
    }

    /// All connections end without a farewell, as where a network fails.
    fn break_off(&mut self) {
        for (socket, open) in std::mem::take(&mut self.sockets) {
            open.task.abort();
            self.tally().count(|counts| counts.dropped += 1);
            self.step(Input::Closed { socket, code: None });
        }
    }

    fn say(&mut self, due_us: u64) {
        let number = self.said;
        self.said += 1;
        let request = RequestHandle(self.said);
        let said = Said {
            u: self.part.number,
            n: number,
            t: due_us,
            p: "x".repeat(self.common.mix.payload_bytes - SMALLEST_PAYLOAD),
        };
        let key = format!("{}-{number}", self.part.session);
        let (Ok(data), Ok(key)) = (to_raw_value(&said), IdempotencyKey::new(key)) else {
            return;
        };
        let mark = Mark {
            user: self.part.number,
            number,
        };
        self.waiting.insert(request, (mark, due_us));
        self.tally().count(|counts| counts.sent += 1);
        let channel = self.part.room.channel.clone();
        self.step(Input::Publish {
            request,
            channel,
            data,
            key,
            expires_in_ms: EXPIRES_MS,
        });
    }

    fn step(&mut self, input: Input) {
        let now = self.common.clock.epoch_ms();
        for output in self.machine.handle(now, input) {
            self.perform(output);
        }
    }

    fn end(mut self) {
        let is_whole = self.seen.state.load(Ordering::Relaxed) == WHOLE;
        if is_whole {
            let silent = self.receiver.end(self.part.room.head());
            self.tally()
                .count(|counts| counts.lost_in_silence += silent);
        }
        for _ in std::mem::take(&mut self.waiting) {
            self.tally()
                .count(|counts| one_more(&mut counts.failed, NO_ANSWER));
        }
        // What the machine says of its own end is nobody's concern any more.
        for output in self
            .machine
            .handle(self.common.clock.epoch_ms(), Input::Close)
        {
            if let Output::CloseSocket { socket } = output {
                self.sockets.remove(&socket);
            }
        }
    }
}
