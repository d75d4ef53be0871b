//! Builds the program and the functions with cargo.

use std::collections::BTreeMap;
use std::io::BufReader;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};

use cargo_metadata::Message;
use thiserror::Error;
use tidegate_contract::functions::Function;
use tidegate_contract::manifest::{BuildManifest, FunctionBuild};

use crate::project::Project;

/// How to build.
#[derive(Debug, Clone)]
pub struct BuildOptions {
    /// The cargo to call.
    pub cargo: PathBuf,
    /// Whether to optimise.
    pub release: bool,
}

/// What was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// The program's executable.
    pub program: PathBuf,
    /// The functions' executables.
    pub manifest: BuildManifest,
}

/// Why it was not built.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// There is no cargo.
    #[error("cannot start {}: the program and the functions are built with cargo, from https://rustup.rs", cargo.display())]
    NoCargo {
        /// What was called.
        cargo: PathBuf,
        /// Why it did not start.
        #[source]
        source: std::io::Error,
    },
    /// What cargo says cannot be read.
    #[error("cannot read what cargo says")]
    Output(#[source] std::io::Error),
    /// The build failed; cargo has said why.
    #[error("the build failed ({exit}): mend what cargo says above, and start again")]
    Failed {
        /// How cargo ended.
        exit: ExitStatus,
    },
    /// A package has no executable.
    #[error("the package {package} was built but has no executable of its name")]
    NoExecutable {
        /// The package.
        package: String,
    },
}

/// Builds; cargo's own progress and errors go to standard error as they come.
///
/// # Errors
/// When cargo is missing or the build fails.
pub fn build(project: &Project, options: &BuildOptions) -> Result<Built, BuildError> {
    let packages: Vec<&str> = [project.package.as_str()]
        .into_iter()
        .chain(Function::ALL.map(Function::package))
        .collect();
    let mut command = Command::new(&options.cargo);
    command
        .arg("build")
        .arg("--message-format=json-render-diagnostics")
        .current_dir(&project.root);
    command.args(options.release.then_some("--release"));
    // The whole workspace is selected, so that dependencies have the features that every other build gives them, and are
    // not built twice; of it, only these are built.
    command
        .arg("--workspace")
        .args(packages.iter().flat_map(|package| ["--bin", package]));
    let no_cargo = |source| BuildError::NoCargo {
        cargo: options.cargo.clone(),
        source,
    };
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(no_cargo)?;
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
    let mut executable = |package: &str| {
        executables
            .remove(package)
            .ok_or_else(|| BuildError::NoExecutable {
                package: package.to_owned(),
            })
    };
    let program = executable(&project.package)?;
    let mut functions = BTreeMap::new();
    for function in Function::ALL {
        let bootstrap = executable(function.package())?;
        functions.insert(function.name().to_owned(), FunctionBuild { bootstrap });
    }
    Ok(Built {
        program,
        manifest: BuildManifest { functions },
    })
}
