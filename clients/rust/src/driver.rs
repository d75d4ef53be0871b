//! What drives the machine: one task for a client, and one for each of its connections.

mod clock;
mod handshake;
mod socket;
mod tls;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::value::RawValue;
use tidegate_protocol::{Ack, Channel, HistoryPage, IdempotencyKey, Position, PresenceList};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot, watch};
use tokio::task::JoinSet;

pub(crate) use self::clock::Clock;
pub use self::handshake::{Failure as HandshakeFailure, Handshake, Stream};
use self::socket::Signal;
use crate::machine::{
    Event, HistoryFrom, Input, Machine, Output, RequestError, RequestHandle, SocketId, State,
};
use crate::subscription::{ChannelEvent, Mailbox};
use crate::token::{Token, TokenError, TokenProvider};

/// How long connections have to say farewell when the client ends.
const FAREWELL: Duration = Duration::from_secs(2);
/// How many frames may wait for the machine: beyond that, the connection is not read, and the sender waits.
pub(crate) const SIGNALS: usize = 64;

/// What the application wants.
#[derive(Debug)]
pub(crate) enum Command {
    Subscribe {
        channel: Channel,
        since: Option<Position>,
        id: u64,
        mailbox: Arc<Mailbox>,
    },
    Unsubscribe {
        channel: Channel,
        id: u64,
    },
    Request {
        what: Request,
        expires_in_ms: u64,
        /// Its place in the outbox, until it is answered.
        room: OwnedSemaphorePermit,
    },
    Close,
}

/// A request, and where its answer goes.
#[derive(Debug)]
pub(crate) enum Request {
    Publish {
        channel: Channel,
        data: Box<RawValue>,
        key: IdempotencyKey,
        answer: Answer<Ack>,
    },
    History {
        channel: Channel,
        from: HistoryFrom,
        limit: Option<u32>,
        answer: Answer<HistoryPage>,
    },
    Presence {
        channel: Channel,
        cursor: Option<String>,
        answer: Answer<PresenceList>,
    },
}

pub(crate) type Answer<T> = oneshot::Sender<Result<T, RequestError>>;

/// Who waits for an answer.
enum Waiting {
    Publish(Answer<Ack>),
    History(Answer<HistoryPage>),
    Presence(Answer<PresenceList>),
}

/// What the client and its task share.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    /// The id of the subscription of each channel.
    pub(crate) subscribed: Mutex<BTreeMap<Channel, u64>>,
    pub(crate) last_failure: Mutex<Option<String>>,
}

impl Shared {
    fn forget(&self, channel: &Channel, id: u64) {
        let mut subscribed = self
            .subscribed
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if subscribed.get(channel) == Some(&id) {
            subscribed.remove(channel);
        }
    }
}

/// Sees each text frame as it arrives.
pub(crate) type Inspect = Arc<dyn Fn(&str) + Send + Sync>;

/// The task of a client.
pub(crate) struct Driver {
    pub(crate) machine: Machine,
    pub(crate) clock: Clock,
    pub(crate) handshake: Arc<Handshake>,
    pub(crate) provider: Arc<dyn TokenProvider>,
    pub(crate) inspect: Option<Inspect>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) state: watch::Sender<State>,
    pub(crate) commands: mpsc::UnboundedReceiver<Command>,
}

/// The task while it runs.
struct Running {
    driver: Driver,
    sockets: BTreeMap<SocketId, mpsc::UnboundedSender<String>>,
    tasks: JoinSet<()>,
    signals: mpsc::Sender<Signal>,
    mailboxes: BTreeMap<Channel, (u64, Arc<Mailbox>)>,
    waiting: BTreeMap<RequestHandle, (Waiting, OwnedSemaphorePermit)>,
    last_request: u64,
    has_ended: bool,
}

