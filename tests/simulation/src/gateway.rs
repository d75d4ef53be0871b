//! API Gateway: connections, and what goes over them.

use std::collections::BTreeMap;

use tidegate_client::machine::SocketId;
use tidegate_core::connection::{ConnectionId, Endpoint, SessionKey};
use tidegate_core::sender::SendError;

use crate::dice::Site;
use crate::event::Event;
use crate::functions::Invocation;
use crate::kernel::World;

/// A connection without a frame for so long is ended, in milliseconds (an AWS quota).
const IDLE_MS: u64 = 10 * 60_000;
/// A connection lives so long at most, in milliseconds (an AWS quota).
const LIFE_MS: u64 = 2 * 3_600_000;

/// Where a connection is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// `$connect` has not answered.
    Handshake,
    /// Frames go over it.
    Open,
    /// It has ended.
    Ended,
}

/// A connection.
#[derive(Debug)]
pub struct Connection {
    /// Whose it is.
    pub client: usize,
    /// Under which number the client's machine knows it.
    pub socket: SocketId,
    /// Its session, as the authorizer said.
    pub key: SessionKey,
    /// The token that it was opened with.
    pub token: usize,
    /// The API that serves it.
    pub endpoint: Endpoint,
    /// Where it is in its life.
    pub stage: Stage,
    /// Nothing that is sent arrives at the other end any more, and nobody knows.
    pub broken: bool,
    /// How many frames came.
    pub frames: u64,
    opened_ms: u64,
    /// When it ended; 0 while it has not.
    ended_ms: u64,
    active_ms: u64,
    to_client_ms: u64,
    from_client_ms: u64,
}

/// Within how long the end of a connection is found by its lease, in milliseconds.
const LEASE_MS: u64 = 5 * 60_000;

/// API Gateway.
#[derive(Debug, Default)]
pub struct Gateway {
    /// Every connection that there ever was.
    pub connections: BTreeMap<ConnectionId, Connection>,
}

impl Gateway {
    /// Whether a connection is open.
    #[must_use]
    pub fn is_open(&self, connection: &ConnectionId) -> bool {
        self.connections
            .get(connection)
            .is_some_and(|one| one.stage == Stage::Open)
    }

    /// Whether a connection ended so long ago that its lease has been looked after.
    #[must_use]
    pub fn is_long_gone(&self, connection: &ConnectionId, now_ms: u64) -> bool {
        let one = self.connections.get(connection);
        one.is_none_or(|one| one.stage != Stage::Open && now_ms > one.ended_ms + LEASE_MS)
    }

    /// The site of what happens to a connection.
    #[must_use]
    pub fn site(connection: &ConnectionId) -> Site {
        Site::of("connection").and(connection.as_str())
    }
}

impl World {
    /// A client asks for a connection.
    pub fn ask_for_connection(
        &mut self,
        (client, socket): (usize, SocketId),
        key: SessionKey,
        token: usize,
        name: String,
    ) -> ConnectionId {
        let id = ConnectionId::new(name);
        let site = Gateway::site(&id);
        let endpoint = if self.dice.at(site).bool() {
            "api1"
        } else {
            "api2"
        };
        let connection = Connection {
            client,
            socket,
            key,
            token,
            endpoint: Endpoint::new(endpoint),
            stage: Stage::Handshake,
            broken: false,
            frames: 0,
            opened_ms: 0,
            ended_ms: 0,
            active_ms: 0,
            to_client_ms: 0,
            from_client_ms: 0,
        };
        self.gateway.connections.insert(id.clone(), connection);
        let wait = self.dice.ms(site, 5..=60);
        self.after(wait, Event::Handshake(id.clone()));
        id
    }

    /// `$connect` let it in.
    pub fn open_connection(&mut self, id: &ConnectionId) {
        let now_ms = self.now_ms;
        if let Some(one) = self.gateway.connections.get_mut(id) {
            one.stage = Stage::Open;
            (one.opened_ms, one.active_ms) = (now_ms, now_ms);
            one.to_client_ms = now_ms;
            self.after(IDLE_MS, Event::Idle(id.clone()));
            self.after(LIFE_MS, Event::Idle(id.clone()));
        }
    }

