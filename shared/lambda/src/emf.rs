//! CloudWatch's embedded metric format: metrics as part of a log line, from which CloudWatch takes them.
//!
//! The limits are those of "Specification: Embedded metric format" in the CloudWatch user guide: 100 metrics in a
//! directive, 100 values of a metric, 30 dimensions in a set (the contract has two at the most).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use tidegate_contract::metrics::{Dimension, Metric, NAMESPACE, Unit};

use crate::report::{Invocation, Report};

/// How many metrics one directive may name.
const METRICS_IN_A_DIRECTIVE: usize = 100;
/// How many values a metric may have in one line.
const VALUES_OF_A_METRIC: usize = 100;

type Sets = Vec<&'static [Dimension]>;

/// Writes the metrics of an invocation and of its report into their log line.
pub(crate) fn embed(line: &mut Map<String, Value>, invocation: &Invocation<'_>, report: &Report) {
    let mut by_sets: BTreeMap<Sets, Vec<Metric>> = BTreeMap::new();
    for (metric, values) in values(invocation, report) {
        let sets = sets(metric, invocation, report);
        if sets.is_empty() {
            continue;
        }
        for dimension in sets.iter().copied().flatten() {
            let value = invocation.dimension(*dimension, report);
            line.insert(dimension.name().to_owned(), value.into());
        }
        line.insert(metric.name().to_owned(), written(metric, values));
        by_sets.entry(sets).or_default().push(metric);
    }
    if by_sets.is_empty() {
        return;
    }
    let directives: Vec<Value> = by_sets
        .iter()
        .flat_map(|(sets, metrics)| {
            metrics
                .chunks(METRICS_IN_A_DIRECTIVE)
                .map(|metrics| directive(sets, metrics))
        })
        .collect();
    let metadata = json!({ "Timestamp": invocation.ended_ms, "CloudWatchMetrics": directives });
    line.insert("_aws".to_owned(), metadata);
}

/// Each metric once, with all its values. What is no number has no place in JSON, and is none of a metric's values.
fn values(invocation: &Invocation<'_>, report: &Report) -> BTreeMap<Metric, Vec<f64>> {
    let mut values: BTreeMap<Metric, Vec<f64>> = BTreeMap::new();
    let own = invocation.metrics();
    let all = report.metrics.iter().chain(&own);
    for (metric, value) in all.filter(|(_, value)| value.is_finite()) {
        values.entry(*metric).or_default().push(*value);
    }
    values
}

/// The sets of dimensions that all have a value here.
fn sets(metric: Metric, invocation: &Invocation<'_>, report: &Report) -> Sets {
    let known = |set: &&[Dimension]| {
        set.iter()
            .all(|dimension| invocation.dimension(*dimension, report).is_some())
    };
    metric.dimensions().iter().copied().filter(known).collect()
}

/// One value as a number, several as a list. Too many counts are their sum; of too many times the longest stay, for it is
/// those that alarms are about.
fn written(metric: Metric, mut values: Vec<f64>) -> Value {
    if values.len() > VALUES_OF_A_METRIC {
        match metric.unit() {
            Unit::Count => values = vec![values.iter().sum()],
            Unit::Milliseconds => {
                values.sort_by(|one, other| other.total_cmp(one));
                values.truncate(VALUES_OF_A_METRIC);
            }
        }
    }
    match values.as_slice() {
        [value] => json!(value),
        values => json!(values),
    }
}

fn directive(sets: &Sets, metrics: &[Metric]) -> Value {
    let names = |set: &&[Dimension]| set.iter().map(|dimension| dimension.name()).collect();
    let sets: Vec<Vec<&str>> = sets.iter().map(names).collect();
    let metrics = metrics
        .iter()
        .map(|metric| json!({ "Name": metric.name(), "Unit": metric.unit().name() }));
    json!({
        "Namespace": NAMESPACE,
        "Dimensions": sets,
        "Metrics": metrics.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use tidegate_aws::{Troubles, Units};

    use super::*;

    fn embedded(report: &Report) -> Value {
        let mut line = Map::new();
        let invocation = Invocation {
            stack: "tidegate/dev",
            request_id: "request-1",
            trace: None,
            problem: None,
            units: Units::default(),
            troubles: Troubles::new(),
            ended_ms: 1_742_085_982_306,
        };
        embed(&mut line, &invocation, report);
        Value::Object(line)
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
