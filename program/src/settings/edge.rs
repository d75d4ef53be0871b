//! `tidegate:edge`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::SettingsError;
use super::gateway::{Domain, GatewaySettings};
use super::range::{ensure, together};

/// WAF sees handshakes and no frames. The origin is closed to all else: the
/// authorizer refuses a handshake without the secret that CloudFront adds.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct EdgeSettings {
    /// What AWS's managed rule groups do with a handshake that they match: `count` first, `block` when the logs show that
    /// they match nobody they should not.
    #[schemars(extend("costs" = "{waf.acl}, {waf.rule} (there are five or six), {waf.request} at WAF and {cloudfront.request} at CloudFront"))]
    pub(crate) managed_rules: ManagedRules,
    /// How many handshakes one address may make in five minutes. A company or a mobile network may be one address.
    pub(crate) handshakes_per_address: u32,
    /// How many bytes the query of a handshake may have. API Gateway takes 4,096 characters for the whole URL.
    pub(crate) longest_query_bytes: u32,
    /// From which countries handshakes are taken.
    pub(crate) countries: Countries,
    /// Whether WAF logs what it blocks and counts. Queries and headers with tokens are never logged.
    #[schemars(extend("costs" = "{logs.ingest} of logs"))]
    pub(crate) logging: bool,
    /// A domain name of your own, before CloudFront. Its certificate is in us-east-1.
    pub(crate) domain: Option<Domain>,
}

/// What managed rules do with what they match.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ManagedRules {
    /// It is counted and let through.
    #[default]
    Count,
    /// It is answered with 403.
    Block,
}

/// Countries by their ISO 3166 codes; one of both lists at most.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Countries {
    /// Only from these.
    pub(crate) only: Vec<String>,
    /// From none of these.
    pub(crate) none_of: Vec<String>,
}

impl Default for EdgeSettings {
    fn default() -> Self {
        Self {
            managed_rules: ManagedRules::default(),
            handshakes_per_address: 300,
            longest_query_bytes: 2048,
            countries: Countries::default(),
            logging: true,
            domain: None,
        }
    }
}

impl EdgeSettings {
    pub(super) fn check(
        &self,
        gateway: &GatewaySettings,
        has_secrets: bool,
    ) -> Result<(), SettingsError> {
        ensure(
            self.handshakes_per_address >= 10,
            "edge.handshakesPerAddress",
            self.handshakes_per_address,
            "at least 10 (a WAF limit)",
        )?;
        ensure(
            (64..=4096).contains(&self.longest_query_bytes),
            "edge.longestQueryBytes",
            self.longest_query_bytes,
            "from 64 to 4096",
        )?;
        let Countries { only, none_of } = &self.countries;
        for code in only.iter().chain(none_of) {
            let right = code.len() == 2 && code.bytes().all(|it| it.is_ascii_uppercase());
            ensure(
                right,
                "edge.countries",
                code,
                "ISO 3166 codes of two capital letters, such as DE",
            )?;
        }
        together(
            only.is_empty() || none_of.is_empty(),
            "edge.countries",
            "has both `only` and `noneOf`: give one of them",
        )?;
        together(
            gateway.domain.is_none(),
            "gateway.domain",
            "is given beside the edge, which clients would go around: give `edge.domain` instead",
        )?;
        together(
            self.domain.is_none() || gateway.endpoints == 1,
            "edge.domain",
            format!(
                "is one name, and gateway.endpoints is {}: each has a distribution of its own",
                gateway.endpoints
            ),
        )?;
        together(
            has_secrets,
            "originSecrets",
            "is missing, and the edge needs it: run `tidegate rotate-origin-secret`, which makes it and writes it, encrypted, into the stack's configuration",
        )?;
        match &self.domain {
            Some(domain) => domain.check("edge.domain", Some("us-east-1")),
            None => Ok(()),
        }
    }
}
