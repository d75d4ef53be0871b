//! Namespaces: who may subscribe and publish in which channels.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::channel::{Channel, is_namespace};
use crate::limits::Rate;
use crate::rights::Rights;

/// Who may do something in the channels of a namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Access {
    /// Everyone with a valid token.
    SignedIn,
    /// Users whose token names the group `namespace:name`.
    Member,
    /// The user whose subject is the channel's name: `user:<sub>` is that user's own.
    Owner,
    /// No client at all, only the server's side.
    Server,
}

/// What a client wants to do in a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Receive what is published.
    Subscribe,
    /// Publish.
    Publish,
}

/// Whether the channels of a namespace tell who is in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PresenceMode {
    /// They do not.
    #[default]
    None,
    /// They tell how many are there, to whoever asks.
    Count,
    /// They tell who is there, and who comes and goes.
    Full,
}

/// What of its publications a channel keeps. Both bounds hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HistoryRules {
    /// How many publications.
    pub size: u32,
    /// For how long, in seconds.
    pub age_seconds: u64,
}

impl HistoryRules {
    /// How many publications a channel may keep at most: what a client can be asked to page through.
    pub const MOST_SIZE: u32 = 10_000;
    /// For how long it may keep them at most, in seconds: 30 days.
    pub const MOST_AGE_S: u64 = 30 * 24 * 3600;
}

/// The rules of one namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Namespace {
    /// Who may subscribe, and ask for history and presence.
    pub subscribe: Access,
    /// Who may publish.
    pub publish: Access,
    /// What is kept of publications; without it nothing is, and what a client missed is lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<HistoryRules>,
    /// Whether the newest publication comes with `subscribed`. Only with a history.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub latest: bool,
    /// Whether its channels tell who is in them.
    #[serde(default)]
    pub presence: PresenceMode,
    /// How fast one session may publish in the channels of the namespace together; a write for each publication.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
}

impl Namespace {
    /// A namespace without history, presence and rate.
    #[must_use]
    pub const fn new(subscribe: Access, publish: Access) -> Self {
        Self {
            subscribe,
            publish,
            history: None,
            latest: false,
            presence: PresenceMode::None,
            rate: None,
        }
    }

    /// What is wrong with it, if something is.
    fn problem(&self) -> Option<&'static str> {
        if self.latest && self.history.is_none() {
            return Some("`latest` needs a `history` that keeps the latest publication");
        }
        if let Some(HistoryRules { size, age_seconds }) = self.history
            && !((1..=HistoryRules::MOST_SIZE).contains(&size)
                && (1..=HistoryRules::MOST_AGE_S).contains(&age_seconds))
        {
            return Some(
                "`history` must have a `size` of 1 to 10000 and an `ageSeconds` of 1 to 2592000 (30 days)",
            );
        }
        self.rate.as_ref().and_then(Rate::problem)
    }
}

/// All namespaces of a stack. A channel in any other namespace does not exist.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Namespaces {
    by_name: BTreeMap<String, Namespace>,
}

/// Why something may not be done in a channel. What is forbidden and what does not exist look alike on purpose: a
/// client cannot find out which namespaces there are.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("you may not {what} {channel}")]
pub struct Forbidden {
    what: &'static str,
    channel: Channel,
}

/// A namespace is not valid.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidNamespace {
    /// Its name.
    #[error(
        "`{0}` cannot be the name of a namespace: 1 to 32 lower-case letters, digits or `-`, and a letter first"
    )]
    Name(String),
    /// Its rules.
    #[error("`{name}`: {problem}")]
    Rules {
        /// Its name.
        name: String,
        /// What is wrong.
        problem: &'static str,
    },
}

impl Namespaces {
    /// These namespaces.
    ///
    /// # Errors
    /// Names the first one whose name or rules are not valid.
    pub fn new(by_name: BTreeMap<String, Namespace>) -> Result<Self, InvalidNamespace> {
        for (name, namespace) in &by_name {
            if !is_namespace(name) {
                return Err(InvalidNamespace::Name(name.clone()));
            }
            if let Some(problem) = namespace.problem() {
                return Err(InvalidNamespace::Rules {
                    name: name.clone(),
                    problem,
                });
            }
        }
        Ok(Self { by_name })
    }

    /// The rules of the namespace that a channel is in, if there is one.
    #[must_use]
    pub fn of(&self, channel: &Channel) -> Option<&Namespace> {
        self.by_name.get(channel.namespace())
    }

    /// Whether any channel tells who is in it.
    #[must_use]
    pub fn have_presence(&self) -> bool {
        let mut namespaces = self.by_name.values();
        namespaces.any(|namespace| namespace.presence != PresenceMode::None)
    }

