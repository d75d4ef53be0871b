//! The authorizer: decides in the handshake who may connect.
//!
//! A missing, wrong or expired token is answered with exactly `Unauthorized`, which API Gateway turns into 401; a valid
//! one that is not allowed with a Deny, which becomes 403. Never is a socket accepted that closes later for either.
//! Where CloudFront stands before the socket, whoever goes around it is answered with `Unauthorized` too.

mod origin;

use tidegate_aws::HttpKeySource;
use tidegate_contract::environment::AuthorizerEnvironment;
use tidegate_core::channel::Channel;
use tidegate_core::connection::SessionKey;
use tidegate_core::namespace::{Action, Namespaces};
use tidegate_core::protocol::{BEARER_PREFIX, ROOM_NAMESPACE, ROOM_PARAMETER};
use tidegate_core::rights::Rights;
use tidegate_lambda::{
    AuthorizerContext, AuthorizerRequest, AuthorizerResponse, Handshake, Report, StartError,
};
use tidegate_tokens::{Claims, KeyCache, KeysUnavailable, TokenError, Verifier};

pub use origin::Origin;

/// The error text that API Gateway takes for 401. Anything else would be 500.
pub const UNAUTHORIZED: &str = "Unauthorized";

/// Decides who may connect.
pub struct Authorizer {
    origin: Origin,
    verifier: Verifier,
    namespaces: Namespaces,
}

/// What the authorizer decided.
#[derive(Debug)]
pub enum Decision {
    /// Let it in.
    Allow(AuthorizerContext),
    /// The token is good, but its user may not do this.
    Deny {
        /// The user.
        user: String,
    },
    /// It did not come through CloudFront.
    Elsewhere,
    /// There is no token, or one that is not accepted.
    Unauthorized(Option<TokenError>),
    /// It cannot be decided now.
    Unavailable(KeysUnavailable),
}

impl Authorizer {
    /// An authorizer over these parts.
    #[must_use]
    pub const fn new(origin: Origin, verifier: Verifier, namespaces: Namespaces) -> Self {
        Self {
            origin,
            verifier,
            namespaces,
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
            origin_secrets,
        } = environment;
        let origin = Origin::read(&origin_secrets).map_err(StartError::because)?;
        let namespaces = serde_json::from_str(&namespaces).map_err(StartError::because)?;
        let keys = KeyCache::new(Box::new(HttpKeySource::of_issuer(&issuer)));
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
        let decision = self.decide(request, now_ms).await;
        let report = report(request, &decision);
        let answer = match decision {
            Decision::Allow(context) => Ok(AuthorizerResponse::allow(request, context)),
            Decision::Deny { user } => Ok(AuthorizerResponse::deny(request, &user)),
            Decision::Elsewhere | Decision::Unauthorized(_) => Err(UNAUTHORIZED.to_owned()),
            Decision::Unavailable(error) => Err(error.to_string()),
        };
        (answer, report)
    }

    /// Decides one handshake.
    pub async fn decide(&self, request: &AuthorizerRequest, now_ms: u64) -> Decision {
        if !self.origin.accepts(&request.headers) {
            return Decision::Elsewhere;
        }
        let Some(token) = token(request) else {
            return Decision::Unauthorized(None);
        };
        let claims = match self.verifier.verify(token, now_ms).await {
            Ok(claims) => claims,
            Err(TokenError::Keys(error)) => return Decision::Unavailable(error),
            Err(error) => return Decision::Unauthorized(Some(error)),
        };
        let Claims {
            sub: user,
            groups,
            exp: expires_at,
            ..
        } = claims;
        let rights = Rights {
            user,
            groups,
            expires_at,
        };
        if !self.may_join_room(request, &rights) {
            return Decision::Deny { user: rights.user };
        }
        let session = request.connection_id().to_string();
        let key = SessionKey {
            user: rights.user.clone(),
            session,
        };
        Decision::Allow(AuthorizerContext::new(&key, &rights))
    }

    /// A room whose name is no name is left to `$connect`, which can say what is wrong with it.
    fn may_join_room(&self, request: &AuthorizerRequest, rights: &Rights) -> bool {
        let room = request
            .query(ROOM_PARAMETER)
            .map(|name| Channel::new(ROOM_NAMESPACE, name));
        match room {
            Some(Ok(channel)) => self
                .namespaces
                .check(Action::Subscribe, rights, &channel)
                .is_ok(),
            Some(Err(_)) | None => true,
        }
    }
}

/// A handshake that is let in is counted by `$connect`, which ends it. A bad token is a refusal and never a failure, however
/// many there are: nobody is woken by somebody else's tokens.
fn report(request: &AuthorizerRequest, decision: &Decision) -> Report {
    let (outcome, end) = match decision {
        Decision::Allow(_) => ("ok", None),
        Decision::Deny { .. } => ("denied", Some(Handshake::Refused("denied"))),
        Decision::Elsewhere => ("origin", Some(Handshake::Refused("origin"))),
        Decision::Unauthorized(_) => ("unauthorized", Some(Handshake::Refused("unauthorized"))),
        Decision::Unavailable(_) => ("unavailable", Some(Handshake::Failed)),
    };
    let session = match decision {
        Decision::Allow(context) => Some(context.key().session),
        _ => None,
    };
    let report = Report {
        route: "authorizer".to_owned(),
        connection: request.connection_id().to_string(),
        session,
        outcome,
        ..Report::default()
    };
    match end {
        Some(end) => report.handshake(end),
        None => report,
    }
}

/// The token: as a sub-protocol, since a browser can set no header, or in the `Authorization` header.
fn token(request: &AuthorizerRequest) -> Option<&str> {
    let offered = request
        .headers
        .list("Sec-WebSocket-Protocol")
        .find_map(|offer| offer.strip_prefix(BEARER_PREFIX));
    offered.or_else(|| {
        let (scheme, token) = request.headers.get("Authorization")?.split_once(' ')?;
        scheme
            .eq_ignore_ascii_case("Bearer")
            .then_some(token.trim())
    })
}
