//! What an alarm is.

use std::collections::BTreeMap;

use pulumi::Component;
use pulumi_aws::cloudwatch::MetricAlarm;

use super::query::Query;

/// Whom an alarm concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    /// Somebody has to get up: users notice it.
    UsersAffected,
    /// Somebody has to look at it today.
    Attention,
}

impl Group {
    pub(super) const ALL: [Self; 2] = [Self::UsersAffected, Self::Attention];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::UsersAffected => "users-affected",
            Self::Attention => "attention",
        }
    }

    pub(super) const fn description(self) -> &'static str {
        match self {
            Self::UsersAffected => {
                "Users notice something now: see which of its alarms is on, and docs/runbook.md"
            }
            Self::Attention => {
                "Something has to be looked at today: see which of its alarms is on, and docs/runbook.md"
            }
        }
    }
}

/// How a minute without data counts, and why so.
#[derive(Debug, Clone, Copy)]
pub(super) enum Missing {
    /// As one in which all was well.
    NotBreaching(&'static str),
    /// As one in which it was not.
    Breaching(&'static str),
}

impl Missing {
    const fn treat(self) -> &'static str {
        match self {
            Self::NotBreaching(_) => "notBreaching",
            Self::Breaching(_) => "breaching",
        }
    }

    pub(super) const fn reason(self) -> &'static str {
        match self {
            Self::NotBreaching(reason) | Self::Breaching(reason) => reason,
        }
    }
}

/// What is the same for an alarm in every stack: it is in the runbook, too.
#[derive(Debug, Clone, Copy)]
pub(super) struct About {
    pub(super) name: &'static str,
    pub(super) group: Group,
    /// What it means that the alarm is on: one sentence.
    pub(super) means: &'static str,
    /// What to do about it.
    pub(super) then: &'static str,
    pub(super) missing: Missing,
}

/// When the alarm is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Above,
    Below,
    /// Below the anomaly band that the query with this id is.
    BelowBand(&'static str),
}

/// How many metrics an alarm can look at (CloudWatch API Reference, `PutMetricAlarm`).
pub(super) const MOST_METRICS: usize = 10;

/// An alarm on what one of its queries gives.
pub(super) struct Alarm {
    pub(super) about: About,
    /// Which of several this is, from 1 on, where there is more to look at than one can.
    pub(super) part: usize,
    pub(super) queries: Vec<Query>,
    pub(super) comparison: Comparison,
    pub(super) threshold: f64,
    /// Of this many minutes…
    pub(super) minutes: u32,
    /// …in so many it was over the line.
    pub(super) of_them: u32,
}

/// How long one data point is, in seconds.
pub(super) const PERIOD_S: u32 = 60;

impl Alarm {
    pub(super) fn create(
        self,
        component: &Component,
        tags: &BTreeMap<String, String>,
    ) -> MetricAlarm {
        let About {
            name,
            means,
            missing,
            ..
        } = self.about;
        let queries: Vec<_> = self
            .queries
            .iter()
            .map(|query| query.of_alarm(PERIOD_S))
            .collect();
        let own_name = match self.part {
            1 => name.to_owned(),
            part => format!("{name}-{part}"),
        };
        let builder = MetricAlarm::builder(own_name)
            .alarm_description(format!("{means} What to do: docs/runbook.md#{name}"))
            .metric_queries(queries)
            .evaluation_periods(i64::from(self.minutes))
            .datapoints_to_alarm(i64::from(self.of_them))
            .treat_missing_data(missing.treat())
            .tags(tags.clone());
        let builder = match self.comparison {
            Comparison::Above => builder
                .comparison_operator("GreaterThanThreshold")
                .threshold(self.threshold),
            Comparison::Below => builder
                .comparison_operator("LessThanThreshold")
                .threshold(self.threshold),
            Comparison::BelowBand(band) => builder
                .comparison_operator("LessThanLowerThreshold")
                .threshold_metric_id(band),
        };
        builder.create(component)
    }
}
