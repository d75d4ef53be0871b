//! `tidegate channels`.

use serde::Serialize;
use tidegate_core::channel::Channel;
use tidegate_server_client::{ChannelState, HistoryPage, HistoryQuery, Member};

use super::block_on;
use crate::arguments::ChannelsArguments;
use crate::output::{BOLD, DIM, line, plain, table};
use crate::server::{Server, told};

/// How many pages of members are read at most.
const MOST_PAGES: usize = 100;

/// What is printed of a channel.
#[derive(Serialize)]
struct Looked {
    #[serde(flatten)]
    state: ChannelState,
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<HistoryPage>,
}

pub(crate) fn run(arguments: &ChannelsArguments) -> anyhow::Result<()> {
    let server = Server::find(&arguments.place)?;
    let looked = block_on(async {
        let mut looked = Vec::new();
        for channel in &arguments.channels {
            looked.push(look(&server, channel, arguments).await?);
        }
        Ok(looked)
    })?;
    if arguments.json {
        let text = serde_json::to_string_pretty(&looked)?;
        return Ok(line(format_args!("{text}"))?);
    }
    let mut rows = table();
    rows.set_header(["channel", "sessions", "position"]);
    for Looked { state, .. } in &looked {
        rows.add_row([
            state.channel.to_string(),
            number(state.sessions),
            state
                .position
                .map_or_else(|| "no history".to_owned(), |place| place.to_string()),
        ]);
    }
    line(format_args!("{rows}"))?;
    for looked in &looked {
        print_members(looked, arguments.presence)?;
        print_history(looked)?;
    }
    Ok(())
}

async fn look(
    server: &Server,
    channel: &Channel,
    arguments: &ChannelsArguments,
) -> anyhow::Result<Looked> {
    let client = server.client()?;
    let mut state = told(client.channel(channel, None).await)?;
    if arguments.presence {
        for _ in 1..MOST_PAGES {
            let Some(cursor) = state.cursor.take() else {
                break;
            };
            let next = told(client.channel(channel, Some(&cursor)).await)?;
            let more: Vec<Member> = next.members.unwrap_or_default();
            state.members.get_or_insert_default().extend(more);
            state.cursor = next.cursor;
        }
    } else {
        state.members = None;
        state.cursor = None;
    }
    let history = match arguments.history {
        Some(limit) => {
            let query = HistoryQuery {
                limit,
                ..HistoryQuery::default()
            };
            Some(told(client.history(channel, query).await)?)
        }
        None => None,
    };
    Ok(Looked { state, history })
}

fn print_members(looked: &Looked, wanted: bool) -> std::io::Result<()> {
    if !wanted {
        return Ok(());
    }
    let state = &looked.state;
    let channel = &state.channel;
    let Some(members) = &state.members else {
        return line(format_args!(
            "\n{DIM}{channel} does not tell who is there: `presence` of its namespace is not `full`{DIM:#}"
        ));
    };
    line(format_args!("\n{BOLD}{channel}: who is there{BOLD:#}"))?;
    let mut rows = table();
    rows.set_header(["user", "session"]);
    for Member { user, session } in members {
        rows.add_row([plain(user), plain(session)]);
    }
    line(format_args!("{rows}"))?;
    if state.cursor.is_some() {
        line(format_args!("{DIM}and more{DIM:#}"))?;
    }
    Ok(())
}

fn print_history(looked: &Looked) -> std::io::Result<()> {
    let Some(page) = &looked.history else {
        return Ok(());
    };
    let channel = &page.channel;
    line(format_args!("\n{BOLD}{channel}: newest first{BOLD:#}"))?;
    let mut rows = table();
    rows.set_header(["position", "user", "publication", "data"]);
    for publication in &page.publications {
        rows.add_row([
            publication
                .position
                .map_or_else(String::new, |place| place.to_string()),
            publication
                .user
                .as_deref()
                .map_or_else(|| "-".to_owned(), plain),
            plain(&publication.publication_id),
            plain(publication.data.get()),
        ]);
    }
    line(format_args!("{rows}"))
}

fn number(value: Option<u64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}
