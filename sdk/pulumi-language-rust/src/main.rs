//! `pulumi-language-rust`: what the Pulumi CLI starts for `runtime: rust`.

use std::process::ExitCode;

use clap::Parser;
use pulumi_language_rust::arguments::{Arguments, Surroundings};
use pulumi_language_rust::serve::serve;

fn main() -> ExitCode {
    match serve(&Arguments::parse(), Surroundings::read()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pulumi-language-rust: {}", error.report());
            ExitCode::FAILURE
        }
    }
}
