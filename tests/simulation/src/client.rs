//! A client: the real machine, its application, and its process.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::value::RawValue;
use tidegate_client::machine::{
    AccessToken, Config, Event, HistoryFrom, Input, Machine, Output, RequestHandle, Seeded,
    SocketId, State,
};
use tidegate_core::channel::Channel;
use tidegate_core::connection::{ConnectionId, SessionKey};
use tidegate_core::protocol::IdempotencyKey;
use tidegate_core::rights::Rights;

use crate::application::Application;
use crate::dice::Site;
use crate::event::Event as Happens;
use crate::functions::payload;
use crate::kernel::World;
use crate::ledger::Token;

/// For how long an application tries to publish, in milliseconds.
const TRIES_MS: u64 = 60_000;

/// A client.
pub struct Client {
    number: usize,
    user: String,
    session: String,
    sessions: u64,
    life: u64,
    skew_ms: i64,
    machine: Option<Machine>,
    /// What it is told.
    pub application: Application,
    /// The channels that the application wants.
    pub wanted: BTreeSet<Channel>,
    sockets: BTreeMap<SocketId, ConnectionId>,
    plan: u64,
    planned: Option<u64>,
    asked: BTreeMap<RequestHandle, (Channel, u64)>,
    requests: u64,
    tokens: u64,
    offline_until_ms: u64,
}

impl Client {
    /// A client of a user, which has not begun.
    #[must_use]
    pub fn new(number: usize, user: String, skew_ms: i64) -> Self {
        Self {
            number,
            user,
            session: String::new(),
            sessions: 0,
            life: 0,
            skew_ms,
            machine: None,
            application: Application::new(String::new(), 0),
            wanted: BTreeSet::new(),
            sockets: BTreeMap::new(),
            plan: 0,
            planned: None,
            asked: BTreeMap::new(),
            requests: 0,
            tokens: 0,
            offline_until_ms: 0,
        }
    }

    /// Its session.
    #[must_use]
    pub fn key(&self) -> SessionKey {
        SessionKey {
            user: self.user.clone(),
            session: self.session.clone(),
        }
    }

    /// Whether it lives, and says that it is connected.
    #[must_use]
    pub fn is_online(&self) -> bool {
        let state = self.machine.as_ref().and_then(Machine::state);
        state == Some(&State::Online)
    }

