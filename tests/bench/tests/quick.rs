//! The benchmarks work: everything once, small and short. What they measure is not looked at.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

const BENCH: &str = env!("CARGO_BIN_EXE_tidegate-bench");
/// What it starts.
const SUBJECTS: [&str; 7] = [
    "tidegate-noop",
    "tidegate-echo-program",
    "tidegate-program",
    "tidegate-authorizer",
    "tidegate-connect",
    "tidegate-disconnect",
    "tidegate-message",
];
const RATES: [&str; 13] = [
    "a_1_per_s",
    "a_4_per_s",
    "b_1_per_s",
    "b_4_per_s",
    "c_1_per_s",
    "c_4_per_s",
    "a_over_b_1",
    "a_over_b_4",
    "d_1_publications_per_s",
    "d_1_deliveries_per_s",
    "d_10_deliveries_per_s",
    "e_connects_per_s",
    "g_stack_ms",
];
const SIZES: [&str; 5] = [
    "f_0_total_mib",
    "f_10_total_mib",
    "f_40_total_mib",
    "f_40_runtime_mib",
    "f_40_functions_mib",
];

#[test]
fn every_part_runs_and_leaves_nothing_behind() {
    let folder = Path::new(BENCH).parent().unwrap();
    if let Some(missing) = SUBJECTS.iter().find(|name| !folder.join(name).is_file()) {
        // `cargo xtask test` builds them all.
        eprintln!("skipped: there is no {missing} in {}", folder.display());
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let (temporary, json) = (
        scratch.path().join("tmp"),
        scratch.path().join("figures.json"),
    );
    std::fs::create_dir(&temporary).unwrap();

    let run = Command::new(BENCH)
        .args(["--quick", "--json"])
        .arg(&json)
        .env("TMPDIR", &temporary)
        .output()
        .unwrap();

    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{said}");
    let figures = std::fs::read(&json).unwrap();
    let figures: BTreeMap<String, f64> = serde_json::from_slice(&figures).unwrap();
    for key in RATES.iter().chain(&SIZES) {
        let figure = figures
            .get(*key)
            .unwrap_or_else(|| panic!("no {key} in {figures:?}"));
        assert!(*figure > 0.0, "{key} is {figure}");
    }
    assert_eq!(figures["d_function_errors"], 0.0, "{said}");
    assert_eq!(
        figures["e_invocations_per_session"], 3.0,
        "authorizer, $connect, $disconnect"
    );
    let tables = String::from_utf8_lossy(&run.stdout);
    assert!(
        tables.contains("a/b") && tables.contains("not met") | tables.contains(" met"),
        "{tables}"
    );
    assert_eq!(
        std::fs::read_dir(&temporary).unwrap().count(),
        0,
        "files are left"
    );
}
