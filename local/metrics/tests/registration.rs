//! What the cloud takes of CloudWatch and SNS, and what it refuses.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

mod support;

use serde_json::{Value, json};
use support::{cloud, create, metric_alarm};

const METRIC_ALARM: &str = "aws:cloudwatch/metricAlarm:MetricAlarm";
const COMPOSITE_ALARM: &str = "aws:cloudwatch/compositeAlarm:CompositeAlarm";
const DASHBOARD: &str = "aws:cloudwatch/dashboard:Dashboard";
const ROLE: &str = "aws:iam/role:Role";

fn right() -> Value {
    metric_alarm(&json!({
        "statistic": "Sum", "threshold": 1, "comparisonOperator": "GreaterThanThreshold",
        "evaluationPeriods": 3, "alarmActions": ["arn:aws:sns:eu-central-1:000000000000:alarms"],
        "alarmDescription": "what to do", "tags": {"a": "b"},
    }))
}

fn refused(type_token: &str, inputs: &Value) -> String {
    create(&mut cloud(), type_token, inputs)
        .unwrap_err()
        .to_string()
}

#[test]
fn an_alarm_has_an_arn_and_a_name() {
    let created = create(&mut cloud(), METRIC_ALARM, &right()).unwrap();
    assert_eq!(created.id, "alarm");
    let arn = "arn:aws:cloudwatch:eu-central-1:000000000000:alarm:alarm";
    assert_eq!(created.outputs["arn"], arn);
}

#[test]
fn an_alarm_that_cannot_be_judged_is_refused_by_what_is_wrong() {
    for (property, value, problem) in [
        ("evaluationPeriods", json!(0), "at least 1"),
        ("datapointsToAlarm", json!(4), "from 1 to evaluationPeriods"),
        ("threshold", json!(null), "either a threshold"),
        (
            "comparisonOperator",
            json!("GreaterThanUpperThreshold"),
            "does not go with a threshold",
        ),
        ("treatMissingData", json!("maybe"), "`maybe` is none of"),
        (
            "evaluateLowSampleCountPercentiles",
            json!("ignore"),
            "only `evaluate`",
        ),
        ("statistic", json!("tm99"), "`tm99` is not emulated"),
        (
            "statistic",
            json!(null),
            "either statistic or extendedStatistic",
        ),
        (
            "extendedStatistic",
            json!("p99"),
            "either statistic or extendedStatistic",
        ),
        ("period", json!(30), "multiple of 60"),
        ("period", json!(null), "multiple of 60"),
        ("namespace", json!(null), "`namespace`: a metric needs one"),
        ("metricName", json!(""), "`metricName`: a metric needs one"),
        ("evaluationPeriods", json!(1441), "a day at the most"),
        ("unit", json!("Count"), "`unit` is not emulated"),
        (
            "thresholdMetricId",
            json!("band"),
            "does not go with an anomaly band",
        ),
    ] {
        let mut inputs = right();
        inputs[property] = value;
        let refusal = refused(METRIC_ALARM, &inputs);
        assert!(refusal.contains(problem), "{property}: {refusal}");
    }
}

#[test]
fn metric_math_that_leads_nowhere_is_refused() {
    let metric = |id: &str, period: u64| json!({"id": id, "metric": {"namespace": "T", "metricName": id, "period": period, "stat": "Sum"}});
    let returned = |id: &str, text: &str| json!({"id": id, "expression": text, "returnData": true});
    let mut many: Vec<Value> = (0..11).map(|at| metric(&format!("m{at}"), 60)).collect();
    many.push(returned("a", "m0"));
    for (queries, problem) in [
        (json!([metric("m", 60)]), "exactly one query"),
        (
            json!([metric("m", 60), returned("a", "m"), returned("b", "m")]),
            "exactly one query",
        ),
        (
            json!([metric("m", 60), metric("n", 300), returned("a", "m + n")]),
            "the same period",
        ),
        (
            json!([metric("m", 60), returned("a", "m + n")]),
            "`a` names `n`",
        ),
        (
            json!([metric("m", 60), returned("a", "a + m")]),
            "`a` is made of itself",
        ),
        (
            json!([metric("m", 60), metric("m", 60), returned("a", "m")]),
            "two queries `m`",
        ),
        (
            json!([metric("m", 60), returned("a", "1 + 1")]),
            "`a` is returned, and is not one series",
        ),
        (
            json!([metric("m", 60), returned("a", "METRICS()")]),
            "`a` is returned",
        ),
        (
            json!([metric("M", 60), returned("a", "m")]),
            "must begin with a small letter",
        ),
        (
            json!([metric("m", 60), returned("a", "SEARCH('x', 'Sum')")]),
            "there is no SEARCH",
        ),
        (
            json!([{"id": "m", "returnData": true}]),
            "either an expression or a metric",
        ),
        (Value::from(many), "1 to 10 metrics"),
    ] {
        let inputs = json!({
            "name": "math", "threshold": 1, "comparisonOperator": "GreaterThanThreshold",
            "evaluationPeriods": 1, "metricQueries": queries,
        });
        let refusal = refused(METRIC_ALARM, &inputs);
        assert!(refusal.contains(problem), "{queries}: {refusal}");
    }
}

