//! The client as a state machine without IO: inputs with a time in, outputs out.
//!
//! Whoever drives it
//! 1. calls [`Machine::handle`] with what happened and the time, and does the [`Output`]s in their order;
//! 2. calls it with [`Input::Timer`] at [`Machine::wake_at`], which it asks for anew after each input.
//!
//! Times are in milliseconds since the Unix epoch by a clock that never goes back; how far it is off from the server's is
//! learned from the server. Randomness comes from the [`Random`] that is handed in, one number for each jitter, and nothing depends
//! on the order of a hash: the same inputs give the same outputs.
//!
//! Each idea has its file: [`verdict`] is the table of when it comes back and when it stops.

mod answers;
mod backoff;
mod brake;
mod config;
mod connection;
mod handover;
mod heads;
mod heartbeat;
mod input;
mod link;
mod outbox;
mod output;
mod random;
mod recovery;
mod refresh;
mod requests;
mod sequence;
mod subscriptions;
mod timers;
mod token;
pub mod verdict;

use std::collections::BTreeMap;
use std::sync::Arc;

use tidegate_protocol::Channel;

pub use self::config::{Config, ConfigError, MAX_PING_INTERVAL_MS};
pub use self::input::{AccessToken, FrameText, HistoryFrom, Input, RequestHandle, SocketId};
pub use self::output::{
    Cause, CloseReason, DropReason, Event, Output, RequestError, State, TokenReason, Unexpected,
};
pub use self::random::{Random, Seeded};

use self::backoff::Backoff;
use self::brake::Brake;
use self::handover::Second;
use self::link::Link;
use self::outbox::Outbox;
use self::random::draw;
use self::requests::Pending;
use self::subscriptions::Subscription;
use self::token::Tokens;

/// The client.
pub struct Machine {
    config: Arc<Config>,
    random: Box<dyn Random>,
    now: u64,
    phase: Phase,
    state: Option<State>,
    /// The connection on which requests are sent.
    primary: Option<Link>,
    /// The other one of a hand-over.
    second: Option<Second>,
    last_socket: u64,
    last_id: u64,
    backoff: Backoff,
    tokens: Tokens,
    pending: BTreeMap<u64, Pending>,
    outbox: Outbox,
    subscriptions: BTreeMap<Channel, Subscription>,
    /// Of subscribes and unsubscribes, over all connections: a rate does not begin anew with a connection.
    joins: Brake,
    generations: u64,
    heads_at: u64,
    handover_at: u64,
    window_ms: u64,
    /// Handshakes in a row that failed with no status to see.
    silent_failures: u32,
    out: Vec<Output>,
}

/// What is being done about the primary connection.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Phase {
    New,
    AwaitingToken,
    Connecting,
    /// `GET /connect-check` was asked.
    Checking {
        deadline: u64,
    },
    Online,
    Waiting {
        until: u64,
    },
    Closed(CloseReason),
}

impl Machine {
    /// A client that is not connected yet.
    ///
    /// # Errors
    /// When the configuration cannot be.
    pub fn new(config: Arc<Config>, random: Box<dyn Random>) -> Result<Self, ConfigError> {
        config.validate()?;
        Ok(Self {
            now: 0,
            phase: Phase::New,
            state: None,
            primary: None,
            second: None,
            last_socket: 0,
            last_id: 0,
            backoff: Backoff::new(
                config.backoff_base_ms,
                config.backoff_cap_ms,
                config.stable_after_ms,
            ),
            tokens: Tokens::default(),
            pending: BTreeMap::new(),
            outbox: Outbox::new(config.outbox_capacity, config.in_flight, config.ordered),
            subscriptions: BTreeMap::new(),
            joins: Brake::default(),
            generations: 0,
            heads_at: u64::MAX,
            handover_at: u64::MAX,
            window_ms: 0,
            silent_failures: 0,
            out: Vec::new(),
            config,
            random,
        })
    }

    /// Something happened at this time: what is to be done.
    pub fn handle(&mut self, now_ms: u64, input: Input) -> Vec<Output> {
        self.now = self.now.max(now_ms);
        match input {
            Input::Start => self.start(),
            Input::Timer => {}
            Input::Opened { socket } => self.opened(socket),
            Input::HandshakeFailed { socket, status } => self.handshake_failed(socket, status),
            Input::Closed { socket, code } => self.closed(socket, code),
            Input::Frame { socket, text } => self.frame(socket, text.as_str()),
            Input::Token {
                token,
                expires_at_ms,
            } => self.token_brought(token, expires_at_ms),
            Input::TokenFailed { permanent } => self.token_failed(permanent),
            Input::Checked { status } => self.checked(status),
            Input::Subscribe { channel, since } => self.subscribe(channel, since),
            Input::Unsubscribe { channel } => self.unsubscribe(&channel),
            Input::Publish {
                request,
                channel,
                data,
                key,
                expires_in_ms,
            } => self.publish(request, channel, data, key, expires_in_ms),
            Input::History {
                request,
                channel,
                from,
                limit,
                expires_in_ms,
            } => self.ask_history(request, channel, from, limit, expires_in_ms),
            Input::Presence {
                request,
                channel,
                cursor,
                expires_in_ms,
            } => self.ask_presence(request, channel, cursor, expires_in_ms),
            Input::Close => self.stop(CloseReason::ByApplication),
        }
        self.run_due();
        std::mem::take(&mut self.out)
    }

    /// When to call with [`Input::Timer`]; none while there is nothing to wait for. It changes with every input. A time that
    /// has passed means at once.
    #[must_use]
    pub fn wake_at(&self) -> Option<u64> {
        let at = self.next_timer();
        (at != u64::MAX).then_some(at)
    }

    /// The newest state that the application was told; none before the start.
    #[must_use]
    pub fn state(&self) -> Option<&State> {
        self.state.as_ref()
    }

    /// The newest place up to which a channel was handed over; none where it is not subscribed to, or keeps no history.
    #[must_use]
    pub fn position(&self, channel: &Channel) -> Option<tidegate_protocol::Position> {
        self.subscriptions.get(channel)?.sequence.seen()
    }

    /// How many requests of the application wait for their answers.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.outbox.len()
    }

    fn event(&mut self, event: Event) {
        self.out.push(Output::Event(event));
    }

    fn tell(&mut self, state: State) {
        if self.state.as_ref() != Some(&state) {
            self.state = Some(state.clone());
            self.event(Event::State { state });
        }
    }

    fn draw(&mut self, ceiling: u64) -> u64 {
        draw(&mut *self.random, ceiling)
    }

    fn is_closed(&self) -> bool {
        matches!(self.phase, Phase::Closed(_))
    }

    /// The connection with this number, if it is still of interest.
    fn link_mut(&mut self, socket: SocketId) -> Option<&mut Link> {
        let second = self.second.as_mut().map(Second::link_mut);
        let mut links = self.primary.iter_mut().chain(second);
        links.find(|link| link.socket == socket)
    }

    fn links(&self) -> impl Iterator<Item = &Link> {
        let second = self.second.as_ref().map(Second::link);
        self.primary.iter().chain(second)
    }
}

impl std::fmt::Debug for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Machine")
            .field("phase", &self.phase)
            .field("subscriptions", &self.subscriptions.len())
            .field("waiting", &self.outbox.len())
            .finish_non_exhaustive()
    }
}
