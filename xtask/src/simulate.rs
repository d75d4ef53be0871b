//! `cargo xtask simulate`: the functions and the clients under a virtual clock, with faults, by seed.

use std::ffi::OsString;

use anyhow::Result;

use crate::environment::Environment;
use crate::outcome::Outcome;
use crate::process;

/// Run many seeds of the simulation, or one again; on a release build.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  cargo xtask simulate --seeds 100000              seeds 0 to 99999
  cargo xtask simulate --seeds 1000 --from 5000    other ones
  cargo xtask simulate --seed 17                   one again, with all that happened
  cargo xtask simulate --seed 17 --shrink          and only what it needs to fail
  cargo xtask simulate --help                      this text; `-- --help` is the simulation's own")]
pub(crate) struct Arguments {
    /// Passed on to the simulation.
    #[arg(
        value_name = "ARGS",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    rest: Vec<OsString>,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments, environment: &Environment) -> Result<Outcome> {
    let mut simulation = process::cargo(environment);
    simulation.args(["run", "--release", "--quiet"]);
    simulation.args(["--package", "tidegate-simulation", "--"]);
    process::run(simulation.args(&arguments.rest))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        simulate: Arguments,
    }

    #[test]
    fn arguments_reach_the_simulation() {
        let given = ["simulate", "--seeds", "100000", "--from", "7"];
        let Cli { simulate } = Cli::try_parse_from(given).unwrap();
        assert_eq!(simulate.rest, given[1..]);
    }
}
