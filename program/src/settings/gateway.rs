//! `tidegate:gateway`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::SettingsError;
use super::range::{ensure, together};

/// The WebSocket API.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct GatewaySettings {
    /// The name of the stage, which is the path of the socket's URL; the name of the Pulumi stack where it is not given.
    pub(crate) stage: Option<String>,
    /// What the stage lets through.
    pub(crate) throttle: Throttle,
    /// How many WebSocket APIs there are. More than one keeps deployments and stage throttles apart; it raises no quota,
    /// since 500 new connections and 10,000 requests per second are for all APIs of an account and Region together. To
    /// raise those, use one stack for each Region or account.
    pub(crate) endpoints: u32,
    /// Access logs of the stage. API Gateway writes them with a role that is one setting for the whole account and Region.
    #[schemars(extend("costs" = "{logs.ingest} of logs: about 300 bytes for each frame"))]
    pub(crate) logging: Logging,
    /// A domain name of your own.
    pub(crate) domain: Option<Domain>,
    /// Every how many seconds clients send a `ping`. The gateway answers by itself, without a function. The dashboard
    /// counts active connections by it.
    #[schemars(extend("costs" = "two messages ({websocket.message}) for each ping: a client that is always connected and pings every 30 s costs $0.17 a month by that alone"))]
    pub(crate) ping_seconds: u32,
    /// Over how many seconds clients that all lost their connections at once come back, each at a random time of it. Not less
    /// than all of them take at 500 a second, which is the account's quota of new connections: 60 are enough for 30,000.
    pub(crate) reconnect_window_seconds: u32,
    /// Whether the APIs and their stages can be deleted only after this is taken back. `pulumi destroy` deletes nothing
    /// at all before that, unless it is told to skip its preview.
    pub(crate) deletion_protection: bool,
}

impl Default for GatewaySettings {
    fn default() -> Self {
        Self {
            stage: None,
            throttle: Throttle::default(),
            endpoints: 1,
            logging: Logging::default(),
            domain: None,
            ping_seconds: 30,
            reconnect_window_seconds: 60,
            deletion_protection: false,
        }
    }
}

/// Never left out: API Gateway takes a missing number for zero and answers 429 to all.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Throttle {
    /// Requests per second.
    pub(crate) rate: u32,
    /// Requests at once.
    pub(crate) burst: u32,
}

impl Default for Throttle {
    fn default() -> Self {
        Self {
            rate: 2000,
            burst: 1000,
        }
    }
}

/// Who provides the role by which API Gateway writes logs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Logging {
    /// No access logs.
    #[default]
    Off,
    /// The account has the role already.
    AccountRoleExists,
    /// The stack makes the role. It is kept when the stack is destroyed, as everything in the account and Region may use
    /// it by then.
    CreateAccountRole,
}

/// A domain name. One of `certificateArn` and `hostedZoneId` is needed; with the zone alone, the certificate is made and
/// proved by a record in it.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Domain {
    /// The name, such as `ws.example.com`. API Gateway cannot share it with an HTTP or REST API.
    pub(crate) name: String,
    /// A certificate of ACM that covers the name: in the stack's Region for the gateway, in us-east-1 for the edge.
    pub(crate) certificate_arn: Option<String>,
    /// The Route 53 zone that gets a record for the name. Without it, point the name there yourself: the stack's outputs
    /// say to where.
    pub(crate) hosted_zone_id: Option<String>,
}

impl GatewaySettings {
    /// The stage's name.
    pub(crate) fn stage(&self) -> &str {
        // Filled in when the settings are read.
        self.stage.as_deref().unwrap_or_default()
    }

    pub(super) fn check(&self) -> Result<(), SettingsError> {
        let stage = self.stage();
        let valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        let stage_is_right = !stage.is_empty() && stage.len() <= 128 && stage.bytes().all(valid);
        ensure(
            stage_is_right,
            "gateway.stage",
            stage,
            "1 to 128 letters, digits, `-` or `_`",
        )?;
        self.throttle.check("gateway.throttle")?;
        ensure(
            (1..=8).contains(&self.endpoints),
            "gateway.endpoints",
            self.endpoints,
            "from 1 to 8",
        )?;
        ensure(
            (10..=540).contains(&self.ping_seconds),
            "gateway.pingSeconds",
            self.ping_seconds,
            "from 10 to 540: API Gateway ends a connection that is idle for 600",
        )?;
        ensure(
            (1..=3600).contains(&self.reconnect_window_seconds),
            "gateway.reconnectWindowSeconds",
            self.reconnect_window_seconds,
            "from 1 to 3600",
        )?;
        match &self.domain {
            Some(domain) => domain.check("gateway.domain", None),
            None => Ok(()),
        }
    }
}

impl Throttle {
    pub(super) fn check(self, key: &str) -> Result<(), SettingsError> {
        let allowed = "more than 0: nothing would get through";
        ensure(self.rate > 0, &format!("{key}.rate"), self.rate, allowed)?;
        ensure(self.burst > 0, &format!("{key}.burst"), self.burst, allowed)
    }
}

impl Domain {
    /// `region` is the one that the certificate must be in, where it is not the stack's own.
    pub(super) fn check(&self, key: &str, region: Option<&str>) -> Result<(), SettingsError> {
        let label = |label: &str| {
            let plain =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            (1..=63).contains(&label.len())
                && label.bytes().all(plain)
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let labels: Vec<&str> = self.name.split('.').collect();
        let right =
            labels.len() >= 2 && self.name.len() <= 253 && labels.iter().all(|it| label(it));
        ensure(
            right,
            &format!("{key}.name"),
            &self.name,
            "a domain name in lower case, such as ws.example.com",
        )?;
        together(
            self.certificate_arn.is_some() || self.hosted_zone_id.is_some(),
            key,
            format!(
                "has no certificate: give `certificateArn` (a certificate of ACM for {}), or `hostedZoneId` to have one made",
                self.name
            ),
        )?;
        if let Some(arn) = &self.certificate_arn {
            let parts: Vec<&str> = arn.splitn(6, ':').collect();
            let is_certificate = parts.len() == 6
                && parts[0] == "arn"
                && parts[2] == "acm"
                && parts[5].starts_with("certificate/");
            let key = format!("{key}.certificateArn");
            ensure(
                is_certificate,
                &key,
                arn,
                "the ARN of a certificate of ACM: arn:aws:acm:REGION:ACCOUNT:certificate/ID",
            )?;
            if let Some(region) = region {
                together(
                    parts[3] == region,
                    &key,
                    format!(
                        "is in {}: CloudFront takes certificates of {region} only",
                        parts[3]
                    ),
                )?;
            }
        }
        Ok(())
    }
}
