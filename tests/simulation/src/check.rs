//! What must hold when all is quiet, and at the end.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_core::channel::Channel;
use tidegate_core::connection::{ConnectionId, SessionKey};
use tidegate_core::memory::Row;
use tidegate_core::namespace::PresenceMode;
use tidegate_core::store::{CONNECTION_S, SLACK_S};

use crate::event::Event;
use crate::functions::{Invocation, ServerCall};
use crate::kernel::START_MS;
use crate::run::Run;
use crate::stack::CHANNELS;

/// How long it takes until the last sign of what happened is gone, in milliseconds: a connection is idle for ten minutes,
/// and its lease is looked at after three more.
const QUIET_MS: u64 = 16 * 60_000;

impl Run {
    /// The faults end, and all becomes quiet; then everybody goes.
    pub(crate) fn check_quiet(&mut self) {
        self.shared.lock().dice.faults = 0;
        self.wait(QUIET_MS);
        self.check_presence_rows("when all is quiet");
        let since_ms = self.shared.lock().now_ms;
        self.publish_everywhere(0);
        self.wait(2 * 60_000);
        self.check_clients(since_ms);
        self.check_rates();
        self.check_subscribers("when all is quiet");
        self.everybody_goes();
        self.wait(QUIET_MS);
        self.check_presence_rows("when everybody has gone");
        self.publish_everywhere(1);
        self.wait(60_000);
        self.check_subscribers("when everybody has gone");
        self.check_left();
    }

    fn wait(&mut self, ms: u64) {
        let since = self.shared.lock().now_ms - START_MS;
        self.until(since + ms);
    }

    fn broken(&self, invariant: &'static str, message: String) {
        self.shared.lock().ledger.broken(invariant, message);
    }

    fn publish_everywhere(&mut self, round: u64) {
        for (nth, channel) in CHANNELS.iter().enumerate() {
            let Ok(channel) = channel.parse() else {
                continue;
            };
            let number = last_number(round, nth);
            let call = ServerCall::Publish { channel, number };
            self.invoke(Invocation::Server(call, 100_000 + nth, 0));
        }
        // What was begun is woken by what happens next.
        self.shared.lock().after(1, Event::Poll);
    }

    /// Every live client has everything, and receives what it believes it receives: something was published everywhere at
    /// `since_ms`.
    fn check_clients(&mut self, since_ms: u64) {
        for client in &self.clients {
            if !client.is_online() {
                if client.is_alive() && !self.is_kept_out(&client.key().user) {
                    self.broken(
                        "in the end everybody is connected",
                        format!("{:?} is not", client.key()),
                    );
                }
                continue;
            }
            let mut world = self.shared.lock();
            client.application.check_complete(&mut world.ledger);
            for (nth, name) in CHANNELS.iter().enumerate() {
                let Ok(channel) = name.parse::<Channel>() else {
                    continue;
                };
                let joined = client.application.has_joined(&channel);
                if client.wanted.contains(&channel) && !joined {
                    world.ledger.broken(
                        "in the end everybody has joined what they want",
                        format!("{:?} has not joined {channel}", client.key()),
                    );
                }
                // Without a history, what comes while a connection is in trouble is lost, and the client is told.
                let kept = self.stack.rules.namespaces.of(&channel);
                let kept = kept.is_some_and(|namespace| namespace.history.is_some());
                let due = kept || !client.application.was_disturbed_since(since_ms);
                if joined && due && !client.application.has(&channel, last_number(0, nth)) {
                    world.ledger.broken(
                        "in the end everybody receives what they joined",
                        format!("{:?} received nothing of {channel}", client.key()),
                    );
                }
            }
        }
    }

    /// Whether a user has more clients than may be connected.
    fn is_kept_out(&self, user: &str) -> bool {
        let Some(most) = self.stack.rules.limits.connections_per_user else {
            return false;
        };
        let clients = self.clients.iter();
        let alive = clients.filter(|client| client.is_alive() && client.key().user == user);
        alive.count() > most as usize
    }

    /// A connection has opened: there are not more than there may be.
    pub(crate) fn check_connections(&self, id: &ConnectionId) {
        let Some(most) = self.stack.rules.limits.connections_per_user else {
            return;
        };
        let mut world = self.shared.lock();
        let Some(user) = world
            .gateway
            .connections
            .get(id)
            .map(|one| one.key.user.clone())
        else {
            return;
        };
        let mut sessions = BTreeSet::new();
        for row in world.store.rows() {
            if let Row::Session { key, row } = row
                && key.user == user
                && row.connections.keys().any(|id| world.gateway.is_open(id))
            {
                sessions.insert(key.session);
            }
        }
        if sessions.len() > most as usize {
            world.ledger.broken(
                "a user has no more connections than they may",
                format!("{user} has {sessions:?}, of at most {most}"),
            );
        }
    }

