//! Recovery: after a break, over a gap, and of what a head shows to be missing. All of it ends with everything handed over
//! in order, or with the application told that something is lost.

use tidegate_protocol::{
    Channel, ClientFrame, HistoryFrame, HistoryPage, Position, Publication, Subscribed,
};

use super::Machine;
use super::input::SocketId;
use super::link::Member;
use super::output::{Event, Unexpected};
use super::requests::Asked;

/// Something is known to be missing.
#[derive(Debug)]
pub(super) struct Gap {
    /// Up to here.
    pub(super) target: Position,
    pub(super) stage: GapStage,
    pub(super) tries: u32,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum GapStage {
    /// History is asked for it then, unless it arrives before.
    Waiting { until: u64 },
    /// History was asked.
    Asked,
}

/// What the reply to a subscribe means for the order of the channel.
enum Outcome {
    Whole,
    /// Something is missing up to here, and history has it.
    Missing(Position),
    Lost(Option<Position>),
}

impl Machine {
    pub(super) fn subscribed(
        &mut self,
        socket: SocketId,
        asked: (Channel, Option<Position>, u64),
        reply: Subscribed,
    ) {
        let (channel, since, generation) = asked;
        let now = self.now;
        let subscription = self.subscriptions.get_mut(&channel);
        let Some(subscription) = subscription.filter(|one| one.generation == generation) else {
            // It is not wanted any more, or wanted anew: then it is joined again when it has been left.
            self.set_member(socket, &channel, Some(Member::Unwanted { at: now }));
            return;
        };
        let announce = !subscription.announced;
        subscription.announced = true;
        let position = reply.position;
        let mut delivered = Vec::new();
        let outcome = match position {
            None => {
                let lost = subscription.broken || since.is_some();
                delivered = subscription.sequence.without_history();
                for publication in reply.publications {
                    delivered.extend(subscription.sequence.arrived(publication, false));
                }
                subscription.gap = None;
                if lost {
                    Outcome::Lost(None)
                } else {
                    Outcome::Whole
                }
            }
            Some(head) => recover(subscription, since, head, reply, &mut delivered),
        };
        self.set_member(socket, &channel, Some(Member::Joined));
        if announce {
            self.event(Event::Subscribed {
                channel: channel.clone(),
                position,
            });
        }
        match outcome {
            Outcome::Whole => self.deliver(delivered),
            Outcome::Missing(target) => {
                self.deliver(delivered);
                self.expect_at(&channel, target, now);
            }
            Outcome::Lost(at) => {
                self.lost(&channel, at);
                self.deliver(delivered);
            }
        }
        self.settle(&channel);
    }

    /// A publication was pushed.
    pub(super) fn published(&mut self, publication: Publication) {
        let channel = publication.channel.clone();
        let Some(subscription) = self.subscriptions.get_mut(&channel) else {
            return;
        };
        let arrived = subscription
            .sequence
            .arrived(publication, subscription.broken);
        self.deliver(arrived);
        self.settle(&channel);
    }

    /// There is more in the channel, up to here. It may be on its way: history is asked only when it has not come soon.
    pub(super) fn expect(&mut self, channel: &Channel, target: Position) {
        let wait = self.config.gap_wait_ms;
        let until = self.now + wait / 2 + self.draw(wait / 2);
        self.expect_at(channel, target, until);
    }

    fn expect_at(&mut self, channel: &Channel, target: Position, until: u64) {
        let Some(subscription) = self.subscriptions.get_mut(channel) else {
            return;
        };
        match &mut subscription.gap {
            Some(gap) => {
                gap.target = gap.target.max(target);
                if let GapStage::Waiting { until: later } = &mut gap.stage {
                    *later = until.min(*later);
                }
            }
            none => {
                *none = Some(Gap {
                    target,
                    stage: GapStage::Waiting { until },
                    tries: 0,
                });
            }
        }
    }

    /// Asks history for what is missing, where it is time.
    pub(super) fn ask_pages(&mut self) {
        let Some(primary) = self.primary.as_ref().filter(|link| link.is_open()) else {
            return;
        };
        let socket = primary.socket;
        let due = |gap: &Gap| matches!(gap.stage, GapStage::Waiting { until } if until <= self.now);
        let missing = self.subscriptions.iter().filter_map(|(channel, one)| {
            let gap = one.gap.as_ref().filter(|gap| due(gap))?;
            let after = one
                .sequence
                .seen()
                .filter(|_| primary.has_joined(channel))?;
            Some((channel.clone(), after, gap.target))
        });
        let missing: Vec<_> = missing.take(self.room_for_pages()).collect();
        for (channel, after, target) in missing {
            let limit = Some(self.config.history_page);
            let asked = Asked::Page {
                channel: channel.clone(),
                target,
            };
            self.ask(socket, asked, |id| {
                ClientFrame::History(HistoryFrame {
                    id,
                    channel: channel.clone(),
                    after: Some(after),
                    before: None,
                    limit,
                })
            });
            if let Some(one) = self.subscriptions.get_mut(&channel)
                && let Some(gap) = &mut one.gap
            {
                gap.stage = GapStage::Asked;
            }
        }
    }

