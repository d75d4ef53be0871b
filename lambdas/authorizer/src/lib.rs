//! The authorizer: decides in the handshake who may connect.
//!
//! A missing, wrong or expired token is answered with exactly `Unauthorized`, which API Gateway turns into 401; a valid
//! one that is not allowed with a Deny, which becomes 403. Never is a socket accepted that closes later for either.
//! Where CloudFront stands before the socket, whoever goes around it is answered with `Unauthorized` too.

mod origin;

use std::sync::Arc;

use tidegate_access::{AccessControl, Attempt, Decision, bearer};
use tidegate_aws::{HttpKeySource, Meter};
use tidegate_contract::environment::AuthorizerEnvironment;
use tidegate_core::connection::SessionKey;
use tidegate_core::namespace::Namespaces;
use tidegate_core::protocol::{BEARER_PREFIX, ROOM_PARAMETER};
use tidegate_core::rights::Rights;
use tidegate_lambda::{
    AuthorizerContext, AuthorizerRequest, AuthorizerResponse, Edge, Handshake, Report, StartError,
};
use tidegate_tokens::{KeyCache, Verifier};

pub use origin::Origin;

/// The error text that API Gateway takes for 401. Anything else would be 500.
pub const UNAUTHORIZED: &str = "Unauthorized";

/// Decides who may connect.
pub struct Authorizer {
    origin: Origin,
    access: AccessControl,
}

impl Authorizer {
    /// An authorizer over these parts.
    #[must_use]
    pub const fn new(origin: Origin, verifier: Verifier, namespaces: Namespaces) -> Self {
        Self {
            origin,
            access: AccessControl::new(verifier, namespaces),
        }
    }

    /// An authorizer as the environment describes it.
    ///
    /// # Errors
    /// When a variable is missing or cannot be read.
    pub fn from_environment(
        lookup: impl Fn(&str) -> Option<String>,
        meter: &Arc<Meter>,
    ) -> Result<Self, StartError> {
        let environment =
            AuthorizerEnvironment::from_lookup(lookup).map_err(StartError::because)?;
        let AuthorizerEnvironment {
            issuer,
            client_id,
            namespaces,
            origin_secrets,
        } = environment;
        let origin = Origin::read(&origin_secrets).map_err(StartError::because)?;
        let namespaces = serde_json::from_str(&namespaces).map_err(StartError::because)?;
        let keys = HttpKeySource::of_issuer(&issuer, Edge::surroundings(meter));
        let keys = KeyCache::new(Box::new(keys));
        Ok(Self::new(
            origin,
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
        if !self.origin.accepts(&request.headers) {
            return refused(request, "origin");
        }
        let decision = self.decide(request, now_ms).await;
        let report = report(request, &decision);
        let answer = match decision {
            Decision::Allow(rights) => {
                let context = AuthorizerContext::new(&key_of(request, &rights), &rights);
                Ok(AuthorizerResponse::allow(request, context))
            }
            Decision::Deny { user } => Ok(AuthorizerResponse::deny(request, &user)),
            Decision::Unauthorized(_) => Err(UNAUTHORIZED.to_owned()),
            Decision::Unavailable(error) => Err(error.to_string()),
        };
        (answer, report)
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

/// A handshake that is let in is counted by `$connect`, which ends it. A bad token is a refusal and never a failure, however
/// many there are: nobody is woken by somebody else's tokens.
fn report(request: &AuthorizerRequest, decision: &Decision) -> Report {
    let (outcome, end) = match decision {
        Decision::Allow(rights) => {
            let session = Some(key_of(request, rights).session);
            return Report {
                session,
                ..named(request, "ok")
            };
        }
        Decision::Deny { .. } => ("denied", Handshake::Refused("denied")),
        Decision::Unauthorized(_) => ("unauthorized", Handshake::Refused("unauthorized")),
        Decision::Unavailable(_) => ("unavailable", Handshake::Failed),
    };
    named(request, outcome).handshake(end)
}

/// It went around CloudFront.
fn refused(
    request: &AuthorizerRequest,
    reason: &'static str,
) -> (Result<AuthorizerResponse, String>, Report) {
    let report = named(request, reason).handshake(Handshake::Refused(reason));
    (Err(UNAUTHORIZED.to_owned()), report)
}

fn named(request: &AuthorizerRequest, outcome: &'static str) -> Report {
    Report {
        route: "authorizer".to_owned(),
        connection: request.connection_id().to_string(),
        outcome,
        ..Report::default()
    }
}

fn key_of(request: &AuthorizerRequest, rights: &Rights) -> SessionKey {
    SessionKey {
        user: rights.user.clone(),
        session: request.connection_id().to_string(),
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
