//! CloudWatch: alarms and dashboards.

use serde_json::Value;

use crate::judge::{Given, Judge, field};
use crate::{Origin, Problem};

const ALARMS: Origin = Origin::Documented("CloudWatch API Reference, PutMetricAlarm");
const COMPOSITES: Origin = Origin::Documented("CloudWatch API Reference, PutCompositeAlarm");
const DASHBOARDS: Origin = Origin::Documented("CloudWatch, dashboard body structure and quotas");

const HOUR_S: f64 = 3_600.0;
const DAY_S: f64 = 86_400.0;
const SHORT_PERIODS_S: [f64; 3] = [10.0, 20.0, 30.0];

const MOST_METRICS_OF_AN_ALARM: usize = 10;
const MOST_WIDGETS: usize = 500;
const WIDTH: i64 = 24;

pub(super) fn metric_alarm(judge: &mut Judge<'_>) {
    if judge.is_given("evaluationCriteria") {
        // An alarm on a query, which has other properties.
        return;
    }
    judge.one_of(&["metricName", "metricQueries"], &ALARMS);
    judge.require("comparisonOperator", "for an alarm", &ALARMS);
    judge.require("evaluationPeriods", "for an alarm", &ALARMS);
    if judge.is_given("metricName") {
        judge.require("namespace", "with `metricName`", &ALARMS);
        judge.require("period", "with `metricName`", &ALARMS);
        judge.one_of(&["statistic", "extendedStatistic"], &ALARMS);
    }
    if judge.is_given("metricQueries") {
        for property in [
            "namespace",
            "period",
            "statistic",
            "extendedStatistic",
            "dimensions",
        ] {
            judge.exclude(property, "with `metricQueries`", &ALARMS);
        }
        queries(judge);
    }
    judge.one_of(&["threshold", "thresholdMetricId"], &ALARMS);
    let missing = ["breaching", "ignore", "missing", "notBreaching"];
    judge.value("treatMissingData", &missing, &ALARMS);
    let low_samples = ["evaluate", "ignore"];
    judge.value("evaluateLowSampleCountPercentiles", &low_samples, &ALARMS);
    let (of, among) = (
        judge.number("datapointsToAlarm"),
        judge.number("evaluationPeriods"),
    );
    if let (Some(of), Some(among)) = (of, among)
        && of > among
    {
        let problem = format!("must be at most `evaluationPeriods`, which is {among}");
        judge.object("datapointsToAlarm", problem, &ALARMS);
    }
    period(judge);
}

fn is_period(seconds: f64) -> bool {
    SHORT_PERIODS_S.contains(&seconds) || (seconds >= 60.0 && seconds % 60.0 == 0.0)
}

fn period(judge: &mut Judge<'_>) {
    let Some(period) = judge.number("period") else {
        return;
    };
    if !is_period(period) {
        let problem = "must be 10, 20, 30 or a multiple of 60";
        judge.object("period", problem, &ALARMS);
    }
    let window = judge
        .number("evaluationPeriods")
        .map(|periods| periods * period);
    let longest = if period < HOUR_S { DAY_S } else { 7.0 * DAY_S };
    if window.is_some_and(|window| window > longest) {
        let problem = format!("must come to at most {longest} s with `period`");
        judge.object("evaluationPeriods", problem, &ALARMS);
    }
}