    /// Their names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    /// Checks that a user with `rights` may do `action` in `channel`, and returns its rules. Does not look at the rights'
    /// expiry.
    ///
    /// # Errors
    /// [`Forbidden`] when they may not, or when there is no such namespace.
    pub fn check(
        &self,
        action: Action,
        rights: &Rights,
        channel: &Channel,
    ) -> Result<&Namespace, Forbidden> {
        let forbidden = || Forbidden {
            what: match action {
                Action::Subscribe => "subscribe to",
                Action::Publish => "publish to",
            },
            channel: channel.clone(),
        };
        let namespace = self.of(channel).ok_or_else(forbidden)?;
        let access = match action {
            Action::Subscribe => namespace.subscribe,
            Action::Publish => namespace.publish,
        };
        let allowed = match access {
            Access::SignedIn => true,
            Access::Member => rights.groups.contains(channel.as_str()),
            Access::Owner => rights.user == channel.name(),
            Access::Server => false,
        };
        if allowed {
            Ok(namespace)
        } else {
            Err(forbidden())
        }
    }

    /// The rules for the server's side, which may publish wherever there is a namespace.
    ///
    /// # Errors
    /// [`Forbidden`] when there is no such namespace.
    pub fn check_server(&self, channel: &Channel) -> Result<&Namespace, Forbidden> {
        self.of(channel).ok_or_else(|| Forbidden {
            what: "publish to",
            channel: channel.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn namespaces() -> Namespaces {
        serde_json::from_str(
            r#"{
                "room": {"subscribe": "signedIn", "publish": "signedIn"},
                "team": {"subscribe": "member", "publish": "member"},
                "user": {"subscribe": "owner", "publish": "server"}
            }"#,
        )
        .unwrap()
    }

    fn alice() -> Rights {
        Rights {
            user: "alice".into(),
            groups: ["team:red".to_owned()].into(),
            issued_at: 0,
            expires_at: 100,
        }
    }

    #[test]
    fn each_kind_of_access_lets_in_whom_it_names_and_nobody_else() {
        let cases = [
            (Action::Subscribe, "room:lobby", true),
            (Action::Publish, "room:lobby", true),
            (Action::Subscribe, "team:red", true),
            (Action::Publish, "team:blue", false),
            (Action::Subscribe, "user:alice", true),
            (Action::Subscribe, "user:bob", false),
            (Action::Publish, "user:alice", false),
            (Action::Subscribe, "nowhere:lobby", false),
        ];
        for (action, channel, allowed) in cases {
            let namespaces = namespaces();
            let checked = namespaces.check(action, &alice(), &channel.parse().unwrap());
            assert_eq!(checked.is_ok(), allowed, "{action:?} {channel}");
        }
    }

    #[test]
    fn an_unknown_rule_is_an_error_and_not_ignored() {
        let read = serde_json::from_str::<Namespace>(
            r#"{"subscribe":"signedIn","publish":"server","histroy":1}"#,
        );
        assert!(read.unwrap_err().to_string().contains("histroy"));
    }

    #[test]
    fn a_namespace_that_no_channel_could_name_is_refused() {
        let rules = Namespace::new(Access::SignedIn, Access::Server);
        let error = Namespaces::new([("Room".to_owned(), rules)].into()).unwrap_err();
        assert!(error.to_string().contains("`Room`"));
    }

    #[test]
    fn rules_that_contradict_each_other_are_refused_by_the_name_of_the_namespace() {
        let mut rules = Namespace::new(Access::SignedIn, Access::Server);
        rules.latest = true;
        let made = |rules: &Namespace| Namespaces::new([("room".to_owned(), rules.clone())].into());
        let error = made(&rules).unwrap_err().to_string();
        assert!(error.starts_with("`room`: `latest` needs"), "{error}");
        rules.history = Some(HistoryRules {
            size: 0,
            age_seconds: 1,
        });
        let error = made(&rules).unwrap_err().to_string();
        assert!(error.contains("`size` of 1"), "{error}");
        rules.history = Some(HistoryRules {
            size: 1,
            age_seconds: 1,
        });
        assert!(made(&rules).is_ok());
        assert!(
            made(&rules)
                .unwrap()
                .check_server(&"room:a".parse().unwrap())
                .is_ok()
        );
        assert!(
            made(&rules)
                .unwrap()
                .check_server(&"moor:a".parse().unwrap())
                .is_err()
        );
    }

    #[test]
    fn rights_end_with_their_token() {
        assert!(!alice().expired(99_999));
        assert!(alice().expired(100_000));
    }
}
