//! Metrics, and what is computed of them.

use pulumi::{Input, IntoInput, Output};
use pulumi_aws::cloudwatch::{MetricAlarmMetricQuery, MetricAlarmMetricQueryMetric};
use std::collections::BTreeMap;
use tidegate_contract::metrics::{self, Dimension, Metric};

use super::Watched;

/// A metric of CloudWatch.
#[derive(Clone)]
pub(super) struct Series {
    pub(super) namespace: &'static str,
    pub(super) name: &'static str,
    pub(super) dimensions: Vec<(&'static str, Output<String>)>,
    /// `Sum`, `Average`, `Maximum`, `p99` and the like.
    pub(super) statistic: &'static str,
}

impl Series {
    /// One of our own, for the whole stack.
    pub(super) fn ours(watched: &Watched, metric: Metric, statistic: &'static str) -> Self {
        Self {
            namespace: metrics::NAMESPACE,
            name: metric.name(),
            dimensions: vec![(
                Dimension::Stack.name(),
                Output::known(watched.stack.clone()),
            )],
            statistic,
        }
    }

    /// The same for one value of its further dimension.
    pub(super) fn by(mut self, dimension: Dimension, value: impl Into<String>) -> Self {
        self.dimensions
            .push((dimension.name(), Output::known(value.into())));
        self
    }

    /// One that AWS counts.
    pub(super) fn of_aws(
        namespace: &'static str,
        name: &'static str,
        dimensions: &[(&'static str, &Output<String>)],
        statistic: &'static str,
    ) -> Self {
        Self {
            namespace,
            name,
            dimensions: dimensions
                .iter()
                .map(|(name, value)| (*name, (*value).clone()))
                .collect(),
            statistic,
        }
    }
}

/// A series or an expression, by the id that expressions use.
pub(super) struct Query {
    pub(super) id: String,
    pub(super) what: What,
    pub(super) label: &'static str,
}

pub(super) enum What {
    Series(Series),
    Expression(String),
}

impl Query {
    pub(super) fn series(id: impl Into<String>, series: Series) -> Self {
        Self {
            id: id.into(),
            what: What::Series(series),
            label: "",
        }
    }

    pub(super) fn expression(
        id: impl Into<String>,
        label: &'static str,
        expression: impl Into<String>,
    ) -> Self {
        Self {
            id: id.into(),
            what: What::Expression(expression.into()),
            label,
        }
    }

    /// As an alarm wants it; the one with a label is what the alarm looks at.
    pub(super) fn of_alarm(&self, period_s: u32) -> MetricAlarmMetricQuery {
        let builder = MetricAlarmMetricQuery::builder().id(self.id.as_str());
        let builder = match &self.what {
            What::Expression(expression) => builder.expression(expression.as_str()),
            What::Series(series) => {
                let dimensions: Input<BTreeMap<String, String>> =
                    series.dimensions.clone().into_input();
                builder.metric(
                    MetricAlarmMetricQueryMetric::builder()
                        .namespace(series.namespace)
                        .metric_name(series.name)
                        .dimensions(dimensions)
                        .stat(series.statistic)
                        .period(i64::from(period_s))
                        .build(),
                )
            }
        };
        match self.label {
            "" => builder.return_data(false).build(),
            label => builder.label(label).return_data(true).build(),
        }
    }
}
