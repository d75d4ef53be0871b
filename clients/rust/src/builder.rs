//! Making a client.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use tidegate_protocol::SessionId;
use tokio::sync::{Semaphore, mpsc, watch};

use crate::client::{Client, Handle};
use crate::driver::{Clock, Driver, Handshake, Inspect, Shared};
use crate::error::BuildError;
use crate::machine::{Config, Machine, Seeded, State};
use crate::token::{TokenError, TokenProvider, TokenReason};

/// How many events of a channel may wait to be read.
const MAILBOX: usize = 1_024;
/// The length of a random session id and of a random key: 130 bits.
pub(crate) const RANDOM_LENGTH: usize = 22;

/// Settings of a client. Every one but the token has a default that is right for most.
#[must_use]
pub struct ClientBuilder {
    url: String,
    provider: Arc<dyn TokenProvider>,
    session: Option<SessionId>,
    inspect: Option<Inspect>,
    config: Config,
    mailbox: usize,
}

impl ClientBuilder {
    pub(crate) fn new(url: String) -> Self {
        Self {
            url,
            provider: Arc::new(|_: TokenReason| async { Err(TokenError::SignedOut) }),
            session: None,
            inspect: None,
            config: Config::default(),
            mailbox: MAILBOX,
        }
    }

    /// Where tokens come from: without it the client stops at once.
    pub fn token(mut self, provider: impl TokenProvider) -> Self {
        self.provider = Arc::new(provider);
        self
    }

    /// The session, which else is random and kept for the client's life. Two clients that live at a time must not share one.
    pub fn session(mut self, session: SessionId) -> Self {
        self.session = Some(session);
        self
    }

    /// The time from one ping to the next: at most 9 minutes; 30 s where it is not said.
    pub fn ping_interval(mut self, interval: Duration) -> Self {
        self.config.ping_interval_ms = millis(interval);
        self
    }

    /// How many requests may wait for their answers: 256 where it is not said.
    pub fn outbox(mut self, capacity: usize) -> Self {
        self.config.outbox_capacity = capacity;
        self
    }

    /// How many events of one channel may wait to be read: 1,024 where it is not said.
    pub fn mailbox(mut self, capacity: usize) -> Self {
        self.mailbox = capacity.max(1);
        self
    }

    /// Lets publications of one channel overtake each other, which is faster. Else each waits for the answer to the one
    /// before it.
    pub fn unordered(mut self) -> Self {
        self.config.ordered = false;
        self
    }

    /// All settings of the machine at once.
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Sees every text frame as it arrives, doubles and all: for tools and logs. It must be quick, and must not keep what it
    /// sees in a log, which would hold payloads.
    pub fn inspect_frames(mut self, inspect: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.inspect = Some(Arc::new(inspect));
        self
    }

    /// The client, which begins to connect.
    ///
    /// # Errors
    /// When the URL or a setting cannot be, or there is no tokio runtime.
    pub fn build(self) -> Result<Client, BuildError> {
        let runtime = tokio::runtime::Handle::try_current().map_err(|_| BuildError::NoRuntime)?;
        let mut random = fastrand::Rng::new();
        let session = match self.session {
            Some(session) => session,
            None => random_session(&mut random),
        };
        let handshake = Handshake::new(&self.url, &session)?;
        let capacity = self.config.outbox_capacity;
        let seed = Box::new(Seeded::new(random.u64(..)));
        let machine = Machine::new(Arc::new(self.config), seed)?;
        let (commands, arriving) = mpsc::unbounded_channel();
        let (state, states) = watch::channel(State::Connecting);
        let shared = Arc::new(Shared::default());
        let driver = Driver {
            machine,
            clock: Clock::start(),
            handshake: Arc::new(handshake),
            provider: self.provider,
            inspect: self.inspect,
            shared: Arc::clone(&shared),
            state,
            commands: arriving,
        };
        runtime.spawn(driver.run());
        Ok(Client::new(Handle {
            commands,
            states,
            shared,
            session,
            room: Arc::new(Semaphore::new(capacity.min(Semaphore::MAX_PERMITS))),
            mailbox: self.mailbox,
            last_subscription: AtomicU64::new(0),
        }))
    }
}

impl std::fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("url", &self.url)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn random_session(random: &mut fastrand::Rng) -> SessionId {
    loop {
        // Letters and digits are always a session id.
        if let Ok(session) = SessionId::new(random_text(random)) {
            return session;
        }
    }
}

pub(crate) fn random_text(random: &mut fastrand::Rng) -> String {
    std::iter::repeat_with(|| random.alphanumeric())
        .take(RANDOM_LENGTH)
        .collect()
}
