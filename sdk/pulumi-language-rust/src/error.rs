//! What can go wrong before and around a program.

use std::io;
use std::path::PathBuf;

use tonic::{Code, Status};

/// Why the host could not do what it was asked for. Each is one sentence for whoever runs `pulumi`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A request lacks what every engine sends.
    #[error("the engine did not say {0}")]
    Request(&'static str),
    /// The engine's address is none.
    #[error("`{address}` is not the address of an engine")]
    Address {
        /// What was given.
        address: String,
        /// Why it is none.
        #[source]
        source: tonic::transport::Error,
    },
    /// The host cannot listen.
    #[error("cannot {action}")]
    Listen {
        /// What was tried.
        action: &'static str,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// The server ended by itself.
    #[error("the language host cannot serve any longer")]
    Serve(#[source] tonic::transport::Error),
    /// An option that there is not.
    #[error("there is no option `{option}` for `runtime: rust`{}", suggested(suggestion.as_deref(), &crate::options::NAMES))]
    UnknownOption {
        /// The option.
        option: String,
        /// What may have been meant.
        suggestion: Option<String>,
    },
    /// An option with a value of the wrong type.
    #[error("the option `{option}` of `runtime: rust` must be a text, and it is {found}")]
    OptionType {
        /// The option.
        option: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// There is nothing for cargo to build.
    #[error("there is no Cargo.toml in {} or above it: `runtime: rust` runs a cargo package, or an executable that `runtime.options.binary` names", folder.display())]
    NoManifest {
        /// Where the search began.
        folder: PathBuf,
    },
    /// There is no cargo.
    #[error(
        "there is no `{cargo}` to be started: programs in Rust are built with cargo, from https://rustup.rs"
    )]
    NoCargo {
        /// What was called.
        cargo: String,
        /// Why it did not start.
        #[source]
        source: io::Error,
    },
    /// Cargo refused, and said why.
    #[error("cargo could not {action}: {problem}")]
    Cargo {
        /// What it was to do.
        action: &'static str,
        /// What it said.
        problem: String,
    },
    /// The program does not compile, and the engine has been shown why.
    #[error("the program was not built: the engine has been shown why")]
    CompileErrors,
    /// There is no such package.
    #[error("`runtime.options.package` is `{package}`, and the workspace has no such package{}", suggested(suggestion.as_deref(), known))]
    UnknownPackage {
        /// What was asked for.
        package: String,
        /// What may have been meant.
        suggestion: Option<String>,
        /// The packages that have an executable.
        known: Vec<String>,
    },
    /// No package is named, and several could be meant.
    #[error(
        "several packages of the workspace have an executable ({}): name the program's in `runtime.options.package`",
        quoted(packages)
    )]
    SeveralPackages {
        /// They.
        packages: Vec<String>,
    },
    /// A package has nothing to run.
    #[error(
        "the package `{package}` has no executable: a Pulumi program is a package with a `src/main.rs`"
    )]
    NoExecutable {
        /// The package.
        package: String,
    },
    /// No package of the workspace has anything to run.
    #[error(
        "no package of the workspace has an executable: a Pulumi program is a package with a `src/main.rs`"
    )]
    NothingToRun,
    /// A package has several executables, and does not say which is the one.
    #[error(
        "the package `{package}` has several executables ({}): name the program's as `default-run` in its Cargo.toml",
        quoted(executables)
    )]
    SeveralExecutables {
        /// The package.
        package: String,
        /// They.
        executables: Vec<String>,
    },
    /// `runtime.options.binary` is nowhere.
    #[error("`runtime.options.binary` names {}, and there is no such file", path.display())]
    NoBinary {
        /// Where it should be.
        path: PathBuf,
    },
    /// A crate in the program's tree describes its provider wrongly.
    #[error("`package.metadata.pulumi` of the crate `{package}` cannot be read: {problem}")]
    ProviderMetadata {
        /// The crate.
        package: String,
        /// What is wrong with it.
        problem: String,
    },
    /// An executable cannot be started.
    #[error("cannot start {}", path.display())]
    Start {
        /// The executable.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The program ended with exit code 0, and not by its `main`.
    #[error(
        "the program ended before it had declared everything, though with exit code 0: `main` returns what `pulumi::run` gives, and nothing on the way calls `process::exit`"
    )]
    EndedInTheMiddle,
    /// There is no place for a file.
    #[error("cannot make a temporary file")]
    Progress(#[source] io::Error),
    /// A process was started and lost.
    #[error("lost sight of {what}")]
    Process {
        /// What was running.
        what: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A debugger was asked for.
    #[error("this language host cannot attach a debugger: run without `--attach-debugger`")]
    Debugger,
    /// The engine wants it to end.
    #[error("stopped, as the engine asked for it")]
    Stopped,
}

impl Error {
    /// The sentence with its causes.
    #[must_use]
    pub fn report(&self) -> String {
        let mut report = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            report.push_str(": ");
            report.push_str(&cause.to_string());
            source = cause.source();
        }
        report
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let code = match &error {
            Error::Request(_) | Error::UnknownOption { .. } | Error::OptionType { .. } => {
                Code::InvalidArgument
            }
            Error::Stopped => Code::Cancelled,
            Error::Debugger => Code::Unimplemented,
            Error::Process { .. } | Error::Listen { .. } | Error::Serve(_) => Code::Internal,
            _ => Code::FailedPrecondition,
        };
        Status::new(code, error.report())
    }
}

fn quoted<T: AsRef<str>>(names: &[T]) -> String {
    let names: Vec<_> = names
        .iter()
        .map(|name| format!("`{}`", name.as_ref()))
        .collect();
    names.join(", ")
}

/// What may have been meant, or else all that there is.
fn suggested<T: AsRef<str>>(suggestion: Option<&str>, known: &[T]) -> String {
    match suggestion {
        Some(suggestion) => format!("; did you mean `{suggestion}`?"),
        None if known.is_empty() => String::new(),
        None => format!("; there are {}", quoted(known)),
    }
}

/// The one of the known names that was probably meant.
pub(crate) fn closest(meant: &str, known: &[&str]) -> Option<String> {
    let rated = known
        .iter()
        .map(|name| (strsim::jaro_winkler(meant, name), name));
    rated
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, name)| (*name).to_owned())
}