fn queries(judge: &mut Judge<'_>) {
    let queries = judge.items("metricQueries");
    let returned = queries
        .iter()
        .filter(|query| field(query, "returnData") == Given::Known(&Value::Bool(true)))
        .count();
    let threshold = judge.is_given("thresholdMetricId");
    if returned != 1 && !threshold && !queries.is_empty() {
        let problem = "must have `returnData` in exactly one item";
        judge.object("metricQueries", problem, &ALARMS);
    }
    let metrics = queries
        .iter()
        .filter(|query| field(query, "metric") != Given::Absent);
    if metrics.count() > MOST_METRICS_OF_AN_ALARM {
        let problem = format!("must have at most {MOST_METRICS_OF_AN_ALARM} metrics");
        judge.object("metricQueries", problem, &ALARMS);
    }
    let mut ids = Vec::new();
    for (index, query) in queries.iter().enumerate() {
        let place = format!("metricQueries[{index}]");
        let both = ["metric", "expression"].map(|property| field(query, property));
        match both {
            [Given::Known(_), Given::Known(_)] | [Given::Absent, Given::Absent] => {
                judge.object(
                    &place,
                    "must have `metric` or `expression`, and not both",
                    &ALARMS,
                );
            }
            _ => {}
        }
        let id = field(query, "id").text().unwrap_or("a");
        if !id.starts_with(|c: char| c.is_ascii_lowercase()) {
            judge.object(
                format!("{place}.id"),
                "must begin with a small letter",
                &ALARMS,
            );
        }
        if ids.contains(&id) {
            judge.object(format!("{place}.id"), "must be there once", &ALARMS);
        }
        ids.push(id);
        let period = field(query, "metric");
        if let Given::Known(metric) = period
            && field(metric, "period")
                .number()
                .is_some_and(|period| !is_period(period))
        {
            let problem = "must be 10, 20, 30 or a multiple of 60";
            judge.object(format!("{place}.metric.period"), problem, &ALARMS);
        }
    }
}

pub(super) fn composite_alarm(judge: &mut Judge<'_>) {
    let rule = judge.text("alarmRule").unwrap_or("ALARM(x)");
    let functions = [
        "ALARM(",
        "OK(",
        "INSUFFICIENT_DATA(",
        "AT_LEAST(",
        "TRUE",
        "FALSE",
    ];
    if !functions.iter().any(|function| rule.contains(function)) {
        let problem = "must ask for the state of an alarm: `ALARM(\"name\")`";
        judge.object("alarmRule", problem, &COMPOSITES);
    }
    let depth = rule.chars().try_fold(0_i32, |depth, c| match c {
        '(' => Some(depth + 1),
        ')' if depth == 0 => None,
        ')' => Some(depth - 1),
        _ => Some(depth),
    });
    if depth != Some(0) {
        judge.object("alarmRule", "must close what it opens", &COMPOSITES);
    }
    if judge.is_given("actionsSuppressor") {
        for time in ["extensionPeriod", "waitPeriod"] {
            let place = format!("actionsSuppressor.{time}");
            judge.require(&place, "with a suppressor", &COMPOSITES);
        }
    }
}

pub(super) fn dashboard(judge: &mut Judge<'_>) {
    let place = "dashboardBody";
    let Some(body) = judge.document(place, &DASHBOARDS) else {
        return;
    };
    if !body.is_object() {
        judge.object(place, "must be a JSON object", &DASHBOARDS);
        return;
    }
    let widgets = body.get("widgets").and_then(Value::as_array);
    let widgets = widgets.map(Vec::as_slice).unwrap_or_default();
    if widgets.len() > MOST_WIDGETS {
        let problem = Problem::AtMost {
            most: 500.0,
            unit: "widgets",
        };
        judge.refuse(place, problem, &DASHBOARDS);
    }
    for (index, widget) in widgets.iter().enumerate() {
        let of = |name: &str| widget.get(name).and_then(Value::as_i64);
        let (x, width) = (of("x").unwrap_or_default(), of("width").unwrap_or(6));
        let fault = if widget.get("type").and_then(Value::as_str).is_none() {
            "have a `type`"
        } else if widget.get("properties").is_none() {
            "have `properties`"
        } else if x < 0 || width < 1 || x + width > WIDTH {
            "fit into 24 columns"
        } else {
            continue;
        };
        judge.object(
            place,
            format!("must {fault}, in widget {index}"),
            &DASHBOARDS,
        );
    }
}
