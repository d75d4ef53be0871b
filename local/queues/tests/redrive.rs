//! Dead letters go back to where they came from.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

mod support;

use std::time::Duration;

use serde_json::{Value, json};
use support::{Served, served};

const DEAD: &str = "arn:aws:sqs:us-east-1:000000000000:dead";
const WORK: &str = "arn:aws:sqs:us-east-1:000000000000:work";

/// Sends messages to `work` that end in `dead`.
async fn dead_letters(served: &Served, number: usize) {
    for index in 0..number {
        let message = json!({"MessageBody": format!("m{index}")});
        served.work("SendMessage", message).await;
    }
    for _receive in 0..3 {
        while !served.receive("work").await.is_empty() {}
        served.clock.advance(Duration::from_secs(30));
    }
}

async fn count(served: &Served, queue: &str) -> String {
    let input = json!({"QueueUrl": served.queue_url(queue), "AttributeNames": ["All"]});
    let answer = served.call("GetQueueAttributes", input).await;
    let attributes = &answer.body["Attributes"];
    attributes["ApproximateNumberOfMessages"]
        .as_str()
        .unwrap()
        .to_owned()
}

async fn newest(served: &Served) -> Value {
    let listed = served
        .call("ListMessageMoveTasks", json!({"SourceArn": DEAD}))
        .await;
    listed.body["Results"][0].clone()
}

/// The newest task once it has this status.
async fn until(served: &Served, status: &str) -> Value {
    let waited = tokio::time::timeout(Duration::from_secs(10), async {
        loop {
            let task = newest(served).await;
            if task["Status"] == status {
                return task;
            }
        }
    });
    waited.await.unwrap()
}

#[tokio::test]
async fn dead_letters_go_back_as_new_messages_to_the_queue_that_they_came_from() {
    let served = served().await;
    dead_letters(&served, 3).await;
    assert_eq!(count(&served, "dead").await, "3");
    let before = served.now_ms();
    let started = served
        .call("StartMessageMoveTask", json!({"SourceArn": DEAD}))
        .await;
    assert_eq!(started.status, 200, "{started:?}");
    let task = until(&served, "COMPLETED").await;
    assert_eq!(task["ApproximateNumberOfMessagesMoved"], 3);
    assert_eq!(task["ApproximateNumberOfMessagesToMove"], 3);
    assert_eq!(task["TaskHandle"], Value::Null);
    assert_eq!(count(&served, "dead").await, "0");
    let messages = served.receive("work").await;
    let bodies: Vec<_> = messages.iter().map(|it| &it["Body"]).collect();
    assert_eq!(bodies, ["m0", "m1", "m2"]);
    let attributes = &messages[0]["Attributes"];
    assert_eq!(attributes["ApproximateReceiveCount"], "1");
    assert_eq!(attributes["SentTimestamp"], before.to_string());
    assert_eq!(attributes["DeadLetterQueueSourceArn"], Value::Null);
}

#[tokio::test]
async fn a_task_moves_no_faster_than_it_is_told_and_can_be_ended() {
    let served = served().await;
    dead_letters(&served, 5).await;
    let slowly = json!({
        "SourceArn": DEAD, "DestinationArn": WORK, "MaxNumberOfMessagesPerSecond": 2,
    });
    let started = served.call("StartMessageMoveTask", slowly.clone()).await;
    let moved = async |number: u64| {
        let waited = tokio::time::timeout(Duration::from_secs(10), async {
            while newest(&served).await["ApproximateNumberOfMessagesMoved"] != number {}
        });
        waited.await.unwrap();
    };
    moved(2).await;
    assert_eq!(count(&served, "dead").await, "3");
    let again = served.call("StartMessageMoveTask", slowly).await;
    again.assert_refused(400, "UnsupportedOperation");
    served.clock.advance(Duration::from_secs(1));
    moved(4).await;
    let handle = &started.body["TaskHandle"];
    assert_eq!(newest(&served).await["TaskHandle"], *handle);
    let ended = served
        .call("CancelMessageMoveTask", json!({"TaskHandle": handle}))
        .await;
    assert_eq!(ended.body["ApproximateNumberOfMessagesMoved"], 4);
    served.clock.advance(Duration::from_secs(10));
    assert_eq!(newest(&served).await["Status"], "CANCELLED");
    assert_eq!(count(&served, "dead").await, "1");
    let twice = served
        .call("CancelMessageMoveTask", json!({"TaskHandle": handle}))
        .await;
    twice.assert_refused(400, "UnsupportedOperation");
}

#[tokio::test]
async fn a_message_that_came_from_nowhere_fails_the_task_and_stays() {
    let served = served().await;
    let message = json!({"QueueUrl": served.queue_url("dead"), "MessageBody": "stray"});
    served.call("SendMessage", message).await;
    served
        .call("StartMessageMoveTask", json!({"SourceArn": DEAD}))
        .await;
    let task = until(&served, "FAILED").await;
    assert_eq!(task["FailureReason"], "CouldNotDetermineMessageSource");
    assert_eq!(count(&served, "dead").await, "1");
}

#[tokio::test]
async fn a_task_that_cannot_be_right_is_refused() {
    let served = served().await;
    let nowhere = "arn:aws:sqs:us-east-1:000000000000:nowhere";
    for (input, code) in [
        (json!({"SourceArn": nowhere}), "ResourceNotFoundException"),
        (
            json!({"SourceArn": DEAD, "DestinationArn": nowhere}),
            "ResourceNotFoundException",
        ),
        (json!({"SourceArn": WORK}), "InvalidParameterValue"),
        (
            json!({"SourceArn": DEAD, "MaxNumberOfMessagesPerSecond": 501}),
            "InvalidParameterValue",
        ),
        (json!({}), "MissingParameter"),
    ] {
        let answer = served.call("StartMessageMoveTask", input).await;
        answer.assert_refused(400, code);
    }
    let answer = served
        .call("CancelMessageMoveTask", json!({"TaskHandle": "x"}))
        .await;
    answer.assert_refused(400, "ResourceNotFoundException");
}

#[tokio::test]
async fn the_queues_whose_dead_letters_a_queue_takes_are_listed() {
    let served = served().await;
    let input = json!({"QueueUrl": served.queue_url("dead")});
    let answer = served.call("ListDeadLetterSourceQueues", input).await;
    assert_eq!(answer.body["queueUrls"], json!([served.queue_url("work")]));
}
