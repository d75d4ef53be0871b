//! Signing in with a browser: `/oauth2/authorize`, `/login` and `/logout`.
//!
//! A request that names no client, or a place that is not the client's, is answered with a page: nothing is ever sent to a
//! place that was not registered. Everything else that is wrong goes back to the app.

use std::collections::{BTreeMap, BTreeSet};

use form_urlencoded::Serializer;
use tidegate_local_cloud::system::{OAuth, UserPool};

use crate::directory::Status;
use crate::grants::{Code, Grant, Session};
use crate::{Identity, NoRandomness, pages, secret};

/// The parameters of a query or a form, each of which may be there once.
#[derive(Debug, Default)]
pub(crate) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Nothing when one is there twice: which of the two counts would be anybody's guess.
    pub(crate) fn read(encoded: &[u8]) -> Option<Self> {
        let mut found = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(encoded) {
            if found
                .insert(name.into_owned(), value.into_owned())
                .is_some()
            {
                return None;
            }
        }
        Some(Self(found))
    }

    /// A parameter that is there and not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.get(name).map(String::as_str);
        value.filter(|value| !value.is_empty())
    }
}

/// What the browser is answered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// A page, because it cannot go on.
    Wrong(String),
    /// The page to sign in on.
    Page(String),
    /// Somewhere else, with this session from now on.
    Go {
        location: String,
        session: SessionChange,
    },
    /// The machine is at fault.
    Failed,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SessionChange {
    None,
    Start(String),
    End,
}

impl From<NoRandomness> for Answer {
    fn from(_: NoRandomness) -> Self {
        Self::Failed
    }
}

/// A request for a code that can be granted, once somebody has signed in.
#[derive(Debug)]
struct Authorization {
    client: String,
    redirect_uri: String,
    state: Option<String>,
    scopes: BTreeSet<String>,
    challenge: Option<String>,
    nonce: Option<String>,
}

fn wrong(code: &str, problem: &str) -> Answer {
    Answer::Wrong(pages::error(code, problem))
}

fn go(location: String) -> Answer {
    Answer::Go {
        location,
        session: SessionChange::None,
    }
}

/// The place with these parameters after it.
fn with_parameters(place: &str, parameters: &[(&str, Option<&str>)]) -> String {
    let mut query = Serializer::new(String::new());
    for (name, value) in parameters {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    let separator = if place.contains('?') { '&' } else { '?' };
    format!("{place}{separator}{}", query.finish())
}

fn oauth_of<'a>(
    pool: &'a UserPool,
    parameters: &Parameters,
) -> Result<(String, &'a OAuth), Answer> {
    let id = parameters.get("client_id").unwrap_or_default();
    let client = pool
        .clients
        .get(id)
        .ok_or_else(|| wrong("invalid_request", "Client does not exist."))?;
    let oauth = client.oauth.as_ref().ok_or_else(|| {
        wrong(
            "unauthorized_client",
            "Client is not enabled for OAuth2.0 flows.",
        )
    })?;
    Ok((id.to_owned(), oauth))
}

impl Authorization {
    fn read(pool: &UserPool, query: &str) -> Result<Self, Answer> {
        let parameters = Parameters::read(query.as_bytes())
            .ok_or_else(|| wrong("invalid_request", "A parameter is there twice."))?;
        let (client, oauth) = oauth_of(pool, &parameters)?;
        let asked = parameters.get("redirect_uri").unwrap_or_default();
        let Some(redirect_uri) = oauth.callback_urls.iter().find(|url| *url == asked) else {
            return Err(wrong(
                "redirect_mismatch",
                "redirect_uri is not one of the callback URLs of the client, letter by letter.",
            ));
        };
        if !oauth.own_users {
            return Err(wrong(
                "invalid_request",
                "Login pages unavailable: the client supports no identity provider. Set supportedIdentityProviders.",
            ));
        }
        let state = parameters.get("state");
        let back = |error: &str, problem: &str| {
            go(with_parameters(
                redirect_uri,
                &[
                    ("error", Some(error)),
                    ("error_description", Some(problem)),
                    ("state", state),
                ],
            ))
        };
        match parameters.get("response_type") {
            Some("code") => {}
            Some("token") => {
                let problem = "the client may not be given tokens without a code";
                return Err(back("unauthorized_client", problem));
            }
            _ => return Err(back("invalid_request", "response_type must be code")),
        }
        let scopes = match parameters.get("scope") {
            Some(asked) => asked.split(' ').map(str::to_owned).collect(),
            None => oauth.scopes.clone(),
        };
        if !scopes.is_subset(&oauth.scopes) {
            let problem = "a scope is not one of the client's";
            return Err(back("invalid_scope", problem));
        }
        let challenge = parameters.get("code_challenge");
        match (challenge, parameters.get("code_challenge_method")) {
            (None, None) => {}
            (Some(challenge), Some("S256")) if is_challenge(challenge) => {}
            _ => {
                let problem =
                    "code_challenge must be a SHA-256 in base64url, and code_challenge_method S256";
                return Err(back("invalid_request", problem));
            }
        }
        Ok(Self {
            client,
            redirect_uri: redirect_uri.clone(),
            state: state.map(str::to_owned),
            scopes,
            challenge: challenge.map(str::to_owned),
            nonce: parameters.get("nonce").map(str::to_owned),
        })
    }
}

