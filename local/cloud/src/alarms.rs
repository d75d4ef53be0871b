//! Alarms as they are registered: what they watch, and when they are in which state. They are evaluated elsewhere.

pub mod expression;
pub mod rule;
mod statistic;

use std::collections::BTreeMap;

pub use self::expression::Expression;
pub use self::rule::Rule;
pub use self::statistic::{Statistic, UnsupportedStatistic};

/// For how many minutes values of metrics are kept.
pub const KEPT_MINUTES: u64 = 180;
/// How many periods CloudWatch looks back beyond those that it judges, in case some have no data. It says that the number
/// depends on the period; in all of its examples it is this.
pub const EXTRA_PERIODS: usize = 2;

/// What an alarm says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlarmState {
    /// All is well.
    Ok,
    /// It is not.
    Alarm,
    /// Nobody knows: the alarm is new, or its metrics have no data.
    InsufficientData,
}

impl AlarmState {
    /// As CloudWatch writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Alarm => "ALARM",
            Self::InsufficientData => "INSUFFICIENT_DATA",
        }
    }
}

impl std::fmt::Display for AlarmState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// One metric: its namespace, its name, and exactly its dimensions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MetricKey {
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// The dimensions, by name.
    pub dimensions: BTreeMap<String, String>,
}

/// A metric, and what is made of its values in each period.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricStatistic {
    /// The metric.
    pub metric: MetricKey,
    /// What is made of its values.
    pub statistic: Statistic,
}

/// What an alarm watches.
#[derive(Debug, Clone, PartialEq)]
pub enum Watched {
    /// One metric.
    Metric(MetricStatistic),
    /// Metric math.
    Math {
        /// What each id stands for.
        queries: BTreeMap<String, Query>,
        /// The id whose data is watched.
        returned: String,
    },
    /// A band that CloudWatch learns from weeks of data. There is none on this machine, so the alarm stays where it is.
    AnomalyBand,
}

/// What an id of metric math stands for.
#[derive(Debug, Clone, PartialEq)]
pub enum Query {
    /// A metric.
    Metric(MetricStatistic),
    /// An expression over other ids.
    Expression(Expression),
}

/// How a value is compared with the threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
}

impl Comparison {
    /// Whether `value` breaches `threshold`.
    #[must_use]
    pub fn breaches(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::Greater => value > threshold,
            Self::GreaterOrEqual => value >= threshold,
            Self::Less => value < threshold,
            Self::LessOrEqual => value <= threshold,
        }
    }

    /// As people write it.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
        }
    }
}

/// What is made of periods without data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingData {
    /// Nothing; without any data at all the alarm does not know.
    Missing,
    /// The alarm stays as it is.
    Ignore,
    /// They breach.
    Breaching,
    /// They do not.
    NotBreaching,
}

/// `aws:cloudwatch/metricAlarm:MetricAlarm`.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricAlarm {
    /// Its name.
    pub name: String,
    /// What it watches.
    pub watched: Watched,
    /// The length of a period, in seconds: a multiple of 60.
    pub period_s: u64,
    /// How many periods are looked at.
    pub evaluation_periods: usize,
    /// How many of them must breach.
    pub datapoints_to_alarm: usize,
    /// How values are compared.
    pub comparison: Comparison,
    /// With what.
    pub threshold: f64,
    /// What is made of periods without data.
    pub missing_data: MissingData,
}

/// `aws:cloudwatch/compositeAlarm:CompositeAlarm`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompositeAlarm {
    /// Its name.
    pub name: String,
    /// When it is in alarm.
    pub rule: Rule,
}

/// All alarms of a stack.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Alarms {
    /// Those over metrics, by name.
    pub metric: BTreeMap<String, MetricAlarm>,
    /// Those over other alarms, in the order in which they were registered: each only knows those before it.
    pub composite: Vec<CompositeAlarm>,
}
