//! `tidegate dlq purge`.

use std::io::{BufRead, IsTerminal};

use anstream::{eprint, eprintln};
use anyhow::{Context, bail};

use super::{Queues, messages};
use crate::arguments::PurgeDlqArguments;
use crate::commands::block_on;
use crate::output::line;

pub(super) fn run(arguments: &PurgeDlqArguments) -> anyhow::Result<()> {
    let queues = Queues::find(&arguments.place)?;
    let dead_letters = &queues.one(arguments.queue)?.queue;
    let count = block_on(async {
        queues.tell_of_others(arguments.queue).await?;
        dead_letters.count().await
    })?;
    if count == 0 {
        eprintln!("Nothing was put aside.");
        return Ok(());
    }
    let count = messages(count);
    if !arguments.yes && !confirmed(&count)? {
        bail!("nothing was deleted");
    }
    block_on(dead_letters.purge())?;
    Ok(line(format_args!("{count} deleted."))?)
}

fn confirmed(count: &str) -> anyhow::Result<bool> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        bail!("nothing was deleted of {count}: there is nobody to ask, and --yes was not given");
    }
    eprint!("Delete {count} for good? Type yes: ");
    let mut answer = String::new();
    stdin
        .lock()
        .read_line(&mut answer)
        .context("the answer cannot be read")?;
    Ok(answer.trim() == "yes")
}
