//! Where clients get their tokens.

use http::Method;
use serde_json::{Value, json};
use tidegate_e2e::{Stack, call};

/// The local user pool of a stack.
#[derive(Clone)]
pub(crate) struct Tokens {
    url: String,
    lives_s: Option<u64>,
}

impl Tokens {
    pub(crate) fn of_stack(stack: &Stack) -> Self {
        Self {
            url: format!("{}/local/token", stack.runtime().running().issuer),
            lives_s: None,
        }
    }

    /// The same, with tokens that live for so many seconds.
    pub(crate) fn lives_s(&self, seconds: u64) -> Self {
        Self {
            lives_s: Some(seconds),
            ..self.clone()
        }
    }

    /// A new token of `user`.
    pub(crate) async fn of(&self, user: &str) -> String {
        let mut asked = json!({ "user": user });
        if let Some(seconds) = self.lives_s {
            asked["expiresIn"] = json!(seconds);
        }
        let headers = [("content-type", "application/json")];
        let answer = call(Method::POST, &self.url, &headers, &asked.to_string()).await;
        let token: Value = serde_json::from_str(&answer.unwrap().body).unwrap();
        token["accessToken"].as_str().unwrap().to_owned()
    }
}
