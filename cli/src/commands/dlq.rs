//! `tidegate dlq`: what could not be delivered.

mod letter;
mod list;
mod peek;
mod purge;
mod redrive;
mod show;

use anyhow::Context;
use serde::Deserialize;

use crate::arguments::{DlqCommand, PlaceArguments};
use crate::place::{Located, announce_here};
use crate::sqs::Queue;

pub(crate) fn run(command: DlqCommand) -> anyhow::Result<()> {
    match command {
        DlqCommand::List(arguments) => list::run(&arguments),
        DlqCommand::Show(arguments) => show::run(&arguments),
        DlqCommand::Redrive(arguments) => redrive::run(&arguments),
        DlqCommand::Purge(arguments) => purge::run(&arguments),
    }
}

/// The queues of a stack.
struct Queues {
    dead_letters: Queue,
    /// Where its messages come from.
    fanout: Queue,
}

/// What the program exports of them.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outputs {
    region: String,
    fanout_queue_url: String,
    dead_letters_url: String,
}

impl Queues {
    /// Finds the stack's queues, and says which stack it is.
    fn find(arguments: &PlaceArguments) -> anyhow::Result<Self> {
        let (local, outputs) = match Located::find(arguments)? {
            Located::Here(mut running) => {
                let mut output = |name: &str| {
                    let found = running.outputs.remove(name);
                    found.with_context(|| {
                        let stack = &running.stack;
                        format!("the stack `{stack}` that runs on this machine tells of no queues: restart `tidegate dev`")
                    })
                };
                let outputs = Outputs {
                    fanout_queue_url: output("fanoutQueueUrl")?,
                    dead_letters_url: output("deadLettersUrl")?,
                    region: running.region.clone(),
                };
                announce_here(&running);
                (Some(running.sqs_url), outputs)
            }
            Located::Deployed(deployed) => {
                let outputs: Outputs = deployed.outputs()?;
                deployed.announce(&outputs.region);
                (None, outputs)
            }
        };
        let queue = |url| Queue::new(local.as_deref(), &outputs.region, url);
        Ok(Self {
            dead_letters: queue(outputs.dead_letters_url)?,
            fanout: queue(outputs.fanout_queue_url)?,
        })
    }
}
