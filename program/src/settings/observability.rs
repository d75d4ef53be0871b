//! `tidegate:observability`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::SettingsError;
use super::range::{ensure, together};

/// Functions write their metrics into their logs: each set of dimensions that occurs is
/// a custom metric ({cloudwatch.metric}), about 70 for a stack with four namespaces that uses all there is. What never
/// happens is none.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct ObservabilitySettings {
    /// Whether there are alarms.
    #[schemars(extend("costs" = "{cloudwatch.alarm} for each metric that an alarm looks at, {cloudwatch.alarm.composite} for each of both composite alarms"))]
    pub(crate) alarms: bool,
    /// Whether there is a dashboard.
    #[schemars(extend("costs" = "{cloudwatch.dashboard}; an account has three for nothing"))]
    pub(crate) dashboard: bool,
    /// Who is told of an alarm, as mail addresses. Each gets a mail by which to confirm; nobody is told before that.
    pub(crate) notify: Vec<String>,
    /// When an alarm is raised.
    pub(crate) thresholds: Thresholds,
}

/// When an alarm is raised.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Thresholds {
    /// The 99th percentile of the time that a function takes over a frame, in milliseconds.
    pub(crate) latency_ms: u32,
    /// Frames, handshakes or deliveries that failed for a reason of ours, in percent.
    pub(crate) error_percent: u32,
    /// Connections that ended without a close frame, in percent of those that ended. Mobile networks alone make about ten.
    pub(crate) abnormal_disconnect_percent: u32,
    /// The age of the oldest message in the fan-out queue, in seconds.
    pub(crate) queue_age_seconds: u32,
    /// What counts as too little traffic. Without it there is no such alarm, since only you know what is usual.
    pub(crate) throughput: Option<Throughput>,
}

/// What counts as too little traffic: one of both.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[derive(Default)]
pub(crate) struct Throughput {
    /// Fewer frames than this in a minute, ten minutes long.
    pub(crate) frames_per_minute: Option<u32>,
    /// Fewer frames than is usual at this hour, by as many standard deviations: an anomaly band of CloudWatch's, which
    /// learns for two weeks.
    #[schemars(extend("costs" = "three metrics of an alarm"))]
    pub(crate) anomaly_deviations: Option<u32>,
}

impl Default for ObservabilitySettings {
    fn default() -> Self {
        Self {
            alarms: true,
            dashboard: true,
            notify: Vec::new(),
            thresholds: Thresholds::default(),
        }
    }
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            latency_ms: 500,
            error_percent: 5,
            abnormal_disconnect_percent: 30,
            queue_age_seconds: 60,
            throughput: None,
        }
    }
}

impl ObservabilitySettings {
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        let key = |name: &str| format!("observability.thresholds.{name}");
        let Thresholds {
            latency_ms,
            error_percent,
            abnormal_disconnect_percent,
            queue_age_seconds,
            throughput,
        } = &self.thresholds;
        ensure(
            (1..=29_000).contains(latency_ms),
            &key("latencyMs"),
            latency_ms,
            "from 1 to 29000: API Gateway waits no longer",
        )?;
        for (name, percent) in [
            ("errorPercent", error_percent),
            ("abnormalDisconnectPercent", abnormal_disconnect_percent),
        ] {
            ensure(
                (1..=99).contains(percent),
                &key(name),
                percent,
                "from 1 to 99 percent",
            )?;
        }
        ensure(
            (1..=86_400).contains(queue_age_seconds),
            &key("queueAgeSeconds"),
            queue_age_seconds,
            "from 1 to 86400",
        )?;
        if let Some(Throughput {
            frames_per_minute,
            anomaly_deviations,
        }) = throughput
        {
            together(
                frames_per_minute.is_some() != anomaly_deviations.is_some(),
                &key("throughput"),
                "must have one of `framesPerMinute` and `anomalyDeviations`",
            )?;
            ensure(
                *frames_per_minute != Some(0),
                &key("throughput.framesPerMinute"),
                0,
                "more than 0: there are never fewer",
            )?;
            ensure(
                anomaly_deviations.is_none_or(|it| (1..=10).contains(&it)),
                &key("throughput.anomalyDeviations"),
                anomaly_deviations.unwrap_or_default(),
                "from 1 to 10",
            )?;
        }
        for address in &self.notify {
            let right = address
                .split_once('@')
                .is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
            ensure(right, "observability.notify", address, "mail addresses")?;
        }
        together(
            self.alarms || self.notify.is_empty(),
            "observability.notify",
            "names whom to tell of alarms, and observability.alarms is false: there are none",
        )
    }
}