#[test]
fn a_composite_alarm_names_alarms_that_are_there() {
    let mut cloud = cloud();
    create(&mut cloud, METRIC_ALARM, &right()).unwrap();
    let inputs = |name: &str, rule: &str| json!({"alarmName": name, "alarmRule": rule});
    create(&mut cloud, COMPOSITE_ALARM, &inputs("all", "ALARM(alarm)")).unwrap();
    for (name, rule, problem) in [
        ("other", "ALARM(nobody)", "there is no alarm `nobody` yet"),
        ("all", "ALARM(alarm)", "there is an alarm `all` already"),
        ("other", "AT_LEAST(1, ALARM, (alarm))", "is not emulated"),
    ] {
        let refusal = create(&mut cloud, COMPOSITE_ALARM, &inputs(name, rule)).unwrap_err();
        assert!(refusal.to_string().contains(problem), "{rule}: {refusal}");
    }
}

#[test]
fn a_dashboard_is_kept_if_it_is_one() {
    let mut cloud = cloud();
    let inputs = |body: &str| json!({"dashboardName": "tidegate-dev", "dashboardBody": body});
    let body = r#"{"widgets":[{"type":"text","properties":{"markdown":"hello"}}]}"#;
    create(&mut cloud, DASHBOARD, &inputs(body)).unwrap();
    let kept = &cloud.system().dashboards["tidegate-dev"];
    assert_eq!(kept["widgets"][0]["properties"]["markdown"], "hello");
    for (body, problem) in [
        ("{", "not JSON"),
        ("{}", "no list `widgets`"),
        (r#"{"widgets":[{"type":"text"}]}"#, "/widgets/0"),
    ] {
        let refusal = refused(DASHBOARD, &inputs(body));
        assert!(refusal.contains(problem), "{body}: {refusal}");
    }
}

#[test]
fn a_subscription_needs_its_topic_and_is_noted_without_its_address() {
    let mut cloud = cloud();
    let topic = create(
        &mut cloud,
        "aws:sns/topic:Topic",
        &json!({"name": "alarms"}),
    )
    .unwrap();
    assert_eq!(topic.id, "arn:aws:sns:eu-central-1:000000000000:alarms");
    let policy = json!({"arn": topic.id, "policy": r#"{"Statement":[{"Effect":"Allow"}]}"#});
    create(&mut cloud, "aws:sns/topicPolicy:TopicPolicy", &policy).unwrap();
    let subscription = "aws:sns/topicSubscription:TopicSubscription";
    let mut inputs = json!({"topic": topic.id, "protocol": "email", "endpoint": "me@example.test"});
    create(&mut cloud, subscription, &inputs).unwrap();
    let notes = cloud.system().notes();
    assert_eq!(notes.len(), 1);
    assert!(
        notes[0].contains("the topic alarms has a subscription (email)"),
        "{notes:?}"
    );
    assert!(!notes[0].contains("example.test"));
    for (property, value, problem) in [
        (
            "topic",
            "arn:aws:sns:eu-central-1:000000000000:other",
            "there is no topic",
        ),
        ("endpoint", "nobody", "Email address"),
        ("protocol", "pigeon", "must be one of"),
    ] {
        let kept = inputs[property].clone();
        inputs[property] = json!(value);
        let refusal = create(&mut cloud, subscription, &inputs).unwrap_err();
        assert!(
            refusal.to_string().contains(problem),
            "{property}: {refusal}"
        );
        inputs[property] = kept;
    }
}

#[test]
fn the_account_has_a_role_that_is_there() {
    let mut cloud = cloud();
    let account = "aws:apigateway/account:Account";
    let attachment = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";
    let arn = "arn:aws:iam::000000000000:role/logs";
    let inputs = json!({"cloudwatchRoleArn": arn});
    let refusal = create(&mut cloud, account, &inputs).unwrap_err();
    assert!(
        refusal.to_string().contains("there is no role"),
        "{refusal}"
    );
    let role = json!({"name": "logs", "assumeRolePolicy": r#"{"Statement":[{"Effect":"Allow"}]}"#});
    create(&mut cloud, ROLE, &role).unwrap();
    create(&mut cloud, account, &inputs).unwrap();
    let policy = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs";
    let attached = json!({"role": "logs", "policyArn": policy});
    create(&mut cloud, attachment, &attached).unwrap();
    let nobody = json!({"role": "nobody", "policyArn": policy});
    let refusal = create(&mut cloud, attachment, &nobody).unwrap_err();
    assert!(refusal.to_string().contains("NoSuchEntity"), "{refusal}");
}

#[test]
fn a_metric_that_is_not_made_here_is_noted() {
    let mut cloud = cloud();
    let mut inputs = right();
    inputs["namespace"] = json!("AWS/DynamoDB");
    create(&mut cloud, METRIC_ALARM, &inputs).unwrap();
    let notes = cloud.system().notes();
    assert!(notes[0].contains("AWS/DynamoDB"), "{notes:?}");
}
