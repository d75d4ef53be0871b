//! The primary connection: how it comes about, how it ends, and when the next one is tried.

use tidegate_protocol::{Goodbye, GoodbyeReason};

use super::handover::Second;
use super::heartbeat::Heartbeat;
use super::input::SocketId;
use super::link::{Link, Member, Pace, Stage};
use super::output::{Cause, CloseReason, DropReason, Event, Output, RequestError, State};
use super::verdict::{Verdict, may_be_of_many, of_status};
use super::{Machine, Phase};

/// After how many handshakes without a status it is asked why.
const SILENT_FAILURES: u32 = 2;

impl Machine {
    pub(super) fn start(&mut self) {
        if self.phase == Phase::New {
            self.begin();
        }
    }

    /// Tries to connect, as soon as there is a token.
    pub(super) fn begin(&mut self) {
        self.tell(State::Connecting);
        let Some(token) = self.tokens.usable(self.now).cloned() else {
            self.phase = Phase::AwaitingToken;
            self.ask_for_token();
            return;
        };
        // The handshake brings the newest one.
        self.tokens.send_at(None);
        let link = self.new_link();
        self.phase = Phase::Connecting;
        self.out.push(Output::Connect {
            socket: link.socket,
            token,
        });
        self.primary = Some(link);
    }

    pub(super) fn new_link(&mut self) -> Link {
        self.last_socket += 1;
        let pace = Pace::new(self.config.subscribe_burst, self.config.subscribe_every_ms);
        let deadline = self.now + self.config.connect_timeout_ms;
        Link::connecting(SocketId(self.last_socket), deadline, pace)
    }

    pub(super) fn opened(&mut self, socket: SocketId) {
        let first_ping = self.draw(self.config.ping_interval_ms);
        let heartbeat = Heartbeat::new(
            self.now,
            first_ping,
            self.config.ping_interval_ms,
            self.config.pong_timeout_ms,
        );
        let now = self.now;
        let channels: Vec<_> = self.subscriptions.keys().cloned().collect();
        let Some(link) = self.link_mut(socket).filter(|link| !link.is_open()) else {
            // It was given up meanwhile.
            self.out.push(Output::CloseSocket { socket });
            return;
        };
        link.stage = Stage::Open { heartbeat };
        for channel in channels {
            link.want(channel, now);
        }
        if self
            .primary
            .as_ref()
            .is_some_and(|link| link.socket == socket)
        {
            self.online();
        } else {
            self.successor_opened();
        }
    }

    /// The primary connection is open.
    pub(super) fn online(&mut self) {
        self.phase = Phase::Online;
        self.backoff.opened(self.now);
        self.tokens.accepted();
        self.silent_failures = 0;
        self.plan_heads();
        self.plan_handover();
        self.tell(State::Online);
    }

    pub(super) fn handshake_failed(&mut self, socket: SocketId, status: Option<u16>) {
        if self.is_primary(socket) {
            self.primary = None;
            self.attempt_failed(status);
        } else if self.is_successor(socket) {
            self.successor_failed(status);
        }
    }

    pub(super) fn attempt_failed(&mut self, status: Option<u16>) {
        let Some(status) = status else {
            self.silent_failures += 1;
            self.come_back_or_check();
            return;
        };
        self.silent_failures = 0;
        let cause = Cause::Refused { status };
        match of_status(status) {
            Verdict::Retry => self.come_back(cause, false),
            Verdict::RetrySpread => self.come_back(cause, true),
            Verdict::Stop(reason) => self.stop(reason),
            Verdict::NewToken if self.tokens.unauthorized() => self.begin(),
            Verdict::NewToken => self.stop(CloseReason::Unauthorized),
        }
    }

    fn come_back_or_check(&mut self) {
        let token = self.tokens.current().cloned();
        match token {
            Some(token) if self.config.connect_check && self.silent_failures >= SILENT_FAILURES => {
                self.silent_failures = 0;
                let deadline = self.now + self.config.request_timeout_ms;
                self.phase = Phase::Checking { deadline };
                self.out.push(Output::Check { token });
            }
            _ => self.come_back(Cause::Unreachable, false),
        }
    }

    /// `GET /connect-check` says what the handshake would say.
    pub(super) fn checked(&mut self, status: Option<u16>) {
        if !matches!(self.phase, Phase::Checking { .. }) {
            return;
        }
        match status {
            // The token is good, so that it is the way there that is not.
            None | Some(200..300) => self.come_back(Cause::Unreachable, false),
            Some(status) => self.attempt_failed(Some(status)),
        }
    }

