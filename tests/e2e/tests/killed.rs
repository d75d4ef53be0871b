//! A function that is killed from outside. In a file, and so in a process, of its own: it kills every function that the
//! test's process has started.

use serde_json::json;
use tidegate_contract::functions::Function;
use tidegate_e2e::{Stack, StackOptions, pids_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_function_that_is_killed_fails_one_frame_and_the_next_works() {
    let stack = Stack::start(StackOptions::default()).await;
    let mut alice = stack.client("alice").await;
    alice.join("room:lobby").await;
    let processes = pids_of("tidegate-message");
    assert!(!processes.is_empty(), "the function runs");
    // Killed while they wait: the next frame meets a process that is no more, or a new one. Either way the one after works.
    for pid in processes {
        let _gone = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
    }
    let mut worked = false;
    for _ in 0..3 {
        let reply = alice
            .request("subscribe", json!({ "channel": "room:lobby" }))
            .await;
        worked = reply["type"] == "subscribed";
        if worked {
            break;
        }
        assert_eq!(reply["message"], "Internal server error", "{reply}");
        assert!(
            reply["connectionId"].is_string() && reply["requestId"].is_string(),
            "{reply}"
        );
    }
    assert!(worked);
    assert!(stack.function(Function::Message).stats().cold_starts >= 2);
    stack.stop().await;
}
