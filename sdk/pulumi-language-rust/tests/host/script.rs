//! The script that the Pulumi CLI finds the host by.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::write_script;

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("bin/pulumi-language-rust")
}

/// A cargo that says this, on each output, and ends so; for a script that is in no hurry to build anything.
fn with_cargo(folder: &Path, cargo: &str) -> Output {
    let path = folder.join("cargo");
    write_script(&path, cargo);
    let mut command = Command::new(script());
    command.env("CARGO", &path).args(["--version", "two words"]);
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn standard_output_is_the_hosts_alone() {
    let folder = tempfile::tempdir().unwrap();
    let host = env!("CARGO_BIN_EXE_pulumi-language-rust");
    let cargo = format!(
        "echo '   Compiling host' >&2\n\
         echo '{{\"reason\":\"compiler-artifact\",\"executable\":null}}'\n\
         echo '{{\"reason\":\"compiler-artifact\",\"executable\":\"{host}\",\"fresh\":true}}'\n\
         echo '{{\"reason\":\"build-finished\",\"success\":true}}'\n\
         echo '    Finished `dev` profile' >&2"
    );
    let output = with_cargo(folder.path(), &cargo);
    let version = concat!("pulumi-language-rust ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(text(&output.stdout), version);
    assert_eq!(text(&output.stderr), "   Compiling host\n");
    assert!(output.status.success());
}

#[test]
fn every_argument_reaches_the_host() {
    let folder = tempfile::tempdir().unwrap();
    let host = folder.path().join("host of mine");
    write_script(&host, "printf '<%s>' \"$@\"");
    let cargo = format!("echo '{{\"executable\":\"{}\"}}'", host.display());
    let output = with_cargo(folder.path(), &cargo);
    assert_eq!(text(&output.stdout), "<--version><two words>");
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn a_host_that_does_not_build_says_so_and_prints_no_port() {
    let folder = tempfile::tempdir().unwrap();
    let output = with_cargo(folder.path(), "echo 'error: broken' >&2\nexit 101");
    assert_eq!(text(&output.stdout), "");
    let stderr = text(&output.stderr);
    assert!(stderr.starts_with("error: broken\n"), "{stderr}");
    assert!(stderr.contains("could not be built"), "{stderr}");
    assert_eq!(output.status.code(), Some(101));
}

#[test]
fn a_missing_cargo_is_told_with_where_to_get_it() {
    let mut command = Command::new(script());
    command.env("CARGO", "no-such-cargo");
    let output = command.output().unwrap();
    assert_eq!(text(&output.stdout), "");
    let stderr = text(&output.stderr);
    assert!(stderr.contains("`no-such-cargo`"), "{stderr}");
    assert!(stderr.contains("https://rustup.rs"), "{stderr}");
    assert!(!output.status.success());
}
