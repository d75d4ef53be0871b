//! Clients and functions on a clock of their own: the clients' real machine, the functions' real domain over the store in
//! memory, and between them a gateway that takes its time.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use async_trait::async_trait;
use futures::executor::block_on;
use serde_json::json;
use serde_json::value::to_raw_value;
use tidegate_client::machine::{
    AccessToken, Config, Event, FrameText, Input, Machine, Output, RequestHandle, Seeded, SocketId,
    State,
};
use tidegate_client::{Channel, IdempotencyKey, Position};
use tidegate_core::connection::{ConnectionId, Endpoint, SessionKey};
use tidegate_core::memory::MemoryStore;
use tidegate_core::sender::{SendError, Sender};
use tidegate_core::timer::WhenIdle;
use tidegate_lambda::{Backend, Moment, WebSocketEvent};
use tidegate_message::Service;

use crate::serve::handler::{backend, new_connection, proxy_event, service};

/// When worlds begin, in epoch milliseconds.
const BEGINNING_MS: u64 = 1_760_000_000_000;
/// What anything takes on its way, in milliseconds.
const WAY_MS: std::ops::RangeInclusive<u64> = 5..=80;
/// How long tokens last.
const TOKEN_MS: u64 = 86_400_000;
/// How long a publication is tried.
const EXPIRES_MS: u64 = 60_000;
const DEADLINE_MS: u64 = 15_000;

/// How many the account lets in: a bucket with a second's worth of places.
pub(super) struct Gate {
    per_second: u64,
    /// Thousandths of a place.
    filled: u64,
    at: u64,
}

impl Gate {
    pub(super) fn new(per_second: u32, now: u64) -> Self {
        let per_second = u64::from(per_second);
        Self {
            per_second,
            filled: per_second * 1_000,
            at: now,
        }
    }

    fn admits(&mut self, now: u64) -> bool {
        let more = (now - self.at) * self.per_second;
        self.filled = (self.filled + more).min(self.per_second * 1_000);
        self.at = now;
        let admitted = self.filled >= 1_000;
        if admitted {
            self.filled -= 1_000;
        }
        admitted
    }
}

/// Something that is on its way.
enum Arriving {
    Wake(usize),
    Start(usize),
    Token(usize),
    Handshake(usize, SocketId),
    Answered(usize, SocketId, Option<u16>),
    There(usize, SocketId, String),
    Here(usize, String, String),
    Gone(SessionKey, String),
    Publish,
}

struct Client {
    machine: Machine,
    channel: Channel,
    user: String,
    session: String,
    /// Its open connections, as the gateway calls them.
    open: BTreeMap<SocketId, String>,
    /// For when it is to be woken.
    wakes_at: u64,
    online: bool,
    whole: bool,
    /// The place of the last publication that it was handed; none before it joined.
    place: Option<Position>,
    missed: u32,
    said: u64,
}

/// The gateway's connections, and what the functions posted to them.
#[derive(Clone, Default)]
struct Posts(Arc<Mutex<Posted>>);

#[derive(Default)]
struct Posted {
    live: HashMap<String, (usize, SocketId)>,
    frames: Vec<(String, String)>,
    ended: Vec<String>,
}

impl Posts {
    fn lock(&self) -> MutexGuard<'_, Posted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Sender for Posts {
    async fn send(
        &self,
        _endpoint: &Endpoint,
        connection: &ConnectionId,
        frame: &str,
    ) -> Result<(), SendError> {
        let mut posted = self.lock();
        if !posted.live.contains_key(connection.as_str()) {
            return Err(SendError::Gone);
        }
        let post = (connection.as_str().to_owned(), frame.to_owned());
        posted.frames.push(post);
        Ok(())
    }

    async fn end(&self, _endpoint: &Endpoint, connection: &ConnectionId) -> Result<(), SendError> {
        self.lock().ended.push(connection.as_str().to_owned());
        Ok(())
    }

    async fn exists(
        &self,
        _endpoint: &Endpoint,
        connection: &ConnectionId,
    ) -> Result<bool, SendError> {
        Ok(self.lock().live.contains_key(connection.as_str()))
    }
}

