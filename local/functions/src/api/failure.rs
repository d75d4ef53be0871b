//! A failure as a function reports it.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::HeaderMap;
use serde::Deserialize;

use crate::InvokeError;

/// The header, and the trailer of a streamed response, that names the error.
const ERROR_TYPE: &str = "lambda-runtime-function-error-type";
/// The trailer with the whole report, as Base64.
const ERROR_BODY: &str = "lambda-runtime-function-error-body";

/// The report's body. `errorMessage` is kept to the letter: API Gateway compares an authorizer's with `Unauthorized`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Report {
    error_message: Option<String>,
    error_type: Option<String>,
    stack_trace: Vec<String>,
}

/// A report's error type, message and stack trace.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) error_type: String,
    pub(super) message: String,
    pub(super) stack_trace: Vec<String>,
}

impl From<Failure> for InvokeError {
    fn from(
        Failure {
            error_type,
            message,
            stack_trace,
        }: Failure,
    ) -> InvokeError {
        InvokeError::FunctionError {
            error_type,
            message,
            stack_trace,
        }
    }
}

/// Reads a report. One that is not the documented JSON is a message as it stands.
pub(super) fn parse(headers: &HeaderMap, body: &[u8]) -> Failure {
    let report = serde_json::from_slice(body).unwrap_or_else(|_| Report {
        error_message: Some(String::from_utf8_lossy(body).into_owned()),
        ..Report::default()
    });
    let named = || {
        headers
            .get(ERROR_TYPE)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    Failure {
        error_type: report
            .error_type
            .or_else(named)
            .unwrap_or_else(|| "Unhandled".to_owned()),
        message: report.error_message.unwrap_or_default(),
        stack_trace: report.stack_trace,
    }
}

/// The failure with which a streamed response ended, if it did.
pub(super) fn of_trailers(trailers: &HeaderMap) -> Option<Failure> {
    if !trailers.contains_key(ERROR_TYPE) {
        return None;
    }
    let report = trailers
        .get(ERROR_BODY)
        .and_then(|value| BASE64_STANDARD.decode(value).ok())
        .unwrap_or_default();
    Some(parse(trailers, &report))
}

/// The failure of a response that is larger than it may be.
pub(super) fn too_large(limit: usize) -> Failure {
    Failure {
        error_type: "Function.ResponseSizeTooLarge".to_owned(),
        message: format!(
            "Response payload size exceeded maximum allowed payload size ({limit} bytes)."
        ),
        stack_trace: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn check(header: Option<&'static str>, body: &str, expected: (&str, &str, &[&str])) {
        let mut headers = HeaderMap::new();
        if let Some(header) = header {
            headers.insert(ERROR_TYPE, HeaderValue::from_static(header));
        }
        let found = parse(&headers, body.as_bytes());
        let stack: Vec<&str> = found.stack_trace.iter().map(String::as_str).collect();
        assert_eq!(
            (
                found.error_type.as_str(),
                found.message.as_str(),
                stack.as_slice()
            ),
            expected,
            "{body}"
        );
    }

    #[test]
    fn a_report_is_taken_as_it_is() {
        check(
            None,
            r#"{"errorType":"T","errorMessage":"Unauthorized","stackTrace":["a"]}"#,
            ("T", "Unauthorized", &["a"]),
        );
        check(
            Some("H"),
            r#"{"errorType":"T","errorMessage":" Unauthorized "}"#,
            ("T", " Unauthorized ", &[]),
        );
    }

    #[test]
    fn the_header_names_an_error_without_a_type() {
        check(Some("H"), r#"{"errorMessage":"m"}"#, ("H", "m", &[]));
        check(None, r#"{"errorMessage":"m"}"#, ("Unhandled", "m", &[]));
    }

    #[test]
    fn a_report_of_another_form_is_a_message() {
        check(Some("H"), "it broke", ("H", "it broke", &[]));
        check(None, "", ("Unhandled", "", &[]));
    }

    #[test]
    fn a_streamed_response_may_end_in_a_failure() {
        let mut trailers = HeaderMap::new();
        assert_eq!(of_trailers(&trailers), None);
        trailers.insert(ERROR_TYPE, HeaderValue::from_static("Function.Late"));
        let report = BASE64_STANDARD.encode(r#"{"errorMessage":"late"}"#);
        trailers.insert(ERROR_BODY, HeaderValue::from_str(&report).unwrap());
        let failure = of_trailers(&trailers).unwrap();
        assert_eq!(
            (failure.error_type.as_str(), failure.message.as_str()),
            ("Function.Late", "late")
        );
    }
}