impl Driver {
    /// Runs until the client ends, or is dropped.
    pub(crate) async fn run(self) {
        let (signals, mut arriving) = mpsc::channel(SIGNALS);
        let mut running = Running {
            driver: self,
            sockets: BTreeMap::new(),
            tasks: JoinSet::new(),
            signals,
            mailboxes: BTreeMap::new(),
            waiting: BTreeMap::new(),
            last_request: 0,
            has_ended: false,
        };
        running.step(Input::Start);
        while !running.has_ended {
            let wake = running
                .driver
                .machine
                .wake_at()
                .map(|at| running.driver.clock.instant(at));
            tokio::select! {
                command = running.driver.commands.recv() => match command {
                    Some(command) => running.command(command),
                    // The last handle of the client was dropped.
                    None => running.step(Input::Close),
                },
                Some(signal) = arriving.recv() => running.signal(signal),
                Some(_) = running.tasks.join_next() => {}
                () = sleep_until(wake) => running.step(Input::Timer),
            }
        }
        drop(arriving);
        running.end().await;
    }
}

async fn sleep_until(at: Option<tokio::time::Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

impl Running {
    fn step(&mut self, input: Input) {
        let now = self.driver.clock.now_ms();
        for output in self.driver.machine.handle(now, input) {
            self.perform(output);
        }
    }

    fn perform(&mut self, output: Output) {
        match output {
            Output::Connect { socket, token } => {
                let (outgoing, frames) = mpsc::unbounded_channel();
                self.sockets.insert(socket, outgoing);
                let handshake = Arc::clone(&self.driver.handshake);
                let signals = self.signals.clone();
                self.tasks
                    .spawn(socket::run(socket, handshake, token, frames, signals));
            }
            Output::Send { socket, text } => {
                if let Some(outgoing) = self.sockets.get(&socket) {
                    // A connection that has just ended says so by itself.
                    let _ended = outgoing.send(text.into());
                }
            }
            // Its task sees that nothing will be sent any more, and says farewell.
            Output::CloseSocket { socket } => {
                self.sockets.remove(&socket);
            }
            Output::WantToken { reason } => {
                let provider = Arc::clone(&self.driver.provider);
                let signals = self.signals.clone();
                self.tasks.spawn(async move {
                    let brought = provider.token(reason).await;
                    // The client may have ended meanwhile.
                    let _ended = signals.send(Signal::Token(brought)).await;
                });
            }
            // The status of a handshake is seen here, so that this is never asked; and if, it is not known.
            Output::Check { .. } => self.step(Input::Checked { status: None }),
            Output::Event(event) => self.event(event),
        }
    }

    fn signal(&mut self, signal: Signal) {
        let input = match signal {
            Signal::Opened(socket) => Input::Opened { socket },
            Signal::Failed {
                socket,
                status,
                problem,
            } => {
                let mut last = self
                    .driver
                    .shared
                    .last_failure
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                *last = Some(problem);
                drop(last);
                self.sockets.remove(&socket);
                Input::HandshakeFailed { socket, status }
            }
            Signal::Closed { socket, code } => {
                self.sockets.remove(&socket);
                Input::Closed { socket, code }
            }
            Signal::Frame { socket, text } => {
                let is_open = self.sockets.contains_key(&socket);
                if let Some(inspect) = self.driver.inspect.as_ref().filter(|_| is_open) {
                    inspect(text.as_str());
                }
                Input::Frame { socket, text }
            }
            Signal::Token(Ok(Token {
                token,
                expires_at_ms,
            })) => Input::Token {
                token,
                expires_at_ms,
            },
            Signal::Token(Err(error)) => Input::TokenFailed {
                permanent: error == TokenError::SignedOut,
            },
        };
        self.step(input);
    }

    fn command(&mut self, command: Command) {
        match command {
            Command::Subscribe {
                channel,
                since,
                id,
                mailbox,
            } => {
                self.mailboxes.insert(channel.clone(), (id, mailbox));
                self.step(Input::Subscribe { channel, since });
            }
            Command::Unsubscribe { channel, id } => {
                let known = self.mailboxes.get(&channel);
                if known.is_some_and(|(known, _)| *known == id) {
                    self.mailboxes.remove(&channel);
                    self.driver.shared.forget(&channel, id);
                    self.step(Input::Unsubscribe { channel });
                }
            }
            Command::Request {
                what,
                expires_in_ms,
                room,
            } => self.request(what, expires_in_ms, room),
            Command::Close => self.step(Input::Close),
        }
    }

    fn request(&mut self, what: Request, expires_in_ms: u64, room: OwnedSemaphorePermit) {
        self.last_request += 1;
        let request = RequestHandle(self.last_request);
        let (waiting, input) = match what {
            Request::Publish {
                channel,
                data,
                key,
                answer,
            } => {
                let input = Input::Publish {
                    request,
                    channel,
                    data,
                    key,
                    expires_in_ms,
                };
                (Waiting::Publish(answer), input)
            }
            Request::History {
                channel,
                from,
                limit,
                answer,
            } => {
                let input = Input::History {
                    request,
                    channel,
                    from,
                    limit,
                    expires_in_ms,
                };
                (Waiting::History(answer), input)
            }
            Request::Presence {
                channel,
                cursor,
                answer,
            } => {
                let input = Input::Presence {
                    request,
                    channel,
                    cursor,
                    expires_in_ms,
                };
                (Waiting::Presence(answer), input)
            }
        };
        self.waiting.insert(request, (waiting, room));
        self.step(input);
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::State { state } => {
                self.has_ended = matches!(state, State::Closed { .. });
                self.driver.state.send_replace(state);
            }
            Event::Subscribed { channel, position } => {
                self.post(&channel, ChannelEvent::Subscribed { position });
            }
            Event::Publication { publication } => {
                let channel = publication.channel.clone();
                self.post(&channel, ChannelEvent::Publication(publication));
            }
            Event::Recovered { channel } => self.post(&channel, ChannelEvent::Recovered),
            Event::Lost { channel, position } => {
                self.post(&channel, ChannelEvent::Lost { position });
            }
            Event::PresenceChange { change } => {
                let channel = change.channel.clone();
                self.post(&channel, ChannelEvent::PresenceChange(change));
            }
            Event::Dropped { channel, reason } => {
                if let Some((id, mailbox)) = self.mailboxes.remove(&channel) {
                    self.driver.shared.forget(&channel, id);
                    mailbox.push(ChannelEvent::Dropped(reason));
                }
            }
            Event::Acked { request, ack } => {
                if let Some((Waiting::Publish(answer), _)) = self.waiting.remove(&request) {
                    // Nobody may be waiting for it any more; so below.
                    let _gone = answer.send(Ok(ack));
                }
            }
            Event::History { request, page } => {
                if let Some((Waiting::History(answer), _)) = self.waiting.remove(&request) {
                    let _gone = answer.send(Ok(page));
                }
            }
            Event::Presence { request, list } => {
                if let Some((Waiting::Presence(answer), _)) = self.waiting.remove(&request) {
                    let _gone = answer.send(Ok(list));
                }
            }
            Event::Failed { request, error } => {
                if let Some((waiting, _)) = self.waiting.remove(&request) {
                    fail(waiting, error);
                }
            }
            // For whoever drives the machine with a log at hand.
            Event::HandedOver { .. } | Event::Unexpected { .. } => {}
        }
    }

    fn post(&self, channel: &Channel, event: ChannelEvent) {
        if let Some((_, mailbox)) = self.mailboxes.get(channel) {
            mailbox.push(event);
        }
    }

    /// Ends what is left. The connections' tasks have a moment for their farewells.
    async fn end(mut self) {
        self.driver.commands.close();
        while let Ok(command) = self.driver.commands.try_recv() {
            // Requests and subscriptions that came too late get their answers.
            self.command(command);
        }
        for (_, mailbox) in std::mem::take(&mut self.mailboxes).into_values() {
            mailbox.close();
        }
        self.sockets.clear();
        let farewells = async { while self.tasks.join_next().await.is_some() {} };
        // What takes longer is cut off: the tasks end with their set.
        let _cut_off = tokio::time::timeout(FAREWELL, farewells).await;
    }
}

fn fail(waiting: Waiting, error: RequestError) {
    // Nobody may be waiting for it any more.
    let _gone = match waiting {
        Waiting::Publish(answer) => answer.send(Err(error)).is_err(),
        Waiting::History(answer) => answer.send(Err(error)).is_err(),
        Waiting::Presence(answer) => answer.send(Err(error)).is_err(),
    };
}
