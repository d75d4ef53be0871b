//! `tidegate dlq redrive`.

use std::collections::BTreeSet;
use std::time::Duration;

use anstream::eprintln;
use anyhow::bail;

use super::letter::Letter;
use super::show::not_there;
use super::{DeadLetters, Queues, messages, peek};
use crate::arguments::{DlqQueue, RedriveDlqArguments};
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
            let queue = arguments.queue.unwrap_or(DlqQueue::Fanout);
            let sent = all(queues.one(queue)?, most).await?;
            queues.tell_of_others(queue).await?;
            Ok(sent)
        } else {
            let ids: BTreeSet<_> = arguments.ids.iter().cloned().collect();
            these(&queues.chosen(arguments.queue)?, &ids, most).await
        }
    })?;
    Ok(line(format_args!("{} sent out again.", messages(sent)))?)
}

/// By a task of SQS, which needs nobody to wait for it.
async fn all(letters: &DeadLetters, max_per_second: Option<u32>) -> anyhow::Result<u64> {
    let DeadLetters { queue, source, .. } = letters;
    if queue.count().await? == 0 {
        return Ok(0);
    }
    let moving = queue.move_to(source, max_per_second).await?;
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

/// One by one: sent first and then deleted, so that an end in the middle doubles one and loses none. All of them or none, of
/// whichever queues.
async fn these(
    queues: &[&DeadLetters],
    ids: &BTreeSet<String>,
    max_per_second: Option<u32>,
) -> anyhow::Result<u64> {
    let mut found = Vec::new();
    let mut missing = ids.clone();
    for queue in queues {
        if missing.is_empty() {
            break;
        }
        let looked = peek::these(queue, &missing).await;
        let letters = match looked {
            Ok(letters) => letters,
            Err(error) => {
                release(&found).await?;
                return Err(error);
            }
        };
        for letter in letters {
            missing.remove(&letter.message.message_id);
            found.push((*queue, letter));
        }
    }
    if let Some(missing) = missing.first() {
        release(&found).await?;
        return Err(not_there(missing));
    }
    let mut sent = 0;
    for (DeadLetters { queue, source, .. }, letter) in &found {
        if let Some(most) = max_per_second.filter(|_| sent > 0) {
            tokio::time::sleep(Duration::from_secs(1) / most).await;
        }
        source.send(&letter.anew()?).await?;
        queue.delete(&letter.message.receipt_handle).await?;
        sent += 1;
    }
    Ok(sent)
}

async fn release(found: &[(&DeadLetters, Letter)]) -> anyhow::Result<()> {
    for (letters, letter) in found {
        let receipt = letter.message.receipt_handle.as_str();
        letters.queue.release(&[receipt]).await?;
    }
    Ok(())
}
