//! `cargo xtask reproducible`: the same sources are the same bytes, wherever they are built.
//!
//! No test, for it compiles one function twice from nothing, which takes many minutes.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;
use tidegate_build::{Machine, Request, build};
use tidegate_contract::architecture::Architecture;
use tidegate_contract::functions::Function;

use crate::environment::Environment;
use crate::outcome::Outcome;
use crate::process;
use crate::workspace::Workspace;

/// The one that is built.
const FUNCTION: Function = Function::Disconnect;

/// What of a cargo home is taken along: configuration, and what was downloaded. What is unpacked of it is unpacked anew.
const OF_CARGO_HOME: [&str; 5] = [
    "config",
    "config.toml",
    "registry/index",
    "registry/cache",
    "git/db",
];

/// Build one function from two checkouts at different paths with different cargo homes, and compare the bytes.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  cargo xtask reproducible                         about ten minutes on two cores
  cargo xtask reproducible --architecture x86_64")]
pub(crate) struct Arguments {
    /// What to build for: arm64 or x86_64
    #[arg(long, default_value_t = Architecture::Arm64)]
    architecture: Architecture,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments, environment: &Environment) -> Result<Outcome> {
    let workspace = Workspace::find(environment)?;
    let home = cargo_home(environment)?;
    let mut hashes = Vec::new();
    for name in ["one", "another/and-deeper"] {
        let place = tempfile::tempdir().context("could not make a temporary folder")?;
        hashes.push(built(
            &place,
            name,
            arguments.architecture,
            &workspace,
            &home,
        )?);
    }
    println!("{FUNCTION}.zip: {}", hashes.join(" and "));
    if hashes.windows(2).all(|pair| pair[0] == pair[1]) {
        return Ok(Outcome::Passed);
    }
    eprintln!("the two differ: something of the machine is in them (`strings` often tells what)");
    Ok(Outcome::Failed)
}

#[expect(
    clippy::disallowed_methods,
    reason = "only this command asks for it, and hands it on as a value"
)]
fn cargo_home(environment: &Environment) -> Result<std::path::PathBuf> {
    let given = std::env::var_os("CARGO_HOME").map(Into::into);
    let default = || environment.home.as_ref().map(|home| home.join(".cargo"));
    given
        .or_else(default)
        .context("neither CARGO_HOME nor HOME is set: one says where cargo's downloads are")
}

/// The hash of the function's package, built from a copy of what is tracked.
fn built(
    place: &TempDir,
    name: &str,
    architecture: Architecture,
    workspace: &Workspace,
    home: &Path,
) -> Result<String> {
    let checkout = place.path().join(name).join("checkout");
    copy_tracked(workspace.root(), &checkout)?;
    let cargo_home = place.path().join(name).join("cargo-home");
    take_along(home, &cargo_home)?;
    eprintln!(
        "building {FUNCTION} for {architecture} in {}",
        checkout.display()
    );
    let given = std::env::vars_os().filter(|(name, _)| name != "RUSTFLAGS");
    let own = [
        ("CARGO_HOME", cargo_home.into_os_string()),
        (
            "CARGO_TARGET_DIR",
            place.path().join(name).join("target").into_os_string(),
        ),
    ];
    let request = Request {
        folder: checkout,
        architecture,
        functions: vec![FUNCTION],
        if_stale: false,
    };
    let machine = Machine::new(given.chain(own.map(|(name, value)| (name.into(), value))));
    let build = build(&request, &machine, &|line| eprintln!("{line}"))?;
    let zip = build.manifest.zip(FUNCTION);
    Ok(zip
        .context("the manifest lacks the function")?
        .sha256
        .clone())
}

/// Copies the files that git knows, as they are now.
fn copy_tracked(root: &Path, checkout: &Path) -> Result<()> {
    let mut git = std::process::Command::new("git");
    git.args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ])
    .current_dir(root);
    let listed =
        process::output_of(&mut git).context("could not list the files (`git ls-files`)")?;
    for name in listed.split('\0').filter(|name| !name.is_empty()) {
        let (from, to) = (root.join(name), checkout.join(name));
        // One that was removed and not committed yet.
        if !from.is_file() {
            continue;
        }
        let folder = to.parent().unwrap_or(checkout);
        fs::create_dir_all(folder)
            .and_then(|()| fs::copy(&from, &to))
            .with_context(|| format!("could not copy {name}"))?;
    }
    if checkout.join("Cargo.lock").is_file() {
        return Ok(());
    }
    bail!("the workspace has no Cargo.lock: what is built would not be pinned")
}

fn take_along(home: &Path, to: &Path) -> Result<()> {
    for name in OF_CARGO_HOME {
        let (from, to) = (home.join(name), to.join(name));
        if from.exists() {
            let folder = to.parent().unwrap_or(&to);
            fs::create_dir_all(folder)
                .and_then(|()| std::os::unix::fs::symlink(&from, &to))
                .with_context(|| format!("could not make {}", to.display()))?;
        }
    }
    fs::create_dir_all(to).with_context(|| format!("could not make {}", to.display()))
}
