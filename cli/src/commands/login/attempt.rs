//! One sign-in: what is asked for, and what the browser comes back with.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use form_urlencoded::Serializer;
use tidegate_contract::sign_in::{SCOPES, callback_url};

use crate::machine;

/// 256 bits each, as RFC 7636 wants it.
const RANDOM_BYTES: usize = 32;
/// More of a description than anybody reads.
const LONGEST_TEXT: usize = 300;

/// One sign-in. The verifier stays here: who only saw the browser's address cannot exchange the code.
pub(super) struct Attempt {
    pub(super) pages: String,
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) verifier: String,
    state: String,
}

/// What the browser came back with.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A code.
    Code(String),
    /// The user, or the user pool, does not want to.
    Refused {
        error: String,
        description: Option<String>,
    },
    /// No answer at all.
    Nothing,
}

impl Attempt {
    /// A sign-in on the pages below `pages`, from which the browser comes back to `port`.
    pub(super) fn new(pages: &str, client_id: &str, port: u16) -> anyhow::Result<Self> {
        Ok(Self {
            pages: pages.trim_end_matches('/').to_owned(),
            client_id: client_id.to_owned(),
            redirect_uri: callback_url(port),
            verifier: machine::random_text(RANDOM_BYTES)?,
            state: machine::random_text(RANDOM_BYTES)?,
        })
    }

    /// Where to sign in.
    pub(super) fn url(&self) -> String {
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, self.verifier.as_bytes()));
        let query = Serializer::new(String::new())
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.client_id)
            .append_pair("redirect_uri", &self.redirect_uri)
            .append_pair("scope", &SCOPES.join(" "))
            .append_pair("state", &self.state)
            .append_pair("code_challenge_method", "S256")
            .append_pair("code_challenge", &challenge)
            .finish();
        format!("{}/oauth2/authorize?{query}", self.pages)
    }

    /// What it says in the address that the browser came back with; nothing, where it is not the answer to this sign-in: any
    /// page that the browser has open can send it here, and must not end what it knows nothing of.
    pub(super) fn outcome(&self, query: &str) -> Option<Outcome> {
        let parameter = |wanted: &str| {
            let mut pairs = form_urlencoded::parse(query.as_bytes());
            let found = pairs.find(|(name, value)| name == wanted && !value.is_empty());
            found.map(|(_, value)| value.into_owned())
        };
        let state = parameter("state").unwrap_or_default();
        if verify_slices_are_equal(state.as_bytes(), self.state.as_bytes()).is_err() {
            return None;
        }
        Some(match (parameter("code"), parameter("error")) {
            (_, Some(error)) => Outcome::Refused {
                error: printable(&error),
                description: parameter("error_description").map(|text| printable(&text)),
            },
            (Some(code), None) => Outcome::Code(code),
            (None, None) => Outcome::Nothing,
        })
    }
}

/// The text without what a terminal would act upon.
pub(super) fn printable(text: &str) -> String {
    let shown = text.chars().filter(|char| !char.is_control());
    shown.take(LONGEST_TEXT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt() -> Attempt {
        Attempt::new("https://sign-in.test/", "client", 8976).unwrap()
    }

    fn parameter(url: &str, wanted: &str) -> String {
        let (_, query) = url.split_once('?').unwrap();
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        let found = pairs.find(|(name, _)| name == wanted);
        found.unwrap().1.into_owned()
    }

    #[test]
    fn the_address_has_the_digest_of_the_verifier_and_not_the_verifier() {
        let attempt = attempt();
        let url = attempt.url();
        assert!(url.starts_with("https://sign-in.test/oauth2/authorize?response_type=code"));
        assert!(!url.contains(&attempt.verifier));
        assert_eq!(parameter(&url, "code_challenge").len(), 43);
        assert_eq!(
            parameter(&url, "redirect_uri"),
            "http://localhost:8976/callback"
        );
        let again = self::attempt().url();
        assert_ne!(parameter(&url, "state"), parameter(&again, "state"));
    }

    #[test]
    fn what_comes_back_is_told_apart() {
        let attempt = attempt();
        let state = &attempt.state;
        let refused = Some(Outcome::Refused {
            error: "access_denied".to_owned(),
            description: Some("no [31mthanks".to_owned()),
        });
        let cases = [
            (
                format!("code=abc&state={state}"),
                Some(Outcome::Code("abc".to_owned())),
            ),
            (
                format!("error=access_denied&error_description=no+%1b[31mthanks&state={state}"),
                refused,
            ),
            (format!("state={state}"), Some(Outcome::Nothing)),
            (format!("code=&state={state}"), Some(Outcome::Nothing)),
            ("code=abc".to_owned(), None),
            ("code=abc&state=".to_owned(), None),
            (format!("code=abc&state={}", &state[1..]), None),
            (format!("error=x&state={state}0"), None),
            (String::new(), None),
        ];
        for (query, expected) in cases {
            assert_eq!(attempt.outcome(&query), expected, "{query}");
        }
    }
}
