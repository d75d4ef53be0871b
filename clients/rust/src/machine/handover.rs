//! The hand-over before the gateway's two-hour limit: a second connection in the same session joins everything, and only
//! then is the first one drained and closed. Meanwhile both deliver, and doubles are dropped.

use super::input::SocketId;
use super::link::Link;
use super::output::{Event, Output};
use super::{Machine, Phase};

/// A hand-over that failed is tried again after this, and a random time up to as much.
const TRY_AGAIN_MS: u64 = 30_000;

/// The second connection.
#[derive(Debug)]
pub(super) enum Second {
    /// It is to take over.
    Successor {
        link: Link,
        /// By when everything must be joined on it.
        deadline: u64,
    },
    /// It was taken over from: it only receives what is on its way to it.
    Drained { link: Link, until: u64 },
}

impl Second {
    pub(super) fn link(&self) -> &Link {
        match self {
            Self::Successor { link, .. } | Self::Drained { link, .. } => link,
        }
    }

    pub(super) fn link_mut(&mut self) -> &mut Link {
        match self {
            Self::Successor { link, .. } | Self::Drained { link, .. } => link,
        }
    }

    pub(super) fn into_link(self) -> Link {
        match self {
            Self::Successor { link, .. } | Self::Drained { link, .. } => link,
        }
    }

    pub(super) fn wake_at(&self, joins_at: u64) -> u64 {
        match self {
            Self::Successor { link, deadline } => link.wake_at(joins_at).min(*deadline),
            Self::Drained { until, .. } => *until,
        }
    }
}

impl Machine {
    /// At a random age of the connection: a fixed one would repeat every storm of connects two hours later.
    pub(super) fn plan_handover(&mut self) {
        let (earliest, latest) = (
            self.config.handover_earliest_ms,
            self.config.handover_latest_ms,
        );
        self.handover_at = self.now + earliest + self.draw(latest - earliest);
    }

    /// Goes on with the hand-over, if there is one to begin or under way.
    pub(super) fn hand_over(&mut self) {
        match &self.second {
            None if self.phase == Phase::Online && self.handover_at <= self.now => {
                self.begin_handover();
            }
            Some(Second::Successor { link, deadline }) => {
                let late = *deadline <= self.now;
                let whole = link.is_open()
                    && link.is_settled()
                    && self.subscriptions.values().all(|one| one.gap.is_none());
                if whole {
                    self.promote();
                } else if late {
                    let socket = link.socket;
                    self.out.push(Output::CloseSocket { socket });
                    self.successor_failed(None);
                }
            }
            Some(Second::Drained { link, until }) if *until <= self.now => {
                let socket = link.socket;
                self.out.push(Output::CloseSocket { socket });
                self.remove(socket);
            }
            _ => {}
        }
    }

    fn begin_handover(&mut self) {
        let Some(token) = self.tokens.usable(self.now).cloned() else {
            // The next one is on its way.
            self.handover_at = self.now + TRY_AGAIN_MS;
            return;
        };
        let link = self.new_link();
        self.out.push(Output::Connect {
            socket: link.socket,
            token,
        });
        let deadline = self.now + self.config.connect_timeout_ms;
        self.second = Some(Second::Successor { link, deadline });
    }

    pub(super) fn successor_opened(&mut self) {
        let by = self.now + self.config.handover_timeout_ms;
        if let Some(Second::Successor { deadline, .. }) = &mut self.second {
            *deadline = by;
        }
    }

    /// The first connection goes on meanwhile, so that nothing here ends the client.
    pub(super) fn successor_failed(&mut self, status: Option<u16>) {
        if let Some(socket) = self.second.as_ref().map(|second| second.link().socket) {
            self.remove(socket);
        }
        if status == Some(401) {
            self.ask_for_token();
        }
        self.handover_at = self.now + TRY_AGAIN_MS + self.draw(TRY_AGAIN_MS);
    }

    fn promote(&mut self) {
        let Some(Second::Successor { link, .. }) = self.second.take() else {
            return;
        };
        let socket = link.socket;
        let old = self.primary.replace(link);
        let until = self.now + self.config.drain_ms;
        self.second = old.map(|link| Second::Drained { link, until });
        self.plan_handover();
        self.event(Event::HandedOver { socket });
    }

    pub(super) fn give_up_second(&mut self) {
        if let Some(second) = &self.second {
            let socket = second.link().socket;
            self.out.push(Output::CloseSocket { socket });
            self.remove(socket);
        }
    }

    pub(super) fn is_successor(&self, socket: SocketId) -> bool {
        matches!(&self.second, Some(Second::Successor { link, .. }) if link.socket == socket)
    }
}
