//! The server's side of a stack that `tidegate dev` runs: each command, the inlet's queue, and events.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

use std::fs;

use http::Method;
use serde_json::{Value, json};
use tidegate_e2e::{Client, Dev, Said, Tidegate, call, eventually, project_root};
use tidegate_local_runtime::ACCESS_KEY_ID;

/// A stack whose events of the shop are publications.
struct Stack {
    tidegate: Tidegate,
    dev: Dev,
}

impl Stack {
    async fn start() -> Self {
        let tidegate = Tidegate::new();
        let mut config = fs::read_to_string(project_root().join("Pulumi.dev.yaml")).unwrap();
        config.push_str("  tidegate:events: {publications: {pattern: {source: [shop]}}}\n");
        let file = tidegate.state().join("Pulumi.dev.yaml");
        fs::write(&file, config).unwrap();
        let arguments = ["--config-file", file.to_str().unwrap()];
        let dev = tidegate.dev(&arguments).await;
        Self { tidegate, dev }
    }

    async fn says(&self, arguments: &[&str]) -> Said {
        Said::of(&self.tidegate.run(arguments).await)
    }

    async fn client(&self, user: &str, query: &str) -> Client {
        let token = self.says(&["token", "--user", user]).await.done().stdout;
        let header = format!("Bearer {}", token.trim());
        let url = format!("{}{query}", self.dev.url());
        Client::connect(&url, &[("Authorization", &header)])
            .await
            .unwrap()
    }

    /// What the running stack notes of itself.
    fn note(&self) -> Value {
        let file = self.tidegate.state().join("dev").join("running.json");
        serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
    }

    /// One operation of an AWS API.
    async fn aws(&self, url: &Value, target: &str, service: &str, input: Value) -> Value {
        let credential = format!("{ACCESS_KEY_ID}/20261122/us-east-1/{service}/aws4_request");
        let headers = [
            ("x-amz-target", target),
            ("content-type", "application/x-amz-json-1.1"),
            (
                "authorization",
                &format!("AWS4-HMAC-SHA256 Credential={credential}"),
            ),
        ];
        let url = url.as_str().unwrap();
        let answer = call(Method::POST, url, &headers, &input.to_string()).await;
        let answer = answer.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
        serde_json::from_str(&answer.body).unwrap()
    }

    /// Whether the user has connections by what the command lists.
    async fn is_connected(&self, user: &str) -> bool {
        let listed = self.says(&["connections", "--user", user, "--json"]).await;
        !listed.done().json()["sessions"]
            .as_array()
            .unwrap()
            .is_empty()
    }
}

