//! `GET` and `DELETE /users/{user}/connections`, `POST /users/{user}/revocations`.

use serde::{Deserialize, Serialize};
use tidegate_protocol::Channel;

/// The sessions of a user that have live connections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionList {
    /// The user.
    pub user: String,
    /// Those that are connected.
    pub sessions: Vec<Session>,
}

/// A session of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Its id.
    pub session: String,
    /// When its rights end, in epoch seconds.
    pub expires_at: u64,
    /// Its connections: two while one takes over from the other. One whose end nobody told is listed until that is found.
    pub connections: Vec<Connection>,
}

/// A live connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Connection {
    /// Its id, as API Gateway gave it.
    pub connection: String,
    /// Since when it is there, in epoch milliseconds.
    pub since: u64,
    /// What it receives.
    #[serde(default)]
    pub channels: Vec<Channel>,
}

/// Which connections of a user are put out: the query of the request. Without any, all are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum KickQuery {
    /// All.
    #[default]
    All,
    /// Those of a session.
    Session(String),
    /// One.
    Connection(String),
}

impl KickQuery {
    /// Reads it out of the parameters of a query; none where it names both.
    #[must_use]
    pub fn read(parameter: impl Fn(&str) -> Option<String>) -> Option<Self> {
        match (parameter("session"), parameter("connection")) {
            (Some(_), Some(_)) => None,
            (Some(session), None) => Some(Self::Session(session)),
            (None, Some(connection)) => Some(Self::Connection(connection)),
            (None, None) => Some(Self::All),
        }
    }

    /// The parameter that it is, if it is one, as yet to be encoded.
    #[must_use]
    pub fn parameter(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::All => None,
            Self::Session(session) => Some(("session", session)),
            Self::Connection(connection) => Some(("connection", connection)),
        }
    }
}

/// Connections were put out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ended {
    /// How many.
    pub ended: u64,
}
