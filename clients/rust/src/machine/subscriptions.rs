//! What the application wants to receive, and how it is joined and left.

use tidegate_protocol::{Channel, ClientFrame, Position, SubscribeFrame, UnsubscribeFrame};

use super::Machine;
use super::handover::Second;
use super::input::SocketId;
use super::link::Member;
use super::output::{DropReason, Event};
use super::requests::Asked;
use super::sequence::Sequence;
use super::{Phase, recovery::Gap};

/// One channel that the application wants.
#[derive(Debug)]
pub(super) struct Subscription {
    /// Tells this subscription from an earlier one of the same channel.
    pub(super) generation: u64,
    pub(super) sequence: Sequence,
    /// Whether the application knows that it is joined.
    pub(super) announced: bool,
    /// Whether something may have been missed, as no connection had joined it for a time.
    pub(super) broken: bool,
    /// What is known to be missing.
    pub(super) gap: Option<Gap>,
}

impl Machine {
    pub(super) fn subscribe(&mut self, channel: Channel, since: Option<Position>) {
        if let Phase::Closed(closed) = &self.phase {
            let closed = closed.clone();
            let reason = DropReason::Closed { closed };
            self.event(Event::Dropped { channel, reason });
            return;
        }
        if self.subscriptions.contains_key(&channel) {
            return;
        }
        self.generations += 1;
        let subscription = Subscription {
            generation: self.generations,
            sequence: Sequence::new(since, self.config.held_capacity, self.config.recent_ids),
            announced: false,
            broken: since.is_some(),
            gap: None,
        };
        self.subscriptions.insert(channel.clone(), subscription);
        self.want_everywhere(&channel);
    }

    fn want_everywhere(&mut self, channel: &Channel) {
        let now = self.now;
        // What is being drained joins no more.
        let successor = match &mut self.second {
            Some(Second::Successor { link, .. }) => Some(link),
            _ => None,
        };
        for link in self.primary.iter_mut().chain(successor) {
            if link.is_open() {
                link.want(channel.clone(), now);
            }
        }
    }

    pub(super) fn unsubscribe(&mut self, channel: &Channel) {
        if self.subscriptions.remove(channel).is_none() {
            return;
        }
        let now = self.now;
        let second = self.second.as_mut().map(Second::link_mut);
        for link in self.primary.iter_mut().chain(second) {
            link.unwant(channel, now);
        }
    }

    /// The channel cannot be had: the application is told, and it is not tried again.
    pub(super) fn drop_channel(&mut self, channel: Channel, reason: DropReason) {
        let now = self.now;
        let second = self.second.as_mut().map(Second::link_mut);
        for link in self.primary.iter_mut().chain(second) {
            if matches!(reason, DropReason::NoLongerAllowed) {
                link.members.remove(&channel);
            } else {
                link.unwant(&channel, now);
            }
        }
        if self.subscriptions.remove(&channel).is_some() {
            self.event(Event::Dropped { channel, reason });
        }
    }

    /// Joins and leaves what is to be joined and left, as fast as the pace allows.
    pub(super) fn change_members(&mut self) {
        let sockets: Vec<SocketId> = self.links().map(|link| link.socket).collect();
        for socket in sockets {
            let now = self.now;
            while self.joins_at() <= now
                && let Some((channel, member)) =
                    self.link_mut(socket).and_then(|link| link.next_change(now))
            {
                self.joins.sent(now);
                match member {
                    Member::Wanted { tries, .. } => self.join(socket, &channel, tries),
                    _ => self.leave(socket, &channel),
                }
            }
        }
    }

    /// When the next channel may be joined or left, on any connection.
    pub(super) fn joins_at(&self) -> u64 {
        let is_change =
            |asked: &Asked| matches!(asked, Asked::Subscribe { .. } | Asked::Unsubscribe { .. });
        let under_way = || self.pending.values().any(|one| is_change(&one.asked));
        let next_at = self.joins.next_at(self.now);
        if self.joins.is_on(self.now) && under_way() {
            // Its answer comes before that, or does not come.
            next_at.max(self.joins.off_at())
        } else {
            next_at
        }
    }

    fn join(&mut self, socket: SocketId, channel: &Channel, tries: u32) {
        let Some(subscription) = self.subscriptions.get(channel) else {
            self.set_member(socket, channel, None);
            return;
        };
        let since = subscription.sequence.seen();
        let asked = Asked::Subscribe {
            channel: channel.clone(),
            since,
            generation: subscription.generation,
            tries,
        };
        let id = self.ask(socket, asked, |id| {
            ClientFrame::Subscribe(SubscribeFrame {
                id,
                channel: channel.clone(),
                since,
            })
        });
        self.set_member(socket, channel, Some(Member::Joining { id, tries }));
    }

    fn leave(&mut self, socket: SocketId, channel: &Channel) {
        let asked = Asked::Unsubscribe {
            channel: channel.clone(),
        };
        let id = self.ask(socket, asked, |id| {
            ClientFrame::Unsubscribe(UnsubscribeFrame {
                id,
                channel: channel.clone(),
            })
        });
        self.set_member(socket, channel, Some(Member::Leaving { id }));
    }

    /// The channel was left. If it is wanted again by now, it is joined again.
    pub(super) fn left(&mut self, socket: SocketId, channel: &Channel) {
        let wanted = self.subscriptions.contains_key(channel);
        let again = Member::Wanted {
            at: self.now,
            tries: 0,
        };
        self.set_member(socket, channel, wanted.then_some(again));
    }

    pub(super) fn set_member(
        &mut self,
        socket: SocketId,
        channel: &Channel,
        member: Option<Member>,
    ) {
        let Some(link) = self.link_mut(socket) else {
            return;
        };
        match member {
            Some(member) => {
                link.members.insert(channel.clone(), member);
            }
            None => {
                link.members.remove(channel);
            }
        }
    }
}
