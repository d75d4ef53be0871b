//! The benchmarks of messaging work: everything once, small and short. Of what they measure, only what must not be is
//! looked at.

#![expect(clippy::unwrap_used, reason = "test code: a panic is how a test fails")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

const BENCH: &str = env!("CARGO_BIN_EXE_tidegate-bench");
/// What it starts.
const SUBJECTS: [&str; 9] = [
    "tidegate-noop",
    "tidegate-test-handler",
    "tidegate-program",
    "tidegate-authorizer",
    "tidegate-connect",
    "tidegate-disconnect",
    "tidegate-message",
    "tidegate-fanout",
    "tidegate-sweep",
];

fn figures(parts: &str) -> BTreeMap<String, f64> {
    let scratch = tempfile::tempdir().unwrap();
    let json = scratch.path().join("figures.json");
    let run = Command::new(BENCH)
        .args(["messaging", "--quick", "--only", parts, "--json"])
        .arg(&json)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{said}");
    serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap()
}

#[test]
fn nothing_is_missed_in_hand_overs_and_all_who_were_dropped_come_back() {
    let figures = figures("handovers,returns");
    assert!(figures["handovers"] >= 20.0, "{figures:?}");
    assert!(figures["handover_deliveries"] > 1_000.0, "{figures:?}");
    assert_eq!(figures["handover_missed"], 0.0, "{figures:?}");
    assert!(figures["return_s"] > 0.0, "{figures:?}");
}

#[test]
fn frames_and_deliveries_are_measured() {
    let folder = Path::new(BENCH).parent().unwrap();
    if let Some(missing) = SUBJECTS.iter().find(|name| !folder.join(name).is_file()) {
        // `cargo xtask test` builds them all.
        eprintln!("skipped: there is no {missing} in {}", folder.display());
        return;
    }
    let figures = figures("handler,deliveries");
    for frame in ["publish", "publish_with_history", "heads"] {
        assert!(
            figures[&format!("handler_{frame}_over_noop")] > 0.0,
            "{figures:?}"
        );
    }
    for way in ["direct", "queue"] {
        assert!(
            figures[&format!("deliveries_{way}_10_per_s")] > 0.0,
            "{figures:?}"
        );
    }
}
