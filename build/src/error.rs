//! Why there is no build.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

use thiserror::Error;
use tidegate_contract::architecture::Architecture;
use tidegate_contract::functions::Function;

use crate::executable::ExecutableError;
use crate::tools::ToolError;

/// Why there is no build.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A program that every build needs does not start.
    #[error("cannot start {}: the functions are built with Rust, from https://rustup.rs", program.display())]
    NoRust {
        /// What was called.
        program: PathBuf,
        /// Why it did not start.
        #[source]
        source: io::Error,
    },
    /// A program failed that only asks.
    #[error("`{command}` failed ({exit}): {said}")]
    Asked {
        /// What was called.
        command: String,
        /// How it ended.
        exit: ExitStatus,
        /// What it said.
        said: String,
    },
    /// What cargo says cannot be read.
    #[error("cannot read what cargo says")]
    Output(#[source] io::Error),
    /// What cargo says of the workspace cannot be read.
    #[error("cannot read what cargo says of the workspace")]
    Metadata(#[source] cargo_metadata::Error),
    /// Nobody knows where to keep the tools.
    #[error("neither HOME nor XDG_CACHE_HOME is set: one says where the tools of a build are kept")]
    NoHome,
    /// A tool cannot be had.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// The standard library of the target is not there.
    #[error(
        "the standard library for {architecture} is not installed, and {tried}: run `rustup target add {triple}`{}",
        other(architecture)
    )]
    NoStandardLibrary {
        /// What is built for.
        architecture: Architecture,
        /// By the name of the compiler.
        triple: &'static str,
        /// What was done about it.
        tried: String,
    },
    /// The build failed; cargo has said why.
    #[error("the build for Lambda failed ({exit}): mend what is said above")]
    Failed {
        /// How it ended.
        exit: ExitStatus,
    },
    /// A package has no executable.
    #[error("the package {package} was built but has no executable of its name")]
    NoExecutable {
        /// The package.
        package: &'static str,
    },
    /// It would not run on Lambda.
    #[error("the function `{function}` would not start on Lambda ({})", path.display())]
    Unfit {
        /// The function.
        function: Function,
        /// Its executable.
        path: PathBuf,
        /// Why.
        #[source]
        source: ExecutableError,
    },
    /// It cannot be packed.
    #[error("the function `{function}` cannot be packed")]
    Unpackable {
        /// The function.
        function: Function,
        /// Why.
        #[source]
        source: zip::result::ZipError,
    },
    /// The sources do not keep still.
    #[error(
        "the sources changed while they were built, {attempts} times: build again when they do not"
    )]
    Restless {
        /// How often it was built.
        attempts: u32,
    },
    /// A file cannot be written or read.
    #[error("{} cannot be used", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

fn other(architecture: &Architecture) -> String {
    let other = Architecture::ALL.into_iter().find(|it| it != architecture);
    other.map_or_else(String::new, |other| {
        format!(", or build for another architecture with --architecture {other}")
    })
}

impl BuildError {
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}
