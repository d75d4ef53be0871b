//! The benchmarks of the Pulumi program work: everything once, without npm and cargo. What they measure is not looked
//! at.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

const BENCH: &str = env!("CARGO_BIN_EXE_tidegate-bench");
/// What it starts.
const SUBJECTS: [&str; 8] = [
    "tidegate-program",
    "tidegate-services-program",
    "pulumi-language-rust",
    "pulumi-resource-aws",
    "tidegate-authorizer",
    "tidegate-connect",
    "tidegate-disconnect",
    "tidegate-message",
];

#[test]
fn every_part_that_needs_no_other_tool_runs_and_leaves_nothing_behind() {
    let folder = Path::new(BENCH).parent().unwrap();
    if let Some(missing) = SUBJECTS.iter().find(|name| !folder.join(name).is_file()) {
        // `cargo xtask test` builds them all.
        eprintln!("skipped: there is no {missing} in {}", folder.display());
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let temporary = scratch.path().join("tmp");
    let json = scratch.path().join("figures.json");
    std::fs::create_dir(&temporary).unwrap();

    let run = Command::new(BENCH)
        .args(["pulumi", "--quick", "--json"])
        .arg(&json)
        .env("TMPDIR", &temporary)
        .output()
        .unwrap();

    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{said}");
    let figures = std::fs::read(&json).unwrap();
    let figures: BTreeMap<String, f64> = serde_json::from_slice(&figures).unwrap();
    for program in ["dev", "small", "large"] {
        assert!(figures[&format!("run_{program}_ms")] > 0.0, "{figures:?}");
    }
    assert!(
        figures["run_large_resources"] > 200.0,
        "as large as a stack in production"
    );
    let tables = String::from_utf8_lossy(&run.stdout);
    assert!(tables.contains(" met"), "{tables}");
    let previewed = figures.get("preview_rust_dev_s");
    assert!(
        previewed.is_some_and(|seconds| *seconds > 0.0)
            || tables.contains("skipped: previews: no `pulumi` on the PATH"),
        "{tables}"
    );
    let left = std::fs::read_dir(&temporary).unwrap().count();
    assert_eq!(left, 0, "files are left");
}
