//! `tidegate-build`: `tidegate build` without the rest of the CLI, which the Pulumi program runs and which compiles in
//! seconds.

use std::error::Error;
use std::io::Write;
use std::iter::successors;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use tidegate_build::{BuildArguments, Machine, run};

/// Build the functions for Lambda.
#[derive(Debug, Parser)]
#[command(
    name = "tidegate-build",
    version,
    after_help = "Exit codes: 0 done; 1 failed; 2 wrong arguments."
)]
struct Arguments {
    #[command(flatten)]
    build: BuildArguments,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let machine = Machine::new(std::env::vars_os());
    match run(&arguments.build, Path::new("."), &machine) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let first: Option<&dyn Error> = Some(&error);
            let chain = successors(first, |error| (*error).source());
            let chain: Vec<String> = chain.map(ToString::to_string).collect();
            let _told = writeln!(std::io::stderr(), "error: {}", chain.join(": "));
            ExitCode::FAILURE
        }
    }
}
