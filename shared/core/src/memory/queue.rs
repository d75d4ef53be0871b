//! A fan-out queue in memory.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::broker::Notice;
use crate::fanout::{FanoutQueue, QueueError, Slice};

/// A slice that a [`MemoryQueue`] holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    /// The slice.
    pub slice: Slice,
    /// How long it is held back, in seconds.
    pub delay_s: u32,
    /// The trace that it belongs to.
    pub trace: Option<String>,
}

/// A notice that a [`MemoryQueue`] holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedNotice {
    /// The notice.
    pub notice: Notice,
    /// How long it is held back, in seconds.
    pub delay_s: u32,
}

#[derive(Debug, Default)]
struct Waiting {
    slices: Vec<Queued>,
    notices: Vec<QueuedNotice>,
    unavailable: bool,
}

/// A fan-out queue in memory: holds what it was handed. A clone is the same queue.
#[derive(Debug, Clone, Default)]
pub struct MemoryQueue {
    waiting: Arc<Mutex<Waiting>>,
}

impl MemoryQueue {
    /// From now on it takes nothing; `false` heals it.
    pub fn set_unavailable(&self, unavailable: bool) {
        self.lock().unavailable = unavailable;
    }

    /// What it was handed since the last call of this, in order.
    #[must_use]
    pub fn take(&self) -> Vec<Queued> {
        std::mem::take(&mut self.lock().slices)
    }

    /// The notices that it was handed since the last call of this, in order.
    #[must_use]
    pub fn take_notices(&self) -> Vec<QueuedNotice> {
        std::mem::take(&mut self.lock().notices)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl FanoutQueue for MemoryQueue {
    async fn send(
        &self,
        slices: &[Slice],
        delay_s: u32,
        trace: Option<&str>,
    ) -> Vec<Result<(), QueueError>> {
        let mut waiting = self.lock();
        if waiting.unavailable {
            let unavailable = || QueueError::Unavailable("made unavailable by a test".into());
            return slices.iter().map(|_| Err(unavailable())).collect();
        }
        let queued = slices.iter().map(|slice| Queued {
            slice: slice.clone(),
            delay_s,
            trace: trace.map(str::to_owned),
        });
        waiting.slices.extend(queued);
        slices.iter().map(|_| Ok(())).collect()
    }

    async fn send_notice(
        &self,
        notice: &Notice,
        delay_s: u32,
        _trace: Option<&str>,
    ) -> Result<(), QueueError> {
        let mut waiting = self.lock();
        if waiting.unavailable {
            return Err(QueueError::Unavailable("made unavailable by a test".into()));
        }
        waiting.notices.push(QueuedNotice {
            notice: notice.clone(),
            delay_s,
        });
        Ok(())
    }
}
