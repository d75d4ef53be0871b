//! One connection, and what is joined on it.

use std::collections::BTreeMap;

use tidegate_protocol::Channel;

use super::heartbeat::Heartbeat;
use super::input::SocketId;

/// A connection.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) socket: SocketId,
    pub(super) stage: Stage,
    pub(super) members: BTreeMap<Channel, Member>,
    pub(super) pace: Pace,
}

/// How far a connection is.
#[derive(Debug)]
pub(super) enum Stage {
    Connecting { deadline: u64 },
    Open { heartbeat: Heartbeat },
}

/// How far a channel is on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Member {
    /// To be joined, not before this.
    Wanted { at: u64, tries: u32 },
    /// Asked for, with this id.
    Joining { id: u64, tries: u32 },
    /// What is published is received.
    Joined,
    /// To be left, not before this.
    Unwanted { at: u64 },
    /// Being left. A new subscription has to wait: the gateway handles frames in parallel.
    Leaving { id: u64 },
}

impl Link {
    pub(super) fn connecting(socket: SocketId, deadline: u64, pace: Pace) -> Self {
        Self {
            socket,
            stage: Stage::Connecting { deadline },
            members: BTreeMap::new(),
            pace,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self.stage, Stage::Open { .. })
    }

    pub(super) fn heartbeat(&mut self) -> Option<&mut Heartbeat> {
        match &mut self.stage {
            Stage::Open { heartbeat } => Some(heartbeat),
            Stage::Connecting { .. } => None,
        }
    }

    pub(super) fn has_joined(&self, channel: &Channel) -> bool {
        self.is_open() && self.members.get(channel) == Some(&Member::Joined)
    }

    /// Whether every channel is joined, or was refused.
    pub(super) fn is_settled(&self) -> bool {
        !self
            .members
            .values()
            .any(|member| matches!(member, Member::Wanted { .. } | Member::Joining { .. }))
    }

    pub(super) fn want(&mut self, channel: Channel, now: u64) {
        match self.members.get(&channel) {
            // After it has been left.
            Some(Member::Leaving { .. } | Member::Joining { .. } | Member::Wanted { .. }) => {}
            _ => {
                self.members
                    .insert(channel, Member::Wanted { at: now, tries: 0 });
            }
        }
    }

    pub(super) fn unwant(&mut self, channel: &Channel, now: u64) {
        match self.members.get_mut(channel) {
            Some(Member::Wanted { .. }) => {
                self.members.remove(channel);
            }
            Some(member @ Member::Joined) => *member = Member::Unwanted { at: now },
            // Its reply is waited for, and then it is left.
            _ => {}
        }
    }

    /// The next channel that may be joined or left now.
    pub(super) fn next_change(&mut self, now: u64) -> Option<(Channel, Member)> {
        if !self.is_open() || self.pace.next_at() > now {
            return None;
        }
        let (channel, member) = self.members.iter().find(|(_, member)| match member {
            Member::Wanted { at, .. } | Member::Unwanted { at } => *at <= now,
            _ => false,
        })?;
        self.pace.taken(now);
        Some((channel.clone(), *member))
    }

    /// `joins_at` is when anything may be joined or left at all.
    pub(super) fn wake_at(&self, joins_at: u64) -> u64 {
        let stage = match &self.stage {
            Stage::Connecting { deadline } => return *deadline,
            Stage::Open { heartbeat } => heartbeat.wake_at(),
        };
        let changes = self.members.values().filter_map(|member| match member {
            Member::Wanted { at, .. } | Member::Unwanted { at } => Some(*at),
            _ => None,
        });
        let change = changes
            .min()
            .map(|at| at.max(self.pace.next_at()).max(joins_at));
        change.unwrap_or(u64::MAX).min(stage)
    }
}

/// So many at once, and then one in each interval.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    every: u64,
    burst: u64,
    /// When all that was taken would have come one in each interval.
    full_at: u64,
}

impl Pace {
    pub(super) const fn new(burst: u64, every: u64) -> Self {
        Self {
            every,
            burst,
            full_at: 0,
        }
    }

    fn next_at(&self) -> u64 {
        let ahead = self.every * (self.burst - 1);
        self.full_at.saturating_sub(ahead)
    }

    fn taken(&mut self, now: u64) {
        self.full_at = self.full_at.max(now) + self.every;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_followed_by_one_in_each_interval() {
        let mut pace = Pace::new(3, 50);
        let mut taken = Vec::new();
        for now in 1_000..1_120 {
            while pace.next_at() <= now {
                pace.taken(now);
                taken.push(now);
            }
        }
        assert_eq!(taken, [1_000, 1_000, 1_000, 1_050, 1_100]);
    }
}
