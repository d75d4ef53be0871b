//! A sender in memory.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::connection::{ConnectionId, Endpoint};
use crate::sender::{SendError, Sender};

#[derive(Default)]
struct Sent {
    frames: HashMap<String, Vec<String>>,
    endpoints: HashMap<String, BTreeSet<Endpoint>>,
    ended: Vec<String>,
    refusals: HashMap<String, fn() -> SendError>,
}

/// A sender in memory: remembers what it was asked to send. A clone is the same sender.
#[derive(Clone, Default)]
pub struct MemorySender {
    sent: Arc<Mutex<Sent>>,
}

impl MemorySender {
    /// From now on everything sent to `connection` fails with what `error` makes.
    pub fn refuse(&self, connection: &str, error: fn() -> SendError) {
        self.lock().refusals.insert(connection.to_owned(), error);
    }

    /// The frames that `connection` took.
    #[must_use]
    pub fn sent_to(&self, connection: &str) -> Vec<String> {
        self.lock()
            .frames
            .get(connection)
            .cloned()
            .unwrap_or_default()
    }

    /// The APIs through which `connection` was sent to.
    #[must_use]
    pub fn endpoints_of(&self, connection: &str) -> BTreeSet<Endpoint> {
        self.lock()
            .endpoints
            .get(connection)
            .cloned()
            .unwrap_or_default()
    }

    /// From now on what was refused is sent.
    pub fn take_all(&self) {
        self.lock().refusals.clear();
    }

    /// The connections that were ended, in order.
    #[must_use]
    pub fn ended(&self) -> Vec<String> {
        self.lock().ended.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Sent> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Sender for MemorySender {
    async fn send(
        &self,
        endpoint: &Endpoint,
        connection: &ConnectionId,
        frame: &str,
    ) -> Result<(), SendError> {
        let mut sent = self.lock();
        let connection = connection.as_str().to_owned();
        let endpoints = sent.endpoints.entry(connection.clone()).or_default();
        endpoints.insert(endpoint.clone());
        if let Some(error) = sent.refusals.get(&connection) {
            return Err(error());
        }
        let frames = sent.frames.entry(connection).or_default();
        frames.push(frame.to_owned());
        Ok(())
    }

    async fn end(&self, _endpoint: &Endpoint, connection: &ConnectionId) -> Result<(), SendError> {
        self.lock().ended.push(connection.as_str().to_owned());
        Ok(())
    }

    async fn exists(
        &self,
        _endpoint: &Endpoint,
        connection: &ConnectionId,
    ) -> Result<bool, SendError> {
        let refusal = self.lock().refusals.get(connection.as_str()).copied();
        match refusal.map(|error| error()) {
            None => Ok(true),
            Some(SendError::Gone) => Ok(false),
            Some(error) => Err(error),
        }
    }
}
