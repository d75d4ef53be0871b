//! `tidegate dlq`: what could not be delivered.

mod letter;
mod list;
mod peek;
mod purge;
mod redrive;
mod show;

use anstream::eprintln;
use anyhow::Context;
use serde::Deserialize;

use crate::arguments::{DlqCommand, DlqQueue, PlaceArguments};
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

/// A dead-letter queue of a stack.
struct DeadLetters {
    of: DlqQueue,
    queue: Queue,
    /// Where its messages come from.
    source: Queue,
}

/// The dead-letter queues of a stack: the fan-out's, and the inlet's where it has one.
struct Queues(Vec<DeadLetters>);

/// What the program exports of them.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outputs {
    region: String,
    fanout_queue_url: String,
    dead_letters_url: String,
    inlet_queue_url: Option<String>,
    inlet_dead_letters_url: Option<String>,
}

impl Queues {
    /// Finds the stack's queues, and says which stack it is.
    fn find(arguments: &PlaceArguments) -> anyhow::Result<Self> {
        let (local, outputs) = match Located::find(arguments)? {
            Located::Here(mut running) => {
                let inlet_queue_url = running.outputs.remove("inletQueueUrl");
                let inlet_dead_letters_url = running.outputs.remove("inletDeadLettersUrl");
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
                    inlet_queue_url,
                    inlet_dead_letters_url,
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
        Self::of(local.as_deref(), outputs)
    }

    fn of(local: Option<&str>, outputs: Outputs) -> anyhow::Result<Self> {
        let Outputs {
            region,
            fanout_queue_url,
            dead_letters_url,
            inlet_queue_url,
            inlet_dead_letters_url,
        } = outputs;
        let dead_letters = |of, queue, source| {
            anyhow::Ok(DeadLetters {
                of,
                queue: Queue::new(local, &region, queue)?,
                source: Queue::new(local, &region, source)?,
            })
        };
        let mut queues = vec![dead_letters(
            DlqQueue::Fanout,
            dead_letters_url,
            fanout_queue_url,
        )?];
        if let Some((dead, source)) = inlet_dead_letters_url.zip(inlet_queue_url) {
            queues.push(dead_letters(DlqQueue::Inlet, dead, source)?);
        }
        Ok(Self(queues))
    }

    /// The one that was asked for, or all.
    fn chosen(&self, queue: Option<DlqQueue>) -> anyhow::Result<Vec<&DeadLetters>> {
        match queue {
            Some(queue) => Ok(vec![self.one(queue)?]),
            None => Ok(self.0.iter().collect()),
        }
    }

    fn one(&self, queue: DlqQueue) -> anyhow::Result<&DeadLetters> {
        let found = self.0.iter().find(|it| it.of == queue);
        found.context("the stack has no inlet, and so no such queue: `inlet.enabled` makes one")
    }

    /// Says how much waits in the queues that were not asked for.
    async fn tell_of_others(&self, queue: DlqQueue) -> anyhow::Result<()> {
        for other in self.0.iter().filter(|it| it.of != queue) {
            let count = other.queue.count().await?;
            if count > 0 {
                let name = other.of.name();
                eprintln!(
                    "In the queue of the {name} are {}: --queue {name}.",
                    messages(count)
                );
            }
        }
        Ok(())
    }
}

impl DlqQueue {
    const fn name(self) -> &'static str {
        match self {
            Self::Fanout => "fanout",
            Self::Inlet => "inlet",
        }
    }
}

fn messages(count: u64) -> String {
    let word = if count == 1 { "message" } else { "messages" };
    format!("{count} {word}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queues(inlet: bool) -> Queues {
        let url = |name: &str| format!("http://127.0.0.1:1/0/{name}");
        let outputs = Outputs {
            region: "eu-central-1".to_owned(),
            fanout_queue_url: url("fanout"),
            dead_letters_url: url("fanout-dead"),
            inlet_queue_url: inlet.then(|| url("inlet")),
            inlet_dead_letters_url: inlet.then(|| url("inlet-dead")),
        };
        Queues::of(Some("http://127.0.0.1:1"), outputs).unwrap()
    }

    fn names(queues: &Queues, queue: Option<DlqQueue>) -> anyhow::Result<Vec<&'static str>> {
        let chosen = queues.chosen(queue)?;
        Ok(chosen.iter().map(|it| it.of.name()).collect())
    }

    #[test]
    fn all_queues_that_the_stack_has_are_looked_at_or_the_one_that_is_named() {
        let both = queues(true);
        assert_eq!(names(&both, None).unwrap(), ["fanout", "inlet"]);
        assert_eq!(names(&both, Some(DlqQueue::Inlet)).unwrap(), ["inlet"]);
        let one = queues(false);
        assert_eq!(names(&one, None).unwrap(), ["fanout"]);
        let error = names(&one, Some(DlqQueue::Inlet)).unwrap_err();
        assert!(error.to_string().contains("inlet.enabled"), "{error}");
    }
}
