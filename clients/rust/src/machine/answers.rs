//! Frames of the server, and whose answers they are.

use tidegate_protocol::{
    Ack, Error, ErrorCode, HistoryPage, Incoming, PresenceChange, PresenceList, RequestId,
    ServerFrame,
};

use super::Machine;
use super::input::SocketId;
use super::link::Member;
use super::outbox::patience;
use super::output::{Cause, CloseReason, DropReason, Event, RequestError, Unexpected};
use super::requests::{Asked, Pending};
use super::sequence::Sequence;
use super::verdict::passes;

impl Machine {
    pub(super) fn frame(&mut self, socket: SocketId, text: &str) {
        let Some(link) = self.link_mut(socket) else {
            return;
        };
        if let Some(heartbeat) = link.heartbeat() {
            heartbeat.heard();
        }
        match Incoming::parse(text) {
            Ok(Incoming::Frame(frame)) => self.server_frame(socket, *frame),
            Ok(Incoming::Gateway(_)) => self.gateway_frame(socket),
            Ok(_) => self.unexpected(Unexpected::UnknownType),
            Err(_) => self.unexpected(Unexpected::Unreadable),
        }
    }

    fn unexpected(&mut self, what: Unexpected) {
        self.event(Event::Unexpected { what });
    }

    fn server_frame(&mut self, socket: SocketId, frame: ServerFrame) {
        match frame {
            ServerFrame::Publication(publication) => self.published(publication),
            ServerFrame::Ack(ack) => self.acked(ack),
            ServerFrame::Subscribed(reply) => {
                self.window_ms = reply.reconnect_window_ms;
                if reply.server_time_ms > 0 {
                    self.tokens.learn_time(reply.server_time_ms, self.now);
                }
                if let Some(Asked::Subscribe {
                    channel,
                    since,
                    generation,
                    ..
                }) = self.answered(&reply.id)
                {
                    self.subscribed(socket, (channel, since, generation), reply);
                }
            }
            ServerFrame::Unsubscribed(reply) => {
                if let Some(Asked::Unsubscribe { channel }) = self.answered(&reply.id) {
                    self.left(socket, &channel);
                }
            }
            ServerFrame::History(page) => self.history_came(page),
            ServerFrame::Presence(list) => self.presence_came(list),
            ServerFrame::PresenceChange(change) => self.presence_changed(change),
            ServerFrame::Refreshed(reply) => {
                if let Some(Asked::Refresh) = self.answered(&reply.id) {
                    self.refreshed(reply);
                }
            }
            ServerFrame::Heads(list) => {
                if let Some(Asked::Heads { channels }) = self.answered(&list.id) {
                    self.heads_came(channels, &list);
                }
            }
            ServerFrame::Error(error) => self.error_came(socket, error),
            ServerFrame::Goodbye(goodbye) => self.goodbye(socket, &goodbye),
            // Any frame is a sign of life, and this one is nothing else.
            ServerFrame::Pong => {}
            _ => self.unexpected(Unexpected::UnknownType),
        }
    }

    /// What this answers of the machine's own frames.
    fn answered(&mut self, id: &RequestId) -> Option<Asked> {
        let pending = self.pending.remove(&number(id)?)?;
        Some(pending.asked)
    }

    fn acked(&mut self, ack: Ack) {
        if let Some(entry) = number(&ack.id).and_then(|id| self.outbox.take(id)) {
            let request = entry.request;
            self.event(Event::Acked { request, ack });
        }
    }

    fn history_came(&mut self, page: HistoryPage) {
        let Some(id) = number(&page.id) else { return };
        if let Some(entry) = self.outbox.take(id) {
            let request = entry.request;
            self.event(Event::History { request, page });
        } else if let Some(Pending {
            asked: Asked::Page { channel, target },
            ..
        }) = self.pending.remove(&id)
        {
            self.page_came(&channel, target, page);
        }
    }

    fn presence_came(&mut self, list: PresenceList) {
        if let Some(entry) = number(&list.id).and_then(|id| self.outbox.take(id)) {
            let request = entry.request;
            self.event(Event::Presence { request, list });
        }
    }

    fn presence_changed(&mut self, change: PresenceChange) {
        let Some(subscription) = self.subscriptions.get_mut(&change.channel) else {
            return;
        };
        let joins = matches!(change.event, tidegate_protocol::PresenceEvent::Join);
        let what = (joins, &change.user, &change.session, change.at);
        // On two connections it arrives twice.
        if subscription.sequence.is_new(&what) {
            self.event(Event::PresenceChange { change });
        }
    }

    /// API Gateway does not say which frame its own error is about: where there is only one without an answer, it is that.
    fn gateway_frame(&mut self, socket: SocketId) {
        let own = self.pending.iter();
        let own = own.filter(|(_, pending)| pending.socket == socket);
        let mut waiting = own.map(|(id, _)| *id).chain(self.outbox.sent_on(socket));
        match (waiting.next(), waiting.next()) {
            (Some(only), None) => {
                drop(waiting);
                self.request_failed(only, ErrorCode::Unavailable, String::new(), None);
            }
            _ => {
                drop(waiting);
                self.unexpected(Unexpected::Gateway);
            }
        }
    }

