//! The machine against a model of the server and of a network that loses, delays, doubles and reorders everything: in a channel
//! with history nothing is missed without a word, nothing is doubled, and order is kept.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "test code: a panic is how a test fails"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};
use tidegate_client::machine::{
    AccessToken, Config, Event, FrameText, Input, Machine, Output, Seeded, SocketId,
};

const CHANNEL: &str = "room:a";
/// The offset of the first publication.
const START: u64 = 1_000;
/// For how long everything goes wrong, in milliseconds.
const CHAOS: u64 = 10 * 60_000;
/// And then for how long nothing does.
const CALM: u64 = 5 * 60_000;
const SEEDS: u64 = 100;

struct World {
    machine: Machine,
    random: fastrand::Rng,
    now: u64,
    /// What is on its way, by the time of its arrival.
    arriving: BTreeMap<(u64, u64), Arriving>,
    sent: u64,
    open: BTreeSet<SocketId>,
    joined: BTreeSet<SocketId>,
    /// The newest publication, and the oldest that is kept.
    head: u64,
    floor: u64,
    /// The next publication that the application must see.
    expected: Option<u64>,
    calm: bool,
    told_lost: usize,
    handovers: usize,
}

enum Arriving {
    Here(Input),
    Frame(SocketId, Value),
    There(SocketId, Value),
    Publish,
    Break,
}

fn place(offset: u64) -> Value {
    json!({"epoch": START, "offset": offset})
}

fn publication(offset: u64) -> Value {
    json!({"channel": CHANNEL, "publicationId": format!("p{offset}"), "at": 1, "data": offset, "position": place(offset)})
}

impl World {
    fn new(seed: u64) -> Self {
        let mut config = Config::default();
        config.handover_earliest_ms = 30_000;
        config.handover_latest_ms = 90_000;
        config.held_capacity = 4;
        config.history_page = 3;
        let random = Box::new(Seeded::new(seed));
        Self {
            machine: Machine::new(Arc::new(config), random).unwrap(),
            random: fastrand::Rng::with_seed(seed),
            now: 0,
            arriving: BTreeMap::new(),
            sent: 0,
            open: BTreeSet::new(),
            joined: BTreeSet::new(),
            head: START,
            floor: START,
            expected: None,
            calm: false,
            told_lost: 0,
            handovers: 0,
        }
    }

    fn later(&mut self, within: u64, what: Arriving) {
        let at = self.now + self.random.u64(1..=within);
        self.sent += 1;
        self.arriving.insert((at, self.sent), what);
    }

    fn happens(&mut self, percent: u32) -> bool {
        !self.calm && self.random.u32(0..100) < percent
    }

    fn run(&mut self, until: u64) {
        let mut at_once = 0;
        for _ in 0..1_000_000 {
            let wake = self.machine.wake_at().unwrap_or(u64::MAX);
            let next = self.arriving.keys().next().map_or(u64::MAX, |key| key.0);
            let at = wake.min(next);
            if at > until {
                return;
            }
            self.now = self.now.max(at);
            if wake <= next {
                self.hand_in(Input::Timer);
                // One timer may set off another one, but not for ever.
                let again = self.machine.wake_at().unwrap_or(u64::MAX);
                at_once = if again > self.now { 0 } else { at_once + 1 };
                assert!(at_once < 4, "it spins at {}", self.now);
            } else {
                let (_, what) = self.arriving.pop_first().unwrap();
                self.arrive(what);
            }
        }
        panic!("it does not come to rest");
    }

    fn arrive(&mut self, what: Arriving) {
        match what {
            Arriving::Here(input) => {
                if let Input::Opened { socket } = input {
                    self.open.insert(socket);
                }
                self.hand_in(input);
            }
            Arriving::Frame(socket, frame) => {
                if self.open.contains(&socket) {
                    let text = FrameText::new(frame.to_string());
                    self.hand_in(Input::Frame { socket, text });
                }
            }
            Arriving::There(socket, frame) => self.serve(socket, &frame),
            Arriving::Publish => {
                self.head += 1;
                if self.happens(3) {
                    self.floor = self.head - self.random.u64(0..3);
                }
                for socket in self.joined.clone() {
                    let mut frame = publication(self.head);
                    frame["type"] = "publication".into();
                    if self.happens(5) {
                        self.later(2_000, Arriving::Frame(socket, frame.clone()));
                    }
                    if !self.happens(10) {
                        self.later(300, Arriving::Frame(socket, frame));
                    }
                }
                self.later(2_000, Arriving::Publish);
            }
            Arriving::Break => {
                if let Some(socket) = self.open.iter().next().copied().filter(|_| !self.calm) {
                    self.gone(socket);
                    self.hand_in(Input::Closed { socket, code: None });
                }
                self.later(40_000, Arriving::Break);
            }
        }
    }

    fn gone(&mut self, socket: SocketId) {
        self.open.remove(&socket);
        self.joined.remove(&socket);
    }

