//! The events that functions get, of the shapes that were captured from AWS.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;
use time::OffsetDateTime;
use time::macros::format_description;

/// A map of texts that keeps its order.
pub(crate) type Texts = BTreeMap<String, String>;
/// The same, with all values.
pub(crate) type MultiTexts = BTreeMap<String, Vec<String>>;

/// An event; a field that is not there on AWS is left out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Event<'a> {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) method_arn: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) headers: Option<&'a Texts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) multi_value_headers: Option<&'a MultiTexts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) query_string_parameters: Option<&'a Texts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) multi_value_query_string_parameters: Option<&'a MultiTexts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stage_variables: Option<&'a Texts>,
    pub(crate) request_context: RequestContext<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<&'a str>,
    pub(crate) is_base64_encoded: bool,
}

impl<'a> Event<'a> {
    /// An event with no more than its context.
    pub(crate) const fn new(request_context: RequestContext<'a>) -> Self {
        Self {
            kind: None,
            method_arn: None,
            headers: None,
            multi_value_headers: None,
            query_string_parameters: None,
            multi_value_query_string_parameters: None,
            stage_variables: None,
            request_context,
            body: None,
            is_base64_encoded: false,
        }
    }

    /// The event as functions get it.
    pub(crate) fn to_payload(&self) -> Bytes {
        // Texts and numbers only: there is nothing in it that JSON cannot hold.
        serde_json::to_vec(self).unwrap_or_default().into()
    }
}

/// The part that all events share.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestContext<'a> {
    pub(crate) route_key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) disconnect_status_code: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message_id: Option<&'a str>,
    pub(crate) event_type: &'static str,
    pub(crate) extended_request_id: &'a str,
    pub(crate) request_time: &'a str,
    pub(crate) message_direction: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) disconnect_reason: Option<&'a str>,
    pub(crate) stage: &'a str,
    pub(crate) connected_at: u64,
    pub(crate) request_time_epoch: u64,
    pub(crate) identity: Identity<'a>,
    pub(crate) request_id: &'a str,
    pub(crate) domain_name: &'a str,
    pub(crate) connection_id: &'a str,
    pub(crate) api_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) authorizer: Option<&'a RawValue>,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Identity<'a> {
    pub(crate) source_ip: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_agent: Option<&'a str>,
}

/// `16/Mar/2025:00:46:22 +0000`.
pub(crate) fn request_time(now_ms: u64) -> String {
    let format =
        format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000");
    let seconds = i64::try_from(now_ms / 1000).unwrap_or_default();
    let time = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    time.format(format).unwrap_or_default()
}

/// `2025-03-16T00:46:22.306Z`, as the management API writes times.
pub(crate) fn iso_time(at_ms: u64) -> String {
    let format =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    let time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(at_ms) * 1_000_000);
    time.unwrap_or(OffsetDateTime::UNIX_EPOCH)
        .format(format)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_aws_writes_them() {
        assert_eq!(
            request_time(1_742_085_982_306),
            "16/Mar/2025:00:46:22 +0000"
        );
        assert_eq!(iso_time(1_742_085_982_306), "2025-03-16T00:46:22.306Z");
    }
}
