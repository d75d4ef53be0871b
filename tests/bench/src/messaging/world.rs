//! Clients and functions on a clock of their own: the clients' real machine, the functions' real domain over the store in
//! memory, and between them a gateway that takes its time.

mod client;
mod gateway;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use serde_json::value::to_raw_value;
use tidegate_client::machine::{
    AccessToken, Config, FrameText, Input, Machine, RequestHandle, Seeded, SocketId,
};
use tidegate_client::{Channel, IdempotencyKey, Position};
use tidegate_core::connection::SessionKey;
use tidegate_core::memory::MemoryStore;
use tidegate_core::timer::WhenIdle;
use tidegate_lambda::Backend;
use tidegate_message::Service;
use tidegate_test_handler::{backend, service};

use self::client::Client;
pub(super) use self::gateway::Gate;
use self::gateway::Posts;

/// When worlds begin, in epoch milliseconds.
const BEGINNING_MS: u64 = 1_760_000_000_000;
/// What anything takes on its way, in milliseconds.
const WAY_MS: std::ops::RangeInclusive<u64> = 5..=80;
/// How long tokens last.
const TOKEN_MS: u64 = 86_400_000;
/// How long a publication is tried.
const EXPIRES_MS: u64 = 60_000;

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
}