    fn serve(&mut self, socket: SocketId, frame: &Value) {
        if !self.open.contains(&socket) {
            return;
        }
        let id = frame["id"].clone();
        let action = frame["action"].as_str().unwrap();
        let reply = match action {
            "ping" => json!({"type": "pong"}),
            _ if self.happens(5) => {
                let wait = self.random.u64(0..500);
                json!({"type": "error", "id": id, "code": "unavailable", "message": "m", "retryAfterMs": wait, "fatal": false})
            }
            "subscribe" => {
                self.joined.insert(socket);
                self.subscribed(&id, frame["since"]["offset"].as_u64())
            }
            "history" => self.history(&id, frame["after"]["offset"].as_u64().unwrap()),
            "heads" => {
                // A subscription can be lost at the server.
                let kept = !self.happens(10) || !self.joined.remove(&socket);
                let heads = if kept {
                    json!({CHANNEL: place(self.head)})
                } else {
                    json!({})
                };
                json!({"type": "heads", "id": id, "heads": heads})
            }
            "refresh" => {
                json!({"type": "refreshed", "id": id, "expiresAt": self.now / 1_000 + 120})
            }
            other => panic!("{other}"),
        };
        if !self.happens(5) {
            self.later(300, Arriving::Frame(socket, reply));
        }
    }

    fn subscribed(&self, id: &Value, since: Option<u64>) -> Value {
        let mut reply = json!({
            "type": "subscribed", "id": id, "channel": CHANNEL, "position": place(self.head),
            "reconnectWindowMs": 2_000, "serverTimeMs": self.now,
        });
        if let Some(since) = since {
            if since + 1 < self.floor {
                reply["recovered"] = false.into();
            } else if since + 3 < self.head {
                reply["page"] = true.into();
            } else {
                reply["recovered"] = true.into();
                let missed: Vec<Value> = (since + 1..=self.head).map(publication).collect();
                reply["publications"] = missed.into();
            }
        }
        reply
    }

    fn history(&self, id: &Value, after: u64) -> Value {
        let first = (after + 1).max(self.floor);
        let last = self.head.min(first + 2);
        let publications: Vec<Value> = (first..=last).map(publication).collect();
        json!({
            "type": "history", "id": id, "channel": CHANNEL, "publications": publications,
            "position": place(self.head), "complete": last == self.head, "gap": after + 1 < self.floor,
        })
    }

    fn hand_in(&mut self, input: Input) {
        for output in self.machine.handle(self.now, input) {
            match output {
                Output::Connect { socket, .. } => {
                    let failed = self.happens(20);
                    let answer = if failed {
                        let status = Some(503).filter(|_| self.random.bool());
                        Input::HandshakeFailed { socket, status }
                    } else {
                        Input::Opened { socket }
                    };
                    if !self.happens(5) {
                        self.later(500, Arriving::Here(answer));
                    }
                }
                Output::Send { socket, text } => {
                    let frame = serde_json::from_str(text.as_str()).unwrap();
                    if !self.happens(5) {
                        self.later(300, Arriving::There(socket, frame));
                    }
                }
                Output::CloseSocket { socket } => self.gone(socket),
                Output::WantToken { .. } => {
                    let token = AccessToken::new("t");
                    let expires_at_ms = Some(self.now + 120_000);
                    let brought = Input::Token {
                        token,
                        expires_at_ms,
                    };
                    self.later(100, Arriving::Here(brought));
                }
                Output::Event(event) => self.told(event),
                other => panic!("{other:?}"),
            }
        }
    }

    fn told(&mut self, event: Event) {
        match event {
            Event::Subscribed { position, .. } => {
                assert_eq!(self.expected, None);
                self.expected = Some(position.unwrap().offset + 1);
            }
            Event::Publication { publication } => {
                let offset = publication.position.unwrap().offset;
                assert_eq!(Some(offset), self.expected, "at {}", self.now);
                self.expected = Some(offset + 1);
            }
            Event::Lost { position, .. } => {
                let next = position.unwrap().offset + 1;
                assert!(Some(next) >= self.expected, "it goes back");
                self.expected = Some(next);
                self.told_lost += 1;
            }
            Event::HandedOver { .. } => self.handovers += 1,
            Event::Dropped { reason, .. } => panic!("{reason}"),
            _ => {}
        }
    }
}

#[test]
fn nothing_is_missed_without_a_word_nor_doubled_and_order_is_kept() {
    let (mut lost, mut handovers) = (0, 0);
    for seed in 0..SEEDS {
        let mut world = World::new(seed);
        world.hand_in(Input::Start);
        let channel = CHANNEL.parse().unwrap();
        world.hand_in(Input::Subscribe {
            channel,
            since: None,
        });
        world.later(1_000, Arriving::Publish);
        world.later(40_000, Arriving::Break);
        world.run(CHAOS);
        world.calm = true;
        world
            .arriving
            .retain(|_, what| !matches!(what, Arriving::Publish | Arriving::Break));
        world.now = CHAOS;
        world.run(CHAOS + CALM);
        assert_eq!(world.expected, Some(world.head + 1), "seed {seed}");
        lost += world.told_lost;
        handovers += world.handovers;
    }
    // Else it would have proved little.
    assert!(lost > 3, "lost {lost}");
    assert!(handovers > 100, "handed over {handovers} times");
}
