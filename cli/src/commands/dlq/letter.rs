//! A message of the dead-letter queue, and what can be said of it.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde::Serialize;
use tidegate_core::fanout::{GivenUp, Slice};

use crate::sqs::Message;

/// Who put it there.
const SOURCE: &str = "DeadLetterQueueSourceArn";
const SENT: &str = "SentTimestamp";
const RECEIVES: &str = "ApproximateReceiveCount";

/// A message that was put aside.
pub(super) struct Letter {
    pub(super) message: Message,
    /// What it bears; none where it is nothing that this version can read.
    pub(super) slice: Option<Slice>,
}

/// What is said of it, as `--json` prints it: ids and counts, and nothing that was published.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Summary {
    pub(super) id: String,
    /// When it was put aside; where SQS did that, which does not say when: when it was sent.
    pub(super) at: String,
    pub(super) age_seconds: u64,
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
    pub(super) fn new(message: Message) -> Self {
        Self {
            slice: serde_json::from_str(&message.body).ok(),
            message,
        }
    }

    fn given_up(&self) -> Option<GivenUp> {
        self.slice.as_ref()?.given_up
    }

    pub(super) fn summary(&self, now_ms: u64) -> Summary {
        let (slice, given_up) = (self.slice.as_ref(), self.given_up());
        let sent_ms = self.message.number(SENT);
        let at_ms = given_up.map(|it| it.at_ms).or(sent_ms);
        let publication = slice.map(|slice| &slice.publication);
        Summary {
            id: self.message.message_id.clone(),
            at: at_ms.map(time).unwrap_or_default(),
            age_seconds: at_ms.map_or(0, |at_ms| now_ms.saturating_sub(at_ms) / 1_000),
            channel: publication.map(|it| it.channel.to_string()),
            publication_id: publication.map(|it| it.publication_id.clone()),
            receivers: slice.map(|slice| slice.receivers.len()),
            attempts: given_up.map(|it| it.attempts),
            why: self.why(),
            receives: self.message.number(RECEIVES),
        }
    }

    fn why(&self) -> String {
        if let Some(given_up) = self.given_up() {
            return given_up.why.to_string();
        }
        let by_sqs = self.message.attribute(SOURCE).is_some();
        match (&self.slice, by_sqs) {
            (None, _) => "no slice of this version",
            (Some(_), true) => "came back too often",
            (Some(_), false) => "put here by hand",
        }
        .to_owned()
    }

    /// What is sent out again: with all attempts before it, if it is something that is tried at all.
    pub(super) fn anew(&self) -> anyhow::Result<String> {
        let Some(slice) = &self.slice else {
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
        Letter::new(serde_json::from_value(message).unwrap())
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
        assert_eq!(summary.why, "no slice of this version");
        assert_eq!((summary.channel, summary.age_seconds), (None, 60));
        assert_eq!(other.anew().unwrap(), "nothing of ours");
    }
}
