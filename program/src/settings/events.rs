//! `tidegate:events`.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::range::{ensure, together};
use super::{InletSettings, SettingsError};

/// The longest pattern that EventBridge takes, in characters.
const LONGEST_PATTERN: usize = 2048;

/// What EventBridge puts into the queue of the inlet.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct EventSettings {
    /// Events that are publications: `detail` is `{"channel": …, "data": …}`, as in the queue. An event that comes twice is
    /// published once.
    #[schemars(extend("costs" = "what is put on a bus is billed to whoever puts it there"))]
    pub(crate) publications: Option<PublicationEvents>,
    /// Whether users who are signed out, disabled or deleted in Cognito itself (its console, its API) are put out here as well.
    /// CloudTrail tells of it, as best it can and some minutes late, and only in an account with a trail: so this is no more
    /// than a help beside `identity.accessTokenMinutes`. `tidegate users revoke` acts within seconds, and needs none of it.
    pub(crate) cognito_revocations: bool,
}

/// Which events are publications.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PublicationEvents {
    /// The bus, by its name or its ARN. It is there already: the stack makes none.
    #[serde(default = "default_bus")]
    pub(crate) bus: String,
    /// Which of its events, as an event pattern with at least a `source` or a `detail-type`: `{source: [orders]}`.
    pub(crate) pattern: Map<String, Value>,
}

fn default_bus() -> String {
    "default".to_owned()
}

impl EventSettings {
    pub(super) fn check(
        &self,
        inlet: &InletSettings,
        own_issuer: bool,
    ) -> Result<(), SettingsError> {
        let key = if self.publications.is_some() {
            "events.publications"
        } else {
            "events.cognitoRevocations"
        };
        let any = self.publications.is_some() || self.cognito_revocations;
        together(
            inlet.enabled || !any,
            key,
            "sends to the queue of the inlet, and there is none: set `inlet.enabled`",
        )?;
        together(
            !(self.cognito_revocations && own_issuer),
            "events.cognitoRevocations",
            "is about the stack's own user pool, and there is none beside `identity.issuer`",
        )?;
        match &self.publications {
            Some(publications) => publications.check(),
            None => Ok(()),
        }
    }
}

impl PublicationEvents {
    fn check(&self) -> Result<(), SettingsError> {
        let Self { bus, pattern } = self;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
        let is_name = !bus.is_empty() && bus.len() <= 256 && bus.bytes().all(plain);
        ensure(
            is_name || (bus.starts_with("arn:") && bus.contains(":event-bus/")),
            "events.publications.bus",
            bus,
            "the name of a bus, or its ARN: arn:aws:events:REGION:ACCOUNT:event-bus/NAME",
        )?;
        let narrow = ["source", "detail-type"]
            .iter()
            .any(|key| pattern.contains_key(*key));
        let key = "events.publications.pattern";
        together(
            narrow,
            key,
            "has neither `source` nor `detail-type`: every event on the bus would be taken for a publication",
        )?;
        let length = Value::Object(pattern.clone()).to_string().chars().count();
        together(
            length <= LONGEST_PATTERN,
            key,
            format!("has {length} characters: EventBridge takes {LONGEST_PATTERN}"),
        )
    }
}
