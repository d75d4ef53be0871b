//! Shell scripts that stand for the tools of a machine, and may be started the moment that they are written.
//!
//! A system refuses to start a file that any process has open for writing ("Text file busy"). A test that writes a script
//! itself is not done with it when it has closed it: a thread beside it that starts a process at that moment gives the
//! child a copy of every open file, and the child keeps it until it has become its program. So no process with threads
//! writes one here; another, which has none, does, and has ended when the script is told to be there.

#![expect(
    clippy::panic,
    reason = "only tests call this, and a failure here is theirs"
)]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// Writes a shell script with these lines, which everybody may start. Folders above it are made.
///
/// # Panics
///
/// If it cannot be written: a test has nothing to go on with.
pub fn write(path: &Path, lines: &str) {
    let mut writer = Command::new("/bin/sh");
    writer.args([
        "-ec",
        "mkdir -p \"$(dirname \"$0\")\"; cat > \"$0\"; chmod 755 \"$0\"",
    ]);
    writer.arg(path).stdin(Stdio::piped());
    let written = writer.spawn().and_then(|mut writer| {
        if let Some(mut input) = writer.stdin.take() {
            input.write_all(format!("#!/bin/sh\n{lines}\n").as_bytes())?;
        }
        writer.wait()
    });
    match written {
        Ok(status) if status.success() => {}
        other => panic!("{} cannot be written: {other:?}", path.display()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a script said when it was started the moment that it was written.
    fn said(script: &Path, word: &str) -> String {
        write(script, &format!("echo {word}"));
        let output = Command::new(script).output();
        let output = output.unwrap_or_else(|error| panic!("{word}: {error}"));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    #[test]
    fn it_can_be_started_at_once_whatever_starts_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let folder = folder.path();
                scope.spawn(move || {
                    for round in 0..50 {
                        let word = format!("{thread}-{round}");
                        assert_eq!(said(&folder.join(&word).join("tool"), &word), word);
                    }
                });
            }
        });
    }

    #[test]
    fn one_that_is_there_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("tool of mine");
        assert_eq!(said(&script, "first"), "first");
        assert_eq!(said(&script, "second"), "second");
    }
}
