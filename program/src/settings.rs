//! The stack's configuration, as one type.

use std::collections::BTreeMap;

use pulumi::{ConfigError, Context};
use serde::Deserialize;
use thiserror::Error;
use tidegate_core::namespace::{InvalidNamespace, Namespaces};

/// Every key of the project's namespace.
const KEYS: [&str; 7] = [
    "delivery",
    "functions",
    "gateway",
    "identity",
    "namespaces",
    "registry",
    "tags",
];

/// What a stack is configured with.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) gateway: GatewaySettings,
    pub(crate) identity: IdentitySettings,
    pub(crate) registry: RegistrySettings,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) functions: FunctionSettings,
    pub(crate) delivery: DeliverySettings,
    pub(crate) namespaces: Namespaces,
}

/// `tidegate:gateway`.
#[derive(Debug, Clone)]
pub(crate) struct GatewaySettings {
    /// The name of the stage, which is the path of the socket's URL.
    pub(crate) stage: String,
    pub(crate) throttle: ThrottleSettings,
    /// Whether the API and its stage can be deleted only after this is taken back. As all else is needed by the stage,
    /// nothing of the stack goes before it.
    pub(crate) deletion_protection: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawGateway {
    stage: Option<String>,
    #[serde(default)]
    throttle: ThrottleSettings,
    #[serde(default)]
    deletion_protection: bool,
}

/// `tidegate:gateway.throttle`. Never left out: API Gateway takes a missing number for zero and answers 429 to all.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct ThrottleSettings {
    /// Requests per second.
    pub(crate) rate: u32,
    /// Requests at once.
    pub(crate) burst: u32,
}

impl Default for ThrottleSettings {
    fn default() -> Self {
        Self {
            rate: 2000,
            burst: 1000,
        }
    }
}

/// `tidegate:identity`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct IdentitySettings {
    /// How long an access token holds: the bound on a revocation that is made elsewhere.
    pub(crate) access_token_minutes: u32,
    /// Whether the user pool, and with it all users, can be deleted only after this is taken back.
    pub(crate) deletion_protection: bool,
}

impl Default for IdentitySettings {
    fn default() -> Self {
        Self {
            access_token_minutes: 15,
            deletion_protection: false,
        }
    }
}

/// `tidegate:registry`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct RegistrySettings {
    /// Whether the table can be brought back as it was at any second of the last 35 days. Costs by its size.
    pub(crate) point_in_time_recovery: bool,
    /// Whether the table can be deleted only after this is taken back.
    pub(crate) deletion_protection: bool,
}

/// `tidegate:functions`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct FunctionSettings {
    /// Memory, and with it the share of a processor.
    pub(crate) memory_mb: u32,
    /// How long logs are kept.
    pub(crate) log_retention_days: u32,
}

impl Default for FunctionSettings {
    fn default() -> Self {
        Self {
            memory_mb: 256,
            log_retention_days: 14,
        }
    }
}

/// `tidegate:delivery`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct DeliverySettings {
    /// A publication with more receivers than this goes by way of the fan-out queue, and its publisher's answer does not
    /// wait for them.
    pub(crate) direct_receivers: u32,
}

impl Default for DeliverySettings {
    fn default() -> Self {
        Self {
            direct_receivers: 100,
        }
    }
}

/// A stack that is configured wrong.
#[derive(Debug, Error)]
pub(crate) enum SettingsError {
    /// A key is missing, unknown, or of another shape.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A value is out of its range.
    #[error("tidegate:{key} is {value}: it must be {allowed}")]
    Range {
        key: &'static str,
        value: String,
        allowed: &'static str,
    },
    /// A namespace cannot be named so.
    #[error("tidegate:namespaces: {0}")]
    Namespace(InvalidNamespace),
}