/// All of it.
pub(super) struct World {
    now: u64,
    sent: u64,
    arriving: BTreeMap<(u64, u64), Arriving>,
    random: fastrand::Rng,
    config: Arc<Config>,
    clients: Vec<Client>,
    connecting: Backend,
    service: Service,
    posts: Posts,
    connections: u64,
    publishes_every: Option<u64>,
    /// Where none is let in beyond a rate.
    pub(super) gate: Option<Gate>,
    pub(super) refused: u32,
    pub(super) handovers: u32,
    pub(super) published: u32,
    pub(super) delivered: u32,
    pub(super) doubled: u32,
    /// Times that a client was told that something is lost.
    pub(super) lost: u32,
    /// Clients that do not have their channel.
    broken: BTreeSet<usize>,
    heads: HashMap<Channel, Position>,
}

impl World {
    pub(super) fn new(seed: u64, config: Config, window_ms: f64) -> Result<Self> {
        let (store, posts) = (MemoryStore::default(), Posts::default());
        let window: u64 = format!("{window_ms:.0}").parse()?;
        let timer = || Box::new(WhenIdle);
        Ok(Self {
            now: BEGINNING_MS,
            sent: 0,
            arriving: BTreeMap::new(),
            random: fastrand::Rng::with_seed(seed),
            config: Arc::new(config),
            clients: Vec::new(),
            connecting: backend(store.clone(), posts.clone(), timer(), window)?,
            service: service(backend(store, posts.clone(), timer(), window)?),
            posts,
            connections: 0,
            publishes_every: None,
            gate: None,
            refused: 0,
            handovers: 0,
            published: 0,
            delivered: 0,
            doubled: 0,
            lost: 0,
            broken: BTreeSet::new(),
            heads: HashMap::new(),
        })
    }

    pub(super) fn now(&self) -> u64 {
        self.now
    }

    /// A client that begins to connect after so many milliseconds, and joins a channel.
    pub(super) fn add_client(&mut self, channel: &str, after_ms: u64) -> Result<()> {
        let number = self.clients.len();
        let seed = Box::new(Seeded::new(self.random.u64(..)));
        self.clients.push(Client {
            machine: Machine::new(Arc::clone(&self.config), seed)?,
            channel: channel.parse()?,
            user: format!("user-{number}"),
            session: format!("session-{number}"),
            open: BTreeMap::new(),
            wakes_at: u64::MAX,
            online: false,
            whole: false,
            place: None,
            missed: 0,
            said: 0,
        });
        self.broken.insert(number);
        self.at(self.now + after_ms, Arriving::Start(number));
        Ok(())
    }

    /// From now on one client after another publishes.
    pub(super) fn publish_every(&mut self, every_ms: u64) {
        self.publishes_every = Some(every_ms);
        self.at(self.now + every_ms, Arriving::Publish);
    }

    pub(super) fn publish_never(&mut self) {
        self.publishes_every = None;
    }

    /// Whether everybody is connected, and has their channel.
    pub(super) fn all_whole(&self) -> bool {
        self.broken.is_empty()
    }

    /// Publications that clients were not handed, and not told of, those included that are acked and have not come yet.
    pub(super) fn missed(&self) -> u32 {
        let missing = self.clients.iter().map(|client| {
            let head = self
                .heads
                .get(&client.channel)
                .map_or(0, |head| head.offset);
            let late = client
                .place
                .map_or(0, |place| head.saturating_sub(place.offset));
            client.missed + u32::try_from(late).unwrap_or(u32::MAX)
        });
        missing.sum()
    }

    /// All connections break off.
    pub(super) fn drop_all(&mut self) -> Result<()> {
        for number in 0..self.clients.len() {
            let open = std::mem::take(&mut self.client(number)?.open);
            for (socket, connection) in open {
                self.hang_up(number, connection)?;
                self.hand_in(number, Input::Closed { socket, code: None })?;
            }
        }
        Ok(())
    }

    /// Lets time pass.
    pub(super) fn run_until(&mut self, until: u64) -> Result<()> {
        while let Some(entry) = self.arriving.first_entry() {
            let (at, _) = *entry.key();
            if at > until {
                break;
            }
            let what = entry.remove();
            self.now = self.now.max(at);
            self.arrive(what)?;
        }
        self.now = until;
        Ok(())
    }

    fn at(&mut self, at: u64, what: Arriving) {
        self.sent += 1;
        self.arriving.insert((at, self.sent), what);
    }

    fn later(&mut self, what: Arriving) {
        let at = self.now + self.random.u64(WAY_MS);
        self.at(at, what);
    }

    fn client(&mut self, number: usize) -> Result<&mut Client> {
        self.clients
            .get_mut(number)
            .context("there is no such client")
    }

