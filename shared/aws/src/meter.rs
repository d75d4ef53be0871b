//! Counts the DynamoDB units that were consumed.

use std::sync::{Mutex, PoisonError};

/// Read and write units.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Units {
    /// Read request units (4 KB each; half of one for an eventually consistent read).
    pub read: f64,
    /// Write request units (1 KB each).
    pub write: f64,
}

/// Adds up what DynamoDB says that each call consumed, and one unit for each failed condition, which it charges but
/// does not report.
#[derive(Debug, Default)]
pub struct Meter {
    units: Mutex<Units>,
}

impl Meter {
    /// What was consumed since the last call of this.
    pub fn take(&self) -> Units {
        std::mem::take(&mut *self.units.lock().unwrap_or_else(PoisonError::into_inner))
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
