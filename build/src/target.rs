//! What is built for: Lambda's Linux on one of its architectures, and the toolchain's part for it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tidegate_contract::architecture::Architecture;

use crate::error::BuildError;
use crate::executable::GLIBC_OF_LAMBDA;
use crate::machine::Machine;

/// The name that the compiler has for it.
pub(crate) const fn triple(architecture: Architecture) -> &'static str {
    match architecture {
        Architecture::Arm64 => "aarch64-unknown-linux-gnu",
        Architecture::X86_64 => "x86_64-unknown-linux-gnu",
    }
}

/// The name that cargo-zigbuild has for it: with the glibc to link with.
pub(crate) fn triple_with_glibc(architecture: Architecture) -> String {
    format!("{}.{GLIBC_OF_LAMBDA}", triple(architecture))
}

/// The compiler that builds.
#[derive(Debug)]
pub(crate) struct Toolchain {
    /// All that it says of its version.
    pub(crate) version: String,
    /// Where it is installed.
    pub(crate) sysroot: PathBuf,
}

impl Toolchain {
    /// Asks it, in the workspace, whose files may choose the toolchain.
    pub(crate) fn of(root: &Path, machine: &Machine) -> Result<Self, BuildError> {
        let rustc = |arguments: &[&str]| {
            let mut command = machine.command(machine.rustc());
            answer(command.args(arguments).current_dir(root))
        };
        Ok(Self {
            version: rustc(&["-vV"])?,
            sysroot: rustc(&["--print", "sysroot"])?.into(),
        })
    }

    /// By what the standard library was built from, which is how its sources are named in panics.
    pub(crate) fn commit(&self) -> Option<&str> {
        let lines = &mut self.version.lines();
        lines.find_map(|line| line.strip_prefix("commit-hash: "))
    }

    /// Sees to it that the target's standard library is there.
    pub(crate) fn prepare(
        &self,
        architecture: Architecture,
        root: &Path,
        machine: &Machine,
        say: &dyn Fn(&str),
    ) -> Result<(), BuildError> {
        let triple = triple(architecture);
        if self.has_standard_library(triple) {
            return Ok(());
        }
        let missing = |tried: String| BuildError::NoStandardLibrary {
            architecture,
            triple,
            tried,
        };
        let Some(rustup) = machine.programs("rustup").next() else {
            return Err(missing("there is no rustup to install it with".to_owned()));
        };
        say(&format!(
            "installing Rust's standard library for {architecture}, once"
        ));
        let mut command = machine.command(rustup);
        command.args(["target", "add", triple]).current_dir(root);
        match answer(&mut command) {
            Ok(_) if self.has_standard_library(triple) => Ok(()),
            // Another toolchain than the one that builds.
            Ok(_) => Err(missing(format!(
                "rustup did not install it for the toolchain in {}",
                self.sysroot.display()
            ))),
            Err(error) => Err(missing(format!("rustup could not: {error}"))),
        }
    }

    fn has_standard_library(&self, triple: &str) -> bool {
        let folder = self.sysroot.join("lib/rustlib").join(triple).join("lib");
        let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
        files
            .map(|file| file.file_name())
            .any(|name| name.to_string_lossy().starts_with("libstd-"))
    }
}

/// What a program that is asked something answers.
pub(crate) fn answer(command: &mut Command) -> Result<String, BuildError> {
    let called = command.get_program().to_owned();
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|source| BuildError::NoRust {
        program: called.into(),
        source,
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    let said = String::from_utf8_lossy(&output.stderr);
    Err(BuildError::Asked {
        command: words.join(" "),
        exit: output.status,
        said: said.trim().to_owned(),
    })
}