    /// When what is sent to the client now arrives: in order on one connection.
    pub fn arrival(&mut self, id: &ConnectionId) -> u64 {
        let ms = self.dice.ms(Gateway::site(id), 2..=40);
        let now_ms = self.now_ms;
        self.gateway.connections.get_mut(id).map_or(now_ms, |one| {
            one.to_client_ms = one.to_client_ms.max(now_ms + ms);
            one.to_client_ms
        })
    }

    /// Sends a frame to a client: what arrived at the gateway counts as sent.
    ///
    /// # Errors
    /// When there is no such connection.
    pub fn post(&mut self, id: &ConnectionId, frame: &str) -> Result<(), SendError> {
        if !self.gateway.is_open(id) {
            return Err(SendError::Gone);
        }
        self.check_right_to_receive(id, frame);
        self.send_to_client(id, frame.to_owned());
        Ok(())
    }

    /// Sends a frame over an open connection.
    pub fn send_to_client(&mut self, id: &ConnectionId, frame: String) {
        let now_ms = self.now_ms;
        let arrival = self.arrival(id);
        if let Some(one) = self.gateway.connections.get_mut(id) {
            one.active_ms = now_ms;
            if !one.broken {
                self.at(arrival, Event::ToClient(id.clone(), frame));
            }
        }
    }

    /// A client sends a frame.
    pub fn send_from_client(&mut self, id: &ConnectionId, frame: String) {
        let ms = self.dice.ms(Gateway::site(id), 2..=40);
        let now_ms = self.now_ms;
        let Some(one) = self.gateway.connections.get_mut(id) else {
            return;
        };
        if one.broken {
            return;
        }
        one.from_client_ms = one.from_client_ms.max(now_ms + ms);
        let arrival = one.from_client_ms;
        self.at(arrival, Event::FromClient(id.clone(), frame));
    }

    /// A frame arrived at the gateway.
    pub fn touched(&mut self, id: &ConnectionId) {
        let now_ms = self.now_ms;
        if let Some(one) = self.gateway.connections.get_mut(id) {
            one.active_ms = now_ms;
            one.frames += 1;
        }
    }

    /// Somebody asks the gateway to end a connection.
    pub fn end_by_server(&mut self, id: &ConnectionId) {
        self.end_connection(id, Some(1000));
    }

    /// A connection ends at the gateway: its client is told, if it can be.
    pub fn end_connection(&mut self, id: &ConnectionId, code: Option<u16>) {
        let (arrival, now_ms) = (self.arrival(id), self.now_ms);
        let Some(one) = self.gateway.connections.get_mut(id) else {
            return;
        };
        let was = std::mem::replace(&mut one.stage, Stage::Ended);
        if was != Stage::Ended {
            one.ended_ms = now_ms;
        }
        let broken = one.broken;
        if was == Stage::Open && !broken {
            self.at(arrival, Event::Ended(id.clone(), code));
        }
        if was != Stage::Ended {
            self.disconnect(id);
        }
    }

    /// `$disconnect` is invoked once, but for when it is not.
    fn disconnect(&mut self, id: &ConnectionId) {
        let site = Gateway::site(id).and("$disconnect");
        if self.dice.fault(site, "$disconnect is lost", 800) {
            return;
        }
        let mut times = 1;
        if self.dice.fault(site, "$disconnect comes twice", 200) {
            times = 2;
        }
        for _ in 0..times {
            let mut wait = self.dice.ms(site, 5..=200);
            if self.dice.fault(site, "$disconnect is late", 400) {
                wait += self.dice.ms(site, 1_000..=300_000);
            }
            self.after(wait, Event::Invoke(Invocation::Disconnect(id.clone())));
        }
    }

    /// Ends a connection that is idle or too old; looks again later at another.
    pub fn look_whether_idle(&mut self, id: &ConnectionId) {
        let now_ms = self.now_ms;
        let Some(one) = self.gateway.connections.get(id) else {
            return;
        };
        if one.stage != Stage::Open {
            return;
        }
        let idle_at = one.active_ms + IDLE_MS;
        if now_ms >= idle_at || now_ms >= one.opened_ms + LIFE_MS {
            self.note(&format!("gateway ends {id}: idle or too old"));
            self.end_connection(id, Some(1001));
        } else {
            self.at(idle_at, Event::Idle(id.clone()));
        }
    }
}
