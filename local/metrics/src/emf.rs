//! CloudWatch's embedded metric format: metrics in a log line.
//!
//! Read as strictly as CloudWatch's published schema has it ("Specification: Embedded metric format" in the user guide).
//! Where CloudWatch drops a document with a mistake and says so in a metric of its own, this says what the mistake is.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};
use thiserror::Error;
use tidegate_local_cloud::alarms::MetricKey;

use crate::store::Metrics;

const METRICS_IN_A_DIRECTIVE: usize = 100;
const VALUES_OF_A_METRIC: usize = 100;
const DIMENSIONS_IN_A_SET: usize = 30;
const NAMESPACE_LENGTH: usize = 1024;
const METRIC_NAME_LENGTH: usize = 1024;
const DIMENSION_NAME_LENGTH: usize = 250;
const DIMENSION_VALUE_LENGTH: usize = 1024;
const UNITS: [&str; 27] = [
    "Seconds",
    "Microseconds",
    "Milliseconds",
    "Bytes",
    "Kilobytes",
    "Megabytes",
    "Gigabytes",
    "Terabytes",
    "Bits",
    "Kilobits",
    "Megabits",
    "Gigabits",
    "Terabits",
    "Percent",
    "Count",
    "Bytes/Second",
    "Kilobytes/Second",
    "Megabytes/Second",
    "Gigabytes/Second",
    "Terabytes/Second",
    "Bits/Second",
    "Kilobits/Second",
    "Megabits/Second",
    "Gigabits/Second",
    "Terabits/Second",
    "Count/Second",
    "None",
];

/// The values of one metric in a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The metric.
    pub metric: MetricKey,
    /// Its values.
    pub values: Vec<f64>,
    /// When they were, in epoch milliseconds.
    pub at_ms: u64,
}

