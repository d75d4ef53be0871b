//! The authorizer: decides in the handshake who may connect.
//!
//! A missing, wrong or expired token is answered with exactly `Unauthorized`, which API Gateway turns into 401; a valid
//! one that is not allowed with a Deny, which becomes 403. Never is a socket accepted that closes later for either.

use tidegate_access::{AccessControl, Attempt, Decision, bearer};
use tidegate_aws::HttpKeySource;
use tidegate_contract::environment::AuthorizerEnvironment;
use tidegate_core::connection::SessionKey;
use tidegate_core::namespace::Namespaces;
use tidegate_core::protocol::{BEARER_PREFIX, ROOM_PARAMETER};
use tidegate_lambda::{
    AuthorizerContext, AuthorizerRequest, AuthorizerResponse, Report, StartError,
};
use tidegate_tokens::{KeyCache, Verifier};

/// The error text that API Gateway takes for 401. Anything else would be 500.
pub const UNAUTHORIZED: &str = "Unauthorized";

/// Decides who may connect.
pub struct Authorizer {
    access: AccessControl,
}

impl Authorizer {
    /// An authorizer over these parts.
    #[must_use]
    pub const fn new(verifier: Verifier, namespaces: Namespaces) -> Self {
        Self {
            access: AccessControl::new(verifier, namespaces),
        }
    }

    /// An authorizer as the environment describes it.
    ///
    /// # Errors
    /// When a variable is missing or cannot be read.
    pub fn from_environment(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, StartError> {
        let environment =
            AuthorizerEnvironment::from_lookup(lookup).map_err(StartError::because)?;
        let AuthorizerEnvironment {
            issuer,
            client_id,
            namespaces,
        } = environment;
        let namespaces = serde_json::from_str(&namespaces).map_err(StartError::because)?;
        let keys = KeyCache::new(Box::new(HttpKeySource::of_issuer(&issuer)));
        Ok(Self::new(
            Verifier::new(issuer, client_id, keys),
            namespaces,
        ))
    }

    /// Answers one handshake.
    pub async fn handle(
        &self,
        request: &AuthorizerRequest,
        now_ms: u64,
    ) -> (Result<AuthorizerResponse, String>, Report) {
        let (answer, outcome) = match self.decide(request, now_ms).await {
            Decision::Allow(rights) => {
                let key = SessionKey {
                    user: rights.user.clone(),
                    session: request.connection_id().to_string(),
                };
                let context = AuthorizerContext::new(&key, &rights);
                (Ok(AuthorizerResponse::allow(request, context)), "ok")
            }
            Decision::Deny { user } => (Ok(AuthorizerResponse::deny(request, &user)), "denied"),
            Decision::Unauthorized(_) => (Err(UNAUTHORIZED.to_owned()), "unauthorized"),
            Decision::Unavailable(error) => (Err(error.to_string()), "unavailable"),
        };
        let connection = request.connection_id().to_string();
        (
            answer,
            Report {
                route: "authorizer".to_owned(),
                connection,
                outcome,
                ..Report::default()
            },
        )
    }

    /// Decides one handshake.
    pub async fn decide(&self, request: &AuthorizerRequest, now_ms: u64) -> Decision {
        let attempt = Attempt {
            token: token(request),
            room: request.query(ROOM_PARAMETER),
        };
        self.access.decide(attempt, now_ms).await
    }
}

/// The token: as a sub-protocol, since a browser can set no header, or in the `Authorization` header.
fn token(request: &AuthorizerRequest) -> Option<&str> {
    let offered = request
        .headers
        .list("Sec-WebSocket-Protocol")
        .find_map(|offer| offer.strip_prefix(BEARER_PREFIX));
    offered.or_else(|| bearer(request.headers.get("Authorization")?))
}
