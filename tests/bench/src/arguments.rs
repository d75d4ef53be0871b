//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::messaging::MessagingArguments;
use crate::pulumi::PulumiArguments;
use crate::pulumi::timed::TimedArguments;
use crate::serve::floor::FloorArguments;
use crate::serve::stack::StackArguments;

/// Measures the local runtime on this machine, each part beside the least that it could cost.
///
/// Progress goes to standard error, the tables to standard output. No figure fails the run; what fails it is a lost
/// frame, a wrong echo, or a part that does not work.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench --", args_conflicts_with_subcommands = true, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) run: RunArguments,
}

const EXAMPLES: &str = "Examples:
  cargo xtask bench                                        everything, about five minutes
  cargo xtask bench --only a,b --rounds 9                  the gateway beside its floor, more often
  cargo xtask bench --only a --sockets 32 --seconds 30     one case for long, for a profiler";

/// What is measured.
#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// Only these parts
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PARTS")]
    pub(crate) only: Vec<Part>,
    /// Write the figures to this file too, as one flat JSON object of numbers
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// How often each figure is taken; the median counts [default: 5]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) rounds: Option<u16>,
    /// How long a round lasts, where it is the time that is given [default: 1]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) seconds: Option<Duration>,
    /// The numbers of sockets for (a) to (d) and (f) [default: 1,32,256 to (c), 1,100,1000 for (d), 1000,10000 for (f)]
    #[arg(long, value_delimiter = ',', value_name = "NUMBERS")]
    pub(crate) sockets: Vec<usize>,
    /// A smoke run: everything once, small and short; its figures mean nothing
    #[arg(long)]
    pub(crate) quick: bool,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

/// A part of the benchmarks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Part {
    /// Round trips through the gateway and a no-op Lambda
    A,
    /// The floor of those: the same process behind a bare server
    B,
    /// A bare echo without any process
    C,
    /// Publications to many subscribers
    D,
    /// Connections a second
    E,
    /// Memory by connected sockets
    F,
    /// Time to the first socket
    G,
}

/// What else there is to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Pulumi(PulumiArguments),
    Messaging(MessagingArguments),
    #[command(flatten)]
    Serve(Serve),
    /// A program that somebody else starts, and how long it takes
    #[command(name = "timed", hide = true)]
    Timed(TimedArguments),
}

/// What this binary is started as by itself: the servers have processes of their own.
#[derive(Debug, Subcommand)]
pub(crate) enum Serve {
    /// (c)
    #[command(name = "serve-echo", hide = true)]
    Echo,
    /// (b)
    #[command(name = "serve-floor", hide = true)]
    Floor(FloorArguments),
    /// A Pulumi program, as `tidegate dev` serves it
    #[command(name = "serve-stack", hide = true)]
    Stack(StackArguments),
}

/// How much is measured.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) parts: Vec<Part>,
    pub(crate) rounds: usize,
    pub(crate) round: Duration,
    pub(crate) warm_up: Duration,
    /// The numbers of sockets for round trips.
    pub(crate) sockets: Vec<usize>,
    /// The numbers of subscribers for deliveries.
    pub(crate) subscribers: Vec<usize>,
    /// The numbers of idle sockets, beside none at all.
    pub(crate) idle: Vec<usize>,
    /// How many connections a round opens.
    pub(crate) connects: usize,
    /// Whether `tidegate dev` itself is started, which calls cargo.
    pub(crate) command: bool,
}

impl Plan {
    pub(crate) fn new(arguments: &RunArguments) -> Self {
        let quick = arguments.quick;
        let or = |given: &[usize], quickly: &[usize], fully: &[usize]| match given {
            [] if quick => quickly.to_vec(),
            [] => fully.to_vec(),
            given => given.to_vec(),
        };
        let every = [
            Part::A,
            Part::B,
            Part::C,
            Part::D,
            Part::E,
            Part::F,
            Part::G,
        ];
        let wanted = |part: &Part| arguments.only.is_empty() || arguments.only.contains(part);
        let millis = |quickly, fully| Duration::from_millis(if quick { quickly } else { fully });
        Self {
            parts: every.into_iter().filter(wanted).collect(),
            rounds: arguments
                .rounds
                .map_or(if quick { 1 } else { 5 }, usize::from),
            round: arguments.seconds.unwrap_or(millis(100, 1_000)),
            warm_up: millis(20, 300),
            sockets: or(&arguments.sockets, &[1, 4], &[1, 32, 256]),
            subscribers: or(&arguments.sockets, &[1, 10], &[1, 100, 1_000]),
            idle: or(&arguments.sockets, &[10, 40], &[1_000, 10_000]),
            connects: if quick { 20 } else { 1_000 },
            command: !quick,
        }
    }

    pub(crate) fn has(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn plan(arguments: &[&str]) -> Plan {
        let arguments = [&["bench"], arguments].concat();
        Plan::new(&Arguments::try_parse_from(arguments).unwrap().run)
    }

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn everything_is_measured_unless_parts_are_named() {
        assert_eq!(plan(&[]).parts.len(), 7);
        assert_eq!(plan(&["--only", "d,a"]).parts, [Part::A, Part::D]);
    }

    #[test]
    fn what_is_given_holds_in_a_quick_run_too() {
        let plan = plan(&["--quick", "--sockets", "7", "--seconds", "0.5"]);
        assert_eq!(
            (plan.sockets, plan.round),
            (vec![7], Duration::from_millis(500))
        );
    }
}
