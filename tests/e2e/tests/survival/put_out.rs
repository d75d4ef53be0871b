//! A backend puts somebody out.

use http::Method;
use serde_json::Value;
use tidegate_client::{CloseReason, State};
use tidegate_e2e::{Stack, call, eventually};

use crate::scene::{Scene, alone, options};

/// A call of the server's API, as any tool signs it.
async fn server(stack: &Stack, method: Method, path: &str) -> Value {
    let url = format!(
        "{}{path}",
        stack.runtime().running().http_url.clone().unwrap()
    );
    let authorization = "AWS4-HMAC-SHA256 Credential=AKIALOCALTIDEGATE000/20260921/us-east-1/execute-api/aws4_request";
    let answer = call(method, &url, &[("authorization", authorization)], "").await;
    let answer = answer.unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    serde_json::from_str(&answer.body).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_kicked_or_revoked_is_out_at_once_and_the_others_lose_nothing() {
    let _alone = alone().await;
    let scene = Scene::start(options()).await;
    scene.publish(3);
    scene.keeps_promise().await;
    let ended = server(&scene.stack, Method::DELETE, "/users/carol/connections").await;
    assert_eq!(ended["ended"], 1);
    let ended = server(&scene.stack, Method::POST, "/users/bob/revocations").await;
    assert_eq!(ended["ended"], 1);
    eventually("his end, or another token", || async {
        let listed = scene.stack.reports("$disconnect");
        (listed.len() >= 2).then_some(())
    })
    .await;
    let bob = scene.bob.client.state();
    eventually("what became of him", || async {
        match &*bob.borrow() {
            // The library was told not to come back.
            State::Closed { reason } => {
                assert!(matches!(reason, CloseReason::Goodbye { .. }), "{reason:?}");
                Some(())
            }
            _ => None,
        }
    })
    .await;
    // Carol's client does not care, and comes back: she was kicked, and her token holds.
    scene.alice.publish();
    scene.carol.publish();
    crate::scene::keep_promise(&scene.stack, &[&scene.alice.log, &scene.carol.log]).await;
    scene.stop().await;
}
