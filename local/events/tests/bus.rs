//! Events from callers, and what the rules' targets get of them.

mod support;

use serde_json::{Value, json};
use support::{KEY, NOW_MS, arn, served};
use tidegate_local_cloud::alarms::{MetricStatistic, Statistic};
use tidegate_local_metrics::Metrics;
use tidegate_test_events::fixture;

fn sold() -> Value {
    json!({"eventPattern": json!({"source": ["shop"], "detail-type": ["Order Sold"]}).to_string()})
}

fn entry() -> Value {
    json!({
        "Source": "shop", "DetailType": "Order Sold", "Detail": r#"{"order": 7, "room": "lobby"}"#,
        "Resources": ["arn:aws:s3:::orders"],
    })
}

#[tokio::test]
async fn an_event_reaches_the_rules_that_are_for_it_in_the_shape_that_aws_sends() {
    let other = json!({"eventPattern": r#"{"source": ["stock"]}"#});
    let off = json!({"eventPattern": r#"{"source": ["shop"]}"#, "state": "DISABLED"});
    let rules = [
        ("sold", sold(), json!({})),
        ("other", other, json!({})),
        ("off", off, json!({})),
    ];
    let served = served(&rules).await;
    let answer = served.put(json!([entry()])).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.body["FailedEntryCount"], 0);
    let id = &answer.body["Entries"][0]["EventId"];
    let mut expected = fixture("eventbridge-custom");
    expected["id"] = id.clone();
    assert_eq!(served.bodies().await, [expected]);

    let count = |rule, name| {
        let metric = MetricStatistic {
            metric: Metrics::key("AWS/Events", name, &[("RuleName", rule)]),
            statistic: Statistic::Sum,
        };
        served.metrics.values(&metric, NOW_MS + 60_000, 60, 1)[0]
    };
    assert_eq!(count("sold", "TriggeredRules"), Some(1.0));
    assert_eq!(count("sold", "Invocations"), Some(1.0));
    assert_eq!(count("other", "TriggeredRules"), None);
}

#[tokio::test]
async fn a_target_gets_what_it_asks_for_of_an_event() {
    let transformer = json!({"inputTransformer": {
        "inputPaths": {"room": "$.detail.room", "order": "$.detail.order"},
        "inputTemplate": r#"{"channel": "room:<room>", "data": {"order": <order>}, "rule": <aws.events.rule-name>}"#,
    }});
    let rules = [
        ("part", sold(), json!({"inputPath": "$.detail"})),
        ("constant", sold(), json!({"input": r#"{"always": true}"#})),
        ("transformed", sold(), transformer),
    ];
    let served = served(&rules).await;
    served.put(json!([entry()])).await;
    let bodies = served.bodies().await;
    let expected = [
        json!({"order": 7, "room": "lobby"}),
        json!({"always": true}),
        json!({"channel": "room:lobby", "data": {"order": 7}, "rule": "transformed"}),
    ];
    assert_eq!(bodies, expected);
}

#[tokio::test]
async fn what_cannot_be_delivered_is_put_aside_with_the_reason() {
    let dead = json!({"deadLetterConfig": {"arn": arn("sqs", "dead")}, "targetId": "inlet"});
    let served = served(&[("sold", sold(), dead)]).await;
    let mut long = entry();
    long["Detail"] = json!({"text": "x".repeat(3_000)}).to_string().into();
    served.put(json!([long])).await;
    assert!(served.bodies().await.is_empty());
    let dead = served.waiting("dead").await;
    let attributes = &dead[0]["MessageAttributes"];
    assert_eq!(
        attributes["RULE_ARN"]["StringValue"],
        arn("events", "rule/sold")
    );
    assert_eq!(attributes["TARGET_ID"]["StringValue"], "inlet");
    let message = attributes["ERROR_MESSAGE"]["StringValue"].as_str();
    assert!(message.unwrap().contains("2048 bytes"), "{attributes}");
    let body = dead[0]["Body"].as_str().unwrap();
    assert!(body.contains("Order Sold"));
}

#[tokio::test]
async fn each_entry_is_taken_or_refused_by_itself() {
    let served = served(&[("sold", sold(), json!({}))]).await;
    let with = |name: &str, value: Value| {
        let mut entry = entry();
        entry[name] = value;
        entry
    };
    let answer = served
        .put(json!([
            entry(),
            with("Source", json!("")),
            with("Source", json!("aws.s3")),
            with("Detail", json!("[1]")),
            with("Detail", json!("{")),
            with("EventBusName", json!("other")),
            with("Time", json!("soon")),
            with("Time", json!(1_790_000_001)),
            with("EventBusName", json!("default")),
        ]))
        .await;
    assert_eq!(answer.body["FailedEntryCount"], 6);
    let entries = answer.body["Entries"].as_array().unwrap();
    let codes: Vec<_> = entries
        .iter()
        .map(|it| it["ErrorCode"].as_str().unwrap_or("taken"))
        .collect();
    let expected = [
        "taken",
        "InvalidArgument",
        "NotAuthorizedForSourceException",
        "MalformedDetail",
        "MalformedDetail",
        "ResourceNotFoundException",
        "InvalidArgument",
        "taken",
        "taken",
    ];
    assert_eq!(codes, expected);
    let bodies = served.bodies().await;
    let times: Vec<_> = bodies.iter().map(|it| &it["time"]).collect();
    assert_eq!(
        times,
        [
            "2026-09-21T14:13:20Z",
            "2026-09-21T14:13:21Z",
            "2026-09-21T14:13:20Z"
        ]
    );
}

#[tokio::test]
async fn a_call_that_cannot_be_right_is_refused_as_a_whole() {
    let served = served(&[]).await;
    let many: Vec<_> = (0..11).map(|_| entry()).collect();
    let mut long = entry();
    long["Detail"] = json!({"text": "x".repeat(262_144)}).to_string().into();
    for entries in [json!([]), json!(many), json!([long])] {
        let answer = served.put(entries).await;
        assert_eq!(answer.status, 400, "{answer:?}");
        assert_eq!(answer.body["__type"], "ValidationException");
    }
    for (key, operation, input, kind) in [
        (KEY, "PutEvents", "{", "SerializationException"),
        (KEY, "PutEvents", "{}", "SerializationException"),
        (KEY, "PutRule", "{}", "UnknownOperationException"),
        (
            "AKIASOMEBODYELSE",
            "PutEvents",
            "{}",
            "UnrecognizedClientException",
        ),
    ] {
        let answer = served.call_as(key, operation, input).await;
        assert_eq!((answer.status, &answer.body["__type"]), (400, &json!(kind)));
    }
}
