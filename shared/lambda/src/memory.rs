//! What a process remembers between frames. It may refuse earlier than what is kept would, and never allows more.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tidegate_core::connection::ConnectionId;
use tidegate_core::limits::{Rate, RetryAfter};

/// What any connection may send through one process, whatever the stack says: far above what people do, and far below
/// what would be noticed by others.
const GUARD: Rate = Rate {
    count: 100,
    per_seconds: 1,
    burst: Some(200),
};

/// How many are remembered before all are forgotten.
const MOST: usize = 20_000;

/// Numbers by a key, not too many.
#[derive(Debug)]
struct Memory<K>(Mutex<HashMap<K, u64>>);

impl<K> Default for Memory<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash> Memory<K> {
    fn lock(&self) -> MutexGuard<'_, HashMap<K, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, key: K, value: u64) {
        let mut known = self.lock();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(key, value);
    }
}

/// What connections sent through this process.
#[derive(Debug, Default)]
pub struct Guard(Memory<ConnectionId>);

impl Guard {
    /// Lets one more frame of a connection pass, or says when.
    ///
    /// # Errors
    /// When it may not pass for now.
    pub fn admit(&self, connection: &ConnectionId, now_ms: u64) -> Result<(), RetryAfter> {
        let seen = self.0.lock().get(connection).copied();
        let next = GUARD.admit(seen, now_ms, 1)?;
        self.0.set(connection.clone(), next);
        Ok(())
    }
}

/// What users' buckets held when this process last moved them.
#[derive(Debug, Default)]
pub struct Seen(Memory<(String, &'static str)>);

impl Seen {
    /// What this bucket of a user held, if it was moved here.
    #[must_use]
    pub fn get(&self, user: &str, bucket: &'static str) -> Option<u64> {
        self.0.lock().get(&(user.to_owned(), bucket)).copied()
    }

    /// It was moved, and holds this.
    pub fn set(&self, user: &str, bucket: &'static str, value: u64) {
        self.0.set((user.to_owned(), bucket), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_stopped_by_the_process_itself_and_costs_others_nothing() {
        let guard = Guard::default();
        let flood = ConnectionId::new("flood=");
        let passed = (0..1_000).filter(|_| guard.admit(&flood, 5_000).is_ok());
        assert_eq!(passed.count(), 200);
        assert!(guard.admit(&ConnectionId::new("calm="), 5_000).is_ok());
        assert!(guard.admit(&flood, 6_000).is_ok());
    }
}
