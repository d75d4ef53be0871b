//! Counts what an invocation consumed, and what went wrong with those whom it asked.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tidegate_contract::metrics::Downstream;

/// Read and write units.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Units {
    /// Read request units (4 KB each; half of one for an eventually consistent read).
    pub read: f64,
    /// Write request units (1 KB each).
    pub write: f64,
}

/// What went wrong with one downstream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Trouble {
    /// Requests that failed and that it is to blame for.
    pub failures: u32,
    /// Requests that it answered with the wish for fewer.
    pub throttles: u32,
    /// Requests that were sent once more.
    pub retries: u32,
    /// Calls that its breaker did not let through.
    pub refused: u32,
}

/// What went wrong, by downstream.
pub type Troubles = BTreeMap<Downstream, Trouble>;

/// Adds up what DynamoDB says that each call consumed, and one unit for each failed condition, which it charges but
/// does not report.
#[derive(Debug, Default)]
pub struct Meter {
    units: Mutex<Units>,
    troubles: Mutex<Troubles>,
}

impl Meter {
    /// What was consumed since the last call of this.
    pub fn take(&self) -> Units {
        std::mem::take(&mut *self.units.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What went wrong since the last call of this, by downstream; nothing of those with whom all was well.
    pub fn take_troubles(&self) -> Troubles {
        std::mem::take(&mut *self.troubles.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn trouble(&self, downstream: Downstream, note: impl FnOnce(&mut Trouble)) {
        let mut troubles = self.troubles.lock().unwrap_or_else(PoisonError::into_inner);
        note(troubles.entry(downstream).or_default());
    }

    pub(crate) fn read(&self, units: Option<f64>) {
        self.units
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .read += units.unwrap_or(0.0);
    }

    pub(crate) fn write(&self, units: Option<f64>) {
        self.units
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .write += units.unwrap_or(0.0);
    }
}
