//! CloudWatch's embedded metric format: metrics as part of a log line, from which CloudWatch takes them.
//!
//! The limits are those of "Specification: Embedded metric format" in the CloudWatch user guide: 100 metrics in a
//! directive, 100 values of a metric, 30 dimensions in a set (the contract has two at the most).

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use tidegate_contract::metrics::{Dimension, Metric, NAMESPACE, Unit};

use crate::report::{Invocation, Report};

/// How many metrics one directive may name.
const METRICS_IN_A_DIRECTIVE: usize = 100;
/// How many values a metric may have in one line.
const VALUES_OF_A_METRIC: usize = 100;

/// The sets of dimensions under which a metric is published.
type Sets = &'static [&'static [Dimension]];

/// Writes the metrics of an invocation and of its report into their log line.
pub(crate) fn embed<M: SerializeMap>(
    line: &mut M,
    invocation: &Invocation<'_>,
    report: &Report,
) -> Result<(), M::Error> {
    let values = values(invocation, report);
    let mut named: Vec<(Sets, Metric)> = Vec::with_capacity(values.len());
    for values in values.chunk_by(|(one, _), (other, _)| one == other) {
        let [(metric, _), ..] = values else { continue };
        let sets = sets(*metric, invocation, report);
        if !sets.is_empty() {
            line.serialize_entry(metric.name(), &Values(*metric, values))?;
            named.push((sets, *metric));
        }
    }
    if named.is_empty() {
        return Ok(());
    }
    let is_used = |dimension: &Dimension| {
        let mut sets = named
            .iter()
            .flat_map(|(sets, _)| sets.iter().copied().flatten());
        sets.any(|used| used == dimension)
    };
    for dimension in Dimension::ALL.iter().filter(|one| is_used(one)) {
        line.serialize_entry(dimension.name(), &invocation.dimension(*dimension, report))?;
    }
    named.sort_unstable();
    let metadata = Metadata {
        timestamp: invocation.ended_ms,
        directives: &named,
    };
    line.serialize_entry("_aws", &metadata)
}

/// All values, by their metrics. What is no number has no place in JSON, and is none of a metric's values.
fn values(invocation: &Invocation<'_>, report: &Report) -> Vec<(Metric, f64)> {
    let own = invocation.metrics();
    let all = report.metrics.iter().chain(&own);
    let mut values = Vec::with_capacity(report.metrics.len() + own.len());
    values.extend(all.filter(|(_, value)| value.is_finite()).copied());
    values.sort_by_key(|(metric, _)| *metric);
    values
}

/// The sets of dimensions that all have a value here. Each set of a metric adds to the one before it.
fn sets(metric: Metric, invocation: &Invocation<'_>, report: &Report) -> Sets {
    let is_known = |set: &&&[Dimension]| {
        set.iter()
            .all(|dimension| invocation.dimension(*dimension, report).is_some())
    };
    let sets = metric.dimensions();
    &sets[..sets.iter().take_while(is_known).count()]
}

/// The values of one metric: one as a number, several as a list. Too many counts are their sum; of too many times the longest
/// stay, for it is those that alarms are about.
struct Values<'v>(Metric, &'v [(Metric, f64)]);

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(metric, values) = self;
        let numbers = values.iter().map(|(_, value)| *value);
        match (values, metric.unit()) {
            ([(_, value)], _) => serializer.serialize_f64(*value),
            (values, _) if values.len() <= VALUES_OF_A_METRIC => serializer.collect_seq(numbers),
            (_, Unit::Count) => serializer.serialize_f64(numbers.sum()),
            (_, Unit::Milliseconds) => {
                let mut longest: Vec<f64> = numbers.collect();
                longest.sort_by(|one, other| other.total_cmp(one));
                longest.truncate(VALUES_OF_A_METRIC);
                longest.serialize(serializer)
            }
        }
    }
}

/// What tells CloudWatch which of a line's fields are metrics.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata<'m> {
    timestamp: u64,
    #[serde(rename = "CloudWatchMetrics", serialize_with = "in_directives")]
    directives: &'m [(Sets, Metric)],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive<'m> {
    namespace: &'static str,
    #[serde(serialize_with = "by_name")]
    dimensions: Sets,
    #[serde(serialize_with = "with_units")]
    metrics: &'m [(Sets, Metric)],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Definition {
    name: &'static str,
    unit: &'static str,
}

