//! Comparing the newest places: a lost *last* publication leaves no gap that would show.

use tidegate_protocol::{Channel, ClientFrame, HeadList, HeadsFrame, MAX_HEADS};

use super::link::Member;
use super::requests::Asked;
use super::sequence::SAME_NOTHING_MS;
use super::{Machine, Phase};

impl Machine {
    pub(super) fn plan_heads(&mut self) {
        let interval = self.config.heads_interval_ms;
        self.heads_at = self.now + interval * 3 / 4 + self.draw(interval / 2);
    }

    /// Asks for the newest places of all channels with history, when it is time.
    pub(super) fn ask_heads(&mut self) {
        if self.phase != Phase::Online || self.heads_at > self.now {
            return;
        }
        self.plan_heads();
        let Some(primary) = &self.primary else { return };
        let socket = primary.socket;
        let with_history = self
            .subscriptions
            .iter()
            .filter(|(channel, one)| one.sequence.seen().is_some() && primary.has_joined(channel));
        let channels: Vec<Channel> = with_history.map(|(channel, _)| channel.clone()).collect();
        for some in channels.chunks(MAX_HEADS) {
            let asked = Asked::Heads {
                channels: some.to_vec(),
            };
            let channels = some.to_vec();
            self.ask(socket, asked, |id| {
                ClientFrame::Heads(HeadsFrame { id, channels })
            });
        }
    }

    pub(super) fn heads_came(&mut self, asked: Vec<Channel>, list: &HeadList) {
        let now = self.now;
        for channel in asked {
            let Some(subscription) = self.subscriptions.get_mut(&channel) else {
                continue;
            };
            let (Some(head), Some(seen)) = (list.heads.get(&channel), subscription.sequence.seen())
            else {
                // The server does not deliver it to us, though it said so: it is joined again, from where we are.
                let primary = self.primary.as_mut();
                let member = primary.and_then(|link| link.members.get_mut(&channel));
                if let Some(member) = member.filter(|member| **member == Member::Joined) {
                    *member = Member::Wanted { at: now, tries: 0 };
                    subscription.broken = true;
                }
                continue;
            };
            if head.is_empty() && seen.is_empty() {
                if head.offset.saturating_sub(seen.offset) < SAME_NOTHING_MS {
                    subscription.sequence.nothing_at(*head);
                } else {
                    self.expect(&channel, *head);
                }
            } else if head.is_empty() || !subscription.sequence.has_reached(*head) {
                self.expect(&channel, *head);
            }
        }
    }
}
