//! `tidegate dlq redrive`.

use std::collections::BTreeSet;
use std::time::Duration;

use anstream::eprintln;
use anyhow::bail;

use super::show::not_there;
use super::{Queues, peek};
use crate::arguments::RedriveDlqArguments;
use crate::commands::block_on;
use crate::output::{line, plain};
use crate::sqs::MoveTask;

/// How often SQS is asked how far it is.
const PAUSE: Duration = Duration::from_secs(1);

pub(super) fn run(arguments: &RedriveDlqArguments) -> anyhow::Result<()> {
    let queues = Queues::find(&arguments.place)?;
    let most = arguments.max_per_second;
    let sent = block_on(async {
        if arguments.ids.is_empty() {
            all(&queues, most).await
        } else {
            let ids: BTreeSet<_> = arguments.ids.iter().cloned().collect();
            these(&queues, &ids, most).await
        }
    })?;
    Ok(line(format_args!("{} sent out again.", messages(sent)))?)
}

/// By a task of SQS, which needs nobody to wait for it.
async fn all(queues: &Queues, max_per_second: Option<u32>) -> anyhow::Result<u64> {
    if queues.dead_letters.count().await? == 0 {
        return Ok(0);
    }
    let moving = queues
        .dead_letters
        .move_to(&queues.fanout, max_per_second)
        .await?;
    let mut told = 0;
    loop {
        let MoveTask {
            status,
            approximate_number_of_messages_moved: moved,
            approximate_number_of_messages_to_move: to_move,
            failure_reason,
        } = moving.task().await?;
        match status.as_str() {
            "COMPLETED" => return Ok(moved),
            "RUNNING" | "CANCELLING" => {}
            "CANCELLED" => bail!(
                "somebody cancelled it after {} of {to_move}",
                messages(moved)
            ),
            _ => bail!(
                "SQS ended it after {} of {to_move}: {}",
                messages(moved),
                failure_reason.map_or_else(|| status.clone(), |reason| plain(&reason)),
            ),
        }
        if moved > told {
            eprintln!("{moved} of about {to_move}");
            told = moved;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// One by one: sent first and then deleted, so that an end in the middle doubles one and loses none.
async fn these(
    queues: &Queues,
    ids: &BTreeSet<String>,
    max_per_second: Option<u32>,
) -> anyhow::Result<u64> {
    let letters = peek::these(&queues.dead_letters, ids).await?;
    let found: BTreeSet<_> = letters.iter().map(|it| &it.message.message_id).collect();
    let missing = ids.iter().find(|id| !found.contains(id));
    if let Some(missing) = missing {
        let receipts = letters.iter().map(|it| it.message.receipt_handle.as_str());
        let receipts: Vec<_> = receipts.collect();
        queues.dead_letters.release(&receipts).await?;
        return Err(not_there(missing));
    }
    let mut sent = 0;
    for letter in &letters {
        if let Some(most) = max_per_second.filter(|_| sent > 0) {
            tokio::time::sleep(Duration::from_secs(1) / most).await;
        }
        queues.fanout.send(&letter.anew()?).await?;
        let receipt = &letter.message.receipt_handle;
        queues.dead_letters.delete(receipt).await?;
        sent += 1;
    }
    Ok(sent)
}

pub(super) fn messages(count: u64) -> String {
    let word = if count == 1 { "message" } else { "messages" };
    format!("{count} {word}")
}
