//! What plain cargo cannot say: the project's own commands, run as `cargo xtask …`.
//!
//! One file per command; this one only reads the command line and turns the outcome into an exit code.

mod bench;
mod check;
mod environment;
mod generate;
mod outcome;
mod process;
mod reproducible;
mod simulate;
mod test;
mod tidy;
mod tools;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::environment::Environment;
use crate::outcome::Outcome;

/// What plain cargo cannot say.
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    after_help = "Exit codes: 0 all is well; 1 a test or a check failed; 2 it could not be run \
(a wrong argument, a tool that is missing)."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Test(test::Arguments),
    Check(check::Arguments),
    Generate(generate::Arguments),
    Tidy(tidy::Arguments),
    Bench(bench::Arguments),
    Reproducible(reproducible::Arguments),
    Simulate(simulate::Arguments),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let environment = Environment::read();
    let outcome = match &cli.command {
        Command::Test(arguments) => test::run(arguments, &environment),
        Command::Check(arguments) => check::run(arguments, &environment),
        Command::Generate(arguments) => generate::run(arguments, &environment),
        Command::Tidy(arguments) => tidy::run(arguments, &environment),
        Command::Bench(arguments) => bench::run(arguments, &environment),
        Command::Reproducible(arguments) => reproducible::run(arguments, &environment),
        Command::Simulate(arguments) => simulate::run(arguments, &environment),
    };
    match outcome {
        Ok(Outcome::Passed) => ExitCode::SUCCESS,
        Ok(Outcome::Failed) => ExitCode::from(1),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}
