//! When the client comes back, and when it stops.
//!
//! | what happened | what the client does |
//! |---|---|
//! | handshake: 401 | asks for another token, and tries once more at once; a second 401 in a row: stops |
//! | handshake: 403 | stops: the token is right, and its user may not |
//! | handshake: 400, 404 and other 4xx | stops: the URL is wrong, or the endpoint is gone |
//! | handshake: 408, 425, 429 | tries again within the reconnect window or the backoff, whichever is longer |
//! | handshake: 5xx | tries again with backoff |
//! | handshake: no status | tries again with backoff; after two in a row, a client that sees no status asks `GET /connect-check` |
//! | `goodbye` with `reconnect: false` | stops, with the reason |
//! | `goodbye` with `reconnect: true` | comes back after `retryAfterMs`, at a random time within `windowMs`, else with backoff; `expired`: with a new token |
//! | close 1001, 1006, 1012, 1008 or a connection that broke off or went silent | comes back at a random time within the reconnect window or the backoff, whichever is longer: many may have been dropped at once |
//! | any other close | comes back with backoff |
//! | an error frame that is `fatal` | ends the connection, and comes back with backoff |
//! | the application has no token, for now | asks again with backoff |
//! | the application has no token, and will have none | stops |
//! | the token of a `refresh` is another user's | stops: two users' data must not mix |

use tidegate_protocol::ErrorCode;

use super::output::CloseReason;

/// What a failed handshake means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It passes.
    Retry,
    /// It passes, and many may be waiting for it.
    RetrySpread,
    /// Another token is needed.
    NewToken,
    /// It does not pass.
    Stop(CloseReason),
}

pub(super) fn of_status(status: u16) -> Verdict {
    match status {
        401 => Verdict::NewToken,
        403 => Verdict::Stop(CloseReason::Forbidden),
        408 | 425 | 429 => Verdict::RetrySpread,
        400..500 => Verdict::Stop(CloseReason::Refused { status }),
        _ => Verdict::Retry,
    }
}

/// Whether a connection that ended so may be one of many that were dropped together.
pub(super) fn may_be_of_many(code: Option<u16>) -> bool {
    matches!(code, None | Some(1001 | 1006 | 1008 | 1012))
}

/// Whether a request that got this error can be sent again.
pub(super) fn passes(code: ErrorCode, retry_after: Option<u64>) -> bool {
    match code {
        ErrorCode::RateLimited
        | ErrorCode::Busy
        | ErrorCode::Unavailable
        | ErrorCode::NotConnected => true,
        ErrorCode::Unknown => retry_after.is_some(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_stops_or_passes_as_the_table_says() {
        assert_eq!(of_status(401), Verdict::NewToken);
        assert_eq!(of_status(403), Verdict::Stop(CloseReason::Forbidden));
        assert_eq!(
            of_status(404),
            Verdict::Stop(CloseReason::Refused { status: 404 })
        );
        assert_eq!(of_status(429), Verdict::RetrySpread);
        for status in [500, 502, 503, 504, 302] {
            assert_eq!(of_status(status), Verdict::Retry);
        }
    }
}
