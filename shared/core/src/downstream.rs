//! What the domain knows of those whom its adapters ask.

use std::error::Error as StdError;
use std::time::Duration;

use thiserror::Error;

/// Somebody was not even asked, since too much of what was asked of them lately failed. Adapters put it into the chain of
/// sources of their ports' errors.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "{downstream} is not asked for now, for it failed too often: try again in {} ms",
    retry_after.as_millis()
)]
pub struct NotAsked {
    /// Who.
    pub downstream: &'static str,
    /// When it is worth coming back.
    pub retry_after: Duration,
}

/// When it is worth coming back, if somebody behind `error` said so.
#[must_use]
pub fn retry_after(error: &(dyn StdError + 'static)) -> Option<Duration> {
    let mut link = Some(error);
    while let Some(error) = link {
        if let Some(refused) = error.downcast_ref::<NotAsked>() {
            return Some(refused.retry_after);
        }
        link = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::ConnectError;
    use crate::store::StoreError;

    #[test]
    fn the_hint_is_found_however_deep_it_is() {
        let refused = NotAsked {
            downstream: "DynamoDB",
            retry_after: Duration::from_millis(250),
        };
        let error = ConnectError::Store(StoreError::Unavailable {
            operation: "connect",
            source: Box::new(refused.clone()),
        });
        assert_eq!(retry_after(&error), Some(refused.retry_after));
        let throttled = StoreError::Throttled {
            operation: "connect",
        };
        assert_eq!(retry_after(&throttled), None);
    }
}
