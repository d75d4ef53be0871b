//! `tidegate:presence`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tidegate_core::broker::PresenceRules;

use super::SettingsError;
use super::range::ensure;

/// How presence is kept true, in the namespaces that have it. API Gateway tells of a connection's end as best it can; where
/// it does not, a function that runs every minute finds out.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct PresenceSettings {
    /// How many seconds after its last connection ended a session is announced as gone. Whoever comes back within them never
    /// left.
    grace_seconds: u32,
    /// Every how many minutes a connection is looked after: for so long somebody may seem to be there who is not.
    #[schemars(extend("costs" = "two writes ({dynamodb.write}) for each connection and lease: with 3 minutes, a client that is always connected costs $0.02 a month by that. The function itself runs 43,200 times a month ({lambda.request}), and only where a namespace has presence"))]
    lease_minutes: u32,
}

impl Default for PresenceSettings {
    fn default() -> Self {
        let PresenceRules {
            grace_seconds,
            lease_minutes,
        } = PresenceRules::default();
        Self {
            grace_seconds,
            lease_minutes,
        }
    }
}

impl PresenceSettings {
    /// What functions are told.
    pub(crate) const fn rules(self) -> PresenceRules {
        let Self {
            grace_seconds,
            lease_minutes,
        } = self;
        PresenceRules {
            grace_seconds,
            lease_minutes,
        }
    }

    pub(super) fn check(self) -> Result<(), SettingsError> {
        ensure(
            self.grace_seconds <= 900,
            "presence.graceSeconds",
            self.grace_seconds,
            "at most 900: SQS holds no message back for longer",
        )?;
        ensure(
            (1..=60).contains(&self.lease_minutes),
            "presence.leaseMinutes",
            self.lease_minutes,
            "from 1 to 60",
        )
    }
}
