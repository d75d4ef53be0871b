//! Identity: a Cognito user pool and its app client, whose access tokens open connections.

use pulumi::{Component, Output, Scope, WithOptions};
use pulumi_aws::cognito::{
    UserPool, UserPoolAdminCreateUserConfig, UserPoolClient, UserPoolClientTokenValidityUnits,
};

use crate::settings::IdentitySettings;
use crate::tags::Tags;

/// Whose tokens are accepted.
pub(crate) struct Identity {
    /// The issuer, exactly as it stands in the tokens.
    pub(crate) issuer: Output<String>,
    /// The app client for which they are made.
    pub(crate) client_id: Output<String>,
}

impl Identity {
    pub(crate) fn new(scope: &dyn Scope, settings: &IdentitySettings, tags: &Tags) -> Self {
        let component = Component::builder("tidegate:identity:Identity", "identity").create(scope);
        let pool = UserPool::builder("users")
            .admin_create_user_config(
                UserPoolAdminCreateUserConfig::builder()
                    .allow_admin_create_user_only(true)
                    .build(),
            )
            .deletion_protection(if settings.deletion_protection {
                "ACTIVE"
            } else {
                "INACTIVE"
            })
            .tags(tags.of("identity"))
            .protect(settings.deletion_protection)
            .create(&component);
        let client = UserPoolClient::builder("client")
            .user_pool_id(&pool.id)
            .generate_secret(false)
            .access_token_validity(i64::from(settings.access_token_minutes))
            .token_validity_units(
                UserPoolClientTokenValidityUnits::builder()
                    .access_token("minutes")
                    .build(),
            )
            .enable_token_revocation(true)
            .prevent_user_existence_errors("ENABLED")
            .create(&component);
        let issuer = pool.endpoint.map(|endpoint| issuer(&endpoint));
        component.register_outputs([("issuer", &issuer), ("clientId", &client.id)]);
        Self {
            issuer,
            client_id: client.id,
        }
    }
}

/// A pool's endpoint bears no scheme. It is HTTPS everywhere but on the loopback of one machine, where nobody is between.
fn issuer(endpoint: &str) -> String {
    let host = endpoint.split(['/', ':']).next().unwrap_or_default();
    let scheme = if matches!(host, "localhost" | "127.0.0.1") {
        "http"
    } else {
        "https"
    };
    format!("{scheme}://{endpoint}")
}
