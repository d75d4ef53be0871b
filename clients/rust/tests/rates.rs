//! The machine against a server with rates: whoever keeps to what it is told gets through, and is seldom refused.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "test code: a panic is how a test fails"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::value::to_raw_value;
use serde_json::{Value, json};
use tidegate_client::machine::{
    AccessToken, Config, Event, FrameText, Input, Machine, Output, RequestHandle, Seeded, SocketId,
};
use tidegate_protocol::IdempotencyKey;

/// The way there, and the way back, in milliseconds.
const WAY: u64 = 40;
/// Refusals are counted by the server in windows of this.
const WINDOW: u64 = 10_000;
/// So many in one of them are far from too many.
const FEW: usize = 25;

/// A bucket as the server's: the generic cell rate algorithm, in microseconds.
struct Bucket {
    every_us: u64,
    burst: u64,
    next_us: u64,
}

impl Bucket {
    fn new(count: u64, per_seconds: u64, burst: u64) -> Self {
        Self {
            every_us: per_seconds * 1_000_000 / count,
            burst,
            next_us: 0,
        }
    }

    /// None where it passes, else after how many milliseconds it would.
    fn take(&mut self, now: u64) -> Option<u64> {
        let next = self.next_us.max(now * 1_000) + self.every_us;
        let over = next.saturating_sub(now * 1_000 + self.every_us * self.burst);
        if over == 0 {
            self.next_us = next;
        }
        (over > 0).then(|| over.div_ceil(1_000))
    }
}

struct World {
    machine: Machine,
    now: u64,
    /// What is on its way, by the time of its arrival.
    arriving: BTreeMap<(u64, u64), Arriving>,
    sent: u64,
    socket: SocketId,
    publishes: Bucket,
    subscribes: Bucket,
    refused_at: Vec<u64>,
    acked: usize,
    joined: BTreeSet<String>,
}

enum Arriving {
    Here(Input),
    There(SocketId, Value),
}

impl World {
    fn new(seed: u64, publishes: Bucket, subscribes: Bucket) -> Self {
        let random = Box::new(Seeded::new(seed));
        let mut world = Self {
            machine: Machine::new(Arc::new(Config::default()), random).unwrap(),
            // So that a bucket is full.
            now: 1_000_000,
            arriving: BTreeMap::new(),
            sent: 0,
            socket: SocketId(0),
            publishes,
            subscribes,
            refused_at: Vec::new(),
            acked: 0,
            joined: BTreeSet::new(),
        };
        world.hand_in(Input::Start);
        world
    }

    fn later(&mut self, what: Arriving) {
        self.sent += 1;
        self.arriving.insert((self.now + WAY, self.sent), what);
    }

    fn run_for(&mut self, time: u64) {
        let until = self.now + time;
        loop {
            let wake = self.machine.wake_at().unwrap_or(u64::MAX);
            let next = self.arriving.keys().next().map_or(u64::MAX, |key| key.0);
            let at = wake.min(next);
            if at > until {
                self.now = until;
                return;
            }
            self.now = self.now.max(at);
            if wake <= next {
                self.hand_in(Input::Timer);
            } else {
                match self.arriving.pop_first().unwrap().1 {
                    Arriving::Here(input) => self.hand_in(input),
                    Arriving::There(socket, frame) => self.serve(socket, &frame),
                }
            }
        }
    }

    fn serve(&mut self, socket: SocketId, frame: &Value) {
        if socket != self.socket {
            return;
        }
        let (id, channel) = (&frame["id"], &frame["channel"]);
        let (later, done) = match frame["action"].as_str().unwrap() {
            "publish" => (
                self.publishes.take(self.now),
                json!({"type": "ack", "id": id, "publicationId": "p"}),
            ),
            "subscribe" => (
                self.subscribes.take(self.now),
                json!({"type": "subscribed", "id": id, "channel": channel, "reconnectWindowMs": 1_000, "serverTimeMs": self.now}),
            ),
            "ping" => (None, json!({"type": "pong"})),
            "heads" => (None, json!({"type": "heads", "id": id, "heads": {}})),
            other => panic!("{other}"),
        };
        let reply = match later {
            None => done,
            Some(wait) => {
                self.refused_at.push(self.now);
                json!({"type": "error", "id": id, "code": "rate_limited", "message": "m", "retryAfterMs": wait, "fatal": false})
            }
        };
        if reply["type"] == "subscribed" {
            self.joined.insert(channel.as_str().unwrap().to_owned());
        }
        let text = FrameText::new(reply.to_string());
        self.later(Arriving::Here(Input::Frame { socket, text }));
    }

