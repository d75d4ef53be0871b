//! What the tests share: a bus that is served over HTTP, made of registered resources, and a clock that stands still.

#![allow(dead_code, reason = "each test binary uses its own part")]
#![expect(
    clippy::unwrap_used,
    reason = "only tests call this, and a failure here is theirs"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tidegate_local_cloud::clock::{SharedClock, VirtualClock};
use tidegate_local_cloud::faults::Faults;
use tidegate_local_cloud::limits::Limits;
use tidegate_local_cloud::{Cloud, Endpoints, NewResource};
use tidegate_local_events::{Events, EventsOptions};
use tidegate_local_metrics::Metrics;
use tidegate_local_queues::{Queues, QueuesOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

pub(crate) const KEY: &str = "AKIALOCALTIDEGATE000";
pub(crate) const NOW_MS: u64 = 1_790_000_000_000;
pub(crate) const ACCOUNT: &str = "000000000000";
pub(crate) const REGION: &str = "eu-central-1";

pub(crate) struct Served {
    pub(crate) clock: VirtualClock,
    pub(crate) events: Events,
    pub(crate) metrics: Metrics,
    pub(crate) stop: CancellationToken,
    bus: String,
    queues: String,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

pub(crate) fn arn(service: &str, rest: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}")
}

/// The queues `inlet`, which takes at most 2 KiB, and `dead`, and rules: each with its name, its inputs and those of its
/// target, which is `inlet` where nothing is said.
pub(crate) async fn served(rules: &[(&str, Value, Value)]) -> Served {
    let (bus, queues_at) = (listen().await, listen().await);
    let clock = VirtualClock::at(NOW_MS);
    let shared: SharedClock = Arc::new(clock.clone());
    let queues_url = format!("http://{}", queues_at.local_addr().unwrap());
    let mut cloud = Cloud::new(Endpoints {
        region: REGION.to_owned(),
        account: ACCOUNT.to_owned(),
        websocket_apis: Vec::new(),
        http_apis: Vec::new(),
        distributions: Vec::new(),
        queues: queues_url.clone(),
        identity: "127.0.0.1:1".to_owned(),
        program_directory: PathBuf::new(),
    });
    let mut create = |type_token: &str, name: &str, inputs: Value| {
        let new = NewResource {
            urn: &format!("urn:pulumi:dev::tidegate::{type_token}::{name}"),
            type_token,
            name,
            inputs: inputs.as_object().unwrap(),
        };
        cloud.create(&new).unwrap()
    };
    for (name, bytes) in [("inlet", 2_048), ("dead", 262_144)] {
        let inputs = json!({
            "name": name, "maxMessageSize": bytes,
            // What was seen does not come again while the time passes.
            "visibilityTimeoutSeconds": 43_200,
        });
        create("aws:sqs/queue:Queue", name, inputs);
    }
    for (name, inputs, target) in rules {
        let mut inputs = inputs.clone();
        inputs["name"] = json!(name);
        create("aws:cloudwatch/eventRule:EventRule", name, inputs);
        let mut target = target.clone();
        target["rule"] = json!(name);
        if target["arn"].is_null() {
            target["arn"] = arn("sqs", "inlet").into();
        }
        create("aws:cloudwatch/eventTarget:EventTarget", name, target);
    }
    let system = cloud.system();
    let queues = Queues::new(
        system.queues.into_values(),
        QueuesOptions {
            clock: Arc::clone(&shared),
            limits: Limits::default(),
            faults: Faults::none(),
            access_key_id: KEY.to_owned(),
            url: queues_url.clone(),
            account: ACCOUNT.to_owned(),
            seed: 7,
        },
    );
    let metrics = Metrics::new(Arc::clone(&shared));
    let options = EventsOptions {
        functions: BTreeMap::new(),
        queues: queues.clone(),
        clock: shared,
        limits: Limits::default(),
        metrics: metrics.clone(),
        access_key_id: KEY.to_owned(),
        account: ACCOUNT.to_owned(),
        region: REGION.to_owned(),
        seed: 7,
    };
    let events = Events::new(system.event_rules, options);
    let stop = CancellationToken::new();
    let served = Served {
        clock,
        events: events.clone(),
        metrics,
        stop: stop.clone(),
        bus: bus.local_addr().unwrap().to_string(),
        queues: queues_at.local_addr().unwrap().to_string(),
    };
    tokio::spawn(events.clone().run_schedules(stop.clone()));
    tokio::spawn(events.serve(bus, stop.clone()));
    tokio::spawn(queues.serve(queues_at, stop));
    served
}

async fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

async fn call(address: &str, key: &str, target: &str, input: &str) -> Answer {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Amz-Target: {target}\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential={key}/20260921/{REGION}/events/aws4_request, Signature=0\r\n\
         Content-Length: {}\r\n\r\n{input}",
        input.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        body: serde_json::from_str(body).unwrap(),
    }
}

impl Served {
    pub(crate) async fn call_as(&self, key: &str, operation: &str, input: &str) -> Answer {
        call(&self.bus, key, &format!("AWSEvents.{operation}"), input).await
    }

    pub(crate) async fn put(&self, entries: Value) -> Answer {
        let input = json!({ "Entries": entries }).to_string();
        self.call_as(KEY, "PutEvents", &input).await
    }

    /// What waits in a queue.
    pub(crate) async fn waiting(&self, queue: &str) -> Vec<Value> {
        let input = json!({
            "QueueUrl": format!("http://{}/{ACCOUNT}/{queue}", self.queues), "MaxNumberOfMessages": 10,
            "MessageAttributeNames": ["All"],
        });
        let target = "AmazonSQS.ReceiveMessage";
        let answer = call(&self.queues, KEY, target, &input.to_string()).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let messages = answer.body["Messages"].as_array();
        messages.cloned().unwrap_or_default()
    }

    /// The bodies of what waits in `inlet`, as JSON.
    pub(crate) async fn bodies(&self) -> Vec<Value> {
        let messages = self.waiting("inlet").await;
        let bodies = messages.iter().map(|it| it["Body"].as_str().unwrap());
        bodies.map(|it| serde_json::from_str(it).unwrap()).collect()
    }

    /// The bodies once there are so many.
    pub(crate) async fn bodies_until(&self, number: usize) -> Vec<Value> {
        let mut all = Vec::new();
        let waited = tokio::time::timeout(Duration::from_secs(10), async {
            while all.len() < number {
                all.extend(self.bodies().await);
            }
        });
        waited.await.unwrap();
        all
    }
}
