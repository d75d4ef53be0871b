//! Who is there: seen by who stays.

use http::Method;
use serde_json::{Value, json};
use tidegate_client::PresenceEvent;
use tidegate_e2e::{Stack, call, eventually};
use tidegate_local_cloud::faults::{Fault, Probability};

use crate::party::Party;
use crate::scene::{CHANNEL, alone, joined, options, wire};
use crate::tokens::Tokens;

/// A lease of a minute falls due within two, the schedule goes off within one more, and then comes the grace.
const LEASE: std::time::Duration = std::time::Duration::from_secs(200);

/// What somebody saw of another one's coming and going.
fn seen(watcher: &Party, user: &str) -> Vec<PresenceEvent> {
    let changes = watcher.log.changes().into_iter();
    changes
        .filter(|it| it.user == user)
        .map(|it| it.event)
        .collect()
}

async fn sees(watcher: &Party, user: &str, expected: &[PresenceEvent]) {
    eventually("the change", || async {
        (seen(watcher, user) == expected).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reconnect_is_no_leave_and_an_end_is_one() {
    let _alone = alone().await;
    let stack = Stack::start(options()).await;
    let (wire, tokens) = (wire(&stack).await, Tokens::of_stack(&stack));
    let alice = Party::join("alice", stack.url(), CHANNEL, &tokens);
    joined(&[&alice.log]).await;
    let bob = Party::join("bob", &wire.url(stack.url()), CHANNEL, &tokens);
    sees(&alice, "bob", &[PresenceEvent::Join]).await;
    for cut in 1..=3 {
        wire.cut();
        eventually("his end, and that he is back", || async {
            (stack.reports("$disconnect").len() >= cut && bob.is_online()).then_some(())
        })
        .await;
    }
    // Each end put a look behind the grace. When none is left, nothing more can come of them.
    nothing_waits(&stack).await;
    assert_eq!(seen(&alice, "bob"), [PresenceEvent::Join]);
    let list = alice.client.presence(CHANNEL, None).await.unwrap();
    assert_eq!(list.count, Some(2), "{list:?}");
    bob.client.clone().close().await;
    sees(&alice, "bob", &[PresenceEvent::Join, PresenceEvent::Leave]).await;
    stack.stop().await;
}

/// Waits until the fan-out queue is empty: of what is there, what is worked on, and what is put off.
async fn nothing_waits(stack: &Stack) {
    let running = stack.runtime().running();
    let asked = json!({ "QueueUrl": running.outputs["fanoutQueueUrl"], "AttributeNames": ["All"] });
    let authorization =
        "AWS4-HMAC-SHA256 Credential=AKIALOCALTIDEGATE000/20260921/us-east-1/sqs/aws4_request";
    let headers = [
        ("x-amz-target", "AmazonSQS.GetQueueAttributes"),
        ("content-type", "application/x-amz-json-1.0"),
        ("authorization", authorization),
    ];
    eventually("an empty queue", || async {
        let answer = call(Method::POST, &running.sqs_url, &headers, &asked.to_string()).await;
        let answer: Value = serde_json::from_str(&answer.unwrap().body).unwrap();
        let counts = [
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
        ];
        counts
            .iter()
            .all(|count| answer["Attributes"][count] == "0")
            .then_some(())
    })
    .await;
}

/// It waits for a lease to fall due, which takes between one and two minutes by the functions' clock, which is the machine's:
/// beside other tests, and not before them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_is_killed_and_of_whose_end_nobody_tells_has_left_when_its_lease_is_due() {
    let options = options();
    let faults = options.faults.clone();
    let stack = Stack::start(options).await;
    let (wire, tokens) = (wire(&stack).await, Tokens::of_stack(&stack));
    let alice = Party::join("alice", stack.url(), CHANNEL, &tokens);
    joined(&[&alice.log]).await;
    let bob = Party::join("bob", &wire.url(stack.url()), CHANNEL, &tokens);
    sees(&alice, "bob", &[PresenceEvent::Join]).await;
    faults.set(Fault::DisconnectLost, Probability::ALWAYS);
    wire.accept(false);
    wire.cut();
    eventually("the end of his connection", || async {
        (faults.struck(Fault::DisconnectLost) == 1).then_some(())
    })
    .await;
    drop(bob);
    let leaves = async {
        let both = [PresenceEvent::Join, PresenceEvent::Leave];
        while seen(&alice, "bob") != both {
            assert!(seen(&alice, "bob").len() < 2, "{:?}", seen(&alice, "bob"));
            // The schedule goes off once a minute.
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(LEASE, leaves).await.unwrap();
    let list = alice.client.presence(CHANNEL, None).await.unwrap();
    assert_eq!(list.count, Some(1), "{list:?}");
    stack.stop().await;
}
