//! The official downloads, each checked against the checksum that its makers publish beside it.
//!
//! A checksum from the same server tells a broken download and no forged one. Zig's makers sign their releases, and their
//! key is pinned here. Those of cargo-zigbuild do not: what of it is pinned is its package on PyPI, by hash.

use std::collections::BTreeMap;
use std::env::consts::{ARCH, OS};
use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};

use minisign_verify::{PublicKey, Signature};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{Wanted, ZIG, install as install_whole, run};
use crate::machine::Machine;

/// The key of the Zig Software Foundation, as https://ziglang.org/download has it.
const ZIG_KEY: &str = "RWSGOq2NVecA2UPNdBUZykf1CCb147pkmdtYxgb3Ti+JO/wCYvhbAb/U";

/// Where the releases are.
pub(super) struct Source {
    cargo_zigbuild: String,
    zig: String,
    zig_key: String,
    /// The only protocol that is spoken, also where a server sends us on.
    protocol: &'static str,
}

impl Source {
    pub(super) fn official() -> Self {
        Self {
            cargo_zigbuild: "https://github.com/rust-cross/cargo-zigbuild/releases/download"
                .to_owned(),
            zig: "https://ziglang.org/download".to_owned(),
            zig_key: ZIG_KEY.to_owned(),
            protocol: "=https",
        }
    }

    #[cfg(test)]
    pub(super) fn below(url: &str, zig_key: &str) -> Self {
        Self {
            cargo_zigbuild: url.to_owned(),
            zig: url.to_owned(),
            zig_key: zig_key.to_owned(),
            protocol: "=file",
        }
    }
}

/// Where a release is, and the SHA-256 that it must have, in hexadecimal.
struct Release {
    archive: String,
    checksum: String,
    /// The key that it must be signed with, where its makers sign.
    key: Option<String>,
}

/// Downloads, checks and unpacks.
pub(super) fn install(
    wanted: &Wanted,
    source: &Source,
    machine: &Machine,
    folder: &Path,
    kept: &Path,
) -> Result<(), String> {
    let release = if wanted.name == ZIG.name {
        zig(wanted, source, machine)?
    } else {
        cargo_zigbuild(wanted, source, machine)?
    };
    let archive = curl(machine, source, &release.archive)?;
    let found = hexadecimal(&archive);
    if found != release.checksum {
        return Err(format!(
            "{} is not what was released: its SHA-256 is {found}",
            release.archive
        ));
    }
    if let Some(key) = &release.key {
        let signature = curl(machine, source, &format!("{}.minisig", release.archive))?;
        verify(key, &signature, &archive, &release.archive)?;
    }
    install_whole(folder, kept, |fresh| {
        let file = fresh.join("archive");
        fs::write(&file, archive)
            .map_err(|error| format!("{} cannot be written: {error}", file.display()))?;
        let [file, into] = [&file, &fresh.to_owned()].map(|path| path.clone().into_os_string());
        run(machine, "tar", ["-xf".into(), file, "-C".into(), into])?;
        folder_with(fresh, wanted.executables[0])
    })
}

/// The folder in the archive that has the executable.
fn folder_with(fresh: &Path, executable: &str) -> Result<PathBuf, String> {
    let entries = fs::read_dir(fresh).into_iter().flatten().flatten();
    let mut folders = entries.map(|entry| entry.path());
    let found = folders.find(|folder| folder.join(executable).is_file());
    found.ok_or_else(|| format!("the archive has no folder with {executable}"))
}

/// The release of cargo-zigbuild for this machine, with the checksum from the file beside it.
fn cargo_zigbuild(wanted: &Wanted, source: &Source, machine: &Machine) -> Result<Release, String> {
    let platform = match (ARCH, OS) {
        ("x86_64", "linux") => "x86_64-unknown-linux-musl",
        ("aarch64", "linux") => "aarch64-unknown-linux-gnu",
        ("x86_64", "macos") => "x86_64-apple-darwin",
        ("aarch64", "macos") => "aarch64-apple-darwin",
        _ => return Err(format!("there is none for {ARCH} {OS}")),
    };
    let Wanted { name, version, .. } = wanted;
    let base = &source.cargo_zigbuild;
    let archive = format!("{base}/v{version}/{name}-{platform}.tar.xz");
    let text = curl(machine, source, &format!("{archive}.sha256"))?;
    let text = String::from_utf8_lossy(&text);
    let checksum = text
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .to_owned();
    Ok(Release {
        archive,
        checksum,
        key: None,
    })
}

#[derive(Deserialize)]
struct Download {
    tarball: String,
    shasum: String,
}

/// The release of zig for this machine, from the index of all.
fn zig(wanted: &Wanted, source: &Source, machine: &Machine) -> Result<Release, String> {
    let index = curl(machine, source, &format!("{}/index.json", source.zig))?;
    let index: BTreeMap<String, BTreeMap<String, serde_json::Value>> =
        serde_json::from_slice(&index)
            .map_err(|error| format!("the index cannot be read: {error}"))?;
    let platform = format!("{ARCH}-{OS}");
    let download = index
        .get(wanted.version)
        .and_then(|release| release.get(&platform));
    let download =
        download.ok_or_else(|| format!("the index has no {} for {platform}", wanted.version))?;
    let Download { tarball, shasum } = Download::deserialize(download)
        .map_err(|error| format!("the index cannot be read: {error}"))?;
    Ok(Release {
        archive: tarball,
        checksum: shasum,
        key: Some(source.zig_key.clone()),
    })
}

/// Whether the makers signed just this archive under just this name: an older release is signed too.
fn verify(key: &str, signature: &[u8], archive: &[u8], url: &str) -> Result<(), String> {
    let wrong = |problem: &dyn Display| format!("the signature of {url} is not right: {problem}");
    let key = PublicKey::from_base64(key).map_err(|error| wrong(&error))?;
    let signature = Signature::decode(&String::from_utf8_lossy(signature));
    let signature = signature.map_err(|error| wrong(&error))?;
    let verified = key.verify(archive, &signature, false);
    verified.map_err(|error| wrong(&error))?;
    let name = url.rsplit('/').next().unwrap_or_default();
    let mut comment = signature.trusted_comment().split('\t');
    if comment.any(|part| part.strip_prefix("file:") == Some(name)) {
        Ok(())
    } else {
        Err(wrong(&format_args!("it is not of a file named {name}")))
    }
}

fn curl(machine: &Machine, source: &Source, url: &str) -> Result<Vec<u8>, String> {
    let arguments = ["--fail", "--silent", "--show-error", "--location"];
    let limits = ["--connect-timeout", "5", "--max-time", "600"];
    let protocols = ["--proto", source.protocol, "--proto-redir", source.protocol];
    let arguments = arguments.into_iter().chain(limits).chain(protocols);
    let downloaded = run(machine, "curl", arguments.chain([url]));
    downloaded.map_err(|problem| format!("{url}: {problem}"))
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
