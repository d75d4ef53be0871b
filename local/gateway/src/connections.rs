//! The connections that are open, by id.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::{Notify, mpsc};
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// A connection as others see it.
#[derive(Debug)]
pub(crate) struct Handle {
    /// Frames to be sent.
    pub(crate) frames: mpsc::Sender<Utf8Bytes>,
    /// Told once, when the connection is to be closed.
    pub(crate) deleted: Notify,
    pub(crate) connected_at_ms: u64,
    pub(crate) last_active_ms: AtomicU64,
    pub(crate) source_ip: Box<str>,
    pub(crate) user_agent: Option<Box<str>>,
}

impl Handle {
    /// Notes that a message went one way or the other.
    pub(crate) fn touch(&self, now_ms: u64) {
        self.last_active_ms.store(now_ms, Ordering::Relaxed);
    }

    pub(crate) fn last_active_ms(&self) -> u64 {
        self.last_active_ms.load(Ordering::Relaxed)
    }
}

/// The open connections of one stage.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    by_id: RwLock<HashMap<Arc<str>, Arc<Handle>>>,
}

impl Connections {
    pub(crate) fn insert(&self, id: Arc<str>, handle: Arc<Handle>) {
        self.by_id
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id, handle);
    }

    pub(crate) fn remove(&self, id: &str) -> Option<Arc<Handle>> {
        self.by_id
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(id)
    }

    pub(crate) fn get(&self, id: &str) -> Option<Arc<Handle>> {
        self.by_id
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(id)
            .cloned()
    }

    pub(crate) fn len(&self) -> usize {
        self.by_id
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }
}