    /// How many more pages may be asked for now: many channels may miss something at once, and all of it counts as frames.
    pub(super) fn room_for_pages(&self) -> usize {
        let pages = self.pending.values();
        let pages = pages.filter(|one| matches!(one.asked, Asked::Page { .. }));
        self.config.in_flight.saturating_sub(pages.count())
    }

    pub(super) fn page_came(&mut self, channel: &Channel, target: Position, page: HistoryPage) {
        let (head, complete) = (page.position, page.complete);
        let Some(subscription) = self.subscriptions.get_mut(channel) else {
            return;
        };
        let Some(gap) = &mut subscription.gap else {
            // It came by itself meanwhile.
            return;
        };
        gap.stage = GapStage::Waiting { until: self.now };
        gap.tries = 0;
        let empty = page.publications.is_empty();
        let mut delivered = Vec::new();
        let holds = !page.gap
            && subscription
                .sequence
                .recovered(page.publications, &mut delivered);
        if holds && complete {
            if head.is_empty() {
                subscription.sequence.nothing_at(head);
            }
            delivered.extend(subscription.sequence.released());
            let reached = head.is_empty() || subscription.sequence.has_reached(target);
            subscription.gap = None;
            self.deliver(delivered);
            if !reached {
                // It was there, and is not kept any more.
                self.lost(channel, Some(head.max(target)));
            }
        } else if holds && !empty {
            delivered.extend(subscription.sequence.released());
            self.deliver(delivered);
        } else {
            if !page.gap {
                self.event(Event::Unexpected {
                    what: Unexpected::Contradiction,
                });
            }
            self.deliver(delivered);
            self.lost(channel, Some(head));
        }
        self.settle(channel);
    }

    /// Something is lost: the application is told, and the channel goes on from here.
    pub(super) fn lost(&mut self, channel: &Channel, head: Option<Position>) {
        let Some(subscription) = self.subscriptions.get_mut(channel) else {
            return;
        };
        subscription.broken = false;
        subscription.gap = None;
        let mut released = Vec::new();
        if let Some(head) = head {
            subscription.sequence.jump(head);
            released = subscription.sequence.released();
        }
        self.event(Event::Lost {
            channel: channel.clone(),
            position: head,
        });
        self.deliver(released);
    }

    /// After any change: whether something is missing, or nothing any more.
    fn settle(&mut self, channel: &Channel) {
        let Some(subscription) = self.subscriptions.get_mut(channel) else {
            return;
        };
        // Until the place is known, all that arrives is held back.
        let known = subscription.sequence.seen().is_some();
        let awaited = subscription.sequence.awaited().filter(|_| known);
        if let Some(gap) = &subscription.gap
            && awaited.is_none()
            && subscription.reached(gap.target)
        {
            subscription.gap = None;
        }
        match awaited {
            Some(target) if subscription.gap.is_none() => self.expect(channel, target),
            Some(target) => {
                if let Some(gap) = &mut subscription.gap {
                    gap.target = gap.target.max(target);
                }
            }
            None => {}
        }
        let joined = self.links().any(|link| link.has_joined(channel));
        if let Some(subscription) = self.subscriptions.get_mut(channel)
            && subscription.gap.is_none()
            && subscription.broken
            && subscription.announced
            && joined
        {
            subscription.broken = false;
            self.event(Event::Recovered {
                channel: channel.clone(),
            });
        }
    }

    fn deliver(&mut self, publications: Vec<Publication>) {
        for publication in publications {
            let publication = Box::new(publication);
            self.event(Event::Publication { publication });
        }
    }
}

impl super::subscriptions::Subscription {
    fn reached(&self, target: Position) -> bool {
        if target.is_empty() {
            self.sequence.seen().is_some_and(Position::is_empty)
        } else {
            self.sequence.has_reached(target)
        }
    }
}

/// What the reply of a channel with history says of what was missed.
fn recover(
    subscription: &mut super::subscriptions::Subscription,
    since: Option<Position>,
    head: Position,
    reply: Subscribed,
    delivered: &mut Vec<Publication>,
) -> Outcome {
    let sequence = &mut subscription.sequence;
    let outcome = match (since, reply.recovered) {
        (None, _) if sequence.seen().is_none() => {
            sequence.start(head);
            // The latest value.
            delivered.extend(reply.publications);
            Outcome::Whole
        }
        // It may have come by the other connection of a hand-over, after this one asked.
        (Some(_), Some(false)) if head.is_empty() || !sequence.has_reached(head) => {
            return Outcome::Lost(Some(head));
        }
        (Some(_), Some(true)) if sequence.recovered(reply.publications, delivered) => {
            if head.is_empty() {
                sequence.nothing_at(head);
                Outcome::Whole
            } else if sequence.has_reached(head) {
                Outcome::Whole
            } else {
                Outcome::Missing(head)
            }
        }
        // Paged, or joined on two connections at once, or it does not hold together: history tells.
        _ if sequence.has_reached(head) => Outcome::Whole,
        _ => Outcome::Missing(head),
    };
    delivered.extend(sequence.released());
    outcome
}