/// Why a line is no document of the format.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the metrics of a log line cannot be read: {0}")]
pub struct InvalidDocument(String);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata {
    timestamp: u64,
    cloud_watch_metrics: Vec<Directive>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Directive {
    namespace: String,
    dimensions: Vec<Vec<String>>,
    metrics: Vec<Definition>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Definition {
    name: String,
    unit: Option<String>,
    storage_resolution: Option<u64>,
}

/// Whether a line can be a document of the format: cheap, for who has many lines that are not.
#[must_use]
pub fn may_be(line: &str) -> bool {
    line.starts_with('{') && line.contains("\"_aws\"")
}

/// The metrics of a log line: none, if it is not of the format.
///
/// # Errors
/// Says what is wrong with a document that has `_aws`.
pub fn read(line: &str) -> Result<Vec<Reading>, InvalidDocument> {
    if !may_be(line) {
        return Ok(Vec::new());
    }
    let Ok(Value::Object(mut root)) = serde_json::from_str(line) else {
        return Ok(Vec::new());
    };
    let Some(metadata) = root.remove("_aws") else {
        return Ok(Vec::new());
    };
    let metadata: Metadata = serde_json::from_value(metadata)
        .map_err(|error| InvalidDocument(format!("_aws: {error}")))?;
    let mut readings = Vec::new();
    for directive in &metadata.cloud_watch_metrics {
        directive.read(&root, metadata.timestamp, &mut readings)?;
    }
    Ok(readings)
}

impl Directive {
    fn read(
        &self,
        root: &Map<String, Value>,
        at_ms: u64,
        readings: &mut Vec<Reading>,
    ) -> Result<(), InvalidDocument> {
        within("Namespace", &self.namespace, NAMESPACE_LENGTH)?;
        if self.dimensions.is_empty() {
            return Err(invalid("Dimensions", "must have a set, if an empty one"));
        }
        if self.metrics.len() > METRICS_IN_A_DIRECTIVE {
            return Err(invalid("Metrics", "more than 100 in one directive"));
        }
        let sets = self.dimensions.iter().map(|set| dimensions(set, root));
        let sets = sets.collect::<Result<Vec<_>, _>>()?;
        for definition in &self.metrics {
            let values = definition.values(root)?;
            readings.extend(sets.iter().map(|dimensions| Reading {
                metric: MetricKey {
                    namespace: self.namespace.clone(),
                    name: definition.name.clone(),
                    dimensions: dimensions.clone(),
                },
                values: values.clone(),
                at_ms,
            }));
        }
        Ok(())
    }
}

impl Definition {
    fn values(&self, root: &Map<String, Value>) -> Result<Vec<f64>, InvalidDocument> {
        let name = self.name.as_str();
        within("Name", name, METRIC_NAME_LENGTH)?;
        if let Some(unit) = self.unit.as_deref().filter(|unit| !UNITS.contains(unit)) {
            return Err(invalid(name, &format!("there is no unit `{unit}`")));
        }
        if self
            .storage_resolution
            .is_some_and(|seconds| seconds != 1 && seconds != 60)
        {
            return Err(invalid(name, "StorageResolution must be 1 or 60"));
        }
        let number = |value: &Value| value.as_f64();
        let values = match root.get(name) {
            Some(Value::Array(values)) if values.len() <= VALUES_OF_A_METRIC => {
                values.iter().map(number).collect()
            }
            Some(Value::Array(_)) => return Err(invalid(name, "more than 100 values")),
            Some(value) => number(value).map(|value| vec![value]),
            None => None,
        };
        values.ok_or_else(|| invalid(name, "has no number at the root of the line"))
    }
}

fn dimensions(
    set: &[String],
    root: &Map<String, Value>,
) -> Result<BTreeMap<String, String>, InvalidDocument> {
    if set.len() > DIMENSIONS_IN_A_SET {
        return Err(invalid("Dimensions", "more than 30 in one set"));
    }
    set.iter()
        .map(|name| {
            within("Dimensions", name, DIMENSION_NAME_LENGTH)?;
            let value = root.get(name).and_then(Value::as_str);
            let value =
                value.ok_or_else(|| invalid(name, "has no text at the root of the line"))?;
            within(name, value, DIMENSION_VALUE_LENGTH)?;
            Ok((name.clone(), value.to_owned()))
        })
        .collect()
}

fn within(what: &str, text: &str, most: usize) -> Result<(), InvalidDocument> {
    if (1..=most).contains(&text.chars().count()) {
        return Ok(());
    }
    Err(invalid(what, &format!("must have 1 to {most} characters")))
}

fn invalid(what: &str, problem: &str) -> InvalidDocument {
    InvalidDocument(format!("{what}: {problem}"))
}

impl Metrics {
    /// Takes the metrics of a log line, if it has any.
    ///
    /// # Errors
    /// Says what is wrong with a document that has `_aws`.
    pub fn ingest(&self, line: &str) -> Result<(), InvalidDocument> {
        for Reading {
            metric,
            values,
            at_ms,
        } in read(line)?
        {
            let series = self.of(metric);
            for value in values {
                series.add_at(at_ms, value);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Value {
        json!({
            "_aws": {
                "Timestamp": 1_742_085_982_306_u64,
                "CloudWatchMetrics": [{
                    "Namespace": "Tidegate",
                    "Dimensions": [["Stack"], ["Stack", "Route"]],
                    "Metrics": [{"Name": "Frames", "Unit": "Count"}],
                }],
            },
            "Stack": "tidegate/dev", "Route": "publish", "Frames": [1, 2.5], "outcome": "ok",
        })
    }

    #[test]
    fn each_set_of_dimensions_is_a_metric_of_its_own() {
        let readings = read(&document().to_string()).unwrap();
        let by_stack = Metrics::key("Tidegate", "Frames", &[("Stack", "tidegate/dev")]);
        let by_route = Metrics::key(
            "Tidegate",
            "Frames",
            &[("Stack", "tidegate/dev"), ("Route", "publish")],
        );
        let reading = |metric| Reading {
            metric,
            values: vec![1.0, 2.5],
            at_ms: 1_742_085_982_306,
        };
        assert_eq!(readings, [reading(by_stack), reading(by_route)]);
    }

    #[test]
    fn any_other_line_has_no_metrics() {
        for line in [
            "",
            "hello",
            "{}",
            "{\"_aws\"",
            r#"["_aws"]"#,
            r#"{"a":"\"_aws\""}"#,
        ] {
            assert_eq!(read(line), Ok(Vec::new()), "{line}");
        }
    }

    #[test]
    fn what_cloudwatch_would_not_take_is_said() {
        let directive = "/_aws/CloudWatchMetrics/0";
        let names: Vec<Value> = (0..101)
            .map(|at| json!({"Name": format!("m{at}")}))
            .collect();
        let set: Vec<String> = (0..31).map(|at| format!("d{at}")).collect();
        let cases = [
            ("/_aws/Timestamp", json!("now"), "_aws: "),
            ("/_aws/CloudWatchMetrics", json!(null), "_aws: "),
            (&format!("{directive}/Namespace"), json!(""), "Namespace: "),
            (
                &format!("{directive}/Dimensions"),
                json!([]),
                "Dimensions: ",
            ),
            (
                &format!("{directive}/Dimensions"),
                json!([set]),
                "more than 30",
            ),
            (
                &format!("{directive}/Dimensions/0/0"),
                json!("Nobody"),
                "Nobody: has no text",
            ),
            (
                &format!("{directive}/Metrics"),
                json!(names),
                "more than 100",
            ),
            (
                &format!("{directive}/Metrics/0/Unit"),
                json!("Frames"),
                "no unit `Frames`",
            ),
            (
                &format!("{directive}/Metrics/0/StorageResolution"),
                json!(5),
                "StorageResolution",
            ),
            ("/Frames", json!("one"), "Frames: has no number"),
            ("/Frames", json!([1, "two"]), "Frames: has no number"),
            ("/Frames", json!(vec![1; 101]), "more than 100 values"),
            ("/Stack", json!(""), "Stack: must have 1 to 1024"),
            ("/Stack", json!(7), "Stack: has no text"),
        ];
        for (pointer, value, problem) in cases {
            let mut document = document();
            match document.pointer_mut(pointer) {
                Some(place) => *place = value,
                None => {
                    document["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["StorageResolution"] =
                        value;
                }
            }
            let error = read(&document.to_string()).unwrap_err().to_string();
            assert!(error.contains(problem), "{pointer}: {error}");
        }
    }
}
