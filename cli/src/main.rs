//! The `tidegate` command.

mod arguments;
mod commands;
mod endpoint;
mod failure;
mod machine;
mod output;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::{Arguments, Command};

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Dev(arguments) => commands::dev::run(arguments),
        Command::Connect(arguments) => commands::connect::run(arguments),
        Command::Token(arguments) => commands::token::run(arguments),
        Command::Plan(arguments) => commands::plan::run(&arguments),
        Command::Build(arguments) => commands::build::run(&arguments),
        Command::Completions(arguments) => commands::completions::run(&arguments),
    };
    failure::exit_code(done)
}
