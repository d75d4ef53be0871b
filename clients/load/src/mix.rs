//! What users do.

use serde::{Deserialize, Serialize};
use thiserror::Error;
use tidegate_client::machine::MAX_PING_INTERVAL_MS;
use tidegate_protocol::channel;

/// What a number carries at the least beside its padding: who, which and when.
pub(crate) const SMALLEST_PAYLOAD: usize = 64;
/// A frame has 32 KB with its envelope.
const LARGEST_PAYLOAD: usize = 30 * 1024;

/// What users do while the load lasts. Times are in seconds, shares are from 0 to 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Mix {
    /// Its name, for reports.
    #[serde(default = "unnamed")]
    pub name: String,
    /// The namespace of the channels. Users must be allowed to subscribe and to publish in it.
    pub namespace: String,
    /// How many users share a channel.
    pub users_per_channel: usize,
    /// Which share of the users publishes.
    pub publishers: f64,
    /// How long one of them waits from one publication to the next, on average.
    pub publish_every_s: f64,
    /// How large the data of a publication is, about.
    pub payload_bytes: usize,
    /// The time from one heartbeat of a user to the next.
    pub ping_every_s: f64,
    /// Which share of the users hands over to a second connection, once, at a random time.
    pub handovers: f64,
    /// When connections break off, many at a time.
    #[serde(default)]
    pub storms: Vec<Storm>,
}

/// Connections that break off all at once, as in a deployment or where a network fails.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Storm {
    /// When, as a share of the duration.
    pub at: f64,
    /// Which share of the users.
    pub share: f64,
}

fn unnamed() -> String {
    "own".to_owned()
}

/// The names of the mixes that are there already, with what they are.
pub const PRESETS: [(&str, &str); 4] = [
    (
        "chat",
        "rooms of 20, a message a minute from every second user, a few hand-overs, and a tenth drops off half-way",
    ),
    (
        "broadcast",
        "channels of 500, of whom one in 250 publishes every 5 s",
    ),
    (
        "idle",
        "nobody says anything: connections and heartbeats alone",
    ),
    (
        "storm",
        "the chat, and all connections break off at once half-way",
    ),
];

impl Mix {
    /// The mix of this name, if there is one.
    #[must_use]
    pub fn preset(name: &str) -> Option<Self> {
        let chat = Self {
            name: name.to_owned(),
            namespace: "room".to_owned(),
            users_per_channel: 20,
            publishers: 0.5,
            publish_every_s: 60.0,
            payload_bytes: 200,
            ping_every_s: 30.0,
            handovers: 0.05,
            storms: vec![Storm {
                at: 0.5,
                share: 0.1,
            }],
        };
        match name {
            "chat" => Some(chat),
            "broadcast" => Some(Self {
                users_per_channel: 500,
                publishers: 0.004,
                publish_every_s: 5.0,
                storms: Vec::new(),
                ..chat
            }),
            "idle" => Some(Self {
                publishers: 0.0,
                handovers: 0.0,
                storms: Vec::new(),
                ..chat
            }),
            "storm" => Some(Self {
                storms: vec![Storm {
                    at: 0.5,
                    share: 1.0,
                }],
                ..chat
            }),
            _ => None,
        }
    }

    /// The mix that this JSON describes.
    ///
    /// # Errors
    /// When it is none, or cannot be.
    pub fn from_json(text: &str) -> Result<Self, MixError> {
        let mix: Self =
            serde_json::from_str(text).map_err(|error| MixError::Syntax(error.to_string()))?;
        mix.validate()?;
        Ok(mix)
    }

    /// Whether it can be.
    ///
    /// # Errors
    /// Names the first setting that cannot, and what it must be.
    pub fn validate(&self) -> Result<(), MixError> {
        let is_share = |share: f64| (0.0..=1.0).contains(&share);
        let longest_ping = MAX_PING_INTERVAL_MS as f64 / 1e3;
        let rules = [
            (
                channel::is_namespace(&self.namespace),
                "namespace",
                "a namespace, as `room` is one",
            ),
            (self.users_per_channel > 0, "usersPerChannel", "at least 1"),
            (is_share(self.publishers), "publishers", "0 to 1"),
            (
                (0.01..=86_400.0).contains(&self.publish_every_s),
                "publishEveryS",
                "0.01 to 86400",
            ),
            (
                (SMALLEST_PAYLOAD..=LARGEST_PAYLOAD).contains(&self.payload_bytes),
                "payloadBytes",
                "64 to 30720, as a frame has 32 KB with its envelope",
            ),
            (
                (0.1..=longest_ping).contains(&self.ping_every_s),
                "pingEveryS",
                "0.1 to 540, as the gateway ends what is idle for ten minutes",
            ),
            (is_share(self.handovers), "handovers", "0 to 1"),
            (
                self.storms
                    .iter()
                    .all(|storm| is_share(storm.at) && is_share(storm.share)),
                "storms",
                "a list of {\"at\": 0 to 1, \"share\": 0 to 1}",
            ),
        ];
        let broken = rules.iter().find(|(holds, ..)| !holds);
        broken.map_or(Ok(()), |(_, setting, must)| {
            Err(MixError::Setting { setting, must })
        })
    }
}

/// There can be no such mix.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MixError {
    /// It is no JSON of a mix.
    #[error("this is no mix: {0}")]
    Syntax(String),
    /// A setting is not possible.
    #[error("`{setting}` must be {must}")]
    Setting {
        /// Which.
        setting: &'static str,
        /// What it must be.
        must: &'static str,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_can_be_and_is_its_own_json() {
        for (name, _) in PRESETS {
            let mix = Mix::preset(name).unwrap();
            assert_eq!(
                Mix::from_json(&serde_json::to_string(&mix).unwrap()),
                Ok(mix)
            );
        }
        assert_eq!(Mix::preset("rave"), None);
    }

    #[test]
    fn a_setting_that_cannot_be_is_named_with_what_it_must_be() {
        let mut mix = Mix::preset("chat").unwrap();
        mix.payload_bytes = 40_000;
        let error = mix.validate().unwrap_err().to_string();
        assert!(
            error.contains("payloadBytes") && error.contains("32 KB"),
            "{error}"
        );
        let error = Mix::from_json(r#"{"nmespace": "room"}"#).unwrap_err();
        assert!(error.to_string().contains("nmespace"), "{error}");
    }
}
