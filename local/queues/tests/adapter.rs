//! The functions' own sender of slices, against these queues.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

mod support;

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use support::{KEY, Served, served};
use tidegate_aws::{AwsEnvironment, SqsQueue, SqsQueueOptions, Surroundings};
use tidegate_core::connection::{ConnectionId, Endpoint, Shard};
use tidegate_core::fanout::{FanoutQueue, Publication, QueueError, Receiver, Slice, Version};

fn sender(served: &Served, key: &str, queue: &str) -> SqsQueue {
    let environment = AwsEnvironment {
        region: "us-east-1".to_owned(),
        credentials: Credentials::new(key, "secret", None, None, "tests"),
        dynamodb_endpoint: None,
        sqs_endpoint: None,
    };
    let options = SqsQueueOptions {
        queue_url: served.queue_url(queue),
        surroundings: Surroundings {
            now: || UNIX_EPOCH + Duration::from_secs(1_790_000_000),
            jitter: || 0.0,
            meter: Arc::default(),
        },
    };
    SqsQueue::new(&environment, options).unwrap()
}

fn slice(number: usize, receivers: usize) -> Slice {
    let receiver = |receiver| Receiver {
        connection: ConnectionId::new(format!("c{receiver}{}=", "x".repeat(200))),
        endpoint: Endpoint::new("abcdef1234"),
        shard: Shard(0),
        expires_at: 1,
        since_ms: 1,
    };
    Slice {
        version: Version,
        publication: Publication {
            channel: "room:lobby".parse().unwrap(),
            publication_id: format!("p{number}"),
            accepted_at_ms: 1,
            frame: r#"{"type":"publication"}"#.to_owned(),
        },
        receivers: (0..receivers).map(receiver).collect(),
        attempt: 0,
        given_up: None,
    }
}

async fn received(served: &Served) -> Vec<(Slice, Option<String>)> {
    let mut all = Vec::new();
    loop {
        let messages = served.receive("work").await;
        if messages.is_empty() {
            return all;
        }
        all.extend(messages.iter().map(|message| {
            let trace = message["Attributes"]["AWSTraceHeader"].as_str();
            let slice = serde_json::from_str(message["Body"].as_str().unwrap()).unwrap();
            (slice, trace.map(str::to_owned))
        }));
    }
}

#[tokio::test]
async fn slices_arrive_whole_and_with_their_trace() {
    let served = served().await;
    let sender = sender(&served, KEY, "work");
    let slices: Vec<_> = (0..23).map(|number| slice(number, 3)).collect();
    let sent = sender.send(&slices, 0, Some("Root=1-a;Sampled=1")).await;
    assert_eq!(sent.len(), 23);
    assert!(sent.iter().all(Result::is_ok), "{sent:?}");
    let mut received = received(&served).await;
    received.sort_by_key(|(slice, _)| {
        slice.publication.publication_id[1..]
            .parse::<u32>()
            .unwrap()
    });
    let (read, traces): (Vec<_>, Vec<_>) = received.into_iter().unzip();
    assert_eq!(read, slices);
    let trace = Some("Root=1-a;Sampled=1".to_owned());
    assert!(traces.iter().all(|it| *it == trace));
}

#[tokio::test]
async fn slices_that_are_too_long_together_go_in_several_calls() {
    let served = served().await;
    let slices: Vec<_> = (0..5).map(|number| slice(number, 1_500)).collect();
    let sent = sender(&served, KEY, "work").send(&slices, 0, None).await;
    assert!(sent.iter().all(Result::is_ok), "{sent:?}");
    let received = received(&served).await;
    assert_eq!(received.len(), 5);
    assert!(
        received
            .iter()
            .all(|(slice, _)| slice.receivers.len() == 1_500)
    );
}

#[tokio::test]
async fn a_slice_is_held_back_as_long_as_it_should_be() {
    let served = served().await;
    sender(&served, KEY, "work")
        .send(&[slice(1, 1)], 6, None)
        .await;
    served.clock.advance(Duration::from_millis(5_999));
    assert!(received(&served).await.is_empty());
    served.clock.advance(Duration::from_millis(1));
    assert_eq!(received(&served).await.len(), 1);
}

#[tokio::test]
async fn a_queue_that_refuses_is_told_from_one_that_is_not_there() {
    let served = served().await;
    let sent = sender(&served, "AKIASOMEBODYELSE", "work")
        .send(&[slice(1, 1)], 0, None)
        .await;
    assert!(
        matches!(sent.as_slice(), [Err(QueueError::Refused)]),
        "{sent:?}"
    );
    let sent = sender(&served, KEY, "more")
        .send(&[slice(1, 1)], 0, None)
        .await;
    let [Err(QueueError::Invalid(problem))] = sent.as_slice() else {
        panic!("{sent:?}")
    };
    assert!(problem.contains("QueueDoesNotExist"), "{problem}");
    served.shutdown.cancel();
    let gone = sender(&served, KEY, "work").with_attempt_timeout(Duration::from_millis(200));
    // The listener closes a moment after the word.
    let waited = tokio::time::timeout(Duration::from_secs(30), async {
        loop {
            let sent = gone.send(&[slice(1, 1)], 0, None).await;
            if matches!(sent.as_slice(), [Err(QueueError::Unavailable(_))]) {
                return;
            }
        }
    });
    assert!(waited.await.is_ok(), "it is never unavailable");
}
