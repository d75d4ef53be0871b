//! `tidegate publish`.

use std::io::Read;

use anyhow::Context;
use serde_json::value::RawValue;
use tidegate_server_client::Draft;

use super::block_on;
use crate::arguments::PublishArguments;
use crate::output::{line, plain};
use crate::server::{Server, told};

/// More than any publication may have, so that what is too much is refused by the server, with the reason.
const MOST_BYTES: u64 = 1024 * 1024;

pub(crate) fn run(arguments: PublishArguments) -> anyhow::Result<()> {
    let PublishArguments {
        place,
        channel,
        data,
        key,
        json,
    } = arguments;
    let data = if data == "-" { from_input()? } else { data };
    let draft = Draft {
        channel,
        data: as_json(&data)?,
        key,
    };
    let server = Server::find(&place)?;
    let published = block_on(async { told(server.client()?.publish(&draft).await) })?;
    if json {
        return Ok(line(format_args!(
            "{}",
            serde_json::to_string(&published)?
        ))?);
    }
    let id = plain(&published.publication_id);
    if published.duplicate {
        return Ok(line(format_args!(
            "{id} was there already: a publication with this key"
        ))?);
    }
    let (sent, queued) = (published.sent, published.queued);
    let place = published.position;
    let place = place.map_or_else(String::new, |place| format!(" at {place}"));
    Ok(line(format_args!(
        "{id}{place}: {sent} reached, {queued} handed to the queue"
    ))?)
}

fn from_input() -> anyhow::Result<String> {
    let mut text = String::new();
    std::io::stdin()
        .take(MOST_BYTES)
        .read_to_string(&mut text)
        .context("standard input is no text")?;
    Ok(text)
}

/// JSON as it is, and all else as a text.
fn as_json(text: &str) -> anyhow::Result<Box<RawValue>> {
    let trimmed = text.trim();
    match serde_json::from_str::<&RawValue>(trimmed) {
        Ok(json) => Ok(json.to_owned()),
        Err(_) => Ok(serde_json::value::to_raw_value(
            text.trim_end_matches(['\r', '\n']),
        )?),
    }
}

#[cfg(test)]
mod tests {
    use super::as_json;

    #[test]
    fn json_is_published_as_it_is_and_all_else_as_a_text() {
        for (text, json) in [
            ("{\"n\": 1.10}\n", "{\"n\": 1.10}"),
            ("7", "7"),
            ("hi \"you\"\n", "\"hi \\\"you\\\"\""),
            ("", "\"\""),
        ] {
            assert_eq!(as_json(text).unwrap().get(), json);
        }
    }
}
