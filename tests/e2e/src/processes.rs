//! The processes of the functions.

use std::process::Command;

use rustix::process::Pid;

/// The processes of a binary that this test's process started.
///
/// # Panics
/// Where there is no `ps`.
#[must_use]
pub fn pids_of(name: &str) -> Vec<Pid> {
    let output = Command::new("ps")
        .args(["-A", "-o", "pid=,ppid=,comm="])
        .output()
        .unwrap_or_else(|error| panic!("ps: {error}"));
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
                .and_then(Pid::from_raw)
        })
        .collect()
}
