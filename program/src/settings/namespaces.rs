//! `tidegate:namespaces`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use tidegate_core::namespace::{Access, HistoryRules, Namespace, Namespaces, PresenceMode};

use super::SettingsError;
use super::limits::RateSettings;

/// One namespace.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NamespaceSettings {
    /// Who may subscribe, and ask for history and presence.
    subscribe: Who,
    /// Who may publish. A backend may everywhere.
    publish: Who,
    /// What is kept of publications, so that a client that was away gets what it missed. Without it nothing is kept: what
    /// a client misses is lost, and order is not promised.
    #[schemars(extend("costs" = "a write ({dynamodb.write}) for each KB of a publication, and one more where it has a `key`, as all of the Rust client and of the inlet have"))]
    history: Option<HistorySettings>,
    /// Whether the newest publication comes with `subscribed`: for channels that tell how something is now. Needs a
    /// history.
    #[serde(default)]
    latest: bool,
    /// Whether channels tell who is in them.
    #[serde(default)]
    #[schemars(extend("costs" = "with `count` and `full`, a lease for each connection (see `presence`); with `full`, a message to everybody in the channel for each join and leave"))]
    presence: Shows,
    /// How fast one session may publish, over all channels of the namespace. Without it there is no such limit.
    #[schemars(extend("costs" = "one write for each publication"))]
    rate: Option<RateSettings>,
}

/// Who may do something.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum Who {
    /// Everyone with a valid token.
    SignedIn,
    /// Who is in the group `namespace:name` of their token.
    Member,
    /// The user whose id is the channel's name.
    Owner,
    /// No client at all.
    Server,
}

/// What of its publications a channel keeps. Both bounds hold.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct HistorySettings {
    /// How many publications: from 1 to 10,000.
    size: u32,
    /// For how many seconds: up to 2,592,000, which are 30 days. Whoever was away for longer is told that something is lost.
    age_seconds: u64,
}

/// What channels tell of who is in them.
#[derive(Debug, Clone, Copy, Default, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum Shows {
    /// Nothing.
    #[default]
    None,
    /// How many are there, to whoever asks.
    Count,
    /// Who is there, and who comes and goes.
    Full,
}

impl NamespaceSettings {
    fn rules(&self) -> Namespace {
        let Self {
            subscribe,
            publish,
            history,
            latest,
            presence,
            rate,
        } = self;
        Namespace {
            subscribe: subscribe.access(),
            publish: publish.access(),
            history: history
                .map(|HistorySettings { size, age_seconds }| HistoryRules { size, age_seconds }),
            latest: *latest,
            presence: match presence {
                Shows::None => PresenceMode::None,
                Shows::Count => PresenceMode::Count,
                Shows::Full => PresenceMode::Full,
            },
            rate: rate.map(RateSettings::rate),
        }
    }
}

impl Who {
    const fn access(self) -> Access {
        match self {
            Self::SignedIn => Access::SignedIn,
            Self::Member => Access::Member,
            Self::Owner => Access::Owner,
            Self::Server => Access::Server,
        }
    }
}

/// The rules of these namespaces.
pub(super) fn rules(
    namespaces: &BTreeMap<String, NamespaceSettings>,
) -> Result<Namespaces, SettingsError> {
    let rules = namespaces.iter();
    let rules = rules.map(|(name, settings)| (name.clone(), settings.rules()));
    Namespaces::new(rules.collect()).map_err(SettingsError::Namespace)
}
