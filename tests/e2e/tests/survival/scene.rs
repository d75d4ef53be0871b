//! Two clients with our library and one without, in one channel of a running stack, behind a wire that can be cut.

use serde_json::{Value, json};
use tidegate_client::Publication;
use tidegate_e2e::{Stack, StackOptions, eventually};
use tidegate_local_cloud::faults::Faults;
use tokio::sync::{Mutex, MutexGuard};

use crate::log::Log;
use crate::party::Party;
use crate::plain::Plain;
use crate::tokens::Tokens;
use crate::wire::Wire;

pub(crate) const CHANNEL: &str = "room:lobby";

/// One stack at a time: each has a dozen processes, and one test kills what this process has started.
static ONE: Mutex<()> = Mutex::const_new(());

/// Waits until no other stack runs.
pub(crate) async fn alone() -> MutexGuard<'static, ()> {
    ONE.lock().await
}

pub(crate) struct Scene {
    pub(crate) stack: Stack,
    pub(crate) wire: Wire,
    pub(crate) faults: Faults,
    pub(crate) tokens: Tokens,
    pub(crate) alice: Party,
    pub(crate) bob: Party,
    pub(crate) carol: Plain,
}

/// A stack with a history that keeps all that a test publishes, and to which clients come back within a second.
pub(crate) fn options() -> StackOptions {
    StackOptions {
        namespaces: Some(json!({ "room": {
            "subscribe": "signedIn", "publish": "signedIn", "presence": "full",
            "history": { "size": 10_000, "ageSeconds": 86_400 },
        } })),
        settings: vec![
            ("gateway", json!({ "reconnectWindowSeconds": 1 })),
            ("presence", json!({ "graceSeconds": 5, "leaseMinutes": 1 })),
        ],
        ..StackOptions::default()
    }
}

/// A wire to the socket of a stack.
pub(crate) async fn wire(stack: &Stack) -> Wire {
    Wire::to(stack.url().split('/').nth(2).unwrap()).await
}

impl Scene {
    pub(crate) async fn start(options: StackOptions) -> Self {
        let faults = options.faults.clone();
        let stack = Stack::start(options).await;
        let wire = wire(&stack).await;
        let url = wire.url(stack.url());
        let tokens = Tokens::of_stack(&stack);
        let scene = Self {
            alice: Party::join("alice", &url, CHANNEL, &tokens),
            bob: Party::join("bob", &url, CHANNEL, &tokens),
            carol: Plain::join("carol", &url, CHANNEL, tokens.clone()),
            stack,
            wire,
            faults,
            tokens,
        };
        joined(&scene.logs()).await;
        scene
    }

    pub(crate) fn logs(&self) -> [&Log; 3] {
        [&self.alice.log, &self.bob.log, &self.carol.log]
    }

    /// Each publishes so many messages, all at the same time.
    pub(crate) fn publish(&self, messages: usize) {
        for _ in 0..messages {
            self.alice.publish();
            self.bob.publish();
            self.carol.publish();
        }
    }

    /// Waits until everybody has everything, and holds them to the promise.
    pub(crate) async fn keeps_promise(&self) {
        keep_promise(&self.stack, &self.logs()).await;
    }

    pub(crate) async fn stop(self) {
        let Self {
            stack,
            alice,
            bob,
            carol,
            ..
        } = self;
        drop((alice, bob, carol));
        stack.stop().await;
    }
}

pub(crate) async fn joined(logs: &[&Log]) {
    eventually("that all have joined", || async {
        logs.iter().all(|log| log.is_joined()).then_some(())
    })
    .await;
}

/// Waits until every message has its answer and everybody has everything, and holds them to the promise: all in order, once,
/// and nothing was lost, for nothing had to be.
pub(crate) async fn keep_promise(stack: &Stack, logs: &[&Log]) {
    eventually("the answers to all messages", || async {
        logs.iter().all(|log| log.unanswered() == 0).then_some(())
    })
    .await;
    let history = history(stack, CHANNEL).await;
    for log in logs {
        log.check_published(&history);
    }
    eventually("all publications to everybody", || async {
        logs.iter()
            .all(|log| log.missing(&history) == 0)
            .then_some(())
    })
    .await;
    for log in logs {
        assert_eq!(log.losses(), 0, "{log} lost something: {:?}", log.seen());
    }
}

/// All of a channel's history, as one asks for it who was not there: from the newest back to the first.
pub(crate) async fn history(stack: &Stack, channel: &str) -> Vec<Publication> {
    let mut reader = stack.client("a-reader").await;
    let (mut all, mut before) = (Vec::<Publication>::new(), Value::Null);
    for _ in 0..1_000 {
        let mut asked = json!({ "channel": channel, "limit": 100 });
        if !before.is_null() {
            asked["before"] = before;
        }
        let page = reader.request("history", asked).await;
        assert_eq!(page["type"], "history", "{page}");
        let publications: Vec<Publication> =
            serde_json::from_value(page["publications"].clone()).unwrap();
        all.extend(publications);
        if page["complete"] == true {
            reader.close().await;
            all.reverse();
            return all;
        }
        before = json!(all.last().unwrap().position);
    }
    panic!("the history has no end: {} publications", all.len());
}
