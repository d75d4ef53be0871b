//! `tidegate:originSecrets`.

use std::fmt;

use pulumi::{Config, Output};
use tidegate_contract::origin::{self, ORIGIN_SECRETS_KEY};

use super::SettingsError;

/// The secrets by which the authorizer knows CloudFront. They are only ever outputs that are secret.
#[derive(Clone)]
pub(crate) struct OriginSecrets(Output<origin::OriginSecrets>);

impl OriginSecrets {
    pub(super) fn read(config: &Config) -> Result<Option<Self>, SettingsError> {
        let secrets = config
            .get_secret(ORIGIN_SECRETS_KEY)
            // The parser's message could quote the secret.
            .map_err(|_| SettingsError::OriginSecrets)?;
        Ok(secrets.map(Self))
    }

    /// What CloudFront adds to each handshake.
    pub(crate) fn newest(&self) -> Output<String> {
        self.0.map(|secrets| secrets.newest().to_owned())
    }

    /// What the authorizer knows of them.
    pub(crate) fn digests(&self) -> Output<String> {
        self.0.map(|secrets| secrets.digests())
    }
}

impl fmt::Debug for OriginSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OriginSecrets(…)")
    }
}
