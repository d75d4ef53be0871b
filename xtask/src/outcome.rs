//! How a command ended, when it could be run at all.

/// What `main` makes an exit code of; what could not be run is an error instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All is well.
    Passed,
    /// A test or a check failed, and said so.
    Failed,
}

impl Outcome {
    /// The outcome of something that is well if `ok`.
    pub(crate) fn passed_if(ok: bool) -> Self {
        if ok { Self::Passed } else { Self::Failed }
    }
}
