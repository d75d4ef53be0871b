//! The Pulumi CLI: from the PATH, else from its official download.

use std::env::consts::{ARCH, OS};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};

/// The version that the tests were written against.
const VERSION: &str = "3.260.0";
/// Where its releases are, and where their checksums are: two places, so that neither alone can pass for both.
const ARCHIVES: &str = "https://get.pulumi.com/releases/sdk";
const CHECKSUMS: &str = "https://github.com/pulumi/pulumi/releases/download";

/// Where to find the CLI.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Pulumi {
    /// It is on the path.
    OnPath,
    /// In this folder.
    In(PathBuf),
    /// Nowhere.
    Missing,
}

/// Finds the CLI, or downloads it once into `target`.
pub(crate) fn find(path: Option<&OsString>, target: &Path) -> Pulumi {
    let folders = path.map(std::env::split_paths).into_iter().flatten();
    if folders
        .into_iter()
        .any(|folder| folder.join("pulumi").is_file())
    {
        return Pulumi::OnPath;
    }
    let tools = target.join("tools");
    let folder = tools.join(format!("pulumi-v{VERSION}"));
    if folder.join("pulumi").is_file() {
        return Pulumi::In(folder);
    }
    match download(&Source::official(), &tools, &folder) {
        Ok(()) => Pulumi::In(folder),
        Err(error) => {
            eprintln!("no Pulumi CLI: none is on the PATH, and none can be downloaded: {error:#}");
            Pulumi::Missing
        }
    }
}

/// The path on which the CLI is found too.
pub(crate) fn extended(path: Option<&OsString>, folder: PathBuf) -> Result<OsString> {
    let folders = path.map(std::env::split_paths).into_iter().flatten();
    std::env::join_paths(folders.chain([folder]))
        .context("the folder of the Pulumi CLI cannot be put on the PATH")
}

/// Where to download from.
struct Source {
    archive: String,
    checksums: String,
}

impl Source {
    fn official() -> Self {
        Self::below(ARCHIVES, CHECKSUMS)
    }

    fn below(archives: &str, checksums: &str) -> Self {
        Self {
            archive: format!("{archives}/{}", archive_name()),
            checksums: format!("{checksums}/v{VERSION}/pulumi-{VERSION}-checksums.txt"),
        }
    }
}

/// As the releases name it.
fn archive_name() -> String {
    let system = if OS == "macos" { "darwin" } else { OS };
    let architecture = match ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("pulumi-v{VERSION}-{system}-{architecture}.tar.gz")
}

/// Downloads, checks and unpacks; the folder is whole or not there.
fn download(source: &Source, tools: &Path, folder: &Path) -> Result<()> {
    fs::create_dir_all(tools).with_context(|| format!("could not make {}", tools.display()))?;
    let checksums = curl(&source.checksums)?;
    eprintln!("downloading the Pulumi CLI {VERSION}, once");
    let archive = curl(&source.archive)?;
    check(&archive, &String::from_utf8_lossy(&checksums))?;

    let unpacked = tempfile::tempdir_in(tools)?;
    let file = unpacked.path().join("pulumi.tar.gz");
    fs::write(&file, archive)?;
    let tar = Command::new("tar")
        .arg("-xzf")
        .arg(&file)
        .arg("-C")
        .arg(unpacked.path())
        .status()
        .context("could not start `tar`")?;
    ensure!(tar.success(), "the archive cannot be unpacked ({tar})");
    // All executables are in the one folder of the archive.
    fs::rename(unpacked.path().join("pulumi"), folder)
        .with_context(|| format!("could not move the CLI to {}", folder.display()))
}

fn curl(url: &str) -> Result<Vec<u8>> {
    let output = Command::new("curl")
        .args(["--fail", "--silent", "--show-error", "--location"])
        .args(["--connect-timeout", "5", "--max-time", "600", url])
        .stdin(Stdio::null())
        .output()
        .context("could not start `curl`")?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    bail!("{url}: {}", said.trim())
}

fn check(archive: &[u8], checksums: &str) -> Result<()> {
    let name = archive_name();
    let line = checksums.lines().find_map(|line| line.strip_suffix(&name));
    let expected = line.with_context(|| format!("the release has no {name}"))?;
    let found = sha256(archive);
    ensure!(
        expected.trim() == found,
        "{name} is not what was released: its SHA-256 is {found}"
    );
    Ok(())
}

fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A release on this machine: the archive's only executable is a script.
    fn release(folder: &Path, checksum: Option<&str>) -> Source {
        let contents = folder.join("contents/pulumi");
        fs::create_dir_all(&contents).unwrap();
        fs::write(contents.join("pulumi"), "#!/bin/sh\n").unwrap();
        let archive = folder.join(archive_name());
        let packed = Command::new("tar")
            .arg("-czf")
            .arg(&archive)
            .arg("-C")
            .arg(folder.join("contents"))
            .arg("pulumi")
            .status();
        assert!(packed.unwrap().success());
        let digest = sha256(&fs::read(&archive).unwrap());
        let line = format!("{}  {}\n", checksum.unwrap_or(&digest), archive_name());
        let checksums = folder.join(format!("v{VERSION}"));
        fs::create_dir_all(&checksums).unwrap();
        fs::write(
            checksums.join(format!("pulumi-{VERSION}-checksums.txt")),
            line,
        )
        .unwrap();
        let url = format!("file://{}", folder.display());
        Source::below(&url, &url)
    }

    #[test]
    fn a_release_is_downloaded_checked_and_unpacked() {
        let folder = tempfile::tempdir().unwrap();
        let source = release(folder.path(), None);
        let tools = folder.path().join("tools");
        download(&source, &tools, &tools.join("cli")).unwrap();
        assert!(tools.join("cli/pulumi").is_file());
        // Nothing else stays.
        assert_eq!(fs::read_dir(&tools).unwrap().count(), 1);
    }

    #[test]
    fn what_was_not_released_is_not_unpacked() {
        let folder = tempfile::tempdir().unwrap();
        let source = release(folder.path(), Some("00ff"));
        let tools = folder.path().join("tools");
        let error = download(&source, &tools, &tools.join("cli")).unwrap_err();
        assert!(
            error.to_string().contains("is not what was released"),
            "{error}"
        );
        assert!(!tools.join("cli").exists());
    }

    #[test]
    fn what_is_not_there_is_an_error_with_its_address() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("file://{}/nowhere", folder.path().display());
        let source = Source::below(&url, &url);
        let error = download(&source, folder.path(), &folder.path().join("cli")).unwrap_err();
        assert!(error.to_string().contains("nowhere"), "{error}");
    }

    #[test]
    fn one_on_the_path_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("pulumi"), "").unwrap();
        let path = folder.path().as_os_str().to_owned();
        assert_eq!(find(Some(&path), folder.path()), Pulumi::OnPath);
    }
}
