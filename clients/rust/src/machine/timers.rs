//! What is due, and when the next thing is.

use tidegate_protocol::ErrorCode;

use super::handover::Second;
use super::heartbeat::Beat;
use super::input::SocketId;
use super::link::Stage;
use super::output::{Cause, Output};
use super::recovery::GapStage;
use super::{Machine, Phase};

const PING: &str = r#"{"action":"ping"}"#;

impl Machine {
    /// Does everything that is due by now, and sends what may be sent.
    pub(super) fn run_due(&mut self) {
        if self.is_closed() {
            return;
        }
        self.attempts();
        // A doubt that arises from a late answer is asked about at once.
        self.late_answers();
        self.heartbeats();
        self.refresh();
        self.change_members();
        self.hand_over();
        self.ask_pages();
        self.ask_heads();
        self.pump_outbox();
    }

    fn attempts(&mut self) {
        match &self.phase {
            Phase::Waiting { until } if *until <= self.now => self.begin(),
            Phase::Checking { deadline } if *deadline <= self.now => self.checked(None),
            Phase::Connecting => self.late_handshake(),
            _ => {}
        }
    }

    fn late_handshake(&mut self) {
        let Some(link) = &self.primary else { return };
        if let Stage::Connecting { deadline } = link.stage
            && deadline <= self.now
        {
            let socket = link.socket;
            self.out.push(Output::CloseSocket { socket });
            self.primary = None;
            self.attempt_failed(None);
        }
    }

    fn heartbeats(&mut self) {
        let now = self.now;
        // What is being drained ends soon anyway.
        let drained = matches!(self.second, Some(Second::Drained { .. }));
        let second = self.second.as_mut().filter(|_| !drained);
        let links = self.primary.iter_mut().chain(second.map(Second::link_mut));
        let beats: Vec<(SocketId, Beat)> = links
            .filter_map(|link| {
                let socket = link.socket;
                Some((socket, link.heartbeat()?.beat(now)))
            })
            .collect();
        for (socket, beat) in beats {
            match beat {
                Beat::Nothing => {}
                Beat::Ping => self.send(socket, PING.to_owned()),
                Beat::Dead => self.abandon(socket, Cause::Dead, true),
            }
        }
    }

    /// What went without an answer for too long is asked again, and the connection whether it is still there.
    fn late_answers(&mut self) {
        let (now, timeout) = (self.now, self.config.request_timeout_ms);
        let late = self.pending.iter();
        let late = late.filter(|(_, pending)| pending.sent_at + timeout <= now);
        let late: Vec<(u64, SocketId)> = late.map(|(id, pending)| (*id, pending.socket)).collect();
        for (id, socket) in late {
            self.doubt(socket);
            self.request_failed(id, ErrorCode::Unavailable, String::new(), None);
        }
        for (socket, _) in self.outbox.unanswered(now, timeout) {
            self.doubt(socket);
        }
    }

    fn doubt(&mut self, socket: SocketId) {
        let now = self.now;
        let heartbeat = self.link_mut(socket).and_then(super::link::Link::heartbeat);
        if let Some(heartbeat) = heartbeat {
            heartbeat.doubt(now);
        }
    }

    pub(super) fn next_timer(&self) -> u64 {
        if self.is_closed() {
            return u64::MAX;
        }
        let online = self.phase == Phase::Online;
        let timeout = self.config.request_timeout_ms;
        let attempt = match &self.phase {
            Phase::Waiting { until } => *until,
            Phase::Checking { deadline } => *deadline,
            _ => u64::MAX,
        };
        let joins_at = self.joins_at();
        let primary = self.primary.iter().map(|link| link.wake_at(joins_at));
        let second = self.second.iter().map(|second| second.wake_at(joins_at));
        let links = primary.chain(second);
        let answers = self.pending.values().map(|one| one.sent_at + timeout);
        let times = [
            attempt,
            self.tokens.wake_at(online),
            self.outbox.wake_at(self.now, timeout, online),
            self.next_plan(online),
            self.next_page(),
        ];
        let times = times.into_iter().chain(links).chain(answers);
        times.min().unwrap_or(u64::MAX)
    }

    fn next_plan(&self, online: bool) -> u64 {
        if !online {
            return u64::MAX;
        }
        let handover = if self.second.is_none() {
            self.handover_at
        } else {
            u64::MAX
        };
        handover.min(self.heads_at)
    }

    fn next_page(&self) -> u64 {
        let Some(primary) = self.primary.as_ref().filter(|link| link.is_open()) else {
            return u64::MAX;
        };
        if self.room_for_pages() == 0 {
            return u64::MAX;
        }
        let waiting = self.subscriptions.iter().filter_map(|(channel, one)| {
            let gap = one.gap.as_ref()?;
            match gap.stage {
                GapStage::Waiting { until } if primary.has_joined(channel) => Some(until),
                _ => None,
            }
        });
        waiting.min().unwrap_or(u64::MAX)
    }
}
