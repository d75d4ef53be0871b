//! What can be broken on purpose, so that it is known that a run can fail.

/// Something that is wrong in the functions' world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutation {
    /// Publishers see the subscribers that there were a while ago, and not those after they appended.
    ReadsSubscribersStale,
    /// Recovery always says that nothing was missed.
    AlwaysRecovered,
    /// A publication is put over another one.
    PutsOverOthers,
    /// A publication is acked that was never put.
    AcksWithoutPutting,
    /// Keys of publications are forgotten.
    ForgetsKeys,
    /// Subscriptions never expire.
    NeverExpires,
    /// A revocation is noted, and nobody is put out.
    RevokesOnPaper,
    /// A refresh leaves subscriptions that it should end.
    KeepsForbidden,
    /// `$disconnect` does nothing.
    IgnoresDisconnect,
    /// Nobody looks after leases.
    NeverSweeps,
    /// Rates are not enforced.
    NoRates,
    /// The limit of connections is not enforced.
    NoLimit,
}

impl Mutation {
    /// All that are to be found. `IgnoresDisconnect` is not among them: API Gateway promises no `$disconnect`, so that leases
    /// and receivers that are gone do without.
    pub const FOUND: [Self; 11] = [
        Self::ReadsSubscribersStale,
        Self::AlwaysRecovered,
        Self::KeepsForbidden,
        Self::PutsOverOthers,
        Self::AcksWithoutPutting,
        Self::ForgetsKeys,
        Self::NeverExpires,
        Self::RevokesOnPaper,
        Self::NeverSweeps,
        Self::NoRates,
        Self::NoLimit,
    ];

    /// The invariants by which it may be found.
    #[must_use]
    pub const fn breaks(self) -> &'static [&'static str] {
        match self {
            Self::ReadsSubscribersStale => &["where nothing fails, nothing is late"],
            Self::AlwaysRecovered => &["what is said to be whole is whole"],
            Self::PutsOverOthers => &["offsets have no holes, and epochs are unique"],
            Self::AcksWithoutPutting => &[
                "what is acked was published",
                "what is given was published",
                "offsets have no holes, and epochs are unique",
            ],
            Self::ForgetsKeys => &["one key, one publication", "nothing is doubled"],
            Self::NeverExpires | Self::RevokesOnPaper | Self::KeepsForbidden => {
                &["no right is exceeded"]
            }
            Self::IgnoresDisconnect => &[],
            Self::NeverSweeps => &["nobody is present who has gone"],
            Self::NoRates => &["no rate is exceeded"],
            Self::NoLimit => &["a user has no more connections than they may"],
        }
    }
}
