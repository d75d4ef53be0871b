//! Builds the program and the functions with cargo.

use std::collections::BTreeMap;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, UNIX_EPOCH};

use cargo_metadata::Message;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tidegate_contract::functions::Function;
use tidegate_contract::manifest::{Executable, Executables};
use tidegate_local_cloud::clock::SharedClock;

use crate::freshness;
use crate::project::Project;

/// How to build.
#[derive(Debug, Clone)]
pub struct BuildOptions {
    /// The cargo to call.
    pub cargo: PathBuf,
    /// Whether to optimise.
    pub release: bool,
    /// Where a build is noted, so that the next one can tell without cargo that nothing has changed.
    pub note: PathBuf,
    /// The environment that cargo is called in.
    pub environment: BTreeMap<String, String>,
    /// The time by which files are written.
    pub clock: SharedClock,
}

/// What was built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Built {
    /// The program's executable.
    pub program: PathBuf,
    /// The functions' executables.
    pub manifest: Executables,
}

impl Built {
    /// The program's executable and the functions'.
    pub(crate) fn executables(&self) -> impl Iterator<Item = &Path> {
        let functions = self.manifest.functions.values();
        std::iter::once(self.program.as_path())
            .chain(functions.map(|function| function.bootstrap.as_path()))
    }
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

/// Builds what is not built; cargo's own progress and errors go to standard error as they come.
///
/// # Errors
/// When cargo is missing or the build fails.
pub fn build(project: &Project, options: &BuildOptions) -> Result<Built, BuildError> {
    let arguments = arguments(project, options);
    let request = freshness::request(&arguments, &options.environment);
    if let Some(built) = freshness::fresh(&options.note, &request) {
        return Ok(built);
    }
    let began = UNIX_EPOCH + Duration::from_millis(options.clock.now_ms());
    let built = Built::of(project, call_cargo(project, options, &arguments)?)?;
    freshness::note(&options.note, &project.root, request, began, &built);
    Ok(built)
}

fn arguments(project: &Project, options: &BuildOptions) -> Vec<String> {
    // The whole workspace is selected, so that dependencies have the features that every other build gives them, and are
    // not built twice; of it, only these are built.
    let mut arguments = vec!["build", "--workspace"];
    arguments.extend(options.release.then_some("--release"));
    arguments.extend(["--bin", &project.package]);
    let packages = Function::ALL.map(Function::package);
    arguments.extend(packages.iter().flat_map(|package| ["--bin", package]));
    arguments.into_iter().map(str::to_owned).collect()
}

/// Has cargo build: gives each executable by its name.
fn call_cargo(
    project: &Project,
    options: &BuildOptions,
    arguments: &[String],
) -> Result<BTreeMap<String, PathBuf>, BuildError> {
    let no_cargo = |source| BuildError::NoCargo {
        cargo: options.cargo.clone(),
        source,
    };
    let mut child = Command::new(&options.cargo)
        .args(arguments)
        .arg("--message-format=json-render-diagnostics")
        .current_dir(&project.root)
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
    if exit.success() {
        Ok(executables)
    } else {
        Err(BuildError::Failed { exit })
    }
}

impl Built {
    fn of(
        project: &Project,
        mut executables: BTreeMap<String, PathBuf>,
    ) -> Result<Built, BuildError> {
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
            functions.insert(function.name().to_owned(), Executable { bootstrap });
        }
        Ok(Built {
            program,
            manifest: Executables { functions },
        })
    }
}
