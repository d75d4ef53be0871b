//! What goes wrong on AWS now and then goes wrong all the time: direct and by way of the queue.

use serde_json::json;
use tidegate_e2e::{StackOptions, eventually};
use tidegate_local_cloud::faults::{Fault, Probability};

use crate::scene::{Scene, alone, options};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_lose_nothing_where_the_message_function_delivers() {
    survive(options(), &[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_lose_nothing_where_the_queue_delivers() {
    let by_queue = StackOptions {
        delivery: Some(json!({ "directReceivers": 1 })),
        ..options()
    };
    survive(by_queue, &[Fault::MessageDoubled]).await;
}

async fn survive(options: StackOptions, also: &[Fault]) {
    let _alone = alone().await;
    let scene = Scene::start(options).await;
    let half = Probability::new(0.5).unwrap();
    for fault in [Fault::PostGone, Fault::PostThrottled].iter().chain(also) {
        scene.faults.set(*fault, half);
        for _ in 0..3 {
            scene.publish(3);
            answered(&scene).await;
        }
        strikes(&scene, *fault).await;
        scene.faults.set(*fault, Probability::NEVER);
        scene.keeps_promise().await;
    }
    for fault in [
        Fault::DisconnectLost,
        Fault::DisconnectLate,
        Fault::DisconnectDoubled,
    ] {
        scene.faults.set(fault, Probability::ALWAYS);
        for _ in 0..2 {
            scene.publish(3);
            scene.wire.cut();
            answered(&scene).await;
        }
        strikes(&scene, fault).await;
        scene.faults.set(fault, Probability::NEVER);
        scene.keeps_promise().await;
    }
    scene.stop().await;
}

async fn strikes(scene: &Scene, fault: Fault) {
    eventually("the fault", || async {
        (scene.faults.struck(fault) > 0).then_some(())
    })
    .await;
}

async fn answered(scene: &Scene) {
    eventually("all answers", || async {
        let unanswered: u64 = scene.logs().iter().map(|log| log.unanswered()).sum();
        (unanswered == 0).then_some(())
    })
    .await;
}