    /// Whether it lives and has not ended for good.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        let state = self.machine.as_ref().map(Machine::state);
        state.is_some_and(|state| !matches!(state, Some(State::Closed { .. })))
    }

    fn now(&self, world: &World) -> u64 {
        world.now_ms.saturating_add_signed(self.skew_ms)
    }

    fn site(&self) -> Site {
        Site::of("client process")
            .nth(self.number as u64)
            .nth(self.life)
    }

    /// Its process begins, where there is none.
    pub fn begin(&mut self, world: &mut World, anew: bool, max_skew_ms: u64) {
        if self.is_alive() {
            return;
        }
        self.life += 1;
        if anew || self.sessions == 0 {
            self.sessions += 1;
            self.session = format!("session-{}-{}", self.number, self.sessions);
        }
        let name = format!("client {} life {}", self.number, self.life);
        self.application = Application::new(name, max_skew_ms);
        self.application.disturbed(world.now_ms);
        self.sockets.clear();
        self.asked.clear();
        let seed = world.dice.at(self.site()).u64(..);
        let mut config = Config::default();
        config.heads_interval_ms = 40_000;
        config.ping_interval_ms = 60_000;
        let machine = Machine::new(Arc::new(config), Box::new(Seeded::new(seed)));
        self.machine = machine.ok();
        self.give(world, Input::Start);
        for channel in self.wanted.clone() {
            self.give(
                world,
                Input::Subscribe {
                    channel,
                    since: None,
                },
            );
        }
    }

    /// The application subscribes.
    pub fn subscribe(&mut self, world: &mut World, channel: &Channel) {
        if self.wanted.insert(channel.clone()) {
            let input = Input::Subscribe {
                channel: channel.clone(),
                since: None,
            };
            self.give(world, input);
        }
    }

    /// The application unsubscribes.
    pub fn unsubscribe(&mut self, world: &mut World, channel: &Channel) {
        if self.wanted.remove(channel) {
            self.application.forget(channel);
            let channel = channel.clone();
            self.give(world, Input::Unsubscribe { channel });
        }
    }

    /// The application publishes.
    pub fn publish(&mut self, world: &mut World, channel: &Channel, number: u64) {
        let key = IdempotencyKey::new(format!("k{number}"));
        let data = RawValue::from_string(payload(number));
        let (Ok(key), Ok(data)) = (key, data) else {
            return;
        };
        self.requests += 1;
        let request = RequestHandle(self.requests);
        self.asked.insert(request, (channel.clone(), number));
        let input = Input::Publish {
            request,
            channel: channel.clone(),
            data,
            key,
            expires_in_ms: TRIES_MS,
        };
        self.give(world, input);
    }

    /// The application reads a history: newest first, or from the place that it knows.
    pub fn history(&mut self, world: &mut World, channel: &Channel, newest: bool) {
        let place = self.application.place(channel).filter(|_| !newest);
        self.requests += 1;
        let input = Input::History {
            request: RequestHandle(self.requests),
            channel: channel.clone(),
            from: place.map_or(HistoryFrom::Newest, HistoryFrom::After),
            limit: None,
            expires_in_ms: TRIES_MS,
        };
        self.give(world, input);
    }

    /// Something is sent on its connections that is not its.
    pub fn noise(&mut self, world: &mut World, frame: &str) {
        for id in self.sockets.values() {
            world.send_from_client(id, frame.to_owned());
        }
    }

    /// The application closes it.
    pub fn close(&mut self, world: &mut World) {
        self.give(world, Input::Close);
    }

    /// Its process ends. The other end notices by and by.
    pub fn die(&mut self, world: &mut World) {
        self.machine = None;
        for id in self.sockets.values() {
            let site = self.site().and(id.as_str());
            if let Some(one) = world.gateway.connections.get_mut(id) {
                one.broken = true;
            }
            if !world.dice.fault(site, "nobody notices the end", 1_500) {
                let ms = world.dice.ms(site, 10..=20_000);
                world.after(ms, Happens::Hangup(id.clone()));
            }
        }
        self.sockets.clear();
    }

    /// Its connections break off; when it is not `noticed`, neither end knows.
    pub fn break_off(&mut self, world: &mut World, noticed: bool) {
        self.application.disturbed(world.now_ms);
        for id in self.sockets.values() {
            let site = self.site().and(id.as_str());
            if let Some(one) = world.gateway.connections.get_mut(id) {
                one.broken = true;
            }
            if noticed {
                let (soon, later) = (world.dice.ms(site, 1..=100), world.dice.ms(site, 1..=5_000));
                world.after(soon, Happens::Ended(id.clone(), None));
                world.after(later, Happens::Hangup(id.clone()));
            }
        }
    }

    /// It has no network for a time.
    pub fn go_offline(&mut self, world: &mut World, ms: u64) {
        self.offline_until_ms = world.now_ms + ms;
        self.break_off(world, true);
    }

    /// The gateway cannot be reached.
    pub fn unreachable(&mut self, world: &mut World, socket: SocketId) {
        let status = None;
        self.give(world, Input::HandshakeFailed { socket, status });
    }

    /// It is its machine's time.
    pub fn timer(&mut self, world: &mut World, plan: u64) {
        if plan == self.plan {
            self.planned = None;
            self.give(world, Input::Timer);
        }
    }

    /// Its application has a token, or not.
    pub fn token(&mut self, world: &mut World, life: u64, rights: Option<Rights>) {
        if life != self.life {
            return;
        }
        let input = match rights {
            Some(rights) => {
                let expires_at_ms = Some(rights.expires_at * 1_000);
                let number = world.ledger.tokens.len();
                world.ledger.tokens.push(Token {
                    rights,
                    revoked_ms: None,
                });
                Input::Token {
                    token: AccessToken::new(format!("token-{number}")),
                    expires_at_ms,
                }
            }
            None => Input::TokenFailed { permanent: false },
        };
        self.give(world, input);
    }

    /// Something happens on a connection of its, by the gateway's name.
    pub fn on_connection(
        &mut self,
        world: &mut World,
        id: &ConnectionId,
        input: impl FnOnce(SocketId) -> Input,
    ) {
        let socket = self.sockets.iter().find(|(_, one)| *one == id);
        if let Some(socket) = socket.map(|(socket, _)| *socket) {
            self.give(world, input(socket));
        }
    }

    /// A connection has ended: it has no more of it.
    pub fn lose(&mut self, id: &ConnectionId) {
        self.sockets.retain(|_, one| one != id);
    }

    fn give(&mut self, world: &mut World, input: Input) {
        let now_ms = self.now(world);
        let Some(machine) = &mut self.machine else {
            return;
        };
        for output in machine.handle(now_ms, input) {
            self.does(world, output);
        }
        let Some(machine) = &self.machine else { return };
        let wake = machine.wake_at();
        if wake != self.planned {
            self.plan += 1;
            self.planned = wake;
            if let Some(at_ms) = wake {
                let at_ms = at_ms.saturating_add_signed(-self.skew_ms);
                world.at(at_ms, Happens::Timer(self.number, self.plan));
            }
        }
    }

    fn does(&mut self, world: &mut World, output: Output) {
        match output {
            Output::Connect { socket, token } => {
                let Some(token) = crate::functions::token_number(token.reveal()) else {
                    return;
                };
                if world.now_ms < self.offline_until_ms {
                    world.after(50, Happens::Unreachable(self.number, socket));
                    return;
                }
                let name = format!("c{}-{}-{}", self.number, self.life, socket.0);
                world.note(&format!("client {} connects as {name}", self.number));
                let of = (self.number, socket);
                let id = world.ask_for_connection(of, self.key(), token, name);
                self.sockets.insert(socket, id);
            }
            Output::Send { socket, text } => {
                if let Some(id) = self.sockets.get(&socket) {
                    world.send_from_client(id, text.as_str().to_owned());
                }
            }
            Output::CloseSocket { socket } => {
                if let Some(id) = self.sockets.remove(&socket) {
                    let site = self.site().and(id.as_str());
                    let broken = |world: &World| {
                        let one = world.gateway.connections.get(&id);
                        one.is_some_and(|one| one.broken)
                    };
                    if !broken(world) {
                        let ms = world.dice.ms(site, 2..=60);
                        world.after(ms, Happens::Hangup(id));
                    }
                }
            }
            Output::WantToken { .. } => {
                self.tokens += 1;
                let ms = world.dice.ms(self.site().nth(self.tokens), 5..=500);
                world.after(ms, Happens::Token(self.number, self.life));
            }
            Output::Event(event) => self.told(world, &event),
            _ => {}
        }
    }

    fn told(&mut self, world: &mut World, event: &Event) {
        match event {
            Event::Publication { publication } => {
                let place = publication.position.map(|place| place.to_string());
                let line = format!(
                    "client {} is given {} of {} at {}",
                    self.number,
                    publication.publication_id,
                    publication.channel,
                    place.unwrap_or_default()
                );
                world.note(&line);
            }
            Event::History { .. } | Event::Presence { .. } => {}
            event => {
                let line = format!("client {} is told {event:?}", self.number);
                world.note(&line);
            }
        }
        if let Event::State { state } = event
            && *state != State::Online
        {
            self.application.disturbed(world.now_ms);
        }
        let now_ms = world.now_ms;
        self.application.told(event, now_ms, &mut world.ledger);
        match event {
            Event::Dropped { channel, .. } => {
                self.wanted.remove(channel);
            }
            Event::Acked { request, ack } => {
                let Some((channel, number)) = self.asked.remove(request) else {
                    return;
                };
                let ledger = &mut world.ledger;
                ledger.has_id(&channel, number, &ack.publication_id);
                let Some(place) = ack.position else { return };
                let index = ledger.index(&channel, place);
                let placed = index.and_then(|index| ledger.placed.get(&channel)?.get(index));
                let is_it = placed.is_some_and(|placed| {
                    crate::ledger::number(&placed.entry.data) == Some(number)
                });
                if !is_it {
                    ledger.broken(
                        "what is acked was published",
                        format!("publication {number} was acked at {place} of {channel}"),
                    );
                }
            }
            _ => {}
        }
    }
}
