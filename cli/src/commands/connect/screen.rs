//! What `tidegate connect` prints.

use std::io::{self, IsTerminal};

use anstream::eprintln;
use serde::Serialize;
use serde_json::Value;
use tidegate_client::{Cause, ChannelEvent, Error, PresenceEvent, Publication};
use tidegate_core::channel::Channel;

use crate::output::{BOLD, DIM, ERROR, GOOD, NAME, WARNING, line, plain};

/// Publications go to standard output, all else to standard error; with `json`, frames go to standard output.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen {
    pub(crate) json: bool,
}

/// A publication as the frame that it came in, or would have.
#[derive(Serialize)]
#[serde(tag = "type", rename = "publication")]
struct PublicationFrame<'a> {
    #[serde(flatten)]
    publication: &'a Publication,
}

impl Screen {
    /// Whether somebody types.
    #[expect(
        clippy::unused_self,
        reason = "asked of the screen, whatever it prints"
    )]
    pub(crate) fn is_interactive(self) -> bool {
        io::stdin().is_terminal()
    }

    pub(crate) fn joined(self, channel: &Channel) {
        if !self.json && self.is_interactive() {
            eprintln!(
                "{GOOD}Joined{GOOD:#} {BOLD}{channel}{BOLD:#} {DIM}(type to publish, Ctrl-D to leave){DIM:#}"
            );
        }
    }

    /// A frame as it arrived. Publications are shown in their order and without doubles, and so by [`Self::event`].
    pub(crate) fn frame(self, text: &str) -> io::Result<()> {
        line(format_args!("{text}"))
    }

    pub(crate) fn event(self, event: &ChannelEvent) -> io::Result<()> {
        match event {
            ChannelEvent::Publication(publication) if self.json => {
                let frame = serde_json::to_string(&PublicationFrame { publication })?;
                line(format_args!("{frame}"))?;
            }
            ChannelEvent::Publication(publication) => {
                let user = publication.user.as_deref().unwrap_or("(server)");
                let data = publication.data.get();
                line(format_args!("{NAME}{}{NAME:#} {}", plain(user), text(data)))?;
            }
            ChannelEvent::Lost { .. } => {
                eprintln!(
                    "{WARNING}lost{WARNING:#} something was published meanwhile that cannot be had"
                );
            }
            ChannelEvent::PresenceChange(change) if !self.json => {
                let what = match change.event {
                    PresenceEvent::Join => "came",
                    PresenceEvent::Leave => "left",
                };
                eprintln!("{NAME}{}{NAME:#} {DIM}{what}{DIM:#}", plain(&change.user));
            }
            _ => {}
        }
        Ok(())
    }

    #[expect(clippy::unused_self, reason = "said to the screen, whatever it prints")]
    pub(crate) fn offline(self, cause: &Cause, retry_in_ms: u64) {
        let seconds = retry_in_ms.div_ceil(1_000);
        eprintln!("{WARNING}offline{WARNING:#} {cause}; trying again in {seconds} s");
    }

    #[expect(clippy::unused_self, reason = "said to the screen, whatever it prints")]
    pub(crate) fn back(self) {
        eprintln!("{GOOD}online{GOOD:#}");
    }

    #[expect(clippy::unused_self, reason = "said to the screen, whatever it prints")]
    pub(crate) fn failed(self, error: &Error) {
        eprintln!(
            "{ERROR}not published{ERROR:#} {}",
            plain(&error.to_string())
        );
    }
}

/// A text as it is, and all else as JSON.
fn text(data: &str) -> String {
    match serde_json::from_str::<Value>(data) {
        Ok(Value::String(text)) => plain(&text),
        _ => plain(data),
    }
}
