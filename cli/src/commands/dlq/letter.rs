//! A message of a dead-letter queue, and what can be said of it.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde::{Deserialize, Serialize};
use tidegate_core::broker::Notice;
use tidegate_core::channel::Channel;
use tidegate_core::connection::SessionKey;
use tidegate_core::fanout::{self, GivenUp, Slice};
use tidegate_server_client::Draft;

use crate::arguments::DlqQueue;
use crate::sqs::Message;

/// Who put it there.
const SOURCE: &str = "DeadLetterQueueSourceArn";
const SENT: &str = "SentTimestamp";
const RECEIVES: &str = "ApproximateReceiveCount";

/// A message that was put aside.
pub(super) struct Letter {
    pub(super) message: Message,
    of: DlqQueue,
    content: Content,
}

/// What a message bears.
enum Content {
    /// A publication for some of its receivers.
    Slice(Slice),
    /// Who came or went.
    Notice(Notice),
    /// What a backend, or a rule of EventBridge, would publish.
    Publication(Channel),
    /// An event of EventBridge that is no publication.
    Event,
    /// Nothing that this version can read.
    Unknown,
}

impl Content {
    fn read(of: DlqQueue, body: &str) -> Self {
        match of {
            DlqQueue::Fanout => match fanout::Message::parse(body) {
                Ok(fanout::Message::Slice(slice)) => Self::Slice(slice),
                Ok(fanout::Message::Notice(notice)) => Self::Notice(notice),
                Err(_) => Self::Unknown,
            },
            DlqQueue::Inlet => Self::of_inlet(body),
        }
    }

    fn of_inlet(body: &str) -> Self {
        #[derive(Deserialize)]
        struct Event {
            #[serde(rename = "detail-type")]
            _detail_type: String,
            detail: Option<serde_json::Value>,
        }
        let draft = |text: &str| serde_json::from_str(text).map(|draft: Draft| draft.channel);
        if let Ok(channel) = draft(body) {
            return Self::Publication(channel);
        }
        let Ok(event) = serde_json::from_str::<Event>(body) else {
            return Self::Unknown;
        };
        let channel = event.detail.map(|detail| draft(&detail.to_string()));
        channel
            .and_then(Result::ok)
            .map_or(Self::Event, Self::Publication)
    }
}

/// What is said of it, as `--json` prints it: ids and counts, and nothing that was published.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Summary {
    pub(super) id: String,
    pub(super) queue: DlqQueue,
    /// What it is: `slice`, `joined`, `left`, `ended`, `publication`, `event` or `unknown`.
    pub(super) what: &'static str,
    /// When it was put aside; where SQS did that, which does not say when: when it was sent.
    pub(super) at: String,
    pub(super) age_seconds: u64,
    /// The channel; of a connection that ended, all in which it was present.
    pub(super) channel: Option<String>,
    pub(super) publication_id: Option<String>,
    pub(super) receivers: Option<usize>,
    /// How often its receivers were tried; unknown where the function crashed over them.
    pub(super) attempts: Option<u32>,
    pub(super) why: String,
    /// How often it was received, this time included.
    pub(super) receives: Option<u64>,
}

impl Letter {
    pub(super) fn new(of: DlqQueue, message: Message) -> Self {
        Self {
            of,
            content: Content::read(of, &message.body),
            message,
        }
    }

    pub(super) const fn slice(&self) -> Option<&Slice> {
        match &self.content {
            Content::Slice(slice) => Some(slice),
            _ => None,
        }
    }

    /// Who came or went.
    pub(super) const fn who(&self) -> Option<&SessionKey> {
        match &self.content {
            Content::Notice(
                Notice::Joined { key, .. } | Notice::Left { key, .. } | Notice::Ended { key, .. },
            ) => Some(key),
            _ => None,
        }
    }

    fn given_up(&self) -> Option<GivenUp> {
        self.slice()?.given_up
    }

    pub(super) fn summary(&self, now_ms: u64) -> Summary {
        let (slice, given_up) = (self.slice(), self.given_up());
        let sent_ms = self.message.number(SENT);
        let at_ms = given_up.map(|it| it.at_ms).or(sent_ms);
        Summary {
            id: self.message.message_id.clone(),
            queue: self.of,
            what: self.what(),
            at: at_ms.map(time).unwrap_or_default(),
            age_seconds: at_ms.map_or(0, |at_ms| now_ms.saturating_sub(at_ms) / 1_000),
            channel: self.channel(),
            publication_id: slice.map(|it| it.publication.publication_id.clone()),
            receivers: slice.map(|slice| slice.receivers.len()),
            attempts: given_up.map(|it| it.attempts),
            why: self.why(),
            receives: self.message.number(RECEIVES),
        }
    }

    const fn what(&self) -> &'static str {
        match &self.content {
            Content::Slice(_) => "slice",
            Content::Notice(Notice::Joined { .. }) => "joined",
            Content::Notice(Notice::Left { .. }) => "left",
            Content::Notice(Notice::Ended { .. }) => "ended",
            Content::Publication(_) => "publication",
            Content::Event => "event",
            Content::Unknown => "unknown",
        }
    }

    fn channel(&self) -> Option<String> {
        match &self.content {
            Content::Slice(slice) => Some(slice.publication.channel.to_string()),
            Content::Notice(Notice::Joined { channel, .. } | Notice::Left { channel, .. })
            | Content::Publication(channel) => Some(channel.to_string()),
            Content::Notice(Notice::Ended { channels, .. }) => {
                let channels: Vec<_> = channels.iter().map(ToString::to_string).collect();
                Some(channels.join(" "))
            }
            Content::Event | Content::Unknown => None,
        }
    }

    fn why(&self) -> String {
        if let Some(given_up) = self.given_up() {
            return given_up.why.to_string();
        }
        let by_sqs = self.message.attribute(SOURCE).is_some();
        match (&self.content, self.of) {
            (Content::Unknown, DlqQueue::Fanout) => "no slice of this version, and no notice",
            (Content::Unknown, DlqQueue::Inlet) => "no publication, and no event",
            _ if by_sqs => "came back too often",
            _ => "put here by hand",
        }
        .to_owned()
    }

    /// What is sent out again: with all attempts before it, if it is something that is tried at all.
    pub(super) fn anew(&self) -> anyhow::Result<String> {
        let Some(slice) = self.slice() else {
            return Ok(self.message.body.clone());
        };
        let anew = Slice {
            attempt: 0,
            given_up: None,
            ..slice.clone()
        };
        Ok(serde_json::to_string(&anew)?)
    }
}

