//! The client that everybody has: `wscat`, in one channel with ours.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tidegate_e2e::{PATIENCE, missing, tool};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::scene::{CHANNEL, Scene, alone, history, options};

/// The client's version; the latest when this was written.
const WSCAT: &str = "wscat@6.1.0";

struct Wscat {
    process: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Wscat {
    /// Connects, and says this. What is typed before it is connected, it drops.
    fn start(npx: &Path, url: &str, token: &str, frames: &[Value]) -> Self {
        let frames = frames
            .iter()
            .flat_map(|frame| ["-x".to_owned(), frame.to_string()]);
        let mut process = Command::new(npx)
            .args(["--yes", WSCAT, "--no-color", "-c", url])
            .args(["-H", &format!("Authorization: Bearer {token}")])
            .args(["-w", "-1"])
            .args(frames)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self {
            input: process.stdin.take().unwrap(),
            output: BufReader::new(process.stdout.take().unwrap()).lines(),
            process,
        }
    }

    /// The next frame of a type.
    async fn hear(&mut self, of_type: &str) -> Value {
        let heard = async {
            while let Some(line) = self.output.next_line().await.unwrap() {
                let Some(json) = line.find('{').map(|start| &line[start..]) else {
                    continue;
                };
                let Ok(frame) = serde_json::from_str::<Value>(json) else {
                    continue;
                };
                if frame["type"] == of_type {
                    return frame;
                }
            }
            panic!("wscat ended before `{of_type}`");
        };
        let patience = PATIENCE + Duration::from_secs(60);
        let heard = tokio::time::timeout(patience, heard).await;
        heard.unwrap_or_else(|_| panic!("no `{of_type}`"))
    }

    async fn ended(mut self) {
        drop(self.input);
        let ended = tokio::time::timeout(PATIENCE, self.process.wait()).await;
        ended.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wscat_talks_with_our_clients_and_gets_what_it_missed_by_its_position() {
    let Some(npx) = tool("node", "npx", "wscat beside our clients") else {
        return;
    };
    let fetched = Command::new(&npx)
        .args(["--yes", WSCAT, "--version"])
        .output()
        .await;
    if !fetched.is_ok_and(|output| output.status.success()) {
        return missing("node", "wscat beside our clients: npx cannot fetch it");
    }
    let _alone = alone().await;
    let scene = Scene::start(options()).await;
    let url = scene.wire.url(scene.stack.url());
    let token = scene.tokens.of("dave").await;
    let subscribe = json!({ "action": "subscribe", "id": "1", "channel": CHANNEL });
    let mut wscat = Wscat::start(&npx, &url, &token, &[subscribe]);
    wscat.hear("subscribed").await;
    scene.publish(1);
    let mut last = wscat.hear("publication").await["position"].clone();
    for _ in 1..3 {
        let next = wscat.hear("publication").await;
        assert_eq!(
            next["position"]["offset"].as_u64(),
            last["offset"].as_u64().map(|it| it + 1)
        );
        last = next["position"].clone();
    }
    // The gateway is killed; what follows is published while nobody sits at the terminal.
    scene.wire.cut();
    wscat.ended().await;
    scene.publish(2);
    scene.keeps_promise().await;
    let since = json!({ "action": "subscribe", "id": "1", "channel": CHANNEL, "since": last });
    let publish = json!({
        "action": "publish", "id": "2", "channel": CHANNEL, "data": { "by": "dave", "n": 1 },
    });
    let mut wscat = Wscat::start(&npx, &url, &token, &[since, publish]);
    let back = wscat.hear("subscribed").await;
    assert_eq!(back["recovered"], true, "{back}");
    let missed = back["publications"].as_array().unwrap();
    let first = last["offset"].as_u64().unwrap() + 1;
    let offsets: Vec<_> = missed
        .iter()
        .filter_map(|it| it["position"]["offset"].as_u64())
        .collect();
    // Its own message went out at the same time, and may be there too.
    let all = first..first + offsets.len() as u64;
    assert!(
        offsets.len() >= 6 && offsets == all.collect::<Vec<_>>(),
        "{back}"
    );
    scene.keeps_promise().await;
    let history = history(&scene.stack, CHANNEL).await;
    let of_dave = history
        .iter()
        .filter(|it| it.user.as_deref() == Some("dave"));
    assert_eq!(of_dave.count(), 1, "and ours were told of it");
    drop(wscat);
    scene.stop().await;
}
