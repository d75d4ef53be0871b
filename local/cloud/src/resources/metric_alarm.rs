//! `aws:cloudwatch/metricAlarm:MetricAlarm`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::json;

use crate::alarms::{
    Comparison, EXTRA_PERIODS, Expression, KEPT_MINUTES, MetricAlarm, MetricKey, MetricStatistic,
    MissingData, Query, Statistic, Watched,
};
use crate::cloud::{Cloud, Created, NewResource, name_or_auto};
use crate::error::Refusal;
use crate::inputs::read;

/// Actions are listed among the notes; nothing is sent from this machine.
const INERT: [&str; 6] = [
    "actionsEnabled",
    "alarmActions",
    "alarmDescription",
    "insufficientDataActions",
    "okActions",
    "tags",
];
/// Periods are whole minutes here, and at the most a day altogether, as CloudWatch has it for periods below an hour.
const DAY_S: u64 = 24 * 60 * 60;
/// A CloudWatch quota.
const METRICS_OF_AN_ALARM: usize = 10;
/// What stands for a metric whose data this machine makes.
const SERVICES: [&str; 4] = ["AWS/ApiGateway", "AWS/Events", "AWS/Lambda", "AWS/SQS"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    name: Option<String>,
    comparison_operator: Option<String>,
    evaluation_periods: Option<usize>,
    datapoints_to_alarm: Option<usize>,
    threshold: Option<f64>,
    threshold_metric_id: Option<String>,
    treat_missing_data: Option<String>,
    evaluate_low_sample_count_percentiles: Option<String>,
    namespace: Option<String>,
    metric_name: Option<String>,
    #[serde(default)]
    dimensions: BTreeMap<String, String>,
    period: Option<u64>,
    statistic: Option<String>,
    extended_statistic: Option<String>,
    #[serde(default)]
    metric_queries: Vec<QueryInputs>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct QueryInputs {
    id: String,
    expression: Option<String>,
    metric: Option<MetricInputs>,
    /// Only dashboards show it.
    #[serde(rename = "label")]
    _label: Option<String>,
    period: Option<u64>,
    return_data: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MetricInputs {
    namespace: Option<String>,
    metric_name: String,
    #[serde(default)]
    dimensions: BTreeMap<String, String>,
    period: u64,
    stat: String,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let inputs: Inputs = read(new.inputs, &INERT)?;
    let name = name_or_auto(inputs.name.clone(), new);
    let alarm = alarm(name.clone(), inputs)?;
    cloud.notes.extend(notes(&alarm));
    if cloud.alarms.metric.contains_key(&name) {
        let problem = format!("there is an alarm `{name}` already");
        return Err(Refusal::value("name", problem));
    }
    cloud.alarms.metric.insert(name.clone(), alarm);
    let arn = cloud.arn("cloudwatch", &format!("alarm:{name}"));
    let evaluate = new.inputs.get("evaluateLowSampleCountPercentiles").cloned();
    Ok(Created::new(
        name.clone(),
        new.inputs,
        [
            ("name", json!(name)),
            ("arn", json!(arn)),
            (
                "evaluateLowSampleCountPercentiles",
                evaluate.unwrap_or_else(|| json!("")),
            ),
        ],
    ))
}

fn alarm(name: String, inputs: Inputs) -> Result<MetricAlarm, Refusal> {
    let evaluation_periods = inputs.evaluation_periods.unwrap_or(0);
    if evaluation_periods == 0 {
        return Err(Refusal::value("evaluationPeriods", "must be at least 1"));
    }
    let datapoints_to_alarm = inputs.datapoints_to_alarm.unwrap_or(evaluation_periods);
    if !(1..=evaluation_periods).contains(&datapoints_to_alarm) {
        let problem = format!("must be from 1 to evaluationPeriods, {evaluation_periods}");
        return Err(Refusal::value("datapointsToAlarm", problem));
    }
    if inputs
        .evaluate_low_sample_count_percentiles
        .as_deref()
        .is_some_and(|value| value != "evaluate" && !value.is_empty())
    {
        return Err(Refusal::value(
            "evaluateLowSampleCountPercentiles",
            "only `evaluate`, the default, is emulated",
        ));
    }
    let missing_data = missing_data(inputs.treat_missing_data.as_deref())?;
    let operator = inputs.comparison_operator.as_deref();
    let is_band = inputs.threshold_metric_id.is_some();
    let comparison = comparison(operator, is_band)?;
    let threshold = match inputs.threshold {
        Some(threshold) if !is_band => threshold,
        None if is_band => 0.0,
        _ => {
            let problem =
                "an alarm has either a threshold or, for an anomaly band, thresholdMetricId";
            return Err(Refusal::value("threshold", problem));
        }
    };
    let (watched, period_s) = watched(inputs, is_band)?;
    if period_s == 0 || period_s % 60 != 0 {
        let problem = "must be a multiple of 60 seconds; periods of 10, 20 and 30 are not emulated";
        return Err(Refusal::value("period", problem));
    }
    let looks_back = u64::try_from(evaluation_periods)
        .unwrap_or(u64::MAX)
        .saturating_mul(period_s);
    if period_s < 3600 && looks_back > DAY_S {
        let problem =
            "evaluationPeriods times period must be a day at the most (a CloudWatch quota)";
        return Err(Refusal::value("evaluationPeriods", problem));
    }
    Ok(MetricAlarm {
        name,
        watched,
        period_s,
        evaluation_periods,
        datapoints_to_alarm,
        comparison,
        threshold,
        missing_data,
    })
}

fn missing_data(text: Option<&str>) -> Result<MissingData, Refusal> {
    match text {
        None | Some("missing") => Ok(MissingData::Missing),
        Some("ignore") => Ok(MissingData::Ignore),
        Some("breaching") => Ok(MissingData::Breaching),
        Some("notBreaching") => Ok(MissingData::NotBreaching),
        Some(other) => Err(Refusal::value(
            "treatMissingData",
            format!("`{other}` is none of missing, ignore, breaching and notBreaching"),
        )),
    }
}

fn comparison(text: Option<&str>, is_band: bool) -> Result<Comparison, Refusal> {
    match text {
        Some("GreaterThanThreshold") if !is_band => Ok(Comparison::Greater),
        Some("GreaterThanOrEqualToThreshold") if !is_band => Ok(Comparison::GreaterOrEqual),
        Some("LessThanThreshold") if !is_band => Ok(Comparison::Less),
        Some("LessThanOrEqualToThreshold") if !is_band => Ok(Comparison::LessOrEqual),
        Some("GreaterThanUpperThreshold" | "LessThanLowerOrGreaterThanUpperThreshold")
            if is_band =>
        {
            Ok(Comparison::Greater)
        }
        Some("LessThanLowerThreshold") if is_band => Ok(Comparison::Less),
        other => {
            let problem = format!(
                "`{}` does not go with {}",
                other.unwrap_or_default(),
                if is_band {
                    "an anomaly band"
                } else {
                    "a threshold"
                }
            );
            Err(Refusal::value("comparisonOperator", problem))
        }
    }
}

/// What is watched, and the period.
fn watched(inputs: Inputs, is_band: bool) -> Result<(Watched, u64), Refusal> {
    if !inputs.metric_queries.is_empty() {
        if inputs.metric_name.is_some() {
            let problem = "an alarm has either metricQueries or metricName";
            return Err(Refusal::value("metricQueries", problem));
        }
        return math(inputs.metric_queries, inputs.threshold_metric_id.as_deref());
    }
    if is_band {
        let problem = "names no query: an anomaly band is one of metricQueries";
        return Err(Refusal::value("thresholdMetricId", problem));
    }
    let statistic = match (inputs.statistic, inputs.extended_statistic) {
        (Some(statistic), None) | (None, Some(statistic)) => statistic,
        _ => {
            let problem = "an alarm of one metric has either statistic or extendedStatistic";
            return Err(Refusal::value("statistic", problem));
        }
    };
    let metric = MetricInputs {
        namespace: inputs.namespace,
        metric_name: inputs.metric_name.unwrap_or_default(),
        dimensions: inputs.dimensions,
        period: inputs.period.unwrap_or(0),
        stat: statistic,
    };
    let period_s = metric.period;
    Ok((Watched::Metric(metric.read()?), period_s))
}

impl MetricInputs {
    fn read(self) -> Result<MetricStatistic, Refusal> {
        let namespace = self.namespace.filter(|namespace| !namespace.is_empty());
        let named = |named: Option<String>, property: &str| {
            named.ok_or_else(|| Refusal::value(property, "a metric needs one"))
        };
        let name = (!self.metric_name.is_empty()).then_some(self.metric_name);
        let statistic: Statistic = self
            .stat
            .parse()
            .map_err(|error| Refusal::value("statistic", format!("{error}")))?;
        Ok(MetricStatistic {
            metric: MetricKey {
                namespace: named(namespace, "namespace")?,
                name: named(name, "metricName")?,
                dimensions: self.dimensions,
            },
            statistic,
        })
    }
}

fn math(all: Vec<QueryInputs>, threshold_id: Option<&str>) -> Result<(Watched, u64), Refusal> {
    let refuse = |problem: String| Refusal::value("metricQueries", problem);
    let mut periods = BTreeSet::new();
    let mut queries = BTreeMap::new();
    let mut returned = Vec::new();
    let mut band = None;
    for query in all {
        let QueryInputs {
            id,
            expression,
            metric,
            period,
            return_data,
            ..
        } = query;
        if !id.starts_with(|c: char| c.is_ascii_lowercase()) {
            return Err(refuse(format!(
                "the id `{id}` must begin with a small letter"
            )));
        }
        periods.extend(metric.as_ref().map(|metric| metric.period).or(period));
        let read = match (expression, metric) {
            (Some(text), None) if Expression::is_anomaly_band(&text) => {
                band = Some(id);
                continue;
            }
            (Some(text), None) => Query::Expression(
                Expression::parse(&text).map_err(|error| refuse(error.to_string()))?,
            ),
            (None, Some(metric)) => Query::Metric(metric.read()?),
            _ => {
                return Err(refuse(format!(
                    "`{id}` must have either an expression or a metric"
                )));
            }
        };
        if return_data == Some(true) {
            returned.push(id.clone());
        }
        if queries.insert(id.clone(), read).is_some() {
            return Err(refuse(format!("there are two queries `{id}`")));
        }
    }
    let mut periods = periods.into_iter();
    let (Some(period_s), None) = (periods.next(), periods.next()) else {
        return Err(refuse("all metrics must have the same period".to_owned()));
    };
    if let Some(threshold_id) = threshold_id {
        return if band.as_deref() == Some(threshold_id) {
            Ok((Watched::AnomalyBand, period_s))
        } else {
            let problem = format!("`{threshold_id}` is no query with ANOMALY_DETECTION_BAND");
            Err(Refusal::value("thresholdMetricId", problem))
        };
    }
    if let Some(band) = band {
        return Err(refuse(format!(
            "`{band}` is a band, so thresholdMetricId must name it"
        )));
    }
    let [returned] = <[String; 1]>::try_from(returned)
        .map_err(|_| refuse("exactly one query must have returnData".to_owned()))?;
    check(&queries, &returned).map_err(refuse)?;
    Ok((Watched::Math { queries, returned }, period_s))
}

/// Checks that what is returned is made of metrics, and of nothing that is made of itself.
fn check(queries: &BTreeMap<String, Query>, returned: &str) -> Result<(), String> {
    let is_metric = |query: &&Query| matches!(query, Query::Metric(_));
    let metrics = queries.values().filter(is_metric).count();
    if !(1..=METRICS_OF_AN_ALARM).contains(&metrics) {
        return Err(format!(
            "an alarm is made of 1 to {METRICS_OF_AN_ALARM} metrics, and this one of {metrics}"
        ));
    }
    for (id, query) in queries {
        if let Query::Expression(expression) = query {
            for named in expression.ids() {
                if !queries.contains_key(named) {
                    return Err(format!(
                        "`{id}` names `{named}`, and there is no such query"
                    ));
                }
            }
        }
    }
    // What is left after everything that stands only on what was taken before is a circle.
    let mut known: BTreeSet<&str> = BTreeSet::new();
    loop {
        let next = queries.iter().find(|(id, query)| {
            !known.contains(id.as_str())
                && match query {
                    Query::Metric(_) => true,
                    Query::Expression(expression) => {
                        expression.ids().iter().all(|id| known.contains(id))
                    }
                }
        });
        match next {
            Some((id, _)) => known.insert(id),
            None => break,
        };
    }
    if let Some(id) = queries.keys().find(|id| !known.contains(id.as_str())) {
        return Err(format!("`{id}` is made of itself"));
    }
    match queries.get(returned) {
        Some(Query::Expression(expression)) if !expression.is_series() => Err(format!(
            "`{returned}` is returned, and is not one series: {}",
            "an alarm watches a metric, or an expression of some"
        )),
        _ => Ok(()),
    }
}

/// Said of an alarm that would need older values than there are.
fn short_memory(alarm: &MetricAlarm) -> Option<String> {
    let periods = alarm.evaluation_periods.saturating_add(EXTRA_PERIODS);
    let periods = u64::try_from(periods).unwrap_or(u64::MAX);
    let minutes = periods.saturating_mul(alarm.period_s / 60);
    (minutes > KEPT_MINUTES).then(|| {
        format!(
            "the alarm {} looks back further than metrics are kept here ({KEPT_MINUTES} minutes): it judges by those",
            alarm.name
        )
    })
}

/// What an alarm does not do here.
fn notes(alarm: &MetricAlarm) -> Vec<String> {
    let name = &alarm.name;
    let metrics: Vec<&MetricStatistic> = match &alarm.watched {
        Watched::Metric(metric) => vec![metric],
        Watched::Math { queries, .. } => queries
            .values()
            .filter_map(|query| match query {
                Query::Metric(metric) => Some(metric),
                Query::Expression(_) => None,
            })
            .collect(),
        Watched::AnomalyBand => {
            return vec![format!(
                "the alarm {name} compares with an anomaly band, which CloudWatch learns over weeks: here it stays in \
                 INSUFFICIENT_DATA"
            )];
        }
    };
    let namespaces: BTreeSet<&str> = metrics
        .iter()
        .map(|metric| metric.metric.namespace.as_str())
        .filter(|namespace| namespace.starts_with("AWS/") && !SERVICES.contains(namespace))
        .collect();
    let unmade = namespaces.into_iter().map(|namespace| {
        format!("the alarm {name} watches {namespace}, of which there are no metrics here: it sees no data")
    });
    unmade.chain(short_memory(alarm)).collect()
}