/// A time to the second; one that cannot be written is not worth a failure.
pub(super) fn time(ms: u64) -> String {
    let seconds = i64::try_from(ms / 1_000).unwrap_or(i64::MAX);
    let time = DateTime::from_secs(seconds).fmt(Format::DateTime);
    time.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn letter(body: &str, attributes: &serde_json::Value) -> Letter {
        let message = json!({
            "MessageId": "m", "ReceiptHandle": "r", "Body": body, "Attributes": attributes,
        });
        Letter::new(DlqQueue::Fanout, serde_json::from_value(message).unwrap())
    }

    fn of_inlet(body: &str) -> Summary {
        let message = json!({ "MessageId": "m", "ReceiptHandle": "r", "Body": body });
        Letter::new(DlqQueue::Inlet, serde_json::from_value(message).unwrap()).summary(0)
    }

    fn slice(more: &str) -> String {
        format!(
            r#"{{"version":1,"channel":"room:lobby","publicationId":"p1","acceptedAtMs":999000,"frame":"secret","receivers":[{{"connection":"c1=","endpoint":"odd","expiresAt":1,"sinceMs":5}}],"attempt":2{more}}}"#
        )
    }

    #[test]
    fn what_was_given_up_is_told_with_its_reason_and_the_age_since() {
        let given_up = r#","givenUp":{"why":"throttled","attempts":4,"atMs":60000}"#;
        let letter = letter(&slice(given_up), &json!({ "SentTimestamp": "1000" }));
        let summary = letter.summary(180_000);
        assert_eq!(
            (summary.age_seconds, summary.at.as_str()),
            (120, "1970-01-01T00:01:00Z")
        );
        assert_eq!((summary.receivers, summary.attempts), (Some(1), Some(4)));
        assert_eq!(summary.why, "throttled");
        let told = serde_json::to_string(&summary).unwrap();
        assert!(!told.contains("secret"), "{told}");
        assert_eq!(
            letter.anew().unwrap(),
            slice("").replace(r#""attempt":2"#, r#""attempt":0"#)
        );
    }

    #[test]
    fn what_sqs_put_aside_is_told_apart_and_what_is_no_slice_goes_back_as_it_is() {
        let source = json!({ "DeadLetterQueueSourceArn": "arn", "SentTimestamp": "1000" });
        assert_eq!(
            letter(&slice(""), &source).summary(2_000).why,
            "came back too often"
        );
        let other = letter("nothing of ours", &source);
        let summary = other.summary(61_000);
        assert_eq!(
            (summary.what, summary.why.as_str()),
            ("unknown", "no slice of this version, and no notice")
        );
        assert_eq!((summary.channel, summary.age_seconds), (None, 60));
        assert_eq!(other.anew().unwrap(), "nothing of ours");
    }

    #[test]
    fn who_came_or_went_is_told_as_such_and_goes_back_as_it_is() {
        let key = r#""key":{"user":"alice","session":"s"}"#;
        let cases = [
            ("joined", r#""channel":"room:a""#, "room:a"),
            ("left", r#""channel":"room:a""#, "room:a"),
            (
                "ended",
                r#""channels":["room:a","room:b"],"connection":"c=""#,
                "room:a room:b",
            ),
        ];
        for (what, more, channel) in cases {
            let body =
                format!(r#"{{"version":1,"notice":{{"what":"{what}",{more},{key},"atMs":5}}}}"#);
            let letter = letter(&body, &json!({ "DeadLetterQueueSourceArn": "arn" }));
            let summary = letter.summary(0);
            assert_eq!(
                (summary.what, summary.why.as_str()),
                (what, "came back too often")
            );
            assert_eq!(summary.channel.as_deref(), Some(channel));
            assert_eq!(letter.who().unwrap().user, "alice");
            assert_eq!(letter.anew().unwrap(), body);
        }
    }

    #[test]
    fn what_the_inlet_could_not_take_is_told_by_what_it_is() {
        let draft = r#"{"channel":"order:1","data":"secret"}"#;
        let event = |detail: &str| format!(r#"{{"detail-type":"Order Sold","detail":{detail}}}"#);
        let cases = [
            (draft.to_owned(), "publication", Some("order:1")),
            (event(draft), "publication", Some("order:1")),
            (event(r#"{"order":"secret"}"#), "event", None),
            (r#"{"channel":"order"}"#.to_owned(), "unknown", None),
            (slice(""), "unknown", None),
        ];
        for (body, what, channel) in cases {
            let summary = of_inlet(&body);
            assert_eq!(
                (summary.what, summary.channel.as_deref()),
                (what, channel),
                "{body}"
            );
            let told = serde_json::to_value(&summary).unwrap();
            assert_eq!(told["queue"], "inlet");
            assert!(!told.to_string().contains("secret"), "{told}");
        }
    }
}
