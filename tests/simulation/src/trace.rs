//! What happened, line by line.

use std::collections::VecDeque;

/// How many lines are kept of a run that is not told whole.
const KEPT: usize = 60;

/// The lines of a run, and their hash.
#[derive(Debug)]
pub struct Trace {
    hash: u64,
    lines: VecDeque<String>,
    whole: bool,
}

impl Trace {
    /// An empty one, which keeps the last lines only, or all.
    #[must_use]
    pub fn new(whole: bool) -> Self {
        Self {
            hash: 0xcbf2_9ce4_8422_2325,
            lines: VecDeque::new(),
            whole,
        }
    }

    /// Notes a line; `now_ms` counts from the beginning of the run.
    pub fn note(&mut self, now_ms: u64, line: &str) {
        for byte in now_ms.to_le_bytes().iter().chain(line.as_bytes()) {
            self.hash = (self.hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        if !self.whole && self.lines.len() >= KEPT {
            self.lines.pop_front();
        }
        self.lines.push_back(format!(
            "{:>9}.{:03}  {line}",
            now_ms / 1_000,
            now_ms % 1_000
        ));
    }

    /// The hash of all lines: two runs with the same hash are the same.
    #[must_use]
    pub const fn hash(&self) -> u64 {
        self.hash
    }

    /// The lines that are kept.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.lines.iter().cloned().collect()
    }
}
