//! `tidegate dlq show`.

use std::collections::BTreeSet;

use serde::Serialize;
use tidegate_core::fanout::Receiver;

use super::letter::{Letter, Summary, time};
use super::{DeadLetters, Queues, peek};
use crate::arguments::ShowDlqArguments;
use crate::commands::block_on;
use crate::machine;
use crate::output::{line, plain};

/// A message, as `--json` prints it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    #[serde(flatten)]
    summary: Summary,
    /// Who came or went.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<&'a str>,
    accepted_at: Option<String>,
    connections: Vec<&'a str>,
    /// The frame, or all of what is no slice.
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<&'a str>,
}

pub(super) fn run(arguments: &ShowDlqArguments) -> anyhow::Result<()> {
    let queues = Queues::find(&arguments.place)?;
    let letter = block_on(find(&queues.chosen(arguments.queue)?, &arguments.id))?;
    let (slice, who) = (letter.slice(), letter.who());
    let payload = slice.map_or(letter.message.body.as_str(), |it| &it.publication.frame);
    let receivers: &[Receiver] = slice.map_or(&[], |slice| &slice.receivers);
    let shown = Shown {
        summary: letter.summary(machine::now_ms()),
        user: who.map(|who| who.user.as_str()),
        session: who.map(|who| who.session.as_str()),
        accepted_at: slice.map(|slice| time(slice.publication.accepted_at_ms)),
        connections: receivers.iter().map(|it| it.connection.as_str()).collect(),
        payload: arguments.payload.then_some(payload),
    };
    if arguments.json {
        let text = serde_json::to_string_pretty(&shown)?;
        line(format_args!("{text}"))?;
    } else {
        print(&shown, payload.len())?;
    }
    Ok(())
}

/// Finds one message, and lets it go again.
async fn find(queues: &[&DeadLetters], id: &str) -> anyhow::Result<Letter> {
    let ids = BTreeSet::from([id.to_owned()]);
    for of in queues {
        let found = peek::these(of, &ids).await?;
        if let Some(letter) = found.into_iter().next() {
            let receipt = letter.message.receipt_handle.as_str();
            of.queue.release(&[receipt]).await?;
            return Ok(letter);
        }
    }
    Err(not_there(id))
}

pub(super) fn not_there(id: &str) -> anyhow::Error {
    let id = plain(id);
    anyhow::anyhow!(
        "there is no message {id} in a dead-letter queue, or somebody else looks at it just now: see `tidegate dlq list`"
    )
}

fn print(shown: &Shown<'_>, payload_bytes: usize) -> std::io::Result<()> {
    let Summary {
        id,
        queue,
        what,
        at,
        age_seconds,
        channel,
        publication_id,
        receivers: _,
        attempts,
        why,
        receives,
    } = &shown.summary;
    let attempts = attempts.map(|attempts| attempts.to_string());
    let receives = receives.map(|receives| receives.to_string());
    let put_aside = format!("{at}, {age_seconds} s ago");
    let connections = shown.connections.join(" ");
    let payload = shown.payload.map_or_else(
        || format!("{payload_bytes} bytes, which --payload prints"),
        plain,
    );
    let fields = [
        ("id", Some(id.as_str())),
        ("queue", Some(queue.name())),
        ("what", Some(what)),
        ("put aside", Some(&put_aside)),
        ("why", Some(why)),
        ("channel", channel.as_deref()),
        ("publication", publication_id.as_deref()),
        ("accepted", shown.accepted_at.as_deref()),
        ("attempts", attempts.as_deref()),
        ("received", receives.as_deref()),
        (
            "receivers",
            (!connections.is_empty()).then_some(connections.as_str()),
        ),
        ("payload", Some(&payload)),
    ];
    let who = [("user", shown.user), ("session", shown.session)];
    let who = who.into_iter().filter(|(_, value)| value.is_some());
    for (name, value) in fields.into_iter().chain(who) {
        let value = value.map_or_else(|| "-".to_owned(), plain);
        line(format_args!("{name:<12} {value}"))?;
    }
    Ok(())
}
