//! Tools that may be missing.

use std::io::Write;
use std::path::PathBuf;

/// The path of a tool that a test needs. Where it is missing, the test is skipped and says so at the end of the run;
/// where `TIDEGATE_REQUIRE` names it, the test fails.
///
/// # Panics
/// When the tool is required and missing.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "the edge of the tests: how they are run is told in the environment"
)]
pub fn tool(name: &str, command: &str, what_is_skipped: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&folders)
        .map(|folder| folder.join(command))
        .find(|path| path.is_file());
    if found.is_some() {
        return found;
    }
    missing(
        name,
        &format!("{what_is_skipped}: no `{command}` on the PATH"),
    );
    None
}

/// Skips a test whose tool is not to be had: says so at the end of the run.
///
/// # Panics
/// When `TIDEGATE_REQUIRE` names the tool.
#[expect(
    clippy::disallowed_methods,
    reason = "the edge of the tests: how they are run is told in the environment"
)]
pub fn missing(name: &str, line: &str) {
    let required = std::env::var("TIDEGATE_REQUIRE").unwrap_or_default();
    assert!(
        !required.split(',').any(|required| required.trim() == name),
        "{name} is required: {line}"
    );
    eprintln!("skipped: {line}");
    if let Some(path) = std::env::var_os("TIDEGATE_SKIP_FILE") {
        let file = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(path);
        // In one write, for other tests note theirs at the same time. What cannot be noted has been printed.
        let _noted = file.and_then(|mut file| file.write_all(format!("{line}\n").as_bytes()));
    }
}
