//! Alarms from their registration to their state, minute by minute, on a virtual clock.

mod support;

use serde_json::json;
use support::{Stack, metric_alarm};
use tidegate_local_cloud::alarms::AlarmState::{Alarm, InsufficientData, Ok};
use tidegate_local_metrics::{Evaluator, KEPT_MINUTES};

#[test]
fn an_alarm_over_a_sum_goes_off_and_comes_back() {
    let mut stack = Stack::with(&metric_alarm(&json!({
        "statistic": "Sum", "threshold": 2, "comparisonOperator": "GreaterThanOrEqualToThreshold",
        "evaluationPeriods": 3, "datapointsToAlarm": 2, "treatMissingData": "notBreaching",
    })));
    assert_eq!(stack.state("alarm"), InsufficientData);
    let mut states = Vec::new();
    for errors in [0, 2, 0, 3, 0, 0, 0] {
        stack.put("FrameErrors", f64::from(errors));
        stack.minute();
        states.push(stack.state("alarm"));
    }
    assert_eq!(states, [Ok, Ok, Ok, Alarm, Ok, Ok, Ok]);
}

#[test]
fn each_change_is_told_once_with_the_values_that_made_it() {
    let mut stack = Stack::with(&metric_alarm(&json!({
        "statistic": "Average", "threshold": 0.5, "comparisonOperator": "GreaterThanThreshold",
        "evaluationPeriods": 1,
    })));
    for value in [0.0, 1.0, 1.0] {
        stack.put("FrameErrors", value);
    }
    let changes = stack.minute();
    assert_eq!(changes.len(), 1);
    assert_eq!((changes[0].from, changes[0].to), (InsufficientData, Alarm));
    assert_eq!(
        changes[0].reason,
        "last 0.667 (1 of 1 periods of 60 s > 0.5)"
    );
    stack.put("FrameErrors", 1.0);
    assert_eq!(stack.minute(), []);
}

#[test]
fn a_percentile_is_looked_at_over_its_whole_period() {
    let mut stack = Stack::with(&metric_alarm(&json!({
        "extendedStatistic": "p99", "statistic": null, "threshold": 500, "period": 300,
        "comparisonOperator": "GreaterThanThreshold", "evaluationPeriods": 1,
    })));
    for minute in 0..5 {
        for _ in 0..20 {
            stack.put("FrameErrors", 10.0);
        }
        if minute == 2 {
            // Two of a hundred: the 99th percentile is one of them.
            stack.put("FrameErrors", 900.0);
            stack.put("FrameErrors", 900.0);
        }
        stack.minute();
    }
    assert_eq!(stack.state("alarm"), Alarm);
    for _ in 0..3 {
        stack.put("FrameErrors", 10.0);
        stack.minute();
    }
    assert_eq!(stack.state("alarm"), Ok);
}

#[test]
fn a_dead_man_goes_off_when_nothing_comes_any_more() {
    let mut stack = Stack::with(&metric_alarm(&json!({
        "statistic": "SampleCount", "threshold": 1, "comparisonOperator": "LessThanThreshold",
        "evaluationPeriods": 3, "treatMissingData": "breaching",
    })));
    for _ in 0..5 {
        stack.put("FrameErrors", 0.0);
        stack.minute();
    }
    assert_eq!(stack.state("alarm"), Ok);
    let silent = (1..=10).find(|_| {
        stack.minute();
        stack.state("alarm") == Alarm
    });
    // Three periods, and the two more that are looked at as long as they have data.
    assert_eq!(silent, Some(5));
}

#[test]
fn what_is_ignored_leaves_the_alarm_where_it_is() {
    let mut stack = Stack::with(&metric_alarm(&json!({
        "statistic": "Sum", "threshold": 0, "comparisonOperator": "GreaterThanThreshold",
        "evaluationPeriods": 1, "treatMissingData": "ignore",
    })));
    stack.put("FrameErrors", 1.0);
    stack.minute();
    for _ in 0..100 {
        stack.minute();
    }
    assert_eq!(stack.state("alarm"), Alarm);
}

#[test]
fn a_missing_metric_is_not_known_and_comes_to_be() {
    let mut stack = Stack::with(&metric_alarm(&json!({
        "statistic": "Sum", "threshold": 0, "comparisonOperator": "GreaterThanThreshold",
        "evaluationPeriods": 1,
    })));
    stack.put("FrameErrors", 0.0);
    stack.minute();
    assert_eq!(stack.state("alarm"), Ok);
    for _ in 0..4 {
        stack.minute();
    }
    assert_eq!(stack.state("alarm"), InsufficientData);
}

#[test]
fn dimensions_must_be_the_same_to_be_the_same_metric() {
    let mut stack = Stack::with(&metric_alarm(&json!({
        "statistic": "Sum", "threshold": 0, "comparisonOperator": "GreaterThanThreshold",
        "evaluationPeriods": 1,
    })));
    let dimensions = [("Stack", "tidegate/dev"), ("Route", "publish")];
    stack
        .metrics
        .put("Tidegate", "FrameErrors", &dimensions, 1.0);
    stack.metrics.put("Tidegate", "FrameErrors", &[], 1.0);
    stack.minute();
    assert_eq!(stack.state("alarm"), InsufficientData);
}

