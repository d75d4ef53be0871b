//! What an answer says of the health of whoever gave it.

/// What an answer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It works. What was asked for may have been refused all the same: that is between it and the caller.
    Answered,
    /// It works, and asks for fewer requests.
    Throttled,
    /// It does not work.
    Failed,
}

/// By the status alone.
pub(crate) const fn by_status(status: u16, _body: &[u8]) -> Verdict {
    match status {
        429 => Verdict::Throttled,
        500.. => Verdict::Failed,
        _ => Verdict::Answered,
    }
}
