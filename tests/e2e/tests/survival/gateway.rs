//! The gateway is killed.

use serde_json::json;
use tidegate_e2e::{StackOptions, eventually};
use tidegate_local_cloud::faults::{Fault, Probability};

use crate::log::Log;
use crate::scene::{Scene, alone, options};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_that_is_killed_again_and_again_while_all_publish_loses_nothing() {
    let _alone = alone().await;
    let scene = Scene::start(options()).await;
    // Nobody tells of the end of a connection whose gateway is no more.
    scene.faults.set(Fault::DisconnectLost, Probability::ALWAYS);
    for kill in 1..=4 {
        scene.publish(5);
        // In the middle: some messages are acked, some are on their way.
        let answered = scene.alice.log.unanswered();
        eventually("an answer", || async {
            (answered == 0 || scene.alice.log.unanswered() < answered).then_some(())
        })
        .await;
        scene.wire.accept(false);
        scene.wire.cut();
        // What is published while it is away waits until it is back.
        scene.publish(3);
        eventually("that all notice", || async {
            (!scene.alice.is_online() && !scene.bob.is_online()).then_some(())
        })
        .await;
        scene.wire.accept(true);
        eventually("that all are back", || async {
            (scene.alice.is_online() && scene.bob.is_online()).then_some(())
        })
        .await;
        assert!(scene.faults.struck(Fault::DisconnectLost) >= kill);
    }
    scene.keeps_promise().await;
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_away_for_more_than_a_frame_holds_gets_it_page_by_page() {
    let _alone = alone().await;
    let scene = Scene::start(options()).await;
    scene.wire.accept(false);
    scene.wire.cut();
    eventually("that all notice", || async {
        (!scene.alice.is_online() && !scene.bob.is_online()).then_some(())
    })
    .await;
    // Somebody who came another way talks on: 45 messages of 1 KB, where a frame holds 32 KB.
    let mut dave = scene.stack.client("dave").await;
    for number in 1..=45 {
        let data = json!({ "by": "dave", "n": number, "text": "x".repeat(1_000) });
        let message = json!({ "channel": crate::scene::CHANNEL, "data": data });
        let reply = dave.request("publish", message).await;
        assert_eq!(reply["type"], "ack", "{reply}");
    }
    scene.wire.accept(true);
    scene.publish(2);
    scene.keeps_promise().await;
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_away_for_longer_than_the_history_is_told_that_something_is_lost() {
    let _alone = alone().await;
    let scene = Scene::start(StackOptions {
        namespaces: Some(json!({ "room": {
            "subscribe": "signedIn", "publish": "signedIn", "history": { "size": 5, "ageSeconds": 86_400 },
        } })),
        ..options()
    })
    .await;
    scene.publish(1);
    eventually("the first messages", || async {
        let counts = scene.logs().map(|log| log.seen().len());
        // That it has joined, and three publications.
        counts.iter().all(|seen| *seen >= 4).then_some(())
    })
    .await;
    scene.wire.accept(false);
    scene.wire.cut();
    eventually("that all notice", || async {
        (!scene.alice.is_online() && !scene.bob.is_online()).then_some(())
    })
    .await;
    let mut dave = scene.stack.client("dave").await;
    for number in 1..=10 {
        let data = json!({ "by": "dave", "n": number });
        let message = json!({ "channel": crate::scene::CHANNEL, "data": data });
        let reply = dave.request("publish", message).await;
        assert_eq!(reply["type"], "ack", "{reply}");
    }
    scene.wire.accept(true);
    eventually("that all are told", || async {
        let losses = scene.logs().map(Log::losses);
        (losses == [1, 1, 1]).then_some(())
    })
    .await;
    // And from there on nothing is lost: what comes now follows the place that `Lost` named.
    let data = json!({ "by": "dave", "n": 11 });
    let message = json!({ "channel": crate::scene::CHANNEL, "data": data });
    let reply = dave.request("publish", message).await;
    let id = reply["publicationId"].as_str().unwrap();
    eventually("the next message", || async {
        let newest = scene.logs().map(Log::newest);
        newest
            .iter()
            .all(|newest| newest.as_deref() == Some(id))
            .then_some(())
    })
    .await;
    assert_eq!(scene.logs().map(Log::losses), [1, 1, 1]);
    scene.stop().await;
}