    fn error_came(&mut self, socket: SocketId, error: Error) {
        if error.fatal {
            let code = error.code;
            self.abandon(socket, Cause::Fatal { code }, false);
            return;
        }
        let Error {
            id,
            code,
            message,
            retry_after_ms,
            ..
        } = error;
        match id.as_ref().and_then(number) {
            Some(id) => self.request_failed(id, code, message, retry_after_ms),
            None => {
                if code == ErrorCode::RateLimited {
                    let until = self.again_at(code, retry_after_ms, 0);
                    self.outbox.pause(self.now, until);
                }
                self.unexpected(Unexpected::Error);
            }
        }
    }

    /// A request has failed, or went without an answer.
    pub(super) fn request_failed(
        &mut self,
        id: u64,
        code: ErrorCode,
        message: String,
        retry_after: Option<u64>,
    ) {
        if let Some(pending) = self.pending.remove(&id) {
            self.own_request_failed(pending, code, message, retry_after);
            return;
        }
        let Some(tries) = self.outbox.get(id).map(super::outbox::Entry::tries) else {
            self.unexpected(Unexpected::Error);
            return;
        };
        if passes(code, retry_after) {
            let until = self.again_at(code, retry_after, tries);
            self.outbox.put_off(id, code, self.now, until);
        } else if let Some(entry) = self.outbox.take(id) {
            let error = RequestError::Refused { code, message };
            self.event(Event::Failed {
                request: entry.request,
                error,
            });
        }
    }

    fn again_at(&mut self, code: ErrorCode, retry_after: Option<u64>, tries: u32) -> u64 {
        let (wait, jitter) = patience(code, retry_after, tries);
        self.now
            .saturating_add(wait)
            .saturating_add(self.draw(jitter))
    }

    fn own_request_failed(
        &mut self,
        pending: Pending,
        code: ErrorCode,
        message: String,
        retry_after: Option<u64>,
    ) {
        let Pending {
            socket,
            sent_at,
            asked,
        } = pending;
        let again = passes(code, retry_after);
        match asked {
            Asked::Subscribe {
                channel,
                since,
                generation,
                tries,
            } => {
                let one = self.subscriptions.get_mut(&channel);
                match one.filter(|one| one.generation == generation) {
                    None => self.left(socket, &channel),
                    Some(_) if again => {
                        let at = self.again_at(code, retry_after, tries);
                        let tries = tries + 1;
                        self.set_member(socket, &channel, Some(Member::Wanted { at, tries }));
                        if code == ErrorCode::RateLimited {
                            self.joins.refused(self.now, sent_at, at - self.now);
                        }
                    }
                    // It keeps none any more: from here on without it.
                    Some(one) if code == ErrorCode::NoHistory && since.is_some() => {
                        one.sequence =
                            Sequence::new(None, self.config.held_capacity, self.config.recent_ids);
                        one.broken = true;
                        one.gap = None;
                        self.left(socket, &channel);
                    }
                    Some(_) => {
                        self.set_member(socket, &channel, None);
                        self.drop_channel(channel, DropReason::Refused { code, message });
                    }
                }
            }
            Asked::Unsubscribe { channel } if again => {
                let at = self.again_at(code, retry_after, 0);
                if code == ErrorCode::RateLimited {
                    self.joins.refused(self.now, sent_at, at - self.now);
                }
                self.set_member(socket, &channel, Some(Member::Unwanted { at }));
            }
            Asked::Unsubscribe { channel } => self.left(socket, &channel),
            Asked::Page { channel, .. } if again => {
                let tries = self.gap_tries(&channel);
                let at = self.again_at(code, retry_after, tries);
                self.ask_page_at(&channel, at);
            }
            // What is missing cannot be read.
            Asked::Page { channel, target } => self.lost(&channel, Some(target)),
            Asked::Refresh if again => {
                let at = self.again_at(code, retry_after, 0);
                self.tokens.send_at(Some(at));
            }
            Asked::Refresh if code == ErrorCode::WrongUser => self.stop(CloseReason::WrongUser),
            Asked::Refresh => self.refresh_refused(),
            // A server without heads, or one that has no time: they are asked for again with the next interval.
            Asked::Heads { .. } => {}
        }
    }

    fn gap_tries(&mut self, channel: &tidegate_protocol::Channel) -> u32 {
        let gap = self.subscriptions.get_mut(channel);
        let Some(gap) = gap.and_then(|one| one.gap.as_mut()) else {
            return 0;
        };
        gap.tries += 1;
        gap.tries
    }
}

/// Ids are numbers: the machine made them.
fn number(id: &RequestId) -> Option<u64> {
    id.as_str().parse().ok()
}
