//! `tidegate:functions`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tidegate_contract::architecture;
use tidegate_contract::functions::Function;

use super::SettingsError;
use super::range::{ensure, together};

/// They are billed by call and by time: {lambda.request}, {lambda.arm64}.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct FunctionSettings {
    /// Memory in MB, and with it the share of a processor.
    pub(crate) memory_mb: u32,
    /// For how many days logs are kept.
    #[schemars(extend("costs" = "{logs.ingest}, {logs.storage}"))]
    pub(crate) log_retention_days: u32,
    /// What functions log beside the one line that each invocation ends with.
    pub(crate) log_level: LogLevel,
    /// Whether invocations are traced by X-Ray: a frame can be followed from the message function over the queue to its
    /// deliveries.
    #[schemars(extend("costs" = "{xray.trace}, for one in twenty and the first of each second, which is X-Ray's default"))]
    pub(crate) tracing: bool,
    /// The processor: `arm64` (cheaper) or `x86_64`. Functions are built for it.
    pub(crate) architecture: Architecture,
    /// What is different for one function, by its name: `authorizer`, `connect`, `disconnect`, `message`, `fanout`, `api`, `server`,
    /// `inlet`, `sweep`.
    pub(crate) by_function: BTreeMap<String, OneFunction>,
}

/// What can be different for one function.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct OneFunction {
    /// Memory in MB.
    pub(crate) memory_mb: Option<u32>,
    /// How many environments it may have at most, and which no other function can take from it. An account has 1,000 of
    /// them for each Region (a new one 10), of which 100 must stay unreserved.
    pub(crate) reserved_concurrency: Option<u32>,
    /// How many environments are kept ready, so that those never start cold.
    #[schemars(extend("costs" = "{lambda.provisioned.arm64} even while nothing happens"))]
    pub(crate) provisioned_concurrency: Option<u32>,
    /// What it logs.
    pub(crate) log_level: Option<LogLevel>,
}

/// How much is logged. Tokens and payloads are never, at any level.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum LogLevel {
    /// Failures of ours.
    Error,
    /// And what may become one.
    Warn,
    /// And what happens once in a while.
    #[default]
    Info,
    /// And every call.
    Debug,
}

impl LogLevel {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
        }
    }
}

/// The processor of the functions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub(crate) enum Architecture {
    /// Graviton.
    #[default]
    #[serde(rename = "arm64")]
    Arm64,
    /// Intel and AMD.
    #[serde(rename = "x86_64")]
    X86_64,
}

impl Architecture {
    /// What functions are built for.
    pub(crate) const fn target(self) -> architecture::Architecture {
        match self {
            Self::Arm64 => architecture::Architecture::Arm64,
            Self::X86_64 => architecture::Architecture::X86_64,
        }
    }
}

impl Default for FunctionSettings {
    fn default() -> Self {
        Self {
            memory_mb: 256,
            log_retention_days: 14,
            log_level: LogLevel::default(),
            tracing: true,
            architecture: Architecture::default(),
            by_function: BTreeMap::new(),
        }
    }
}

/// The first of what CloudWatch Logs takes; longer ones belong into an archive.
const RETENTIONS: [u32; 12] = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365];

impl FunctionSettings {
    /// What holds for one function.
    pub(crate) fn of(&self, function: Function) -> OneFunction {
        let own = self.by_function.get(function.name()).cloned();
        let own = own.unwrap_or_default();
        OneFunction {
            memory_mb: own.memory_mb.or(Some(self.memory_mb)),
            log_level: own.log_level.or(Some(self.log_level)),
            ..own
        }
    }

    /// The memory of a function, in MB.
    pub(crate) fn memory_mb(&self, function: Function) -> u32 {
        self.of(function).memory_mb.unwrap_or(self.memory_mb)
    }

    pub(super) fn check(&self) -> Result<(), SettingsError> {
        memory("functions.memoryMb", self.memory_mb)?;
        let days = self.log_retention_days;
        ensure(
            RETENTIONS.contains(&days),
            "functions.logRetentionDays",
            days,
            "1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180 or 365",
        )?;
        for (name, own) in &self.by_function {
            let known = Function::ALL.iter().any(|function| function.name() == name);
            let names: Vec<_> = Function::ALL.iter().map(|it| it.name()).collect();
            together(
                known,
                &format!("functions.byFunction.{name}"),
                format!("is no function: there are {}", names.join(", ")),
            )?;
            own.check(&format!("functions.byFunction.{name}"))?;
        }
        Ok(())
    }
}

impl OneFunction {
    fn check(&self, key: &str) -> Result<(), SettingsError> {
        if let Some(megabytes) = self.memory_mb {
            memory(&format!("{key}.memoryMb"), megabytes)?;
        }
        if let Some(provisioned) = self.provisioned_concurrency {
            ensure(
                provisioned > 0,
                &format!("{key}.provisionedConcurrency"),
                provisioned,
                "more than 0, or left out",
            )?;
            if let Some(reserved) = self.reserved_concurrency {
                together(
                    provisioned <= reserved,
                    &format!("{key}.provisionedConcurrency"),
                    format!(
                        "is {provisioned}, more than the {reserved} of reservedConcurrency that it is a part of"
                    ),
                )?;
            }
        }
        ensure(
            self.reserved_concurrency != Some(0),
            &format!("{key}.reservedConcurrency"),
            0,
            "more than 0: the function would never run",
        )
    }
}

fn memory(key: &str, megabytes: u32) -> Result<(), SettingsError> {
    ensure(
        (128..=10_240).contains(&megabytes),
        key,
        megabytes,
        "from 128 to 10240 (a Lambda limit)",
    )
}
