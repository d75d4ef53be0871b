//! `tidegate:http`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::SettingsError;
use super::gateway::Throttle;
use super::range::ensure;

/// For browsers, which are not told why a handshake failed (`GET /connect-check`) and cannot set a header (`POST /ticket`), and
/// for backends.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct HttpSettings {
    /// Whether there is one. Without it, browsers cannot find out why a handshake failed, and nobody gets a ticket.
    #[schemars(extend("costs" = "{http.request}; nothing while nobody asks"))]
    pub(crate) enabled: bool,
    /// Whether backends can publish, list and disconnect by it: `POST /publications`, `GET /channels/CHANNEL` and its `/history`,
    /// `GET` and `DELETE /users/USER/connections`, `POST /users/USER/revocations`. Each request is signed (SigV4), by a role that is
    /// allowed `execute-api:Invoke` on the stack's output `serverRoutesArn`, or on one route of it: `…/POST/publications` in the
    /// place of its `*`.
    pub(crate) server_routes: bool,
    /// What its stage lets through. The account's rate is shared with the sockets.
    pub(crate) throttle: Throttle,
    /// The pages that may call it from a browser: `https://app.example.com`, or `*` for all. It takes no cookies.
    pub(crate) allowed_origins: Vec<String>,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            server_routes: true,
            throttle: Throttle {
                rate: 200,
                burst: 100,
            },
            allowed_origins: vec!["*".to_owned()],
        }
    }
}

impl HttpSettings {
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        self.throttle.check("http.throttle")?;
        for origin in &self.allowed_origins {
            let host = origin
                .strip_prefix("https://")
                .or_else(|| origin.strip_prefix("http://"));
            let right =
                origin == "*" || host.is_some_and(|host| !host.is_empty() && !host.contains('/'));
            ensure(
                right,
                "http.allowedOrigins",
                origin,
                "`*`, or origins such as https://app.example.com, without a path",
            )?;
        }
        Ok(())
    }
}