/// Errors in a hundred frames, as the program's alarm has it.
fn error_rate() -> serde_json::Value {
    let metric = |id: &str, name: &str| {
        json!({"id": id, "metric": {
            "namespace": "Tidegate", "metricName": name, "period": 60, "stat": "Sum",
            "dimensions": {"Stack": "tidegate/dev"},
        }})
    };
    json!({
        "name": "error-rate", "threshold": 5, "comparisonOperator": "GreaterThanThreshold",
        "evaluationPeriods": 3, "datapointsToAlarm": 2, "treatMissingData": "notBreaching",
        "metricQueries": [
            metric("errors", "FrameErrors"), metric("frames", "Frames"),
            {"id": "rate", "expression": "100 * errors / frames", "label": "%", "returnData": true},
        ],
    })
}

#[test]
fn a_ratio_is_judged_and_nothing_by_nothing_is_no_data() {
    let mut stack = Stack::with(&error_rate());
    for (errors, frames) in [(0, 0), (6, 100), (6, 100)] {
        stack.put("FrameErrors", f64::from(errors));
        stack.put("Frames", f64::from(frames));
        stack.minute();
    }
    assert_eq!(stack.state("error-rate"), Alarm);
    for _ in 0..2 {
        stack.put("FrameErrors", 5.0);
        stack.put("Frames", 100.0);
        stack.minute();
    }
    assert_eq!(stack.state("error-rate"), Ok);
}

#[test]
fn the_lines_of_functions_make_the_alarms_of_the_program_go_off() {
    let mut stack = Stack::with(&error_rate());
    for _ in 0..3 {
        let line = json!({
            "_aws": {"Timestamp": stack.now_ms(), "CloudWatchMetrics": [{
                "Namespace": "Tidegate", "Dimensions": [["Stack"], ["Stack", "Route"]],
                "Metrics": [{"Name": "Frames"}, {"Name": "FrameErrors"}],
            }]},
            "Stack": "tidegate/dev", "Route": "publish", "Frames": 1.0, "FrameErrors": 1.0,
        });
        stack.metrics.ingest(&line.to_string()).unwrap();
        stack.minute();
    }
    assert_eq!(stack.state("error-rate"), Alarm);
}

#[test]
fn a_composite_alarm_is_as_its_children_are_in_the_same_minute() {
    let mut stack = Stack::with(&metric_alarm(&json!({
        "statistic": "Sum", "threshold": 0, "comparisonOperator": "GreaterThanThreshold",
        "evaluationPeriods": 1,
    })));
    stack.register(
        "aws:cloudwatch/compositeAlarm:CompositeAlarm",
        &json!({"alarmName": "all", "alarmRule": "ALARM(alarm) OR INSUFFICIENT_DATA(alarm)"}),
    );
    stack.register(
        "aws:cloudwatch/compositeAlarm:CompositeAlarm",
        &json!({"alarmName": "quiet", "alarmRule": "NOT ALARM(all)"}),
    );
    stack.minute();
    assert_eq!((stack.state("all"), stack.state("quiet")), (Alarm, Ok));
    stack.put("FrameErrors", 0.0);
    stack.minute();
    assert_eq!((stack.state("all"), stack.state("quiet")), (Ok, Alarm));
    stack.put("FrameErrors", 1.0);
    let changes = stack.minute();
    let told: Vec<&str> = changes.iter().map(|change| change.alarm.as_str()).collect();
    assert_eq!(told, ["alarm", "all", "quiet"]);
    assert_eq!(changes[1].reason, "alarm is ALARM, alarm is ALARM");
}

#[test]
fn an_anomaly_band_stays_unknown_and_that_is_said() {
    let mut stack = Stack::with(&json!({
        "name": "band", "thresholdMetricId": "band", "comparisonOperator": "GreaterThanUpperThreshold",
        "evaluationPeriods": 1,
        "metricQueries": [
            {"id": "frames", "returnData": true, "metric": {
                "namespace": "Tidegate", "metricName": "Frames", "period": 60, "stat": "Sum",
            }},
            {"id": "band", "expression": "ANOMALY_DETECTION_BAND(frames, 2)", "returnData": true},
        ],
    }));
    stack.put("Frames", 1.0);
    assert_eq!(stack.minute(), []);
    assert_eq!(stack.state("band"), InsufficientData);
    let notes = stack.system().notes();
    assert!(
        notes[0].contains("the alarm band compares with an anomaly band"),
        "{notes:?}"
    );
}

#[test]
fn alarms_are_judged_once_a_minute_a_moment_after_it() {
    assert_eq!(Evaluator::next_ms(0), 62_000);
    assert_eq!(Evaluator::next_ms(61_999), 62_000);
    assert_eq!(Evaluator::next_ms(62_000), 122_000);
    assert_eq!(Evaluator::next_ms(62_001), 122_000);
}

#[test]
fn the_last_hours_are_enough_for_the_longest_alarm_that_is_not_noted() {
    let long = |periods: u64| {
        Stack::with(&metric_alarm(&json!({
            "statistic": "Sum", "threshold": 0, "comparisonOperator": "GreaterThanThreshold",
            "evaluationPeriods": periods,
        })))
        .system()
        .notes()
    };
    assert_eq!(long(KEPT_MINUTES - 2), [""; 0]);
    assert!(
        long(KEPT_MINUTES - 1)[0].contains("looks back further"),
        "{:?}",
        long(KEPT_MINUTES - 1)
    );
}
