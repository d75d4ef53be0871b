//! A function is killed.

use tidegate_contract::functions::Function;
use tidegate_e2e::{eventually, pids_of};
use tidegate_local_cloud::faults::{Fault, Probability};

use crate::scene::{Scene, alone, options};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_function_that_is_killed_in_the_middle_of_a_publish_loses_and_doubles_nothing() {
    let _alone = alone().await;
    let scene = Scene::start(options()).await;
    let message = scene.stack.function(Function::Message);
    let mut killed = 0;
    for _ in 0..5 {
        scene.publish(4);
        // Not when it waits: when it works.
        eventually("work", || async {
            (message.stats().busy > 0).then_some(())
        })
        .await;
        for pid in pids_of("tidegate-message") {
            killed += usize::from(
                rustix::process::kill_process(pid, rustix::process::Signal::KILL).is_ok(),
            );
        }
    }
    assert!(killed >= 5, "{killed}");
    scene.keeps_promise().await;
    assert!(message.stats().errors > 0, "{:?}", message.stats());
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn functions_that_crash_at_random_before_and_after_their_work_lose_and_double_nothing() {
    let _alone = alone().await;
    let scene = Scene::start(options()).await;
    // Connects, publications, deliveries by the queue, `$disconnect`s: each of them fails now and then.
    scene
        .faults
        .set(Fault::HandlerCrash, Probability::new(0.15).unwrap());
    for _ in 0..3 {
        scene.publish(6);
        eventually("answers", || async {
            (scene.alice.log.unanswered() == 0).then_some(())
        })
        .await;
        scene.wire.cut();
    }
    eventually("the rest of the answers", || async {
        let unanswered: u64 = scene.logs().iter().map(|log| log.unanswered()).sum();
        (unanswered == 0).then_some(())
    })
    .await;
    assert!(scene.faults.struck(Fault::HandlerCrash) > 5);
    scene.faults.set(Fault::HandlerCrash, Probability::NEVER);
    scene.keeps_promise().await;
    scene.stop().await;
}