/// Metrics with the same dimensions share a directive. They are in the order of their dimensions.
fn in_directives<S: Serializer>(
    named: &&[(Sets, Metric)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let same = named.chunk_by(|(one, _), (other, _)| one == other);
    let directives = same.flat_map(|metrics| metrics.chunks(METRICS_IN_A_DIRECTIVE));
    serializer.collect_seq(directives.filter_map(|metrics| {
        let (dimensions, _) = metrics.first()?;
        Some(Directive {
            namespace: NAMESPACE,
            dimensions,
            metrics,
        })
    }))
}

fn by_name<S: Serializer>(sets: &Sets, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(sets.iter().map(|set| Names(set)))
}

struct Names(&'static [Dimension]);

impl Serialize for Names {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|dimension| dimension.name()))
    }
}

fn with_units<S: Serializer>(
    metrics: &&[(Sets, Metric)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(metrics.iter().map(|(_, metric)| Definition {
        name: metric.name(),
        unit: metric.unit().name(),
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tidegate_aws::{Troubles, Units};

    use super::*;

    struct Metrics<'r>(Invocation<'r>, &'r Report);

    impl Serialize for Metrics<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut line = serializer.serialize_map(None)?;
            embed(&mut line, &self.0, self.1)?;
            line.end()
        }
    }

    fn embedded(report: &Report) -> Value {
        let invocation = Invocation {
            stack: "tidegate/dev",
            request_id: "request-1",
            trace: None,
            problem: None,
            units: Units::default(),
            troubles: Troubles::new(),
            ended_ms: 1_742_085_982_306,
        };
        serde_json::to_value(Metrics(invocation, report)).unwrap()
    }

    #[test]
    fn metrics_with_the_same_dimensions_share_a_directive() {
        let report = Report {
            route: "publish".to_owned(),
            namespace: Some("room".to_owned()),
            metrics: vec![
                (Metric::Frames, 1.0),
                (Metric::FrameLatency, 2.5),
                (Metric::Publications, 1.0),
                (Metric::Deliveries, 3.0),
            ],
            ..Report::default()
        };
        assert_eq!(
            embedded(&report),
            json!({
                "Stack": "tidegate/dev", "Route": "publish", "Namespace": "room",
                "Frames": 1.0, "FrameLatency": 2.5, "Publications": 1.0, "Deliveries": 3.0,
                "_aws": {
                    "Timestamp": 1_742_085_982_306_u64,
                    "CloudWatchMetrics": [
                        {
                            "Namespace": "Tidegate",
                            "Dimensions": [["Stack"]],
                            "Metrics": [{"Name": "Deliveries", "Unit": "Count"}],
                        },
                        {
                            "Namespace": "Tidegate",
                            "Dimensions": [["Stack"], ["Stack", "Route"]],
                            "Metrics": [
                                {"Name": "Frames", "Unit": "Count"},
                                {"Name": "FrameLatency", "Unit": "Milliseconds"},
                            ],
                        },
                        {
                            "Namespace": "Tidegate",
                            "Dimensions": [["Stack"], ["Stack", "Namespace"]],
                            "Metrics": [{"Name": "Publications", "Unit": "Count"}],
                        },
                    ],
                },
            })
        );
    }

    #[test]
    fn a_dimension_without_a_value_leaves_the_metric_to_the_stack_alone() {
        let report = Report {
            metrics: vec![(Metric::ConnectsRefused, 0.0)],
            ..Report::default()
        };
        let line = embedded(&report);
        let directives = &line["_aws"]["CloudWatchMetrics"];
        assert_eq!(directives[0]["Dimensions"], json!([["Stack"]]));
        assert_eq!(line.get("Reason"), None);
    }

    #[test]
    fn a_report_without_metrics_is_a_plain_line() {
        assert_eq!(embedded(&Report::default()), json!({}));
        let no_number = Report {
            metrics: vec![(Metric::FrameLatency, f64::NAN)],
            ..Report::default()
        };
        assert_eq!(embedded(&no_number), json!({}));
    }

    #[test]
    fn a_metric_never_has_more_values_than_it_may() {
        let many = |metric| Report {
            metrics: (0..150).map(|value| (metric, f64::from(value))).collect(),
            ..Report::default()
        };
        let counts = embedded(&many(Metric::Deliveries));
        assert_eq!(counts["Deliveries"], json!(11_175.0));
        let times = embedded(&many(Metric::DeliveryLatency));
        let times = times["DeliveryLatency"].as_array().unwrap();
        assert_eq!((times.len(), &times[0]), (100, &json!(149.0)));
    }
}
