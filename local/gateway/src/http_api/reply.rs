//! What a function answers, format 2.0.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use serde::Deserialize;
use serde_json::Value;

use crate::http_service::Answer;

/// Headers that are the gateway's own business.
const HOP_BY_HOP: [HeaderName; 4] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reply {
    status_code: u16,
    #[serde(default)]
    headers: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    cookies: Option<Vec<String>>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

/// Reads the answer of a function. What has no status is itself the body. A problem says where and not what: a payload is
/// never in a log.
pub(super) fn read(bytes: &[u8]) -> Result<Answer, String> {
    let at = |error: &serde_json::Error| {
        format!(
            "it is not {{\"statusCode\": …, \"headers\": …, \"body\": …}} (line {}, column {})",
            error.line(),
            error.column()
        )
    };
    let value: Value = serde_json::from_slice(bytes).map_err(|error| at(&error))?;
    if value.get("statusCode").is_none() {
        return Ok(bare(value));
    }
    let reply: Reply = serde_json::from_value(value)
        .map_err(|_| "a part of it is not of its type: statusCode is a number, and body a text")?;
    full(reply)
}

fn bare(value: Value) -> Answer {
    let body = match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    answer.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    answer
}

fn full(reply: Reply) -> Result<Answer, String> {
    let body = reply.body.unwrap_or_default();
    let body = if reply.is_base64_encoded {
        STANDARD
            .decode(body)
            .map_err(|_| "its body is not base64")?
    } else {
        body.into_bytes()
    };
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = StatusCode::from_u16(reply.status_code)
        .map_err(|_| format!("{} is no status", reply.status_code))?;
    let headers = answer.headers_mut();
    for (name, value) in reply.headers.unwrap_or_default() {
        let value = match value {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            Value::Null => continue,
            Value::Array(_) | Value::Object(_) => {
                return Err(format!("its header `{name}` is a list or an object"));
            }
        };
        let name = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| format!("`{name}` is no name of a header"))?;
        if HOP_BY_HOP.contains(&name) {
            continue;
        }
        let value = HeaderValue::from_str(&value)
            .map_err(|_| format!("the value of its header `{name}` is none"))?;
        headers.insert(name, value);
    }
    for cookie in reply.cookies.unwrap_or_default() {
        let cookie = HeaderValue::from_str(&cookie).map_err(|_| "one of its cookies is none")?;
        headers.append(header::SET_COOKIE, cookie);
    }
    headers
        .entry(header::CONTENT_TYPE)
        .or_insert(HeaderValue::from_static("text/plain;charset=UTF-8"));
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_status_is_itself_the_body() {
        for text in [r#"{"a":1}"#, "[1]", "null"] {
            let answer = read(text.as_bytes()).unwrap();
            assert_eq!(answer.status(), StatusCode::OK, "{text}");
            assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/json");
        }
    }

    #[test]
    fn cookies_and_headers_are_taken_over_but_for_those_of_the_connection() {
        let answer = read(
            br#"{"statusCode":201,"headers":{"X-A":"1","x-b":2,"Connection":"close"},"cookies":["a=1","b=2"],"body":"aGk=","isBase64Encoded":true}"#,
        )
        .unwrap();
        assert_eq!(answer.status(), StatusCode::CREATED);
        let headers = answer.headers();
        assert_eq!(
            (&headers["x-a"], &headers["x-b"]),
            (
                &HeaderValue::from_static("1"),
                &HeaderValue::from_static("2")
            )
        );
        assert!(!headers.contains_key(header::CONNECTION));
        assert_eq!(headers.get_all(header::SET_COOKIE).iter().count(), 2);
        assert_eq!(headers[header::CONTENT_TYPE], "text/plain;charset=UTF-8");
    }

    #[test]
    fn what_is_wrong_is_said_without_what_it_was() {
        for text in [
            "no JSON secret",
            r#"{"statusCode":"secret"}"#,
            r#"{"statusCode":200,"body":{"secret":1}}"#,
            r#"{"statusCode":200,"headers":{"x":["secret"]}}"#,
            r#"{"statusCode":200,"headers":{"x":"secret\n"}}"#,
            r#"{"statusCode":200,"body":"secret!","isBase64Encoded":true}"#,
            r#"{"statusCode":7}"#,
        ] {
            let problem = read(text.as_bytes()).unwrap_err();
            assert!(!problem.contains("secret"), "{problem}");
        }
    }
}
