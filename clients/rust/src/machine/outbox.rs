//! Requests of the application that wait for their answers: bounded, sent again until they are answered or expire.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_protocol::{Channel, ErrorCode};

use super::backoff::doubled;
use super::brake::Brake;
use super::input::{RequestHandle, SocketId};

/// The waiting requests, by the id that their frames bear: the same one each time that they are sent, so that an answer on
/// any connection is the answer.
#[derive(Debug)]
pub(super) struct Outbox {
    entries: BTreeMap<u64, Entry>,
    brake: Brake,
    capacity: usize,
    in_flight: usize,
    ordered: bool,
}

/// One request.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) request: RequestHandle,
    /// Where it publishes; none for what only reads.
    pub(super) publishes: Option<Channel>,
    pub(super) text: String,
    pub(super) expires_at: u64,
    not_before: u64,
    sent: Option<Sent>,
    /// How often it was sent without a word that it was *not* done.
    doubtful: u32,
    /// When it was first sent so.
    doubtful_since: u64,
    tries: u32,
}

#[derive(Debug, Clone, Copy)]
struct Sent {
    socket: SocketId,
    at: u64,
}

impl Entry {
    pub(super) fn new(
        request: RequestHandle,
        publishes: Option<Channel>,
        text: String,
        expires_at: u64,
    ) -> Self {
        Self {
            request,
            publishes,
            text,
            expires_at,
            not_before: 0,
            sent: None,
            doubtful: 0,
            doubtful_since: 0,
            tries: 0,
        }
    }

    /// Whether it may have been done though nobody said so. What only reads does nothing.
    pub(super) fn maybe_done(&self) -> bool {
        self.publishes.is_some() && self.doubtful > 0
    }

    pub(super) fn tries(&self) -> u32 {
        self.tries
    }

    /// When it is not tried any more. What may have been done is sent again only while the server knows its key.
    fn ends_at(&self) -> u64 {
        if self.sent.is_none() && self.maybe_done() {
            let known_until = self.doubtful_since.saturating_add(KEY_KNOWN_MS);
            self.expires_at.min(known_until)
        } else {
            self.expires_at
        }
    }

    fn send(&mut self, socket: SocketId, now: u64) {
        self.sent = Some(Sent { socket, at: now });
        if self.doubtful == 0 {
            self.doubtful_since = now;
        }
        self.doubtful += 1;
    }
}

impl Outbox {
    pub(super) fn new(capacity: usize, in_flight: usize, ordered: bool) -> Self {
        Self {
            entries: BTreeMap::new(),
            brake: Brake::default(),
            capacity,
            in_flight,
            ordered,
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.entries.len() >= self.capacity
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn push(&mut self, id: u64, entry: Entry) {
        self.entries.insert(id, entry);
    }

    pub(super) fn get(&self, id: u64) -> Option<&Entry> {
        self.entries.get(&id)
    }

    /// It was answered.
    pub(super) fn take(&mut self, id: u64) -> Option<Entry> {
        self.entries.remove(&id)
    }

    /// It was answered with an error that passes: sent again after a time. Where the whole client is over its rate,
    /// everything waits, and then goes slowly.
    pub(super) fn put_off(&mut self, id: u64, code: ErrorCode, now: u64, until: u64) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let sent = entry.sent.take();
        if code == ErrorCode::RateLimited {
            let sent_at = sent.map_or(0, |sent| sent.at);
            self.brake.refused(now, sent_at, until - now);
        }
        entry.not_before = until;
        entry.tries += 1;
        if matches!(code, ErrorCode::RateLimited | ErrorCode::Busy) {
            entry.doubtful = entry.doubtful.saturating_sub(1);
        }
    }

    /// Something that nobody knows was over the rate: nothing is sent before this.
    pub(super) fn pause(&mut self, now: u64, until: u64) {
        self.brake.refused(now, 0, until - now);
    }

    /// What was sent there and not answered is to be sent again.
    pub(super) fn lost(&mut self, socket: SocketId) {
        for entry in self.entries.values_mut() {
            if entry.sent.is_some_and(|sent| sent.socket == socket) {
                entry.sent = None;
            }
        }
    }

    /// What was sent so long ago that it is to be sent again. When the oldest of it was sent, if there is any.
    pub(super) fn unanswered(&mut self, now: u64, timeout: u64) -> Vec<(SocketId, u64)> {
        let mut late = Vec::new();
        for entry in self.entries.values_mut() {
            if let Some(sent) = entry.sent.filter(|sent| sent.at + timeout <= now) {
                late.push((sent.socket, sent.at));
                entry.sent = None;
                entry.tries += 1;
            }
        }
        late
    }

    /// What is too old to be tried any more.
    pub(super) fn expired(&mut self, now: u64) -> Vec<Entry> {
        let expired = self
            .entries
            .extract_if(.., |_, entry| entry.ends_at() <= now);
        expired.map(|(_, entry)| entry).collect()
    }

    /// Everything, as it can never be sent any more.
    pub(super) fn drain(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.entries).into_values().collect()
    }

    /// The frames that may be sent on this connection now.
    pub(super) fn pump(&mut self, now: u64, socket: SocketId) -> Vec<String> {
        if self.entries.is_empty() || self.brake.next_at(now) > now || self.is_full_of_one(now) {
            return Vec::new();
        }
        let mut ready = self.ready(|entry| entry.not_before <= now);
        if self.brake.is_on(now) {
            ready.truncate(1);
        }
        let mut frames = Vec::new();
        for id in ready {
            if let Some(entry) = self.entries.get_mut(&id) {
                entry.send(socket, now);
                frames.push(entry.text.clone());
                self.brake.sent(now);
            }
        }
        frames
    }

