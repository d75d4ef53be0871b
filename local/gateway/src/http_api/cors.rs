//! What browsers of other origins may do. The gateway answers their preflights by itself, and what an integration says of
//! it is taken away ("Configuring CORS for HTTP APIs").

use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use tidegate_local_cloud::system::Cors;

use crate::http_service::{Answer, empty};

const PREFIX: &str = "access-control-";

/// Whether a request is a browser's question before the request itself.
pub(super) fn is_preflight(head: &Parts) -> bool {
    head.method == Method::OPTIONS
        && head.headers.contains_key(header::ORIGIN)
        && head
            .headers
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// The answer to a preflight. To an origin that is not allowed, or a method, it says nothing.
pub(super) fn preflight(cors: &Cors, headers: &HeaderMap) -> Answer {
    let mut answer = empty(StatusCode::NO_CONTENT);
    let method = headers
        .get(header::ACCESS_CONTROL_REQUEST_METHOD)
        .and_then(|method| method.to_str().ok())
        .unwrap_or_default();
    let method_allowed = cors
        .allow_methods
        .iter()
        .any(|allowed| allowed == "*" || allowed == method);
    if allowed_origin(cors, headers).is_none() || !method_allowed {
        return answer;
    }
    let said = answer.headers_mut();
    put(
        said,
        header::ACCESS_CONTROL_ALLOW_METHODS,
        &cors.allow_methods.join(","),
    );
    put(
        said,
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        &cors.allow_headers.join(","),
    );
    if let Some(seconds) = cors.max_age_s {
        put(said, header::ACCESS_CONTROL_MAX_AGE, &seconds.to_string());
    }
    answer
}

/// Puts on an answer what its origin may know of it. What a preflight is answered with stays.
pub(super) fn apply(cors: &Cors, asked: &HeaderMap, answer: &mut HeaderMap) {
    let Some(origin) = allowed_origin(cors, asked) else {
        return;
    };
    put(answer, header::ACCESS_CONTROL_ALLOW_ORIGIN, &origin);
    if cors.allow_credentials {
        put(answer, header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
    }
    put(
        answer,
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        &cors.expose_headers.join(","),
    );
}

/// Takes away what an integration says.
pub(super) fn strip(answer: &mut HeaderMap) {
    let said: Vec<HeaderName> = answer
        .keys()
        .filter(|name| name.as_str().starts_with(PREFIX))
        .cloned()
        .collect();
    for name in said {
        answer.remove(name);
    }
}

/// What `Access-Control-Allow-Origin` says to the origin of a request, if it is allowed.
fn allowed_origin(cors: &Cors, asked: &HeaderMap) -> Option<String> {
    let origin = asked.get(header::ORIGIN)?.to_str().ok()?;
    let mut allowed = cors.allow_origins.iter();
    if cors.allow_origins.iter().any(|allowed| allowed == "*") {
        return Some("*".to_owned());
    }
    allowed
        .any(|allowed| match allowed.strip_suffix('*') {
            Some(scheme) => origin.starts_with(scheme),
            None => origin == allowed,
        })
        .then(|| origin.to_owned())
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if value.is_empty() {
        return;
    }
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cors(origins: &[&str]) -> Cors {
        Cors {
            allow_origins: origins.iter().map(|&origin| origin.to_owned()).collect(),
            ..Cors::default()
        }
    }

    fn said_to(cors: &Cors, origin: &str) -> Option<String> {
        let headers = HeaderMap::from_iter([(header::ORIGIN, origin.parse().unwrap())]);
        allowed_origin(cors, &headers)
    }

    #[test]
    fn an_origin_is_allowed_by_itself_by_its_scheme_or_with_all() {
        let app = "https://app.example";
        let said = |origins: &[&str], origin| said_to(&cors(origins), origin);
        assert_eq!(said(&["*"], app).as_deref(), Some("*"));
        assert_eq!(said(&[app], app).as_deref(), Some(app));
        assert_eq!(said(&["https://*"], app).as_deref(), Some(app));
        assert_eq!(said(&["http://*"], app), None);
        assert_eq!(said(&[app], "https://app.example.evil.test"), None);
        assert_eq!(allowed_origin(&cors(&["*"]), &HeaderMap::new()), None);
    }
}
