//! The command, as `tidegate build` and the program's own call have it.

use std::io::{self, Write};
use std::path::Path;

use clap::Args;
use tidegate_contract::architecture::Architecture;
use tidegate_contract::functions::Function;

use crate::{BuildError, Machine, Request, build, report};

/// What to build.
#[derive(Debug, Clone, Args)]
pub struct BuildArguments {
    /// Do nothing where nothing has changed since the last build
    #[arg(long)]
    pub if_stale: bool,
    /// What the functions will run on: arm64 or x86_64
    #[arg(long, value_name = "ARCHITECTURE", default_value_t = Architecture::Arm64)]
    pub architecture: Architecture,
    /// Print the manifest: where each zip is, its SHA-256 and its size
    #[arg(long)]
    pub json: bool,
}

/// Builds all functions of the workspace that `folder` is in. What is asked for goes to standard output, all else to
/// standard error.
///
/// # Errors
/// When there is no build, or nobody to tell of it.
pub fn run(arguments: &BuildArguments, folder: &Path, machine: &Machine) -> Result<(), BuildError> {
    let request = Request {
        folder: folder.to_owned(),
        architecture: arguments.architecture,
        functions: Function::ALL.into(),
        if_stale: arguments.if_stale,
    };
    // Whoever reads it may have gone, which is no reason to fail.
    let say = |line: &str| drop(writeln!(io::stderr(), "{line}"));
    let build = build(&request, machine, &say)?;
    for warning in report::warnings(&build) {
        say(&format!("warning: {warning}"));
    }
    let mut output = io::stdout().lock();
    let told = if arguments.json {
        serde_json::to_writer_pretty(&mut output, &build.manifest)
            .map_err(io::Error::from)
            .and_then(|()| writeln!(output))
    } else {
        output.write_all(report::table(&build).as_bytes())
    };
    told.map_err(BuildError::file("the standard output"))
}
