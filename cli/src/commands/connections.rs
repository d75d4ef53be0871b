//! `tidegate connections` and `tidegate kick`.

use anstream::eprintln;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde_json::json;
use tidegate_core::channel::Channel;
use tidegate_server_client::{ConnectionList, KickQuery};

use super::block_on;
use crate::arguments::{ConnectionsArguments, KickArguments};
use crate::output::{line, plain, table};
use crate::server::{Server, told};

pub(crate) fn list(arguments: &ConnectionsArguments) -> anyhow::Result<()> {
    let server = Server::find(&arguments.place)?;
    let list = block_on(async {
        let user = server.subject(&arguments.user).await?;
        told(server.client()?.connections(&user).await)
    })?;
    if arguments.json {
        let text = serde_json::to_string_pretty(&list)?;
        return Ok(line(format_args!("{text}"))?);
    }
    if list.sessions.is_empty() {
        eprintln!("{} has no connections.", plain(&arguments.user));
        return Ok(());
    }
    Ok(print(&list)?)
}

fn print(list: &ConnectionList) -> std::io::Result<()> {
    let mut rows = table();
    rows.set_header(["session", "connection", "since", "rights end", "channels"]);
    for session in &list.sessions {
        for connection in &session.connections {
            let channels: Vec<_> = connection.channels.iter().map(Channel::as_str).collect();
            rows.add_row([
                plain(&session.session),
                plain(&connection.connection),
                moment(connection.since / 1_000),
                moment(session.expires_at),
                channels.join(" "),
            ]);
        }
    }
    line(format_args!("{rows}"))
}

fn moment(epoch_s: u64) -> String {
    let seconds = i64::try_from(epoch_s).unwrap_or(i64::MAX);
    let shown = DateTime::from_secs(seconds).fmt(Format::DateTime);
    shown.unwrap_or_else(|_out_of_range| epoch_s.to_string())
}

pub(crate) fn kick(arguments: KickArguments) -> anyhow::Result<()> {
    let KickArguments {
        place,
        user,
        session,
        connection,
        json,
    } = arguments;
    let which = match (session, connection) {
        (Some(session), _) => KickQuery::Session(session),
        (None, Some(connection)) => KickQuery::Connection(connection),
        (None, None) => KickQuery::All,
    };
    let server = Server::find(&place)?;
    let ended = block_on(async {
        let user = server.subject(&user).await?;
        told(server.client()?.kick(&user, &which).await)
    })?;
    if json {
        return Ok(line(format_args!("{}", json!({ "ended": ended })))?);
    }
    Ok(line(format_args!("{}.", ended_connections(ended)))?)
}

/// How many were put out, in words.
pub(crate) fn ended_connections(ended: u64) -> String {
    match ended {
        0 => "No connection was there to be put out".to_owned(),
        1 => "1 connection was put out".to_owned(),
        many => format!("{many} connections were put out"),
    }
}
