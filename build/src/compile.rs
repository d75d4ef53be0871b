//! Calls cargo, through cargo-zigbuild, which links with the glibc that Lambda has wherever the build runs.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cargo_metadata::{Message, Metadata, MetadataCommand};
use tidegate_contract::architecture::Architecture;
use tidegate_contract::functions::Function;

use crate::error::BuildError;
use crate::machine::Machine;
use crate::target::{answer, triple, triple_with_glibc};
use crate::tools::Tools;

/// The profile of the workspace that the functions are built with.
const PROFILE: &str = "lambda";

/// When C is compiled, as far as it says so, in epoch seconds: mimalloc says it, and would be other bytes each time.
const BUILT_AT: &str = "SOURCE_DATE_EPOCH";

/// No Python: else cargo-zigbuild takes the zig that some Python may have before the one that it is given.
const NO_PYTHON: &str = "tidegate-takes-no-zig-from-python";

/// What cargo says of the workspace, without asking for its dependencies.
pub(crate) fn workspace(folder: &Path, machine: &Machine) -> Result<Metadata, BuildError> {
    metadata(folder, machine, &["--no-deps"])
}

/// What cargo says of the workspace and all that is built for that architecture; downloads what is not there yet.
pub(crate) fn packages(
    root: &Path,
    architecture: Architecture,
    machine: &Machine,
) -> Result<Metadata, BuildError> {
    metadata(
        root,
        machine,
        &["--locked", "--filter-platform", triple(architecture)],
    )
}

fn metadata(folder: &Path, machine: &Machine, arguments: &[&str]) -> Result<Metadata, BuildError> {
    let mut command = machine.command(machine.cargo());
    command.args(["metadata", "--format-version", "1"]);
    let said = answer(command.args(arguments).current_dir(folder))?;
    MetadataCommand::parse(said).map_err(BuildError::Metadata)
}

/// Has cargo forget what it has built of these packages.
pub(crate) fn forget<'a>(
    packages: impl IntoIterator<Item = &'a str>,
    root: &Path,
    architecture: Architecture,
    machine: &Machine,
) -> Result<(), BuildError> {
    let mut command = machine.command(machine.cargo());
    command.args(["clean", "--quiet", "--locked", "--profile", PROFILE]);
    command.args(["--target", triple(architecture)]);
    for package in packages {
        command.args(["--package", package]);
    }
    answer(command.current_dir(root)).map(drop)
}

/// What to compile, and how.
pub(crate) struct Compilation<'a> {
    pub(crate) root: &'a Path,
    pub(crate) architecture: Architecture,
    pub(crate) functions: &'a [Function],
    pub(crate) flags: OsString,
    pub(crate) tools: &'a Tools,
}

impl Compilation<'_> {
    /// Compiles: gives each function's executable. Cargo's progress and errors go to standard error as they come.
    pub(crate) fn run(&self, machine: &Machine) -> Result<Vec<(Function, PathBuf)>, BuildError> {
        let mut child = self
            .command(machine)
            .spawn()
            .map_err(|source| BuildError::NoRust {
                program: self.tools.cargo_zigbuild.path.clone(),
                source,
            })?;
        let mut executables = BTreeMap::new();
        if let Some(stdout) = child.stdout.take() {
            for message in Message::parse_stream(BufReader::new(stdout)) {
                if let Message::CompilerArtifact(artifact) = message.map_err(BuildError::Output)?
                    && let Some(executable) = artifact.executable
                {
                    executables.insert(artifact.target.name, executable.into_std_path_buf());
                }
            }
        }
        let exit = child.wait().map_err(BuildError::Output)?;
        if !exit.success() {
            return Err(BuildError::Failed { exit });
        }
        let of = |function: &Function| {
            let package = function.package();
            let executable = executables.remove(package);
            let executable = executable.ok_or(BuildError::NoExecutable { package })?;
            Ok((*function, executable))
        };
        self.functions.iter().map(of).collect()
    }

    fn command(&self, machine: &Machine) -> Command {
        let mut command = machine.command(&self.tools.cargo_zigbuild.path);
        command.args(["zigbuild", "--locked", "--profile", PROFILE]);
        command.args(["--target", &triple_with_glibc(self.architecture)]);
        for function in self.functions {
            command.args(["--package", function.package(), "--bin", function.package()]);
        }
        command
            .arg("--message-format=json-render-diagnostics")
            .current_dir(self.root)
            .env_remove("RUSTFLAGS")
            .env("CARGO_ENCODED_RUSTFLAGS", &self.flags)
            .env("CARGO_ZIGBUILD_ZIG_PATH", &self.tools.zig.path)
            .env("CARGO_ZIGBUILD_PYTHON_PATH", NO_PYTHON)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        if let Some(cargo) = machine.variable("CARGO") {
            command.env("CARGO", cargo);
        }
        if machine.variable(BUILT_AT).is_none() {
            command.env(BUILT_AT, "0");
        }
        command
    }
}