    /// Tries again after a random time under the ceiling; where many may come back together, over the whole window.
    pub(super) fn come_back(&mut self, cause: Cause, spread: bool) {
        let ceiling = self.backoff.next_ceiling(self.now);
        let window = if spread { self.window_ms } else { 0 };
        self.wait(cause, 0, ceiling.max(window));
    }

    fn wait(&mut self, cause: Cause, at_least: u64, ceiling: u64) {
        let retry_in_ms = at_least.saturating_add(self.draw(ceiling));
        self.phase = Phase::Waiting {
            until: self.now.saturating_add(retry_in_ms),
        };
        self.tell(State::Offline { cause, retry_in_ms });
    }

    pub(super) fn closed(&mut self, socket: SocketId, code: Option<u16>) {
        let cause = Cause::Ended { code };
        self.ended(socket, cause, may_be_of_many(code));
    }

    /// A connection is dead or of no more use: it is ended from here.
    pub(super) fn abandon(&mut self, socket: SocketId, cause: Cause, spread: bool) {
        self.out.push(Output::CloseSocket { socket });
        self.ended(socket, cause, spread);
    }

    fn ended(&mut self, socket: SocketId, cause: Cause, spread: bool) {
        if self.is_successor(socket) {
            self.successor_failed(None);
            return;
        }
        let was_primary = self.is_primary(socket);
        self.remove(socket);
        if was_primary && !self.take_successor() {
            self.come_back(cause, spread);
        }
    }

    pub(super) fn goodbye(&mut self, socket: SocketId, goodbye: &Goodbye) {
        self.out.push(Output::CloseSocket { socket });
        if self.is_successor(socket) {
            self.successor_failed(None);
            return;
        }
        let was_primary = self.is_primary(socket);
        self.remove(socket);
        if !was_primary {
            return;
        }
        let reason = goodbye.reason;
        // The second connection has taken its place already: in the server's eyes too.
        let only_this = matches!(reason, GoodbyeReason::Replaced | GoodbyeReason::Drain);
        if only_this && self.take_successor() {
            return;
        }
        if reason == GoodbyeReason::Expired {
            self.tokens.forget();
        }
        self.give_up_second();
        if !goodbye.reconnect {
            self.stop(CloseReason::Goodbye { goodbye: reason });
            return;
        }
        let ceiling = self.backoff.next_ceiling(self.now);
        let window = goodbye.window_ms.unwrap_or(ceiling);
        let at_least = goodbye.retry_after_ms.unwrap_or(0);
        self.wait(Cause::Goodbye { reason }, at_least, window);
    }

    /// A second connection that is under way becomes the primary one. Whether there is one.
    fn take_successor(&mut self) -> bool {
        match self.second.take() {
            Some(Second::Successor { link, .. }) => {
                let is_open = link.is_open();
                self.primary = Some(link);
                if is_open {
                    self.online();
                } else {
                    self.phase = Phase::Connecting;
                    self.tell(State::Connecting);
                }
                true
            }
            other => {
                self.second = other;
                false
            }
        }
    }

    /// Takes a connection out, with everything that hangs on it.
    pub(super) fn remove(&mut self, socket: SocketId) {
        let link = if self.is_primary(socket) {
            self.primary.take()
        } else if self.second.as_ref().map(|second| second.link().socket) == Some(socket) {
            self.second.take().map(Second::into_link)
        } else {
            None
        };
        let Some(link) = link else { return };
        self.forget_requests(socket);
        self.outbox.lost(socket);
        for (channel, member) in &link.members {
            let elsewhere = self.links().any(|link| link.has_joined(channel));
            if *member == Member::Joined
                && !elsewhere
                && let Some(subscription) = self.subscriptions.get_mut(channel)
            {
                subscription.broken = true;
            }
        }
    }

    /// Ends the client for good.
    pub(super) fn stop(&mut self, reason: CloseReason) {
        if self.is_closed() {
            return;
        }
        let sockets: Vec<SocketId> = self.links().map(|link| link.socket).collect();
        for socket in sockets {
            self.out.push(Output::CloseSocket { socket });
        }
        self.primary = None;
        self.second = None;
        self.pending.clear();
        self.phase = Phase::Closed(reason.clone());
        for entry in self.outbox.drain() {
            let error = RequestError::Closed {
                closed: reason.clone(),
                maybe_done: entry.maybe_done(),
            };
            self.event(Event::Failed {
                request: entry.request,
                error,
            });
        }
        for channel in std::mem::take(&mut self.subscriptions).into_keys() {
            let closed = reason.clone();
            let reason = DropReason::Closed { closed };
            self.event(Event::Dropped { channel, reason });
        }
        self.tell(State::Closed { reason });
    }

    pub(super) fn is_primary(&self, socket: SocketId) -> bool {
        self.primary
            .as_ref()
            .is_some_and(|link| link.socket == socket)
    }
}
