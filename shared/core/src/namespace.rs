//! Namespaces: who may subscribe and publish in which channels.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::channel::{Channel, is_namespace};
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

/// The rules of one namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Namespace {
    /// Who may subscribe.
    pub subscribe: Access,
    /// Who may publish.
    pub publish: Access,
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

/// The name of a namespace is not valid.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{0}` cannot be the name of a namespace: 1 to 32 lower-case letters, digits or `-`, and a letter first"
)]
pub struct InvalidNamespace(String);

impl Namespaces {
    /// These namespaces.
    ///
    /// # Errors
    /// Names the first one whose name is not valid.
    pub fn new(by_name: BTreeMap<String, Namespace>) -> Result<Self, InvalidNamespace> {
        match by_name.keys().find(|name| !is_namespace(name)) {
            Some(name) => Err(InvalidNamespace(name.clone())),
            None => Ok(Self { by_name }),
        }
    }

    /// Their names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    /// Checks that a user with `rights` may do `action` in `channel`. Does not look at their expiry.
    ///
    /// # Errors
    /// [`Forbidden`] when they may not, or when there is no such namespace.
    pub fn check(
        &self,
        action: Action,
        rights: &Rights,
        channel: &Channel,
    ) -> Result<(), Forbidden> {
        let access = self
            .by_name
            .get(channel.namespace())
            .map(|namespace| match action {
                Action::Subscribe => namespace.subscribe,
                Action::Publish => namespace.publish,
            });
        let allowed = match access {
            Some(Access::SignedIn) => true,
            Some(Access::Member) => rights.groups.contains(channel.as_str()),
            Some(Access::Owner) => rights.user == channel.name(),
            Some(Access::Server) | None => false,
        };
        if allowed {
            return Ok(());
        }
        let what = match action {
            Action::Subscribe => "subscribe to",
            Action::Publish => "publish to",
        };
        Err(Forbidden {
            what,
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
            let checked = namespaces().check(action, &alice(), &channel.parse().unwrap());
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
        let rules = Namespace {
            subscribe: Access::SignedIn,
            publish: Access::Server,
        };
        let error = Namespaces::new([("Room".to_owned(), rules)].into()).unwrap_err();
        assert!(error.to_string().contains("`Room`"));
    }

    #[test]
    fn rights_end_with_their_token() {
        assert!(!alice().expired(99_999));
        assert!(alice().expired(100_000));
    }
}
