//! Queues and topics.

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
