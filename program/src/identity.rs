//! Identity: a Cognito user pool and its app client, whose access tokens open connections; or an issuer that there is
//! already.

use pulumi::{Component, Output, Scope, WithOptions};
use pulumi_aws::cognito::{
    UserPool, UserPoolAdminCreateUserConfig, UserPoolClient, UserPoolClientTokenValidityUnits,
    UserPoolDomain,
};
use tidegate_contract::sign_in;

use crate::settings::IdentitySettings;
use crate::tags::Tags;

/// Whose tokens are accepted.
pub(crate) struct Identity {
    /// The issuer, exactly as it stands in the tokens.
    pub(crate) issuer: Output<String>,
    /// The app client for which they are made.
    pub(crate) client_id: Output<String>,
    /// The user pool, where it is the stack's own.
    pub(crate) pool: Option<Pool>,
}

/// The stack's own user pool.
pub(crate) struct Pool {
    /// Its id.
    pub(crate) id: Output<String>,
    /// The address of its sign-in page, where it has one.
    pub(crate) sign_in_url: Option<Output<String>>,
}

impl Identity {
    pub(crate) fn new(scope: &dyn Scope, settings: &IdentitySettings, tags: &Tags) -> Self {
        let component = Component::builder("tidegate:identity:Identity", "identity").create(scope);
        let identity = match &settings.issuer {
            Some(issuer) => Self {
                issuer: Output::known(issuer.url.clone()),
                client_id: Output::known(issuer.client_id.clone()),
                pool: None,
            },
            None => user_pool(&component, settings, tags),
        };
        component.register_outputs([
            ("issuer", &identity.issuer),
            ("clientId", &identity.client_id),
        ]);
        identity
    }
}

fn user_pool(component: &Component, settings: &IdentitySettings, tags: &Tags) -> Identity {
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
        .create(component);
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
        .prevent_user_existence_errors("ENABLED");
    let sign_in = settings.sign_in_domain.as_ref();
    let client = match sign_in {
        // A code and its proof (PKCE) and nothing else: a token in a URL ends up in histories and logs.
        Some(_) => client
            .allowed_oauth_flows_user_pool_client(true)
            .allowed_oauth_flows(["code"])
            .allowed_oauth_scopes(sign_in::SCOPES)
            .supported_identity_providers(["COGNITO"])
            // Passwords are for the sign-in page alone.
            .explicit_auth_flows(["ALLOW_REFRESH_TOKEN_AUTH"])
            .callback_urls(callback_urls(settings)),
        None => client,
    };
    let client = client.create(component);
    let sign_in_url = sign_in.map(|prefix| {
        let domain = UserPoolDomain::builder("sign-in")
            .domain(prefix)
            .user_pool_id(&pool.id)
            .create(component);
        let place = Output::all([domain.domain, pool.region.clone(), pool.endpoint.clone()]);
        place.map(|place| sign_in_address(&place[0], &place[1], &place[2]))
    });
    Identity {
        issuer: pool.endpoint.map(|endpoint| issuer(&endpoint)),
        client_id: client.id,
        pool: Some(Pool {
            id: pool.id,
            sign_in_url,
        }),
    }
}

/// Where the sign-in page may send people back to: the pages of the configuration, and `tidegate login`.
fn callback_urls(settings: &IdentitySettings) -> Vec<String> {
    let mut urls = settings.callback_urls.clone();
    urls.extend(sign_in::callback_urls());
    urls
}

/// Cognito's own name for the sign-in page; on one machine, the issuer serves it.
fn sign_in_address(prefix: &str, region: &str, endpoint: &str) -> String {
    if is_loopback(endpoint) {
        return format!("http://{endpoint}");
    }
    format!("https://{prefix}.auth.{region}.amazoncognito.com")
}

/// A pool's endpoint bears no scheme. It is HTTPS everywhere but on the loopback of one machine, where nobody is between.
fn issuer(endpoint: &str) -> String {
    let scheme = if is_loopback(endpoint) {
        "http"
    } else {
        "https"
    };
    format!("{scheme}://{endpoint}")
}

/// Whether a host, with or without a port and a path, is this machine.
pub(crate) fn is_loopback(endpoint: &str) -> bool {
    let host = endpoint.split(['/', ':']).next().unwrap_or_default();
    matches!(host, "localhost" | "127.0.0.1")
}