    fn hand_in(&mut self, input: Input) {
        for output in self.machine.handle(self.now, input) {
            match output {
                Output::Connect { socket, .. } => {
                    self.socket = socket;
                    self.joined.clear();
                    self.later(Arriving::Here(Input::Opened { socket }));
                }
                Output::Send { socket, text } => {
                    let frame = serde_json::from_str(text.as_str()).unwrap();
                    self.later(Arriving::There(socket, frame));
                }
                Output::WantToken { .. } => {
                    let brought = Input::Token {
                        token: AccessToken::new("t"),
                        expires_at_ms: None,
                    };
                    self.later(Arriving::Here(brought));
                }
                Output::Event(Event::Acked { .. }) => self.acked += 1,
                Output::Event(Event::Failed { error, .. }) => panic!("{error}"),
                _ => {}
            }
        }
    }

    fn publish(&mut self, number: u64, channel: &str) {
        self.hand_in(Input::Publish {
            request: RequestHandle(number),
            channel: channel.parse().unwrap(),
            data: to_raw_value(&number).unwrap(),
            key: IdempotencyKey::new(format!("k{number}")).unwrap(),
            expires_in_ms: 120_000,
        });
    }

    /// The most refusals in one window, wherever it begins.
    fn most_refusals(&self) -> usize {
        let all = &self.refused_at;
        let counts = all.iter().map(|from| {
            let window = *from..*from + WINDOW;
            all.iter().filter(|at| window.contains(at)).count()
        });
        counts.max().unwrap_or(0)
    }
}

fn many() -> Bucket {
    Bucket::new(1_000, 1, 1_000)
}

#[test]
fn a_burst_of_publications_over_the_rate_is_acked_with_few_refusals() {
    for seed in 0..50 {
        let mut world = World::new(seed, Bucket::new(5, 1, 10), many());
        world.run_for(1_000);
        for number in 1..=30 {
            world.publish(number, &format!("room:{number}"));
        }
        world.run_for(8_000);
        assert_eq!(world.acked, 30, "seed {seed}");
        // Those that were under way when the first refusal came, and hardly one more.
        let refused = world.refused_at.len();
        assert!(refused <= 18, "seed {seed}: {refused} refusals");
    }
}

#[test]
fn who_publishes_without_end_above_the_rate_uses_it_up_and_is_seldom_refused() {
    for seed in 0..20 {
        let mut world = World::new(seed, Bucket::new(5, 1, 10), many());
        world.run_for(1_000);
        for number in 0..480 {
            world.publish(number, &format!("room:{}", number % 7));
            world.run_for(160);
        }
        let seconds = 480 * 160 / 1_000;
        assert!(world.acked > seconds * 4, "seed {seed}: {}", world.acked);
        let most = world.most_refusals();
        assert!(most <= FEW, "seed {seed}: {most} refusals in a window");
    }
}

#[test]
fn fifty_channels_are_joined_again_and_again_at_one_in_a_second() {
    for seed in 0..50 {
        let mut world = World::new(seed, many(), Bucket::new(60, 60, 60));
        for number in 0..50 {
            let channel = format!("room:{number}").parse().unwrap();
            world.hand_in(Input::Subscribe {
                channel,
                since: None,
            });
        }
        world.run_for(10_000);
        assert_eq!(world.joined.len(), 50);
        for _ in 0..2 {
            let socket = world.socket;
            world.hand_in(Input::Closed { socket, code: None });
            world.run_for(20_000);
        }
        world.run_for(60_000);
        assert_eq!(world.joined.len(), 50, "seed {seed}");
        let most = world.most_refusals();
        assert!(most <= FEW, "seed {seed}: {most} refusals in a window");
    }
}
