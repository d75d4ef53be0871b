//! Queues, their consumers, and alarms.

use serde_json::{Value, json};

use crate::support::{Spec, caught, passes};

#[test]
fn a_queue_without_a_place_for_dead_letters_is_caught() {
    let dead: Spec<'_> = ("sqs/Queue", "dead", json!({}), &[]);
    assert!(caught("queue-dead-letters", std::slice::from_ref(&dead)).contains("redrivePolicy"));
    let live = (
        "sqs/Queue",
        "fanout",
        json!({"redrivePolicy": "[unknown]"}),
        &[("redrivePolicy", &["sqs/Queue dead"] as &[_])] as &[_],
    );
    passes("queue-dead-letters", &[dead, live]);
}

fn consumed(queue: Value, function: Value, mapping: Value) -> [Spec<'static>; 4] {
    [
        ("sqs/Queue", "fanout", queue, &[]),
        ("lambda/Function", "fanout", function, &[]),
        (
            "lambda/Alias",
            "live",
            json!({}),
            &[("functionName", &["lambda/Function fanout"])],
        ),
        (
            "lambda/EventSourceMapping",
            "fanout",
            mapping,
            &[
                ("eventSourceArn", &["sqs/Queue fanout"]),
                ("functionName", &["lambda/Alias live"]),
            ],
        ),
    ]
}

#[test]
fn a_mapping_that_brings_whole_batches_back_is_caught() {
    let mapping = |types: Value| {
        consumed(
            json!({}),
            json!({}),
            json!({"functionResponseTypes": types}),
        )
    };
    assert!(
        caught("queue-partial-batches", &mapping(Value::Null)).contains("ReportBatchItemFailures")
    );
    passes(
        "queue-partial-batches",
        &mapping(json!(["ReportBatchItemFailures"])),
    );
}

#[test]
fn a_message_that_comes_back_while_it_is_worked_on_is_caught() {
    let queue = |seconds: Value| {
        consumed(
            json!({"visibilityTimeoutSeconds": seconds}),
            json!({"timeout": 15}),
            json!({}),
        )
    };
    assert!(caught("queue-capacity", &queue(json!(89))).contains("90 s"));
    // 30 s, where nobody says.
    caught("queue-capacity", &queue(Value::Null));
    passes("queue-capacity", &queue(json!(90)));
}

#[test]
fn numbers_at_once_that_cannot_be_are_caught() {
    let with = |reserved: i64, maximum: Value| {
        consumed(
            json!({"visibilityTimeoutSeconds": 900}),
            json!({"timeout": 15, "reservedConcurrentExecutions": reserved}),
            json!({"scalingConfig": {"maximumConcurrency": maximum}}),
        )
    };
    assert!(caught("queue-capacity", &with(-1, json!(1))).contains("below 2"));
    assert!(caught("queue-capacity", &with(5, json!(10))).contains("5 times"));
    assert!(caught("queue-capacity", &with(5, Value::Null)).contains("no maximum"));
    passes("queue-capacity", &with(10, json!(10)));
    passes("queue-capacity", &with(-1, Value::Null));
}

#[test]
fn an_alarm_that_says_nothing_is_caught() {
    let alarm = |inputs: Value| [("cloudwatch/MetricAlarm", "errors", inputs, &[] as &[_])];
    let silent = caught(
        "alarm",
        &alarm(json!({"alarmDescription": "Look at the log."})),
    );
    assert!(silent.contains("treatMissingData"), "{silent}");
    let nameless = caught(
        "alarm",
        &alarm(json!({"treatMissingData": "notBreaching", "alarmDescription": " "})),
    );
    assert!(nameless.contains("alarmDescription"), "{nameless}");
    caught(
        "alarm",
        &[("cloudwatch/CompositeAlarm", "all", json!({}), &[])],
    );
    passes(
        "alarm",
        &alarm(json!({"treatMissingData": "notBreaching", "alarmDescription": "Look."})),
    );
}
