//! Cognito's API for administrators, as far as the `tidegate` command needs it: JSON over one path, the operation in a
//! header, signed with AWS credentials.
//!
//! The signature is not recomputed; its access key, Region and service are checked.

mod operations;
mod passwords;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use serde_json::Value;

use crate::Identity;
use crate::directory::DirectoryError;

/// The header that names the operation.
pub(crate) const TARGET: &str = "x-amz-target";
const PREFIX: &str = "AWSCognitoIdentityProviderService.";

/// What Cognito answers when it does not do what it was asked: the name of the error, and a sentence.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct AdminError {
    pub(crate) name: &'static str,
    pub(crate) message: String,
}

impl AdminError {
    pub(crate) fn new(name: &'static str, message: impl Into<String>) -> Self {
        Self {
            name,
            message: message.into(),
        }
    }

    fn parameter(message: impl Into<String>) -> Self {
        Self::new("InvalidParameterException", message)
    }
}

impl From<DirectoryError> for AdminError {
    fn from(error: DirectoryError) -> Self {
        let name = match error {
            DirectoryError::NoUser => "UserNotFoundException",
            DirectoryError::UserExists => "UsernameExistsException",
            DirectoryError::NoGroup => "ResourceNotFoundException",
            DirectoryError::GroupExists => "GroupExistsException",
        };
        Self::new(name, error.to_string())
    }
}

impl Identity {
    /// Does one operation.
    pub(crate) fn administer(&self, headers: &HeaderMap, body: &[u8]) -> Result<Value, AdminError> {
        self.check_signature(headers)?;
        let target = headers.get(TARGET).and_then(|value| value.to_str().ok());
        let operation = target.and_then(|target| target.strip_prefix(PREFIX));
        let operation = operation.unwrap_or_default();
        self.operate(operation, body)
    }

    /// Whose request it is. The texts are those with which AWS refuses.
    fn check_signature(&self, headers: &HeaderMap) -> Result<(), AdminError> {
        let missing = || {
            AdminError::new(
                "MissingAuthenticationTokenException",
                "Missing Authentication Token",
            )
        };
        let line = headers.get(AUTHORIZATION).ok_or_else(missing)?;
        let incomplete = || {
            AdminError::new(
                "IncompleteSignatureException",
                "Authorization must be AWS4-HMAC-SHA256 with Credential, SignedHeaders and Signature.",
            )
        };
        let parts = line.to_str().ok();
        let parts = parts.and_then(|line| line.strip_prefix("AWS4-HMAC-SHA256 "));
        let parts = parts.ok_or_else(incomplete)?;
        let part = |name: &str| {
            let mut parts = parts.split(',').map(str::trim);
            parts.find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
        };
        let (Some(credential), Some(signed), Some(signature)) =
            (part("Credential"), part("SignedHeaders"), part("Signature"))
        else {
            return Err(incomplete());
        };
        let [key, _date, _region, service, "aws4_request"] =
            credential.split('/').collect::<Vec<_>>()[..]
        else {
            return Err(incomplete());
        };
        let is_digest = signature.len() == 64 && signature.bytes().all(|it| it.is_ascii_hexdigit());
        let signs = |name: &str| signed.split(';').any(|header| header == name);
        if service != "cognito-idp" || !is_digest || !signs("host") || !signs(TARGET) {
            return Err(AdminError::new(
                "InvalidSignatureException",
                "The request signature we calculated does not match the signature you provided: it must be for the \
                 service cognito-idp, over host and x-amz-target.",
            ));
        }
        if key != self.access_key_id {
            return Err(AdminError::new(
                "UnrecognizedClientException",
                "The security token included in the request is invalid.",
            ));
        }
        Ok(())
    }
}
