//! Flags by which the compiler names no folder of this machine, so that the same sources are the same bytes everywhere.
//!
//! Cargo leaves these flags out of the hashes that tell crates apart (`-C metadata`), so they can be given in the
//! environment; a test builds a function in two places to see that it stays so.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use cargo_metadata::camino::Utf8Path;
use cargo_metadata::{Metadata, Source};

use crate::machine::Machine;
use crate::target::Toolchain;

/// By what cargo parts the flags in `CARGO_ENCODED_RUSTFLAGS`.
const SEPARATOR: &str = "\u{1f}";

/// The flags for a build: those that the environment asks for, then ours.
///
/// Flags in cargo's configuration files have no say when the environment has: what suits the machine that builds, such
/// as `target-cpu=native`, would not start on Lambda.
pub(crate) fn encoded_flags(
    metadata: &Metadata,
    toolchain: &Toolchain,
    machine: &Machine,
) -> OsString {
    let mut flags = given(machine);
    for (from, to) in folders(metadata, toolchain, machine) {
        let mut flag = OsString::from("--remap-path-prefix=");
        flag.push(from);
        flag.push("=");
        flag.push(to);
        flags.push(flag);
    }
    flags.join(OsStr::new(SEPARATOR))
}

fn given(machine: &Machine) -> Vec<OsString> {
    let parts = |name, separator: &str| -> Option<Vec<OsString>> {
        let value = machine.variable(name)?.to_string_lossy();
        let parts = value.split(separator).filter(|part| !part.is_empty());
        Some(parts.map(OsString::from).collect())
    };
    let encoded = parts("CARGO_ENCODED_RUSTFLAGS", SEPARATOR);
    encoded
        .or_else(|| parts("RUSTFLAGS", " "))
        .unwrap_or_default()
}

/// The folders that differ by machine, and what they are called instead; of two that hold a file the compiler takes
/// the later, so the inner ones come last.
fn folders(
    metadata: &Metadata,
    toolchain: &Toolchain,
    machine: &Machine,
) -> Vec<(PathBuf, String)> {
    let mut folders = Vec::new();
    if let Some(home) = machine.cargo_home() {
        folders.push((home, "/cargo".to_owned()));
    }
    folders.push((
        metadata.workspace_root.clone().into(),
        "/workspace".to_owned(),
    ));
    folders.push((
        metadata.target_directory.clone().into(),
        "/target".to_owned(),
    ));
    // A registry's folder is named after where it is reached, which a mirror changes.
    let registries: BTreeSet<&Path> = metadata
        .packages
        .iter()
        .filter(|package| package.source.as_ref().is_some_and(Source::is_crates_io))
        .filter_map(|package| package.manifest_path.parent()?.parent())
        .map(Utf8Path::as_std_path)
        .collect();
    folders.extend(
        registries
            .into_iter()
            .map(|folder| (folder.to_owned(), "/registry".to_owned())),
    );
    if let Some(commit) = toolchain.commit() {
        let sources = toolchain.sysroot.join("lib/rustlib/src/rust");
        folders.push((sources, format!("/rustc/{commit}")));
    }
    folders.sort_by_key(|(folder, _)| folder.components().count());
    folders
}
