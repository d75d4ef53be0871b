//! `tidegate dlq`: the real command, against queues in this process.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use tidegate_e2e::{Here, Said, call, ended};
use tidegate_local_cloud::clock::SystemClock;
use tidegate_local_cloud::faults::Faults;
use tidegate_local_cloud::limits::Limits;
use tidegate_local_cloud::system::{Queue, Redrive};
use tidegate_local_queues::{Queues, QueuesOptions};
use tidegate_local_runtime::ACCESS_KEY_ID;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

const REGION: &str = "eu-central-1";
const ACCOUNT: &str = "000000000000";
const FANOUT: &str = "fanout-1234567";
const DEAD: &str = "fanout-dead-7654321";
const INLET: &str = "inlet-1234567";
const INLET_DEAD: &str = "inlet-dead-7654321";
const SECRET: &str = "what\u{1b}[31m was published";

fn queue(name: &str, redrive: Option<Redrive>) -> Queue {
    Queue {
        name: name.to_owned(),
        arn: format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"),
        visibility_timeout: Duration::from_secs(30),
        retention: Duration::from_secs(3_600),
        delay: Duration::ZERO,
        receive_wait: Duration::ZERO,
        max_message_bytes: 1_048_576,
        redrive,
    }
}

/// The queues of a stack, and the command told that it runs here.
struct Served {
    url: String,
    here: Here,
}

impl Served {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let redrive = |dead: &str| Redrive {
            dead_letter_queue: dead.to_owned(),
            max_receive_count: 2,
        };
        let options = QueuesOptions {
            clock: Arc::new(SystemClock),
            limits: Limits::default(),
            access_key_id: ACCESS_KEY_ID.to_owned(),
            url: url.clone(),
            account: ACCOUNT.to_owned(),
            faults: Faults::none(),
            seed: 7,
        };
        let queues = [
            queue(FANOUT, Some(redrive(DEAD))),
            queue(DEAD, None),
            queue(INLET, Some(redrive(INLET_DEAD))),
            queue(INLET_DEAD, None),
        ];
        tokio::spawn(Queues::new(queues, options).serve(listener, CancellationToken::new()));
        let here = Here::with_note(&json!({
            "pid": 1, "stack": "dev", "websocketUrl": "ws://127.0.0.1:1/dev",
            "managementUrl": "http://127.0.0.1:1/dev", "issuer": "", "clientId": "", "region": REGION,
            "dynamodbUrl": "http://127.0.0.1:1", "sqsUrl": url, "outputs": outputs(&url),
        }));
        Self { url, here }
    }

    async fn says(&self, arguments: &[&str]) -> Said {
        ended(self.here.command(&[&["dlq"], arguments].concat())).await
    }

    async fn sqs(&self, operation: &str, queue: &str, mut input: Value) -> Value {
        input["QueueUrl"] = format!("{}/{ACCOUNT}/{queue}", self.url).into();
        let credential = format!("{ACCESS_KEY_ID}/20261122/{REGION}/sqs/aws4_request");
        let headers = [
            ("x-amz-target", &*format!("AmazonSQS.{operation}")),
            ("content-type", "application/x-amz-json-1.0"),
            (
                "authorization",
                &format!("AWS4-HMAC-SHA256 Credential={credential}"),
            ),
        ];
        let answer = call(Method::POST, &self.url, &headers, &input.to_string()).await;
        let answer = answer.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
        serde_json::from_str(&answer.body).unwrap()
    }

    /// Puts a message into a queue, and gives its id.
    async fn put(&self, queue: &str, body: &str) -> String {
        let sent = json!({ "MessageBody": body });
        let sent = self.sqs("SendMessage", queue, sent).await;
        sent["MessageId"].as_str().unwrap().to_owned()
    }

    /// How many messages wait, and how many somebody looks at.
    async fn counts(&self, queue: &str) -> [u64; 2] {
        let asked = json!({ "AttributeNames": ["All"] });
        let got = self.sqs("GetQueueAttributes", queue, asked).await;
        ["", "NotVisible"].map(|kind| {
            let count = &got["Attributes"][format!("ApproximateNumberOfMessages{kind}")];
            count.as_str().unwrap().parse().unwrap()
        })
    }

    async fn bodies(&self, queue: &str) -> Vec<String> {
        let asked = json!({ "MaxNumberOfMessages": 10 });
        let got = self.sqs("ReceiveMessage", queue, asked).await;
        let messages = got["Messages"].as_array().cloned().unwrap_or_default();
        let bodies = messages.iter().map(|it| it["Body"].as_str().unwrap());
        bodies.map(str::to_owned).collect()
    }
}

