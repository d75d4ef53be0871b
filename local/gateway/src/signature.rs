//! The signature of callers.

use http::{HeaderMap, header};

/// Callers must sign for this account, as on AWS; the signature itself is not recomputed, for whoever can read the key
/// of a runtime on this machine can sign with it.
pub(crate) fn check(headers: &HeaderMap, access_key_id: &str) -> Result<(), &'static str> {
    let authorization = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let credential =
        authorization.and_then(|value| value.strip_prefix("AWS4-HMAC-SHA256 Credential="));
    let key = credential
        .ok_or("Missing Authentication Token")?
        .split('/')
        .next();
    if key == Some(access_key_id) {
        return Ok(());
    }
    Err("The security token included in the request is invalid.")
}
