//! Frames that are answered: the machine's own, and those of the application.

use serde_json::value::RawValue;
use tidegate_protocol::{
    Channel, ClientFrame, HistoryFrame, IdempotencyKey, MAX_FRAME_BYTES, Position, PresenceFrame,
    PublishFrame, RequestId,
};

use super::input::{FrameText, HistoryFrom, RequestHandle, SocketId};
use super::outbox::Entry;
use super::output::{Event, Output, RequestError};
use super::recovery::GapStage;
use super::{Machine, Phase};

/// A frame of the machine's own that waits for its answer. It is never sent again as it is: what it was for decides.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) socket: SocketId,
    pub(super) sent_at: u64,
    pub(super) asked: Asked,
}

/// What was asked.
#[derive(Debug)]
pub(super) enum Asked {
    Subscribe {
        channel: Channel,
        since: Option<Position>,
        generation: u64,
        tries: u32,
    },
    Unsubscribe {
        channel: Channel,
    },
    Page {
        channel: Channel,
        /// What is known to be missing, at the time of asking.
        target: Position,
    },
    Refresh,
    Heads {
        channels: Vec<Channel>,
    },
}

impl Machine {
    /// Sends a frame of the machine's own, and gives its id.
    pub(super) fn ask(
        &mut self,
        socket: SocketId,
        asked: Asked,
        frame: impl FnOnce(RequestId) -> ClientFrame,
    ) -> u64 {
        let id = self.new_id();
        // The id is a number, and the frame is made of texts and numbers: neither can fail.
        let text = RequestId::new(id.to_string())
            .ok()
            .and_then(|id| frame(id).to_json().ok());
        if let Some(text) = text {
            self.send(socket, text);
        }
        let sent_at = self.now;
        let pending = Pending {
            socket,
            sent_at,
            asked,
        };
        self.pending.insert(id, pending);
        id
    }

    pub(super) fn send(&mut self, socket: SocketId, text: String) {
        let text = FrameText::new(text);
        self.out.push(Output::Send { socket, text });
    }

    pub(super) fn new_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// A connection has gone: what was asked on it has no answer.
    pub(super) fn forget_requests(&mut self, socket: SocketId) {
        let gone = self
            .pending
            .extract_if(.., |_, pending| pending.socket == socket);
        let gone: Vec<Asked> = gone.map(|(_, pending)| pending.asked).collect();
        for asked in gone {
            match asked {
                Asked::Page { channel, .. } => self.ask_page_at(&channel, self.now),
                Asked::Refresh => self.tokens.send_at(Some(self.now)),
                _ => {}
            }
        }
    }

    pub(super) fn ask_page_at(&mut self, channel: &Channel, until: u64) {
        if let Some(one) = self.subscriptions.get_mut(channel)
            && let Some(gap) = &mut one.gap
        {
            gap.stage = GapStage::Waiting { until };
        }
    }

    pub(super) fn publish(
        &mut self,
        request: RequestHandle,
        channel: Channel,
        data: Box<RawValue>,
        key: IdempotencyKey,
        expires_in_ms: u64,
    ) {
        let publishes = Some(channel.clone());
        self.enqueue(request, publishes, expires_in_ms, |id| {
            ClientFrame::Publish(PublishFrame {
                id,
                channel,
                data,
                key: Some(key),
            })
        });
    }

    pub(super) fn ask_history(
        &mut self,
        request: RequestHandle,
        channel: Channel,
        from: HistoryFrom,
        limit: Option<u32>,
        expires_in_ms: u64,
    ) {
        let (after, before) = match from {
            HistoryFrom::After(place) => (Some(place), None),
            HistoryFrom::Before(place) => (None, Some(place)),
            HistoryFrom::Newest => (None, None),
        };
        self.enqueue(request, None, expires_in_ms, |id| {
            ClientFrame::History(HistoryFrame {
                id,
                channel,
                after,
                before,
                limit,
            })
        });
    }

    pub(super) fn ask_presence(
        &mut self,
        request: RequestHandle,
        channel: Channel,
        cursor: Option<String>,
        expires_in_ms: u64,
    ) {
        self.enqueue(request, None, expires_in_ms, |id| {
            ClientFrame::Presence(PresenceFrame {
                id,
                channel,
                cursor,
            })
        });
    }

    fn enqueue(
        &mut self,
        request: RequestHandle,
        publishes: Option<Channel>,
        expires_in_ms: u64,
        frame: impl FnOnce(RequestId) -> ClientFrame,
    ) {
        let id = self.new_id();
        let text = RequestId::new(id.to_string())
            .ok()
            .and_then(|id| frame(id).to_json().ok())
            .unwrap_or_default();
        let problem = match &self.phase {
            Phase::Closed(reason) => Some(RequestError::Closed {
                closed: reason.clone(),
                maybe_done: false,
            }),
            // The gateway would end the connection.
            _ if text.len() > MAX_FRAME_BYTES => Some(RequestError::TooLarge { bytes: text.len() }),
            _ if self.outbox.is_full() => Some(RequestError::Full),
            _ => None,
        };
        if let Some(error) = problem {
            self.event(Event::Failed { request, error });
            return;
        }
        let expires_at = self.now.saturating_add(expires_in_ms);
        let entry = Entry::new(request, publishes, text, expires_at);
        self.outbox.push(id, entry);
    }

    /// Sends what waits in the outbox, as far as it may be sent.
    pub(super) fn pump_outbox(&mut self) {
        for entry in self.outbox.expired(self.now) {
            let error = RequestError::Expired {
                maybe_done: entry.maybe_done(),
            };
            self.event(Event::Failed {
                request: entry.request,
                error,
            });
        }
        if self.phase != Phase::Online {
            return;
        }
        let Some(socket) = self.primary.as_ref().map(|link| link.socket) else {
            return;
        };
        for text in self.outbox.pump(self.now, socket) {
            self.send(socket, text);
        }
    }
}
