//! Ids as API Gateway forms them: 11 random bytes in base64, which makes 16 characters and ends in `=`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A source of ids. Two with the same seed give the same ids.
#[derive(Debug, Clone)]
pub(crate) struct Ids(fastrand::Rng);

impl Ids {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    pub(crate) fn next(&mut self) -> String {
        let mut bytes = [0; 11];
        self.0.fill(&mut bytes);
        STANDARD.encode(bytes)
    }

    /// Another source, independent of what this one gives later.
    pub(crate) fn fork(&mut self) -> Self {
        Self(self.0.fork())
    }
}

/// The `X-Amzn-Trace-Id` of a request, made of an id.
pub(crate) fn trace_header(id: &str, now_ms: u64) -> String {
    let unique: String = id
        .bytes()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .take(24)
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect();
    format!("Root=1-{:08x}-{unique}", now_ms / 1000)
}