fn outputs(url: &str) -> Value {
    json!({
        "region": REGION,
        "fanoutQueueUrl": format!("{url}/{ACCOUNT}/{FANOUT}"),
        "deadLettersUrl": format!("{url}/{ACCOUNT}/{DEAD}"),
        "inletQueueUrl": format!("{url}/{ACCOUNT}/{INLET}"),
        "inletDeadLettersUrl": format!("{url}/{ACCOUNT}/{INLET_DEAD}"),
    })
}

/// A slice as the functions write it.
fn slice(publication: &str, given_up: bool) -> String {
    let mut slice = json!({
        "version": 1, "channel": "room:lobby", "publicationId": publication, "acceptedAtMs": 1_790_000_000_000_u64,
        "frame": SECRET, "attempt": 0,
        "receivers": [
            {"connection": "a=", "endpoint": "abc", "expiresAt": 1, "sinceMs": 1},
            {"connection": "b=", "endpoint": "abc", "expiresAt": 1, "sinceMs": 1},
        ],
    });
    if given_up {
        slice["givenUp"] = json!({"why": "refused", "attempts": 4, "atMs": 1_790_000_000_000_u64});
    }
    slice.to_string()
}

#[tokio::test]
async fn what_was_put_aside_is_listed_without_being_taken_and_without_what_was_published() {
    let served = Served::start().await;
    let said = served.says(&["list"]).await.done();
    assert!(said.stderr.contains("Nothing was put aside"), "{said:?}");
    for number in 0..12 {
        let publication = format!("p{number}");
        served.put(DEAD, &slice(&publication, true)).await;
    }
    let other = served.put(DEAD, "nothing of ours").await;

    let said = served.says(&["list"]).await.done();
    for told in ["room:lobby", "p11", "refused", "no slice of this version"] {
        assert!(said.stdout.contains(told), "{told}: {said:?}");
    }
    let listed = served.says(&["list", "--json"]).await.done();
    let letters = listed.json();
    assert_eq!(letters.as_array().unwrap().len(), 13);
    let letter = letters.as_array().unwrap();
    let letter = letter.iter().find(|it| it["publicationId"] == "p0");
    let letter = letter.unwrap();
    assert_eq!(
        (&letter["receivers"], &letter["attempts"], &letter["why"]),
        (&json!(2), &json!(4), &json!("refused"))
    );
    assert!(letters.to_string().contains(&other));
    assert!(!listed.stdout.contains("published") && !said.stdout.contains("published"));
    assert_eq!(served.counts(DEAD).await, [13, 0], "all is let go again");

    let few = served.says(&["list", "--limit", "3"]).await.done();
    assert!(few.stderr.contains("3 of about 13"), "{few:?}");
}

