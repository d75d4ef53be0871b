//! `tidegate load` against `tidegate dev`: people talk, drop off, come back and hand over, and nothing is lost in silence.

use serde_json::{Value, json};
use tidegate_e2e::Tidegate;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_and_hand_overs_lose_nothing_in_silence_and_the_report_stands_alone() {
    let tidegate = Tidegate::new();
    let dev = tidegate.dev(&[]).await;
    let folder = tempfile::tempdir().unwrap();
    let (mix, report) = (
        folder.path().join("mix.json"),
        folder.path().join("load.html"),
    );
    let wild = json!({
        "name": "<wild>", "namespace": "room", "usersPerChannel": 5, "publishers": 1.0, "publishEveryS": 0.5,
        "payloadBytes": 100, "pingEveryS": 1.0, "handovers": 0.5, "storms": [{"at": 0.3, "share": 0.5}],
    });
    std::fs::write(&mix, wild.to_string()).unwrap();

    let ran = tidegate
        .run(&[
            "load",
            "--users",
            "20",
            "--rate",
            "50",
            "--duration",
            "5s",
            "--seed",
            "7",
            "--mix",
            mix.to_str().unwrap(),
            "--report",
            report.to_str().unwrap(),
            "--json",
        ])
        .await;

    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}");
    let printed: Value = serde_json::from_slice(&ran.stdout).unwrap();
    let outcome = &printed["outcome"];
    let publications = &outcome["publications"];
    assert_eq!(publications["lostInSilence"], 0, "{outcome}");
    assert_eq!(publications["doubled"], 0, "{outcome}");
    assert_eq!(publications["contradictions"], 0, "{outcome}");
    assert!(publications["acked"].as_u64().unwrap() > 50, "{outcome}");
    assert_eq!(publications["acked"], publications["sent"], "{outcome}");
    // Everybody is in a channel of five, and what was missed in the storm came afterwards.
    let acked = publications["acked"].as_u64().unwrap();
    let lost = publications["lostWithNotice"].as_u64().unwrap();
    assert_eq!(
        publications["delivered"].as_u64().unwrap() + lost,
        5 * acked,
        "{outcome}"
    );
    assert!(outcome["counts"]["dropped"].as_u64() > Some(0), "{outcome}");
    assert!(
        outcome["counts"]["handovers"].as_u64() > Some(0),
        "{outcome}"
    );
    assert_eq!(outcome["unfinished"], 0, "{outcome}");
    assert!(printed["quotas"][0]["share"].as_f64() > Some(0.0));

    let page = std::fs::read_to_string(&report).unwrap();
    assert!(page.contains("<svg") && page.contains("prefers-color-scheme"));
    assert!(page.contains("&lt;wild&gt;") && !page.contains("<wild>"));
    for outside in ["http://", "https://", "<script", "src=", "@import"] {
        assert!(!page.contains(outside), "{outside} is in the page");
    }
    drop(dev);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_not_there_fails_the_load_with_the_reason() {
    let tidegate = Tidegate::new();
    let ran = tidegate
        .run(&[
            "load",
            "--users",
            "1",
            "--url",
            "ws://127.0.0.1:1/dev",
            "--token-command",
        ])
        .await;
    assert_eq!(ran.status.code(), Some(2), "an option without its value");
    let ran = tidegate
        .run(&["load", "--users", "1", "--url", "ws://127.0.0.1:1/dev"])
        .await;
    assert_eq!(ran.status.code(), Some(1));
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(said.contains("--token-command"), "{said}");
}