    /// Whether the one that may be under way while it goes slowly is.
    fn is_full_of_one(&self, now: u64) -> bool {
        self.brake.is_on(now) && self.entries.values().any(|entry| entry.sent.is_some())
    }

    /// The ids of the requests whose turn it is, oldest first.
    fn ready(&self, may: impl Fn(&Entry) -> bool) -> Vec<u64> {
        let mut room = self.room(|entry| entry.publishes.is_some());
        let mut room_for_reads = self.room(|entry| entry.publishes.is_none());
        let mut taken = BTreeSet::new();
        let mut ready = Vec::new();
        for (id, entry) in &self.entries {
            if let Some(channel) = &entry.publishes {
                let first = taken.insert(channel);
                if entry.sent.is_some() || (self.ordered && !first) || room == 0 || !may(entry) {
                    continue;
                }
                room -= 1;
            } else {
                if entry.sent.is_some() || room_for_reads == 0 || !may(entry) {
                    continue;
                }
                room_for_reads -= 1;
            }
            ready.push(*id);
        }
        ready
    }

    /// How many more of this kind may be sent without an answer.
    fn room(&self, kind: impl Fn(&Entry) -> bool) -> usize {
        let sent = self.entries.values().filter(|entry| entry.sent.is_some());
        self.in_flight
            .saturating_sub(sent.filter(|entry| kind(entry)).count())
    }

    /// The requests without an answer on this connection.
    pub(super) fn sent_on(&self, socket: SocketId) -> impl Iterator<Item = u64> + '_ {
        let sent = self.entries.iter();
        sent.filter(move |(_, entry)| entry.sent.is_some_and(|sent| sent.socket == socket))
            .map(|(id, _)| *id)
    }

    pub(super) fn wake_at(&self, now: u64, timeout: u64, online: bool) -> u64 {
        let mut wake = u64::MAX;
        for entry in self.entries.values() {
            wake = wake.min(entry.ends_at());
            if let Some(sent) = entry.sent {
                wake = wake.min(sent.at + timeout);
            }
        }
        if online && !self.entries.is_empty() {
            let ready = self.ready(|_| true);
            let times = ready.iter().filter_map(|id| self.entries.get(id));
            let may_at = match self.is_full_of_one(now) {
                true => self.brake.off_at(),
                false => self.brake.next_at(now),
            };
            let next = times.map(|entry| entry.not_before.max(may_at));
            wake = wake.min(next.min().unwrap_or(u64::MAX));
        }
        wake
    }
}

/// The longest wait between two tries of one request.
const LONGEST_MS: u64 = 30_000;
/// For how long a publication is sent again under its key: the server knows it for ten minutes, by its own clock and from
/// when the first of them arrived.
const KEY_KNOWN_MS: u64 = 9 * 60_000;

/// How long to wait at least, and the most to be drawn on top, after an error that passes.
pub(super) fn patience(code: ErrorCode, retry_after: Option<u64>, tries: u32) -> (u64, u64) {
    if code == ErrorCode::RateLimited {
        // Only what spends of the same bucket can come between, so that it passes then, but for clocks and the way there.
        let wait = retry_after.unwrap_or(1_000);
        return (wait, wait / 4);
    }
    (retry_after.unwrap_or(0), doubled(250, tries, LONGEST_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOCKET: SocketId = SocketId(1);

    fn outbox(in_flight: usize, ordered: bool, channels: &[&str]) -> Outbox {
        let mut outbox = Outbox::new(8, in_flight, ordered);
        for (id, channel) in (1..).zip(channels) {
            let entry = Entry::new(
                RequestHandle(id),
                Some(channel.parse().unwrap()),
                id.to_string(),
                1_000,
            );
            outbox.push(id, entry);
        }
        outbox
    }

    #[test]
    fn a_publication_waits_for_the_one_before_it_in_its_channel() {
        let mut outbox = outbox(8, true, &["room:a", "room:a", "room:b"]);
        assert_eq!(outbox.pump(0, SOCKET), ["1", "3"]);
        assert!(outbox.pump(0, SOCKET).is_empty());
        outbox.take(1);
        assert_eq!(outbox.pump(0, SOCKET), ["2"]);
    }

    #[test]
    fn no_more_are_sent_than_may_be_in_flight() {
        let mut outbox = outbox(2, false, &["room:a", "room:a", "room:a"]);
        assert_eq!(outbox.pump(0, SOCKET), ["1", "2"]);
    }

    #[test]
    fn one_that_is_put_off_is_not_overtaken() {
        let mut outbox = outbox(8, true, &["room:a", "room:a"]);
        outbox.pump(0, SOCKET);
        outbox.put_off(1, ErrorCode::Busy, 0, 50);
        assert!(outbox.pump(49, SOCKET).is_empty());
        assert_eq!(outbox.wake_at(0, 100, true), 50);
        assert_eq!(outbox.pump(50, SOCKET), ["1"]);
    }

    #[test]
    fn only_what_no_answer_denied_may_have_been_done() {
        let mut outbox = outbox(8, true, &["room:a", "room:b", "room:c"]);
        outbox.pump(0, SOCKET);
        outbox.put_off(1, ErrorCode::Busy, 0, 5_000);
        outbox.put_off(2, ErrorCode::Unavailable, 0, 5_000);
        outbox.lost(SOCKET);
        let expired = outbox.expired(1_000);
        let doubts: Vec<bool> = expired.iter().map(Entry::maybe_done).collect();
        assert_eq!(doubts, [false, true, true]);
    }
}