    fn arrive(&mut self, what: Arriving) -> Result<()> {
        match what {
            Arriving::Start(number) => {
                self.hand_in(number, Input::Start)?;
                let channel = self.client(number)?.channel.clone();
                let since = None;
                self.hand_in(number, Input::Subscribe { channel, since })
            }
            Arriving::Wake(number) => {
                let now = self.now;
                let client = self.client(number)?;
                if client.wakes_at > now {
                    return Ok(());
                }
                client.wakes_at = u64::MAX;
                if client.machine.wake_at().is_some_and(|at| at <= now) {
                    return self.hand_in(number, Input::Timer);
                }
                self.plan_wake(number)
            }
            Arriving::Token(number) => {
                let token = AccessToken::new("token");
                let expires_at_ms = Some(self.now + TOKEN_MS);
                self.hand_in(
                    number,
                    Input::Token {
                        token,
                        expires_at_ms,
                    },
                )
            }
            Arriving::Handshake(number, socket) => self.handshake(number, socket),
            Arriving::Answered(number, socket, None) => {
                if self.client(number)?.open.contains_key(&socket) {
                    self.hand_in(number, Input::Opened { socket })?;
                }
                Ok(())
            }
            Arriving::Answered(number, socket, status) => {
                self.hand_in(number, Input::HandshakeFailed { socket, status })
            }
            Arriving::There(number, socket, frame) => self.serve(number, socket, &frame),
            Arriving::Here(number, connection, frame) => {
                let open = &self.client(number)?.open;
                let socket = open.iter().find(|(_, open)| **open == connection);
                let Some((&socket, _)) = socket else {
                    return Ok(());
                };
                let text = FrameText::new(frame);
                self.hand_in(number, Input::Frame { socket, text })
            }
            Arriving::Gone(key, connection) => self.disconnect(&key, &connection),
            Arriving::Publish => self.publish(),
        }
    }

    fn publish(&mut self) -> Result<()> {
        let Some(every) = self.publishes_every else {
            return Ok(());
        };
        self.at(self.now + every, Arriving::Publish);
        let number = self.random.usize(..self.clients.len());
        let client = self.client(number)?;
        client.said += 1;
        let publish = Input::Publish {
            request: RequestHandle(client.said),
            channel: client.channel.clone(),
            data: to_raw_value(&client.said)?,
            key: IdempotencyKey::new(format!("{number}-{}", client.said))
                .map_err(|error| anyhow!("{error}"))?,
            expires_in_ms: EXPIRES_MS,
        };
        self.hand_in(number, publish)
    }

    fn handshake(&mut self, number: usize, socket: SocketId) -> Result<()> {
        let now = self.now;
        if self.gate.as_mut().is_some_and(|gate| !gate.admits(now)) {
            self.refused += 1;
            self.later(Arriving::Answered(number, socket, Some(429)));
            return Ok(());
        }
        self.connections += 1;
        let connection = format!("connection-{}", self.connections);
        let client = self.client(number)?;
        client.open.insert(socket, connection.clone());
        let new = new_connection(&connection, &client.user, &client.session, now);
        let entry = (connection, (number, socket));
        self.posts.lock().live.extend([entry]);
        let clock = move || now;
        let new_id = |_: u64| String::new();
        let moment = moment(now, &clock, &new_id);
        block_on(self.connecting.broker(&moment).connect(&new))?;
        self.later(Arriving::Answered(number, socket, None));
        self.posted();
        Ok(())
    }

    fn serve(&mut self, number: usize, socket: SocketId, frame: &str) -> Result<()> {
        let client = self.client(number)?;
        let Some(connection) = client.open.get(&socket).cloned() else {
            return Ok(());
        };
        let frame: serde_json::Value = serde_json::from_str(frame)?;
        if frame["action"] == "ping" {
            let pong = json!({"type": "pong"}).to_string();
            self.later(Arriving::Here(number, connection, pong));
            return Ok(());
        }
        let event = proxy_event(&connection, &client.user, &client.session, &frame);
        let event: WebSocketEvent = serde_json::from_value(event)?;
        let (now, sent) = (self.now, self.sent);
        let clock = move || now;
        let new_id = move |_: u64| format!("publication-{sent}");
        let (reply, _) = block_on(self.service.handle(&event, moment(now, &clock, &new_id)));
        let reply = reply.map_err(|problem| anyhow!(problem))?;
        if let Some(body) = reply.body {
            self.later(Arriving::Here(number, connection, body));
        }
        self.posted();
        Ok(())
    }