#[tokio::test]
async fn one_is_shown_and_its_payload_only_where_that_is_asked_for_and_never_as_it_would_steer_a_terminal()
 {
    let served = Served::start().await;
    let id = served.put(DEAD, &slice("p1", true)).await;
    served.put(DEAD, &slice("p2", true)).await;
    let said = served.says(&["show", &id]).await.done();
    for told in ["p1", "a= b=", "refused", "2026-09-21", "--payload"] {
        assert!(said.stdout.contains(told), "{told}: {said:?}");
    }
    assert!(!said.stdout.contains("published"), "{said:?}");
    let said = served.says(&["show", &id, "--payload"]).await.done();
    assert!(said.stdout.contains("was published"), "{said:?}");
    assert!(!said.stdout.contains('\u{1b}'), "{said:?}");
    let said = served.says(&["show", &id, "--payload", "--json"]).await;
    assert_eq!(said.done().json()["payload"], SECRET);
    assert_eq!(served.counts(DEAD).await, [2, 0]);
    let unknown = served.says(&["show", "059f36b4"]).await;
    unknown.failed(1, &["no message 059f36b4"]);
    assert_eq!(served.counts(DEAD).await, [2, 0]);
}

#[tokio::test]
async fn one_is_sent_out_again_with_all_its_attempts_and_the_others_stay() {
    let served = Served::start().await;
    let id = served.put(DEAD, &slice("p1", true)).await;
    served.put(DEAD, &slice("p2", true)).await;
    let unknown = served.says(&["redrive", "--id", &id, "--id", "x"]).await;
    unknown.failed(1, &["no message x"]);
    assert_eq!(served.counts(DEAD).await, [2, 0], "all or nothing");
    let said = served.says(&["redrive", "--id", &id]).await.done();
    assert!(said.stdout.contains("1 message sent out again"), "{said:?}");
    assert_eq!(served.counts(DEAD).await, [1, 0]);
    let bodies = served.bodies(FANOUT).await;
    let [body] = bodies.as_slice() else {
        panic!("{bodies:?}")
    };
    let sent: Value = serde_json::from_str(body).unwrap();
    let expected: Value = serde_json::from_str(&slice("p1", false)).unwrap();
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn all_are_sent_out_again_by_sqs_itself() {
    let served = Served::start().await;
    let said = served.says(&["redrive"]).await.done();
    assert!(said.stdout.contains("0 messages"), "{said:?}");
    for number in 0..3 {
        served.put(DEAD, &slice(&format!("p{number}"), true)).await;
    }
    let said = served.says(&["redrive", "--max-per-second", "100"]).await;
    let said = said.done();
    assert!(
        said.stdout.contains("3 messages sent out again"),
        "{said:?}"
    );
    assert_eq!(served.counts(DEAD).await, [0, 0]);
    assert_eq!(served.bodies(FANOUT).await.len(), 3);
}

#[tokio::test]
async fn nothing_is_deleted_without_a_yes() {
    let served = Served::start().await;
    let said = served.says(&["purge"]).await.done();
    assert!(said.stderr.contains("Nothing was put aside"), "{said:?}");
    served.put(DEAD, &slice("p1", true)).await;
    let unasked = served.says(&["purge"]).await;
    unasked.failed(1, &["nothing was deleted of 1 message", "--yes"]);
    assert_eq!(served.counts(DEAD).await, [1, 0]);
    let said = served.says(&["purge", "--yes"]).await.done();
    assert!(said.stdout.contains("1 message deleted"), "{said:?}");
    assert_eq!(served.counts(DEAD).await, [0, 0]);
    served.put(DEAD, &slice("p2", true)).await;
    let again = served.says(&["purge", "--yes"]).await;
    again.failed(3, &["SQS refuses PurgeQueue", "PurgeQueueInProgress"]);
}

#[tokio::test]
async fn what_the_inlet_could_not_take_is_listed_with_the_rest_and_sent_back_to_the_inlet() {
    let served = Served::start().await;
    let notice = json!({"version": 1, "notice": {
        "what": "left", "channel": "room:attic", "key": {"user": "alice", "session": "s-1"}, "atMs": 5,
    }});
    let left = served.put(DEAD, &notice.to_string()).await;
    let draft = json!({"channel": "order:1", "data": SECRET}).to_string();
    let order = served.put(INLET_DEAD, &draft).await;

    let said = served.says(&["list"]).await.done();
    for told in ["room:attic", "left", "order:1", "publication", "inlet"] {
        assert!(said.stdout.contains(told), "{told}: {said:?}");
    }
    assert!(!said.stdout.contains("published"), "{said:?}");
    let listed = served.says(&["list", "--queue", "inlet", "--json"]).await;
    let listed = listed.done().json();
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(
        (
            &listed[0]["queue"],
            &listed[0]["what"],
            &listed[0]["channel"]
        ),
        (&json!("inlet"), &json!("publication"), &json!("order:1"))
    );
    let shown = served.says(&["show", &left]).await.done();
    for told in ["alice", "s-1", "left"] {
        assert!(shown.stdout.contains(told), "{told}: {shown:?}");
    }
    let shown = served.says(&["show", &order, "--payload"]).await.done();
    assert!(shown.stdout.contains("was published"), "{shown:?}");
    let elsewhere = served.says(&["show", &order, "--queue", "fanout"]).await;
    elsewhere.failed(1, &["no message"]);

    let unknown = served.says(&["redrive", "--id", &order, "--id", "x"]).await;
    unknown.failed(1, &["no message x"]);
    assert_eq!(served.counts(INLET_DEAD).await, [1, 0], "all or nothing");
    served.says(&["redrive", "--id", &order]).await.done();
    assert_eq!(served.bodies(INLET).await, std::slice::from_ref(&draft));
    served.put(INLET_DEAD, &draft).await;
    let said = served.says(&["redrive"]).await.done();
    assert!(said.stderr.contains("--queue inlet"), "{said:?}");
    assert_eq!(served.bodies(FANOUT).await, [notice.to_string()]);
    assert_eq!(served.counts(INLET_DEAD).await, [1, 0]);
    let said = served.says(&["redrive", "--queue", "inlet"]).await.done();
    assert!(said.stdout.contains("1 message sent out again"), "{said:?}");
    served.put(INLET_DEAD, &draft).await;
    let said = served.says(&["purge", "--yes"]).await.done();
    assert!(said.stderr.contains("Nothing was put aside"), "{said:?}");
    assert_eq!(served.counts(INLET_DEAD).await, [1, 0]);
    served
        .says(&["purge", "--queue", "inlet", "--yes"])
        .await
        .done();
    assert_eq!(served.counts(INLET_DEAD).await, [0, 0]);
}

#[tokio::test]
async fn a_deployed_stacks_queues_are_found_through_pulumi_and_asked_with_the_operators_credentials()
 {
    let served = Served::start().await;
    served.put(DEAD, &slice("p1", true)).await;
    let here = Here::with_outputs(&outputs(&served.url));
    let list = ["dlq", "list", "--deployed", "--json"];
    let services = [("SQS", served.url.as_str())];
    let said = ended(here.with_aws(&list, &services, ACCESS_KEY_ID)).await;
    let said = said.done();
    assert!(said.stderr.contains("the deployed stack `dev`"), "{said:?}");
    assert_eq!(said.json()[0]["publicationId"], "p1");
    let stranger = ended(here.with_aws(&list, &services, "AKIASOMEBODYELSE0000")).await;
    stranger.failed(3, &["InvalidClientTokenId"]);
    let older = Here::with_outputs(&json!({ "region": REGION }));
    let older = ended(older.with_aws(&list, &services, ACCESS_KEY_ID)).await;
    older.failed(1, &["pulumi up"]);
}

#[tokio::test]
async fn wrong_arguments_are_told_as_such() {
    let served = Served::start().await;
    for arguments in [
        &["list", "--limit", "0"][..],
        &["redrive", "--max-per-second", "501"],
        &["show"],
    ] {
        let said = served.says(arguments).await;
        assert_eq!(said.code, Some(2), "{said:?}");
    }
}