/// 256 bits in base64url.
fn is_challenge(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    text.len() == 43 && text.bytes().all(plain)
}

impl Identity {
    /// `GET /oauth2/authorize`: a code for who is signed in already, else the page to sign in on.
    pub(crate) fn authorize(&self, pool: &UserPool, query: &str, session: Option<&str>) -> Answer {
        let authorization = match Authorization::read(pool, query) {
            Ok(authorization) => authorization,
            Err(answer) => return answer,
        };
        let now = self.now_s();
        let signed_in = self.people(&pool.id, |people| {
            let session = people.grants.session(session?, now)?.clone();
            let user = people.directory.user(&session.user).ok()?;
            user.enabled.then_some(session)
        });
        match signed_in {
            Some(session) => self.code(pool, authorization, &session, SessionChange::None),
            None => go(format!("{}/login?{query}", self.issuer(&pool.id))),
        }
    }

    /// `GET /login`: the page.
    pub(crate) fn sign_in_page(&self, pool: &UserPool, query: &str) -> Answer {
        match Authorization::read(pool, query) {
            Ok(authorization) => Answer::Page(self.page(pool, &authorization, None)),
            Err(answer) => answer,
        }
    }

    fn page(
        &self,
        pool: &UserPool,
        authorization: &Authorization,
        problem: Option<&str>,
    ) -> String {
        self.people(&pool.id, |people| {
            let users = people.directory.users_after(None);
            let names: Vec<&str> = users.map(|user| user.name.as_str()).collect();
            pages::sign_in(&authorization.client, &names, problem)
        })
    }

    /// `POST /login`: somebody says who they are, or that they do not want to.
    pub(crate) fn sign_in(&self, pool: &UserPool, query: &str, form: &[u8]) -> Answer {
        let authorization = match Authorization::read(pool, query) {
            Ok(authorization) => authorization,
            Err(answer) => return answer,
        };
        let form = Parameters::read(form).unwrap_or_default();
        if form.get("cancel").is_some() {
            return go(with_parameters(
                &authorization.redirect_uri,
                &[
                    ("error", Some("access_denied")),
                    ("error_description", Some("the sign-in was cancelled")),
                    ("state", authorization.state.as_deref()),
                ],
            ));
        }
        let name = form.get("user").unwrap_or_default();
        let (now_ms, now) = (self.clock.now_ms(), self.now_s());
        let id = match secret() {
            Ok(id) => id,
            Err(error) => return error.into(),
        };
        let entered = self.people(&pool.id, |people| {
            let user = people.directory.user(name);
            let user = user.map_err(|_| "There is no user of this name.")?;
            if !user.enabled {
                return Err("User is disabled.");
            }
            // On AWS the page now asks for a password of the user's own, where there is none yet.
            if user.status == Status::ForceChangePassword
                && let Ok(user) = people.directory.change(name, now_ms)
            {
                user.status = Status::Confirmed;
            }
            people.grants.start_session(id.clone(), name, now);
            Ok(Session {
                user: name.to_owned(),
                auth_time: now,
            })
        });
        match entered {
            Ok(session) => self.code(pool, authorization, &session, SessionChange::Start(id)),
            Err(problem) => Answer::Page(self.page(pool, &authorization, Some(problem))),
        }
    }

    /// `GET /logout`: the browser forgets who was signed in.
    pub(crate) fn logout(&self, pool: &UserPool, query: &str, session: Option<&str>) -> Answer {
        let Some(parameters) = Parameters::read(query.as_bytes()) else {
            return wrong("invalid_request", "A parameter is there twice.");
        };
        let (_, oauth) = match oauth_of(pool, &parameters) {
            Ok(found) => found,
            Err(answer) => return answer,
        };
        let location = match (parameters.get("logout_uri"), parameters.get("redirect_uri")) {
            (Some(uri), _) if oauth.logout_urls.iter().any(|url| url == uri) => uri.to_owned(),
            (None, Some(_)) => format!("{}/oauth2/authorize?{query}", self.issuer(&pool.id)),
            _ => {
                let problem = "logout_uri must be one of the logout URLs of the client, letter by letter; or give \
                               redirect_uri and response_type to sign in again.";
                return wrong("redirect_mismatch", problem);
            }
        };
        if let Some(session) = session {
            self.people(&pool.id, |people| people.grants.end_session(session));
        }
        Answer::Go {
            location,
            session: SessionChange::End,
        }
    }

    fn code(
        &self,
        pool: &UserPool,
        authorization: Authorization,
        signed_in: &Session,
        session: SessionChange,
    ) -> Answer {
        let code = match secret() {
            Ok(code) => code,
            Err(error) => return error.into(),
        };
        let Authorization {
            client,
            redirect_uri,
            state,
            scopes,
            challenge,
            nonce,
        } = authorization;
        let parameters = [("code", Some(&*code)), ("state", state.as_deref())];
        let location = with_parameters(&redirect_uri, &parameters);
        let grant = Grant {
            user: signed_in.user.clone(),
            client,
            scopes,
            auth_time: signed_in.auth_time,
            origin: self.token_id(),
        };
        let what = Code {
            grant,
            redirect_uri,
            challenge,
            nonce,
        };
        let now = self.now_s();
        self.people(&pool.id, |people| people.grants.give_code(code, what, now));
        Answer::Go { location, session }
    }
}
