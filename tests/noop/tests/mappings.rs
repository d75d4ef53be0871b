//! Event source mappings: what a function does with batches, and which messages come again.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use support::{Bench, bench, bounded, spec, until};
use tidegate_local_cloud::clock::VirtualClock;
use tidegate_local_cloud::faults::Faults;
use tidegate_local_cloud::limits::Limits;
use tidegate_local_cloud::system::{EventSourceMapping, Queue, Redrive};
use tidegate_local_functions::FunctionSpec;
use tidegate_local_queues::{Mapping, Queues, QueuesOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

const ACCOUNT: &str = "000000000000";

struct World {
    bench: Bench,
    clock: VirtualClock,
    stop: CancellationToken,
    address: String,
}

fn queue(name: &str) -> Queue {
    Queue {
        name: name.to_owned(),
        arn: format!("arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"),
        visibility_timeout: Duration::from_secs(60),
        retention: Duration::from_secs(345_600),
        delay: Duration::ZERO,
        receive_wait: Duration::ZERO,
        max_message_bytes: 1_048_576,
        redrive: (name == "work").then(|| Redrive {
            dead_letter_queue: "dead".to_owned(),
            max_receive_count: 2,
        }),
    }
}

fn mapping() -> EventSourceMapping {
    EventSourceMapping {
        id: "mapping".to_owned(),
        queue: "work".to_owned(),
        function: "misbehave".to_owned(),
        batch_size: 10,
        window: Duration::ZERO,
        reports_failures: true,
        maximum_concurrency: Some(2),
        enabled: true,
    }
}

/// A mapping that is running. Bodies are as in `misbehave`'s `batch`.
async fn world(mapping: EventSourceMapping) -> World {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let clock = VirtualClock::at(1_790_000_000_000);
    let options = QueuesOptions {
        clock: Arc::new(clock.clone()),
        limits: Limits::default(),
        faults: Faults::none(),
        access_key_id: "key".to_owned(),
        url: format!("http://{address}"),
        account: ACCOUNT.to_owned(),
        seed: 7,
    };
    let queues = Queues::new([queue("work"), queue("dead")], options);
    let bench = bench(FunctionSpec {
        environment: BTreeMap::from([("MISBEHAVE_BODY".to_owned(), "batch".to_owned())]),
        max_processes: 4,
        ..spec()
    });
    let stop = CancellationToken::new();
    let mapping = Mapping::new(mapping, queues.clone(), bench.function.clone());
    tokio::spawn(mapping.run(stop.clone()));
    tokio::spawn(queues.serve(listener, stop.clone()));
    World {
        bench,
        clock,
        stop,
        address,
    }
}

impl World {
    async fn call(&self, operation: &str, mut input: Value, queue: &str) -> Value {
        input["QueueUrl"] = format!("http://{}/{ACCOUNT}/{queue}", self.address).into();
        let body = input.to_string();
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        let request = format!(
            "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Amz-Target: AmazonSQS.{operation}\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=key/\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{answer}");
        serde_json::from_str(body).unwrap()
    }

    async fn send(&self, bodies: &[&str]) {
        let entry = |(id, body)| json!({"Id": format!("{id}"), "MessageBody": body});
        let entries: Vec<_> = bodies.iter().enumerate().map(entry).collect();
        self.call("SendMessageBatch", json!({"Entries": entries}), "work")
            .await;
    }

    /// The messages of each invocation so far, each batch sorted.
    fn batches(&self) -> Vec<Vec<String>> {
        let lines = self.bench.lines.all();
        let batches = lines
            .iter()
            .filter_map(|line| line.text.strip_prefix("batch "));
        let sorted = |batch: &str| {
            let mut bodies: Vec<_> = batch.split(',').map(str::to_owned).collect();
            bodies.sort();
            bodies
        };
        batches.map(sorted).collect()
    }

    fn handled(&self, body: &str) -> usize {
        let bodies = self.batches().concat();
        bodies.iter().filter(|handled| *handled == body).count()
    }

    /// Lets the time pass by which hidden messages come again and a mapping goes on after a failure, until `condition`.
    async fn pass_until(&self, what: &str, condition: impl Fn(&Self) -> bool) {
        until(what, || {
            self.clock.advance(Duration::from_millis(500));
            condition(self)
        })
        .await;
    }

    async fn waiting(&self, queue: &str) -> [String; 2] {
        let asked = json!({"AttributeNames": ["All"]});
        let attributes = self.call("GetQueueAttributes", asked, queue).await;
        [
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
        ]
        .map(|name| attributes["Attributes"][name].as_str().unwrap().to_owned())
    }

    /// Waits until nothing is left in `work`, without letting time pass.
    async fn until_empty(&self) {
        bounded(async {
            while self.waiting("work").await != ["0", "0"] {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
}

#[tokio::test]
async fn what_a_function_did_is_deleted() {
    let world = world(mapping()).await;
    world.send(&["a", "b", "c"]).await;
    world.until_empty().await;
    let mut handled = world.batches().concat();
    handled.sort();
    assert_eq!(handled, ["a", "b", "c"]);
    world.stop.cancel();
}

#[tokio::test]
async fn only_what_failed_comes_again_and_ends_in_the_dead_letter_queue() {
    let world = world(mapping()).await;
    world.send(&["a", "fail", "b"]).await;
    world
        .pass_until("the second attempt", |world| world.handled("fail") == 2)
        .await;
    bounded(async {
        while world.waiting("dead").await != ["1", "0"] {
            world.clock.advance(Duration::from_secs(61));
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(world.waiting("work").await, ["0", "0"]);
    assert_eq!(
        ["a", "b", "fail"].map(|body| world.handled(body)),
        [1, 1, 2]
    );
    world.stop.cancel();
}

#[tokio::test]
async fn a_thrown_error_and_a_crash_make_the_whole_batch_come_again() {
    for body in ["error", "crash"] {
        let world = world(mapping()).await;
        world.send(&["a", body]).await;
        world
            .pass_until("the second attempt", |world| world.handled(body) == 2)
            .await;
        assert_eq!(world.handled("a"), 2, "with {body}");
        world.stop.cancel();
    }
}

#[tokio::test]
async fn an_answer_is_ignored_by_a_mapping_that_does_not_ask_for_it() {
    let world = world(EventSourceMapping {
        reports_failures: false,
        ..mapping()
    })
    .await;
    world.send(&["a", "fail"]).await;
    world.until_empty().await;
    assert_eq!(world.handled("fail"), 1);
    world.stop.cancel();
}

#[tokio::test]
async fn a_batch_has_no_more_messages_than_it_may() {
    let world = world(EventSourceMapping {
        batch_size: 2,
        ..mapping()
    })
    .await;
    world.send(&["a", "b", "c", "d", "e"]).await;
    world.until_empty().await;
    assert!(world.batches().iter().all(|batch| batch.len() <= 2));
    assert_eq!(world.batches().concat().len(), 5);
    world.stop.cancel();
}

#[tokio::test]
async fn a_batch_waits_for_its_window_and_no_longer() {
    let world = world(EventSourceMapping {
        batch_size: 100,
        window: Duration::from_secs(5),
        ..mapping()
    })
    .await;
    for body in ["a", "b", "c"] {
        world.send(&[body]).await;
    }
    bounded(async {
        while world.waiting("work").await != ["0", "3"] {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(world.batches().is_empty(), "the window is open");
    world.clock.advance(Duration::from_secs(5));
    world.until_empty().await;
    assert_eq!(world.batches(), [["a", "b", "c"]]);
    world.stop.cancel();
}

#[tokio::test]
async fn a_mapping_that_is_off_leaves_everything() {
    let world = world(EventSourceMapping {
        enabled: false,
        ..mapping()
    })
    .await;
    world.send(&["a"]).await;
    assert_eq!(world.waiting("work").await, ["1", "0"]);
    assert!(world.batches().is_empty());
    world.stop.cancel();
}
