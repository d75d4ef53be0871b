//! Shell scripts that are started the moment that they are written.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// Writes an executable with these lines, through a process without threads.
///
/// A file that is open for writing anywhere cannot be started. Were it open in this process, a child that a test beside
/// this one starts would hold it too until it has become its program, long after it is closed here.
pub(crate) fn write_script(path: &Path, lines: &str) {
    let mut writer = Command::new("/bin/sh")
        .args(["-ec", "cat > \"$0\"; chmod 755 \"$0\""])
        .arg(path)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = writer.stdin.take().unwrap();
    write!(input, "#!/bin/sh\n{lines}\n").unwrap();
    drop(input);
    assert!(writer.wait().unwrap().success(), "{}", path.display());
}
