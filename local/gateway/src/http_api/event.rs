//! Events of payload format 2.0 ("Working with AWS Lambda proxy integrations for HTTP APIs").

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, header};
use serde::Serialize;
use tidegate_local_cloud::system::{HttpApi, HttpStage};

use super::Call;
use crate::event::{Texts, request_time};
use crate::gateway::Shared;
use crate::ids::trace_header;

/// A request with what is known of it by now.
pub(super) struct Request<'a> {
    pub(super) api: &'a HttpApi,
    pub(super) stage: &'a HttpStage,
    pub(super) route_key: &'a str,
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) caller: Option<Caller>,
    pub(super) body: Bytes,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    version: &'static str,
    route_key: &'a str,
    raw_path: &'a str,
    raw_query_string: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cookies: Vec<String>,
    headers: Texts,
    #[serde(skip_serializing_if = "Texts::is_empty")]
    query_string_parameters: Texts,
    request_context: RequestContext<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    #[serde(skip_serializing_if = "Texts::is_empty")]
    path_parameters: Texts,
    is_base64_encoded: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stage_variables: Option<&'a Texts>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext<'a> {
    account_id: &'a str,
    api_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorizer: Option<Authorizer>,
    domain_name: &'a str,
    domain_prefix: &'a str,
    http: Http<'a>,
    request_id: &'a str,
    route_key: &'a str,
    stage: &'a str,
    time: String,
    time_epoch: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Http<'a> {
    method: &'a str,
    path: &'a str,
    protocol: &'static str,
    source_ip: String,
    user_agent: &'a str,
}

#[derive(Serialize)]
struct Authorizer {
    iam: Caller,
}

/// Who signed a request.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Caller {
    access_key: String,
    account_id: String,
    caller_id: String,
    cognito_identity: Option<()>,
    principal_org_id: Option<()>,
    user_arn: String,
    user_id: String,
}

impl Caller {
    /// The one that there is here: the account itself.
    pub(super) fn of_account(access_key: &str, account: &str) -> Self {
        Self {
            access_key: access_key.to_owned(),
            account_id: account.to_owned(),
            caller_id: account.to_owned(),
            cognito_identity: None,
            principal_org_id: None,
            user_arn: format!("arn:aws:iam::{account}:root"),
            user_id: account.to_owned(),
        }
    }
}

impl Request<'_> {
    /// The event as the route's function gets it.
    pub(super) fn into_payload(self, call: &Call<'_>, shared: &Shared) -> Bytes {
        let Self {
            api,
            stage,
            route_key,
            parameters,
            caller,
            body,
        } = self;
        let head = call.head;
        let host = text(&head.headers, &header::HOST);
        let query = head.uri.query().unwrap_or_default();
        let path = head.uri.path();
        let source_ip = call.peer.ip().to_string();
        let (body, is_base64_encoded) = encoded(&head.headers, &body);
        let event = Event {
            version: "2.0",
            route_key,
            raw_path: path,
            raw_query_string: query,
            cookies: cookies(&head.headers),
            headers: headers(call, &source_ip, shared),
            query_string_parameters: parameters_of(query),
            request_context: RequestContext {
                account_id: &api.account,
                api_id: &api.id,
                authorizer: caller.map(|iam| Authorizer { iam }),
                domain_name: host,
                domain_prefix: host.split(['.', ':']).next().unwrap_or_default(),
                http: Http {
                    method: head.method.as_str(),
                    path,
                    protocol: "HTTP/1.1",
                    source_ip,
                    user_agent: text(&head.headers, &header::USER_AGENT),
                },
                request_id: call.id,
                route_key,
                stage: &stage.name,
                time: request_time(call.now_ms),
                time_epoch: call.now_ms,
            },
            body,
            path_parameters: parameters,
            is_base64_encoded,
            stage_variables: (!stage.variables.is_empty()).then_some(&stage.variables),
        };
        // Texts and numbers only: there is nothing in it that JSON cannot hold.
        serde_json::to_vec(&event).unwrap_or_default().into()
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> &'a str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// All headers but cookies, several of one name in one, and those that API Gateway adds.
fn headers(call: &Call<'_>, source_ip: &str, shared: &Shared) -> Texts {
    let mut texts = Texts::new();
    for (name, value) in &call.head.headers {
        if name == header::COOKIE {
            continue;
        }
        add(
            &mut texts,
            name.as_str(),
            &String::from_utf8_lossy(value.as_bytes()),
            ",",
        );
    }
    add(&mut texts, "x-forwarded-for", source_ip, ", ");
    let port = call.peer.port().to_string();
    texts.insert("x-forwarded-port".to_owned(), port);
    texts.insert("x-forwarded-proto".to_owned(), "http".to_owned());
    texts
        .entry("x-amzn-trace-id".to_owned())
        .or_insert_with(|| trace_header(&shared.fork_ids().next(), call.now_ms));
    texts
        .entry("content-length".to_owned())
        .or_insert_with(|| "0".to_owned());
    texts
}

fn add(texts: &mut Texts, name: &str, value: &str, separator: &str) {
    texts
        .entry(name.to_owned())
        .and_modify(|line| {
            line.push_str(separator);
            line.push_str(value);
        })
        .or_insert_with(|| value.to_owned());
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all(header::COOKIE);
    lines
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .map(|cookie| cookie.trim().to_owned())
        .filter(|cookie| !cookie.is_empty())
        .collect()
}

fn parameters_of(query: &str) -> Texts {
    let mut texts = Texts::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        add(&mut texts, &name, &value, ",");
    }
    texts
}

/// The body as an event has it: text as it is, all else in base64.
fn encoded(headers: &HeaderMap, body: &Bytes) -> (Option<String>, bool) {
    if body.is_empty() {
        return (None, false);
    }
    match std::str::from_utf8(body) {
        Ok(text) if is_text(headers) => (Some(text.to_owned()), false),
        _ => (Some(STANDARD.encode(body)), true),
    }
}

/// Whether a body is text by its type. A form is none.
fn is_text(headers: &HeaderMap) -> bool {
    let kind = text(headers, &header::CONTENT_TYPE);
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let kind = kind.to_ascii_lowercase();
    let texts = [
        "application/javascript",
        "application/json",
        "application/xml",
    ];
    kind.starts_with("text/")
        || kind.ends_with("+json")
        || kind.ends_with("+xml")
        || texts.contains(&kind.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_text_by_its_type_and_base64_otherwise() {
        let bytes = Bytes::from_static(b"hi");
        for (kind, expected) in [
            ("application/json", ("hi", false)),
            ("text/plain; charset=utf-8", ("hi", false)),
            ("application/problem+json", ("hi", false)),
            ("application/x-www-form-urlencoded", ("aGk=", true)),
            ("application/octet-stream", ("aGk=", true)),
        ] {
            let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, kind.parse().unwrap())]);
            let (body, base64) = encoded(&headers, &bytes);
            assert_eq!((body.as_deref().unwrap(), base64), expected, "{kind}");
        }
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, "text/plain".parse().unwrap())]);
        let (body, base64) = encoded(&headers, &Bytes::from_static(&[0xff]));
        assert_eq!((body.as_deref(), base64), (Some("/w=="), true));
        assert_eq!(encoded(&headers, &Bytes::new()), (None, false));
    }
}
