//! What the tests share: queues that are served over HTTP, a clock that stands still, and a client of nobody's SDK.

#![allow(dead_code, reason = "each test binary uses its own part")]
#![expect(
    clippy::unwrap_used,
    reason = "only tests call this, and a failure here is theirs"
)]

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tidegate_local_cloud::clock::VirtualClock;
use tidegate_local_cloud::faults::Faults;
use tidegate_local_cloud::limits::Limits;
use tidegate_local_cloud::system::{Queue, Redrive};
use tidegate_local_queues::{Queues, QueuesOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

pub(crate) const KEY: &str = "AKIALOCALTIDEGATE000";
pub(crate) const NOW_MS: u64 = 1_790_000_000_000;

pub(crate) struct Served {
    pub(crate) url: String,
    pub(crate) clock: VirtualClock,
    pub(crate) queues: Queues,
    pub(crate) faults: Faults,
    pub(crate) shutdown: CancellationToken,
    address: String,
}

/// An answer: the status, the error code of the query protocol, and the body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) query_error: Option<String>,
    pub(crate) body: Value,
}

pub(crate) fn queue(name: &str) -> Queue {
    Queue {
        name: name.to_owned(),
        arn: format!("arn:aws:sqs:us-east-1:000000000000:{name}"),
        visibility_timeout: Duration::from_secs(30),
        retention: Duration::from_secs(345_600),
        delay: Duration::ZERO,
        receive_wait: Duration::ZERO,
        max_message_bytes: 1_048_576,
        redrive: None,
    }
}

/// The queues `work`, whose messages go to `dead` after two receives, and `dead`.
pub(crate) async fn served() -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let url = format!("http://{address}");
    let clock = VirtualClock::at(NOW_MS);
    let faults = Faults::none();
    let mut work = queue("work");
    work.redrive = Some(Redrive {
        dead_letter_queue: "dead".to_owned(),
        max_receive_count: 2,
    });
    let options = QueuesOptions {
        clock: Arc::new(clock.clone()),
        limits: Limits::default(),
        faults: faults.clone(),
        access_key_id: KEY.to_owned(),
        url: url.clone(),
        account: "000000000000".to_owned(),
        seed: 7,
    };
    let queues = Queues::new([work, queue("dead")], options);
    let shutdown = CancellationToken::new();
    tokio::spawn(queues.clone().serve(listener, shutdown.clone()));
    Served {
        url,
        clock,
        queues,
        faults,
        shutdown,
        address,
    }
}

impl Served {
    pub(crate) fn queue_url(&self, name: &str) -> String {
        format!("{}/000000000000/{name}", self.url)
    }

    pub(crate) fn now_ms(&self) -> u64 {
        tidegate_local_cloud::clock::Clock::now_ms(&self.clock)
    }

    pub(crate) async fn call(&self, operation: &str, input: Value) -> Answer {
        self.call_as(KEY, operation, input).await
    }

    /// The same with the URL of `work` in the input.
    pub(crate) async fn work(&self, operation: &str, mut input: Value) -> Answer {
        input["QueueUrl"] = self.queue_url("work").into();
        self.call(operation, input).await
    }

    pub(crate) async fn call_as(&self, key: &str, operation: &str, input: Value) -> Answer {
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={key}/20260921/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0"
        );
        let body = input.to_string();
        let head = format!(
            "POST / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAuthorization: {authorization}\r\n\
             Content-Type: application/x-amz-json-1.0\r\nX-Amz-Target: AmazonSQS.{operation}\r\n\
             Content-Length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        self.send(&format!("{head}{body}")).await
    }

    pub(crate) async fn send(&self, request: &str) -> Answer {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let header = |name: &str| {
            let line = head.lines().find(|line| line.starts_with(name))?;
            Some(line.split_once(": ")?.1.to_owned())
        };
        Answer {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            query_error: header("x-amzn-query-error"),
            body: serde_json::from_str(body).unwrap(),
        }
    }

    /// Receives up to ten messages of a queue, with all that there is to know of them.
    pub(crate) async fn receive(&self, name: &str) -> Vec<Value> {
        let input = json!({
            "QueueUrl": self.queue_url(name), "MaxNumberOfMessages": 10,
            "MessageSystemAttributeNames": ["All"], "MessageAttributeNames": ["All"],
        });
        let answer = self.call("ReceiveMessage", input).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let messages = answer.body.get("Messages").and_then(Value::as_array);
        messages.cloned().unwrap_or_default()
    }
}

impl Answer {
    #[track_caller]
    pub(crate) fn assert_refused(&self, status: u16, code: &str) {
        let kind = self.body["__type"].as_str().unwrap_or_default();
        assert!(kind.ends_with(&format!("#{code}")), "{self:?}");
        assert_eq!(self.status, status, "{self:?}");
        assert!(self.query_error.as_deref().unwrap().ends_with(";Sender"));
        assert!(self.body["message"].is_string(), "{self:?}");
    }
}
