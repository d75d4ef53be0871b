//! `tidegate:originSecrets`.

use std::fmt;

use pulumi::{Config, Output};
use serde::Deserialize;

use super::SettingsError;

/// The secrets by which the authorizer knows CloudFront, never shown.
#[derive(Clone)]
pub(crate) struct OriginSecrets(pub(crate) Output<Pair>);

/// The newest, which CloudFront sends, and the one before it, which is still taken while CloudFront changes over.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Pair {
    pub(crate) newest: String,
    pub(crate) previous: Option<String>,
}

/// Below this, a secret could be guessed.
const SHORTEST: usize = 32;

impl OriginSecrets {
    pub(super) fn read(config: &Config) -> Result<Option<Self>, SettingsError> {
        let secrets = config
            .get_secret::<Pair>("originSecrets")
            .map_err(|_| SettingsError::OriginSecrets)?;
        Ok(secrets.map(Self))
    }

    /// What CloudFront adds to each handshake.
    pub(crate) fn newest(&self) -> Output<String> {
        self.0.try_map(|pair| match pair.newest.len() {
            SHORTEST.. => Ok(pair.newest),
            _ => Err(SettingsError::OriginSecrets),
        })
    }
}

impl fmt::Debug for OriginSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OriginSecrets(…)")
    }
}
