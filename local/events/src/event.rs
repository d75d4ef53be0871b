//! An event, as rules and targets see it.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

/// An event before the bus has it.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    /// Who says so.
    pub source: String,
    /// What kind of thing happened.
    pub detail_type: String,
    /// What happened.
    pub detail: Map<String, Value>,
    /// The ARNs of what it happened to.
    pub resources: Vec<String>,
    /// When it happened, in seconds since the Unix epoch; now where it is not said.
    pub at_s: Option<u64>,
}

/// Where the bus is.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) account: String,
    pub(crate) region: String,
}

/// The event as targets get it ("Events in Amazon EventBridge": event structure).
pub(crate) fn envelope(new: NewEvent, id: &str, place: &Place, now_ms: u64) -> Value {
    let NewEvent {
        source,
        detail_type,
        detail,
        resources,
        at_s,
    } = new;
    let detail = Value::Object(detail);
    json!({
        "version": "0",
        "id": id,
        "detail-type": detail_type,
        "source": source,
        "account": place.account,
        "time": iso_seconds(at_s.unwrap_or(now_ms / 1_000)),
        "region": place.region,
        "resources": resources,
        "detail": detail,
    })
}

/// What a rule's own schedule says.
pub(crate) fn scheduled(rule_arn: &str, at_ms: u64) -> NewEvent {
    NewEvent {
        source: "aws.events".to_owned(),
        detail_type: "Scheduled Event".to_owned(),
        detail: Map::new(),
        resources: vec![rule_arn.to_owned()],
        at_s: Some(at_ms / 1_000),
    }
}

/// A time as events bear it: `2026-01-01T00:00:00Z`.
pub(crate) fn iso_seconds(at_s: u64) -> String {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
    let time = i64::try_from(at_s).map(OffsetDateTime::from_unix_timestamp);
    time.ok()
        .and_then(Result::ok)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
        .format(format)
        .unwrap_or_default()
}

/// A time as callers write it: seconds since the Unix epoch, or a text.
pub(crate) fn read_time(time: &Value) -> Option<u64> {
    match time {
        Value::String(text) => {
            let time = OffsetDateTime::parse(text, &Rfc3339).ok()?;
            u64::try_from(time.unix_timestamp()).ok()
        }
        // SDKs write fractions of a second, of which events keep nothing.
        Value::Number(seconds) => {
            let whole = seconds.to_string();
            whole.split('.').next()?.parse().ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_and_written_in_whole_seconds() {
        assert_eq!(iso_seconds(1_790_000_000), "2026-09-21T14:13:20Z");
        for (written, read) in [
            (json!(1_790_000_000), Some(1_790_000_000)),
            (json!(1_790_000_000.25), Some(1_790_000_000)),
            (json!("2026-09-21T14:13:20Z"), Some(1_790_000_000)),
            (json!("2026-09-21T16:13:20+02:00"), Some(1_790_000_000)),
            (json!("soon"), None),
            (json!(-1), None),
            (json!(null), None),
        ] {
            assert_eq!(read_time(&written), read, "{written}");
        }
    }
}