impl Settings {
    /// Reads the configuration of the stack that is run.
    pub(crate) fn read(ctx: &Context) -> Result<Self, SettingsError> {
        let config = ctx.config();
        config.unknown_keys(&KEYS)?;
        let gateway: RawGateway = config.get("gateway")?.unwrap_or_default();
        let settings = Self {
            gateway: GatewaySettings {
                stage: gateway.stage.unwrap_or_else(|| ctx.stack().to_owned()),
                throttle: gateway.throttle,
                deletion_protection: gateway.deletion_protection,
            },
            identity: config.get("identity")?.unwrap_or_default(),
            registry: config.get("registry")?.unwrap_or_default(),
            tags: config.get("tags")?.unwrap_or_default(),
            functions: config.get("functions")?.unwrap_or_default(),
            delivery: config.get("delivery")?.unwrap_or_default(),
            namespaces: Namespaces::new(config.require("namespaces")?)
                .map_err(SettingsError::Namespace)?,
        };
        settings.check()?;
        Ok(settings)
    }

    /// What AWS would refuse, or take and then answer 429 to all, is refused here and by its key.
    fn check(&self) -> Result<(), SettingsError> {
        let GatewaySettings {
            stage, throttle, ..
        } = &self.gateway;
        let valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        let stage_is_right = !stage.is_empty() && stage.len() <= 128 && stage.bytes().all(valid);
        ensure(
            stage_is_right,
            "gateway.stage",
            stage,
            "1 to 128 letters, digits, `-` or `_`",
        )?;
        ensure(
            throttle.rate > 0,
            "gateway.throttle.rate",
            &throttle.rate,
            "more than 0: nothing would get through",
        )?;
        ensure(
            throttle.burst > 0,
            "gateway.throttle.burst",
            &throttle.burst,
            "more than 0: nothing would get through",
        )?;
        let minutes = self.identity.access_token_minutes;
        ensure(
            (5..=1440).contains(&minutes),
            "identity.accessTokenMinutes",
            &minutes,
            "from 5 to 1440 (a Cognito limit)",
        )?;
        let memory = self.functions.memory_mb;
        ensure(
            (128..=10_240).contains(&memory),
            "functions.memoryMb",
            &memory,
            "from 128 to 10240 (a Lambda limit)",
        )?;
        let direct = self.delivery.direct_receivers;
        ensure(
            direct <= 1_000,
            "delivery.directReceivers",
            &direct,
            "from 0 to 1000: more take longer than a publisher should wait",
        )?;
        self.check_tags()?;
        let days = self.functions.log_retention_days;
        ensure(
            RETENTIONS.contains(&days),
            "functions.logRetentionDays",
            &days,
            "1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180 or 365",
        )
    }
}

impl Settings {
    /// What every service takes as a tag, and cost reports too.
    fn check_tags(&self) -> Result<(), SettingsError> {
        let right = |text: &str, longest: usize| {
            let plain =
                |character: char| character.is_alphanumeric() || " +-=._:/@".contains(character);
            text.chars().count() <= longest && text.chars().all(plain)
        };
        for (key, value) in &self.tags {
            let reserved = ["aws:", "tidegate:"].iter().any(|it| key.starts_with(it));
            ensure(
                !key.is_empty() && !reserved && right(key, 128) && right(value, 256),
                "tags",
                &format!("{key}: {value}"),
                "a key of 1 to 128 and a value of up to 256 letters, digits, spaces or `+-=._:/@`, and no key may begin with `aws:` or `tidegate:`",
            )?;
        }
        ensure(
            self.tags.len() <= 40,
            "tags",
            &self.tags.len(),
            "at most 40: AWS takes 50, some of which are ours",
        )
    }
}

/// The first of what CloudWatch Logs takes; longer ones belong into an archive.
const RETENTIONS: [u32; 12] = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365];

fn ensure(
    right: bool,
    key: &'static str,
    value: &dyn ToString,
    allowed: &'static str,
) -> Result<(), SettingsError> {
    if right {
        Ok(())
    } else {
        Err(SettingsError::Range {
            key,
            value: value.to_string(),
            allowed,
        })
    }
}
