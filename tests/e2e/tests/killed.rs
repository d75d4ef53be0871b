//! A function that is killed from outside. In a file, and so in a process, of its own: it kills every function that the
//! test's process has started.

#![expect(clippy::unwrap_used, reason = "test code: a panic is how a test fails")]

use serde_json::json;
use tidegate_contract::functions::Function;
use tidegate_e2e::{Stack, StackOptions};

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

/// The processes of a binary that this test's process started.
fn pids_of(name: &str) -> Vec<rustix::process::Pid> {
    let output = std::process::Command::new("ps")
        .args(["-A", "-o", "pid=,ppid=,comm="])
        .output()
        .unwrap();
    let own = std::process::id().to_string();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    // Names of commands are cut at 15 characters on Linux, and are paths on macOS.
    let cut: String = name.chars().take(15).collect();
    text.lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let (pid, parent, command) = (words.next()?, words.next()?, words.next()?);
            let ours = parent == own && command.rsplit('/').next()?.starts_with(&cut);
            ours.then(|| pid.parse().ok())
                .flatten()
                .and_then(rustix::process::Pid::from_raw)
        })
        .collect()
}