    /// No window saw more than its rate allows.
    fn check_rates(&self) {
        let mut world = self.shared.lock();
        let ledger = &mut world.ledger;
        let mut broken = Vec::new();
        for ((key, namespace), times) in &ledger.spent {
            let Ok(channel) = Channel::new(namespace, "a") else {
                continue;
            };
            let Some(rate) = ledger.namespaces.of(&channel).and_then(|one| one.rate) else {
                continue;
            };
            let mut times = times.clone();
            times.sort_unstable();
            let burst = u64::from(rate.burst.unwrap_or(rate.count));
            let skew_ms = 2 * self.stack.skew_ms;
            for from in 0..times.len() {
                for to in from..times.len() {
                    let window = times[to] - times[from] + skew_ms;
                    let refilled =
                        window * u64::from(rate.count) / (u64::from(rate.per_seconds) * 1_000);
                    let taken = (to - from + 1) as u64;
                    if taken > burst + refilled + 1 {
                        broken.push(format!(
                            "{} published {taken} times in {window} ms in {namespace}",
                            key.session
                        ));
                    }
                }
            }
        }
        if let Some(message) = broken.into_iter().next() {
            ledger.broken("no rate is exceeded", message);
        }
    }

    /// Whoever is present is there, by the session and by the rows that the list is read from.
    fn check_presence_rows(&self, when: &str) {
        let world = self.shared.lock();
        let (now_ms, now_s) = (world.now_ms, world.now_ms / 1_000);
        let mut ghosts = Vec::new();
        for row in world.store.rows() {
            match row {
                Row::Session { key, row } => {
                    for (channel, by) in row.present {
                        let dead = by
                            .iter()
                            .filter(|id| world.gateway.is_long_gone(id, now_ms));
                        let live = dead.filter(|id| row.connections.contains_key(id));
                        ghosts
                            .extend(live.map(|id| format!("{id} of {} in {channel}", key.session)));
                    }
                }
                Row::Subscription {
                    channel,
                    subscriber,
                } if self.tells_who_is_there(&channel)
                    && subscriber.expires_at > now_s
                    && world.gateway.is_long_gone(&subscriber.connection, now_ms) =>
                {
                    ghosts.push(format!("a row of {} in {channel}", subscriber.connection));
                }
                _ => {}
            }
        }
        drop(world);
        if let Some(ghost) = ghosts.first() {
            self.broken("nobody is present who has gone", format!("{when}: {ghost}"));
        }
    }

    fn tells_who_is_there(&self, channel: &Channel) -> bool {
        let namespace = self.stack.rules.namespaces.of(channel);
        namespace.is_some_and(|namespace| namespace.presence != PresenceMode::None)
    }

    /// Rows are those of who is there, once something was published; and who is there is present.
    fn check_subscribers(&self, when: &str) {
        let world = self.shared.lock();
        let (now_ms, now_s) = (world.now_ms, world.now_ms / 1_000);
        let mut present: BTreeMap<Channel, BTreeSet<SessionKey>> = BTreeMap::new();
        let mut ghosts = Vec::new();
        for row in world.store.rows() {
            if let Row::Subscription {
                channel,
                subscriber,
            } = row
            {
                if world.gateway.is_long_gone(&subscriber.connection, now_ms) {
                    ghosts.push(format!("{} in {channel}", subscriber.connection));
                } else if subscriber.expires_at > now_s {
                    present.entry(channel).or_default().insert(subscriber.key);
                }
            }
        }
        drop(world);
        if let Some(ghost) = ghosts.first() {
            self.broken(
                "no row outlives the next publication after its connection",
                format!("{when}: {ghost}"),
            );
        }
        for client in self.clients.iter().filter(|client| client.is_online()) {
            for channel in &client.wanted {
                let tells = self.tells_who_is_there(channel);
                let listed = present
                    .get(channel)
                    .is_some_and(|sessions| sessions.contains(&client.key()));
                if tells && client.application.has_joined(channel) && !listed {
                    self.broken(
                        "whoever is there is present",
                        format!("{when}: {:?} is not in {channel}", client.key()),
                    );
                }
            }
        }
    }

    fn everybody_goes(&mut self) {
        let mut guard = self.shared.lock();
        for (number, client) in self.clients.iter_mut().enumerate() {
            if number % 2 == 0 {
                client.close(&mut guard);
            } else {
                client.die(&mut guard);
            }
        }
    }

    /// Whatever is left, its time to live takes.
    fn check_left(&self) {
        let mut world = self.shared.lock();
        let longest = [CONNECTION_S + SLACK_S, 2 * 24 * 3_600 + SLACK_S];
        let later = world.now_ms + longest.iter().max().map_or(0, |s| s * 1_000);
        world.store.expire(later, |_| true);
        let left = world.store.rows();
        let left = left.iter().find(|row| !matches!(row, Row::Shards { .. }));
        if let Some(row) = left {
            let row = format!("{row:?}").chars().take(300).collect::<String>();
            world.ledger.broken("no row outlives its time to live", row);
        }
    }
}

/// The numbers of what is published when all is quiet.
const fn last_number(round: u64, nth: usize) -> u64 {
    1_000_000 + round * 1_000 + (nth as u64) * 14 + 1
}
