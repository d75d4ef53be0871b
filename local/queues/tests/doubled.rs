//! Messages that are received twice because they were told to be.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

mod support;

use serde_json::json;
use support::{Served, served};
use tidegate_local_cloud::faults::{Fault, Probability};

async fn received_and_deleted(served: &Served) -> Vec<String> {
    let messages = served.receive("work").await;
    let mut ids = Vec::new();
    for message in messages {
        ids.push(message["MessageId"].as_str().unwrap().to_owned());
        let receipt = json!({"ReceiptHandle": message["ReceiptHandle"]});
        assert_eq!(served.work("DeleteMessage", receipt).await.status, 200);
    }
    ids
}

#[tokio::test]
async fn a_doubled_message_comes_once_more_although_it_was_deleted_and_then_no_more() {
    let served = served().await;
    served
        .faults
        .set(Fault::MessageDoubled, Probability::ALWAYS);
    let sent = served
        .work("SendMessage", json!({"MessageBody": "a"}))
        .await;
    let first = received_and_deleted(&served).await;
    assert_eq!(first, [sent.body["MessageId"].as_str().unwrap()]);
    assert_eq!(received_and_deleted(&served).await, first);
    assert!(received_and_deleted(&served).await.is_empty());
    served.faults.set(Fault::MessageDoubled, Probability::NEVER);
    served
        .work("SendMessage", json!({"MessageBody": "b"}))
        .await;
    assert_eq!(received_and_deleted(&served).await.len(), 1);
    assert!(received_and_deleted(&served).await.is_empty());
    assert_eq!(served.faults.struck(Fault::MessageDoubled), 1);
}
