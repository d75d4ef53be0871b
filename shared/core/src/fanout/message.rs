//! What is in a message of the fan-out queue: a slice, or a notice.

use serde::{Deserialize, Serialize};

use super::slice::{Slice, Version};
use crate::broker::Notice;

/// A notice as it stands in a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct NoticeMessage {
    version: Version,
    notice: Notice,
}

/// A message of the fan-out queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// A publication for some of its receivers.
    Slice(Slice),
    /// Who came or went.
    Notice(Notice),
}

impl Message {
    /// Reads the body of a message.
    ///
    /// # Errors
    /// When it is neither.
    pub fn parse(body: &str) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        struct Kind {
            notice: Option<serde::de::IgnoredAny>,
        }
        let Kind { notice } = serde_json::from_str(body)?;
        if notice.is_some() {
            let NoticeMessage { notice, .. } = serde_json::from_str(body)?;
            return Ok(Self::Notice(notice));
        }
        Ok(Self::Slice(serde_json::from_str(body)?))
    }
}

impl Notice {
    /// The body of the message that it is.
    ///
    /// # Errors
    /// None that this crate knows of.
    pub fn body(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(&NoticeMessage {
            version: Version,
            notice: self.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::{ConnectionId, SessionKey};

    #[test]
    fn a_notice_is_written_as_it_is_documented_and_read_back() {
        let notice = Notice::Ended {
            channels: vec!["room:a".parse().unwrap()],
            key: SessionKey {
                user: "alice".to_owned(),
                session: "s".to_owned(),
            },
            connection: ConnectionId::new("c="),
            at_ms: 5,
        };
        let body = notice.body().unwrap();
        assert_eq!(
            body,
            r#"{"version":1,"notice":{"what":"ended","channels":["room:a"],"key":{"user":"alice","session":"s"},"connection":"c=","atMs":5}}"#
        );
        assert_eq!(Message::parse(&body).unwrap(), Message::Notice(notice));
        let newer = body.replace(r#""version":1"#, r#""version":2"#);
        assert!(Message::parse(&newer).is_err());
        assert!(Message::parse("{}").is_err());
    }
}
