//! What people were given when they signed in: a session of the browser, a code for the app, a refresh token.

use std::collections::{BTreeMap, BTreeSet};

/// How long a code can be exchanged, in seconds: as with Cognito.
const CODE_S: u64 = 5 * 60;
/// How long a browser stays signed in, in seconds: Cognito's own, which no setting changes.
pub(crate) const SESSION_S: u64 = 3600;

/// What was granted to an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) user: String,
    pub(crate) client: String,
    pub(crate) scopes: BTreeSet<String>,
    /// When the user signed in, in epoch seconds.
    pub(crate) auth_time: u64,
    /// The id that all tokens of this sign-in bear.
    pub(crate) origin: String,
}

/// A code and what its exchange must bring.
#[derive(Debug, Clone)]
pub(crate) struct Code {
    pub(crate) grant: Grant,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: Option<String>,
    pub(crate) nonce: Option<String>,
}

#[derive(Debug, Clone)]
struct Until<T> {
    what: T,
    /// In epoch seconds.
    ends: u64,
}

/// A browser in which somebody is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) user: String,
    pub(crate) auth_time: u64,
}

/// Everything that was given in one pool, by the secret that stands for it.
#[derive(Default)]
pub(crate) struct Grants {
    sessions: BTreeMap<String, Until<Session>>,
    codes: BTreeMap<String, Until<Code>>,
    refresh: BTreeMap<String, Until<Grant>>,
}

fn drop_ended<T>(kept: &mut BTreeMap<String, Until<T>>, now_s: u64) {
    kept.retain(|_, until| until.ends > now_s);
}

impl Grants {
    pub(crate) fn start_session(&mut self, id: String, user: &str, now_s: u64) {
        drop_ended(&mut self.sessions, now_s);
        let session = Session {
            user: user.to_owned(),
            auth_time: now_s,
        };
        let ends = now_s + SESSION_S;
        let until = Until {
            what: session,
            ends,
        };
        self.sessions.insert(id, until);
    }

    pub(crate) fn session(&self, id: &str, now_s: u64) -> Option<&Session> {
        let until = self.sessions.get(id)?;
        (until.ends > now_s).then_some(&until.what)
    }

    pub(crate) fn end_session(&mut self, id: &str) {
        self.sessions.remove(id);
    }

    pub(crate) fn give_code(&mut self, code: String, what: Code, now_s: u64) {
        drop_ended(&mut self.codes, now_s);
        let ends = now_s + CODE_S;
        self.codes.insert(code, Until { what, ends });
    }

    /// Takes a code, which is good for one attempt, whether that succeeds or not.
    pub(crate) fn take_code(&mut self, code: &str, now_s: u64) -> Option<Code> {
        let until = self.codes.remove(code)?;
        (until.ends > now_s).then_some(until.what)
    }

    pub(crate) fn give_refresh(&mut self, token: String, what: Grant, ends: u64, now_s: u64) {
        drop_ended(&mut self.refresh, now_s);
        self.refresh.insert(token, Until { what, ends });
    }

    pub(crate) fn refresh(&self, token: &str, now_s: u64) -> Option<&Grant> {
        let until = self.refresh.get(token)?;
        (until.ends > now_s).then_some(&until.what)
    }

    pub(crate) fn revoke(&mut self, token: &str) {
        self.refresh.remove(token);
    }

    /// Ends what apps were given for a user. The browser stays signed in: that is so at Cognito too, until `/logout`.
    pub(crate) fn sign_out(&mut self, user: &str) {
        self.codes.retain(|_, code| code.what.grant.user != user);
        self.refresh.retain(|_, grant| grant.what.user != user);
    }
}