    /// What the functions posted sets out.
    fn posted(&mut self) {
        let (frames, live) = {
            let mut posted = self.posts.lock();
            let frames = std::mem::take(&mut posted.frames);
            let live: Vec<_> = frames
                .iter()
                .map(|(connection, _)| posted.live.get(connection).copied())
                .collect();
            (frames, live)
        };
        for ((connection, frame), live) in frames.into_iter().zip(live) {
            if let Some((number, _)) = live {
                self.later(Arriving::Here(number, connection, frame));
            }
        }
    }

    /// A connection is gone: nothing can be posted to it, and its `$disconnect` comes later.
    fn hang_up(&mut self, number: usize, connection: String) -> Result<()> {
        self.posts.lock().live.remove(&connection);
        let client = self.client(number)?;
        let key = SessionKey {
            user: client.user.clone(),
            session: client.session.clone(),
        };
        self.later(Arriving::Gone(key, connection));
        Ok(())
    }

    fn disconnect(&mut self, key: &SessionKey, connection: &str) -> Result<()> {
        let now = self.now;
        let clock = move || now;
        let new_id = |_: u64| String::new();
        let moment = moment(now, &clock, &new_id);
        let connection = ConnectionId::new(connection);
        let broker = self.connecting.broker(&moment);
        Ok(block_on(broker.disconnect(key, &connection))?)
    }

    fn hand_in(&mut self, number: usize, input: Input) -> Result<()> {
        let now = self.now;
        for output in self.client(number)?.machine.handle(now, input) {
            self.perform(number, output)?;
        }
        self.plan_wake(number)
    }

    fn plan_wake(&mut self, number: usize) -> Result<()> {
        let client = self.client(number)?;
        let wakes_at = client.machine.wake_at().unwrap_or(u64::MAX);
        if wakes_at < client.wakes_at {
            client.wakes_at = wakes_at;
            let at = wakes_at.max(self.now);
            self.at(at, Arriving::Wake(number));
        }
        Ok(())
    }

    fn perform(&mut self, number: usize, output: Output) -> Result<()> {
        match output {
            Output::Connect { socket, .. } => self.later(Arriving::Handshake(number, socket)),
            Output::Send { socket, text } => {
                self.later(Arriving::There(number, socket, text.into()));
            }
            Output::CloseSocket { socket } => {
                if let Some(connection) = self.client(number)?.open.remove(&socket) {
                    self.hang_up(number, connection)?;
                }
            }
            Output::WantToken { .. } => self.later(Arriving::Token(number)),
            Output::Event(event) => self.told(number, event)?,
            _ => {}
        }
        Ok(())
    }

    fn told(&mut self, number: usize, event: Event) -> Result<()> {
        let client = self.client(number)?;
        match event {
            Event::State { state } => {
                client.online = state == State::Online;
                client.whole &= client.online;
            }
            Event::Subscribed { position, .. } => {
                client.place = position;
                client.whole = true;
            }
            Event::Recovered { .. } => client.whole = true,
            Event::Lost { position, .. } => {
                client.place = position;
                client.whole = true;
                self.lost += 1;
            }
            Event::Publication { publication } => {
                let position = publication.position.context("a history has places")?;
                let last = client.place.replace(position);
                let expected = match last {
                    Some(last) if last.is_empty() => position.epoch,
                    Some(last) => last.offset + 1,
                    None => position.offset,
                };
                if position.offset < expected {
                    client.place = last;
                    self.doubled += 1;
                } else {
                    let missed = position.offset - expected;
                    client.missed += u32::try_from(missed).unwrap_or(u32::MAX);
                }
                self.delivered += 1;
            }
            Event::Acked { ack, .. } => {
                let channel = client.channel.clone();
                self.published += 1;
                if let Some(position) = ack.position {
                    let head = self.heads.entry(channel).or_insert(position);
                    if position.offset > head.offset {
                        *head = position;
                    }
                }
            }
            Event::Failed { error, .. } => return Err(error.into()),
            Event::Dropped { reason, .. } => return Err(reason.into()),
            Event::HandedOver { .. } => self.handovers += 1,
            _ => {}
        }
        let client = self.client(number)?;
        if client.online && client.whole {
            self.broken.remove(&number);
        } else {
            self.broken.insert(number);
        }
        Ok(())
    }
}

fn moment<'a>(
    now_ms: u64,
    clock: &'a (dyn Fn() -> u64 + Send + Sync),
    new_id: &'a (dyn Fn(u64) -> String + Send + Sync),
) -> Moment<'a> {
    Moment {
        now_ms,
        deadline_ms: now_ms + DEADLINE_MS,
        jitter: 0.5,
        trace: None,
        new_id,
        uptime: &|| Duration::ZERO,
        clock,
    }
}