/// The next frame of this type.
async fn next(client: &mut Client, kind: &str) -> Value {
    loop {
        let frame = client.receive().await;
        if frame["type"] == kind {
            return frame;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backend_publishes_looks_and_puts_out() {
    let stack = Stack::start().await;
    let mut alice = stack
        .client("alice", "?room_id=lobby&session=alice-tab-1")
        .await;

    let published = [
        "publish",
        "room:lobby",
        r#"{"text":"hi"}"#,
        "--key",
        "k1",
        "--json",
    ];
    let first = stack.says(&published).await.done().json();
    assert_eq!(first["sent"], 1);
    let frame = next(&mut alice, "publication").await;
    assert_eq!(frame["data"], json!({"text": "hi"}));
    assert_eq!(frame["publicationId"], first["publicationId"]);
    let again = stack.says(&published).await.done().json();
    assert_eq!(
        (&again["duplicate"], &again["publicationId"]),
        (&json!(true), &first["publicationId"])
    );
    let shown = stack
        .says(&["publish", "room:lobby", "plain words"])
        .await
        .done();
    assert!(shown.stdout.contains("1 reached"), "{shown:?}");
    assert_eq!(next(&mut alice, "publication").await["data"], "plain words");
    let unknown = stack.says(&["publish", "nowhere:lobby", "1"]).await;
    unknown.failed(3, &["unknown_channel", "namespaces"]);
    let wrong = stack.says(&["publish", "lobby", "1"]).await;
    wrong.failed(2, &["namespace:name"]);

    let look = [
        "channels",
        "room:lobby",
        "news:all",
        "--presence",
        "--history",
        "1",
    ];
    let looked = stack
        .says(&[&look[..], &["--json"]].concat())
        .await
        .done()
        .json();
    assert_eq!(looked[0]["sessions"], 1);
    assert_eq!(
        looked[0]["members"],
        json!([{"user": "alice", "session": "alice-tab-1"}])
    );
    assert_eq!(
        looked[0]["history"]["publications"][0]["data"],
        "plain words"
    );
    let table = stack.says(&look).await.done().stdout;
    assert!(
        table.contains("alice-tab-1") && table.contains("plain words"),
        "{table}"
    );

    // What goes by way of the queue, from a backend and from a bus.
    let note = stack.note();
    let queue = &note["outputs"]["inletQueueUrl"];
    let body = json!({"channel": "room:lobby", "data": "by the queue"}).to_string();
    let input = json!({"QueueUrl": queue, "MessageBody": body});
    stack
        .aws(&note["sqsUrl"], "AmazonSQS.SendMessage", "sqs", input)
        .await;
    assert_eq!(
        next(&mut alice, "publication").await["data"],
        "by the queue"
    );
    let detail = json!({"channel": "room:lobby", "data": "by the bus"}).to_string();
    let entry = json!({"Source": "shop", "DetailType": "Order Sold", "Detail": detail});
    let input = json!({"Entries": [entry]});
    let put = stack
        .aws(&note["eventsUrl"], "AWSEvents.PutEvents", "events", input)
        .await;
    assert_eq!(put["FailedEntryCount"], 0, "{put}");
    assert_eq!(next(&mut alice, "publication").await["data"], "by the bus");

    let listed = stack.says(&["connections", "--user", "alice"]).await.done();
    assert!(
        listed.stdout.contains("alice-tab-1") && listed.stdout.contains("room:lobby"),
        "{listed:?}"
    );
    let none = [
        "kick",
        "--user",
        "alice",
        "--session",
        "another-tab",
        "--json",
    ];
    assert_eq!(stack.says(&none).await.done().json(), json!({"ended": 0}));
    let kicked = stack
        .says(&["kick", "--user", "alice", "--session", "alice-tab-1"])
        .await;
    assert!(kicked.done().stdout.contains("1 connection was put out"));
    assert_eq!(next(&mut alice, "goodbye").await["reason"], "kicked");
    eventually("alice is gone", async || {
        (!stack.is_connected("alice").await).then_some(())
    })
    .await;

    let unknown = stack.says(&["users", "revoke", "--user", "nobody"]).await;
    unknown.failed(3, &["UserNotFoundException"]);
    stack
        .says(&["users", "create", "--user", "bob"])
        .await
        .done();
    let note = stack.note();
    let (url, token) = (
        format!("{}/ticket", note["httpUrl"].as_str().unwrap()),
        stack.says(&["token", "--user", "bob"]).await.done().stdout,
    );
    let header = format!("Bearer {}", token.trim());
    let made = call(Method::POST, &url, &[("authorization", &header)], "")
        .await
        .unwrap();
    assert_eq!(made.status, 201, "{made:?}");
    let made: Value = serde_json::from_str(&made.body).unwrap();
    let query = format!("?room_id=lobby&ticket={}", made["ticket"].as_str().unwrap());
    let url = format!("{}{query}", stack.dev.url());
    let mut bob = Client::connect(&url, &[]).await.unwrap();
    let replayed = Client::connect(&url, &[]).await;
    assert_eq!(replayed.err().unwrap().status, 401);

    let revoked = stack
        .says(&["users", "revoke", "--user", "bob"])
        .await
        .done();
    assert!(
        revoked.stdout.contains("1 connection was put out"),
        "{revoked:?}"
    );
    assert_eq!(next(&mut bob, "goodbye").await["reason"], "revoked");
    let url = stack.dev.url();
    let refused = Client::connect(url, &[("Authorization", &header)]).await;
    assert_eq!(refused.err().unwrap().status, 401, "the token was revoked");
}
