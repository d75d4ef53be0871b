//! Queues, topics, and rules of EventBridge.

use serde_json::json;

use crate::refuses;

#[test]
fn a_queue_is_fifo_by_its_name_and_keeps_what_it_can() {
    let redrive = |policy: serde_json::Value| json!({"redrivePolicy": policy.to_string()});
    let dead = "arn:aws:sqs:eu-central-1:000000000000:dead";
    refuses(
        "aws:sqs/queue:Queue",
        &[
            (
                json!({"name": "jobs.fifo"}),
                "name",
                "must end with `.fifo`",
            ),
            (json!({"name": "a b"}), "name", "1 to 80"),
            (
                json!({"messageRetentionSeconds": 59}),
                "messageRetentionSeconds",
                "at least 60",
            ),
            (
                json!({"visibilityTimeoutSeconds": 43_201}),
                "visibilityTimeoutSeconds",
                "at most 43200",
            ),
            (
                json!({"maxMessageSize": 1_048_577}),
                "maxMessageSize",
                "at most 1048576",
            ),
            (
                json!({"fifoQueue": null, "fifoThroughputLimit": "perQueue"}),
                "fifoThroughputLimit",
                "must not be given",
            ),
            (
                redrive(json!({"maxReceiveCount": 5})),
                "redrivePolicy",
                "deadLetterTargetArn",
            ),
            (
                redrive(json!({"deadLetterTargetArn": dead, "maxReceiveCount": 0})),
                "redrivePolicy",
                "from 1 to 1000",
            ),
            (
                redrive(
                    json!({"deadLetterTargetArn": format!("{dead}.fifo"), "maxReceiveCount": 1}),
                ),
                "redrivePolicy",
                "of the same type",
            ),
        ],
    );
    let allow = |policy: serde_json::Value| json!({"redriveAllowPolicy": policy.to_string()});
    refuses(
        "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
        &[
            (
                allow(json!({"redrivePermission": "byQueue"})),
                "redriveAllowPolicy",
                "1 to 10",
            ),
            (
                allow(json!({"redrivePermission": "denyAll", "sourceQueueArns": [dead]})),
                "redriveAllowPolicy",
                "only for `byQueue`",
            ),
            (
                allow(json!({})),
                "redriveAllowPolicy",
                "allowAll, denyAll or byQueue",
            ),
        ],
    );
    refuses(
        "aws:sqs/queuePolicy:QueuePolicy",
        &[(json!({"policy": "{}"}), "policy", "must have a Statement")],
    );
}

#[test]
fn a_subscription_is_reached_by_its_protocol() {
    refuses(
        "aws:sns/topic:Topic",
        &[
            (json!({"name": "a.fifo"}), "name", "must end with `.fifo`"),
            (json!({"name": "a/b"}), "name", "1 to 256"),
            (json!({"policy": "x"}), "policy", "must be a JSON document"),
        ],
    );
    refuses(
        "aws:sns/topicSubscription:TopicSubscription",
        &[
            (json!({"protocol": "pigeon"}), "protocol", "must be one of"),
            (
                json!({"endpoint": "nobody"}),
                "endpoint",
                "the protocol `email`",
            ),
            (
                json!({"rawMessageDelivery": true}),
                "rawMessageDelivery",
                "but for SQS",
            ),
            (
                json!({"filterPolicyScope": "MessageBody"}),
                "filterPolicy",
                "must be given",
            ),
            (
                json!({"redrivePolicy": "{}"}),
                "redrivePolicy",
                "deadLetterTargetArn",
            ),
        ],
    );
}

#[test]
fn a_rule_goes_off_for_something_that_eventbridge_can_read() {
    let schedule = |text: &str| json!({ "scheduleExpression": text });
    let pattern = |text: &str| json!({ "eventPattern": text });
    let long = format!(r#"{{"source": ["{}"]}}"#, "x".repeat(2_048));
    let place = "scheduleExpression";
    refuses(
        "aws:cloudwatch/eventRule:EventRule",
        &[
            (json!({place: null}), place, "must be given"),
            (schedule("rate(1 minutes)"), place, "in the singular"),
            (schedule("rate(0 minutes)"), place, "positive"),
            (schedule("rate(5 minute)"), place, "in the plural"),
            (schedule("every minute"), place, "rate(…) or cron(…)"),
            (schedule("cron(* * * * *)"), place, "six fields"),
            (schedule("cron(0 12 * * * *)"), place, "`?`"),
            (json!({"eventBusName": "own"}), place, "must not be given"),
            (pattern("x"), "eventPattern", "JSON document"),
            (pattern("{}"), "eventPattern", "one field at least"),
            (
                pattern(r#"{"detail": {"a": "x"}}"#),
                "eventPattern",
                "for `a`",
            ),
            (pattern(&long), "eventPattern", "at most 2048"),
            (
                json!({"isEnabled": true, "state": "ENABLED"}),
                "state",
                "must not be given",
            ),
            (json!({"state": "ON"}), "state", "must be one of"),
            (json!({"name": "a b"}), "name", "must match"),
        ],
    );
}

#[test]
fn a_target_gets_one_kind_of_input() {
    let queue = "arn:aws:sqs:eu-central-1:000000000000:inlet";
    refuses(
        "aws:cloudwatch/eventTarget:EventTarget",
        &[
            (
                json!({"input": "{}", "inputPath": "$.detail"}),
                "inputPath",
                "must not be given",
            ),
            (json!({"input": "{"}), "input", "JSON document"),
            (
                json!({"inputPath": "detail"}),
                "inputPath",
                "begins with `$`",
            ),
            (
                json!({"arn": queue, "sqsTarget": {"messageGroupId": "a"}}),
                "sqsTarget",
                "must not be given",
            ),
            (
                json!({"arn": format!("{queue}.fifo")}),
                "sqsTarget.messageGroupId",
                "must be given",
            ),
            (
                json!({"retryPolicy": {"maximumRetryAttempts": 186}}),
                "retryPolicy.maximumRetryAttempts",
                "at most 185",
            ),
            (
                json!({"retryPolicy": {"maximumEventAgeInSeconds": 59}}),
                "retryPolicy.maximumEventAgeInSeconds",
                "at least 60",
            ),
        ],
    );
}
