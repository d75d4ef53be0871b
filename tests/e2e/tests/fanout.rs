//! Publications with more receivers than the message function delivers to itself: by way of the queue, and the function
//! behind it.

#![expect(clippy::unwrap_used, reason = "test code: a panic is how a test fails")]

use std::collections::BTreeSet;

use http::Method;
use serde_json::{Value, json};
use tidegate_contract::functions::Function;
use tidegate_e2e::{Client, PATIENCE, Stack, StackOptions, call, eventually};

/// A publication with more receivers goes by way of the queue.
const DIRECT: usize = 3;

async fn stack() -> Stack {
    Stack::start(StackOptions {
        delivery: Some(json!({ "directReceivers": DIRECT })),
        // Nothing but publications is delivered.
        namespaces: Some(json!({ "room": { "subscribe": "signedIn", "publish": "signedIn" } })),
        ..StackOptions::default()
    })
    .await
}

async fn publish(client: &mut Client, data: Value) -> String {
    let reply = client
        .request("publish", json!({ "channel": "room:lobby", "data": data }))
        .await;
    assert_eq!(reply["type"], "ack", "{reply}");
    reply["publicationId"].as_str().unwrap().to_owned()
}

async fn receivers(stack: &Stack, count: usize) -> Vec<Client> {
    let mut receivers = Vec::new();
    for number in 0..count {
        let mut client = stack.client(&format!("user-{number}")).await;
        client.join("room:lobby").await;
        receivers.push(client);
    }
    receivers
}

fn sum(reports: &[Value], count: &str) -> u64 {
    reports.iter().filter_map(|it| it[count].as_u64()).sum()
}

/// A call of the local SQS, as any SDK makes it.
async fn sqs(stack: &Stack, operation: &str, input: Value) -> Value {
    let target = format!("AmazonSQS.{operation}");
    let headers = [
        ("x-amz-target", target.as_str()),
        ("content-type", "application/x-amz-json-1.0"),
        (
            "authorization",
            "AWS4-HMAC-SHA256 Credential=AKIALOCALTIDEGATE000/20260921/us-east-1/sqs/aws4_request",
        ),
    ];
    let url = &stack.runtime().running().sqs_url;
    let answer = call(Method::POST, url, &headers, &input.to_string()).await;
    let answer = answer.unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    serde_json::from_str(&answer.body).unwrap()
}

/// The URL of the fan-out queue.
async fn queue_url(stack: &Stack) -> String {
    let queues = sqs(stack, "ListQueues", json!({ "QueueNamePrefix": "fanout-" })).await;
    let urls = queues["QueueUrls"].as_array().unwrap().iter();
    let mut urls = urls.filter_map(Value::as_str);
    let url = urls.find(|url| !url.contains("/fanout-dead-"));
    url.unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_publication_with_many_receivers_reaches_each_through_the_queue() {
    let stack = stack().await;
    let mut receivers = receivers(&stack, DIRECT + 2).await;
    let mut alice = stack.client("alice").await;
    let mut published = BTreeSet::new();
    for number in 0..5 {
        published.insert(publish(&mut alice, json!(number)).await);
    }
    for receiver in &mut receivers {
        let mut received = BTreeSet::new();
        for _ in 0..published.len() {
            let frame = receiver.receive().await;
            assert_eq!(frame["type"], "publication", "{frame}");
            received.insert(frame["publicationId"].as_str().unwrap().to_owned());
        }
        assert_eq!(received, published);
    }
    let all = u64::try_from(receivers.len() * published.len()).unwrap();
    let direct = stack.reports("publish");
    assert_eq!((sum(&direct, "sent"), sum(&direct, "queued")), (0, all));
    let queued = eventually("the reports of the queue's function", || async {
        let reports = stack.reports(Function::Fanout.name());
        (sum(&reports, "sent") == all).then_some(reports)
    })
    .await;
    assert!(queued.iter().all(|report| report["outcome"] == "ok"));
    assert_eq!(sum(&queued, "writeUnits"), 0);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn few_receivers_need_no_queue() {
    let stack = stack().await;
    let mut receivers = receivers(&stack, DIRECT).await;
    let mut alice = stack.client("alice").await;
    publish(&mut alice, json!("hi")).await;
    for receiver in &mut receivers {
        assert_eq!(receiver.receive().await["data"], "hi");
    }
    let direct = stack.reports("publish");
    assert_eq!(sum(&direct, "queued"), 0);
    assert!(stack.reports(Function::Fanout.name()).is_empty());
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_expired_is_said_goodbye_to_by_the_function_behind_the_queue_too() {
    let stack = stack().await;
    let mut receivers = receivers(&stack, DIRECT).await;
    let short = stack
        .token_with(json!({ "user": "short", "expiresIn": 3 }))
        .await;
    let mut short = Client::with_token(stack.url(), &short).await.unwrap();
    short.join("room:lobby").await;
    let mut alice = stack.client("alice").await;
    // The token ends while publications go on.
    let goodbye = tokio::time::timeout(PATIENCE, async {
        loop {
            publish(&mut alice, json!(1)).await;
            let frame = short.receive().await;
            if frame["type"] == "goodbye" {
                return frame;
            }
        }
    });
    assert_eq!(goodbye.await.unwrap()["reason"], "expired");
    assert_eq!(short.closed().await, 1000);
    eventually("the report of it", || async {
        let reports = stack.reports(Function::Fanout.name());
        (sum(&reports, "expired") == 1).then_some(())
    })
    .await;
    for receiver in &mut receivers {
        assert_eq!(receiver.receive().await["data"], 1);
    }
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_publication_is_kept_and_holds_nobody_up() {
    let stack = stack().await;
    let mut receivers = receivers(&stack, DIRECT + 1).await;
    let queue = queue_url(&stack).await;
    let outputs = &stack.runtime().running().outputs;
    assert_eq!(outputs["fanoutQueueUrl"], queue, "{outputs:?}");
    sqs(
        &stack,
        "SendMessage",
        json!({ "QueueUrl": queue, "MessageBody": "no publication" }),
    )
    .await;
    let refused = eventually("its refusal", || async {
        let reports = stack.reports(Function::Fanout.name());
        reports
            .into_iter()
            .find(|it| it["outcome"] == "bad_message")
    })
    .await;
    assert_eq!(refused["sent"], 0);
    let mut alice = stack.client("alice").await;
    publish(&mut alice, json!("on we go")).await;
    for receiver in &mut receivers {
        assert_eq!(receiver.receive().await["data"], "on we go");
    }
    // It is kept and comes again; the publication is deleted, a moment after it was delivered.
    let asked = json!({ "QueueUrl": queue, "AttributeNames": ["All"] });
    eventually("only it is left", || async {
        let answer = sqs(&stack, "GetQueueAttributes", asked.clone()).await;
        let attributes = &answer["Attributes"];
        let counts = [
            &attributes["ApproximateNumberOfMessages"],
            &attributes["ApproximateNumberOfMessagesNotVisible"],
        ];
        (counts == ["0", "1"]).then_some(())
    })
    .await;
    stack.stop().await;
}
