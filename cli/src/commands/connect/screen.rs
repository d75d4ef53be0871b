//! What `tidegate connect` prints.

use std::io::{self, IsTerminal};

use anstream::eprintln;
use serde_json::Value;
use tidegate_core::channel::Channel;

use super::client::Incoming;
use crate::output::{BOLD, DIM, ERROR, GOOD, NAME, WARNING, line, plain};

/// Publications go to standard output, all else to standard error; with `json`, every frame goes to standard output.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen {
    pub(crate) json: bool,
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

    pub(crate) fn show(self, incoming: &Incoming) -> io::Result<()> {
        match incoming {
            Incoming::Subscribed => {}
            Incoming::Ack { frame } | Incoming::Other { frame } => {
                if self.json {
                    line(format_args!("{frame}"))?;
                }
            }
            Incoming::Publication { frame, .. }
            | Incoming::Error { frame, .. }
            | Incoming::Goodbye { frame, .. }
                if self.json =>
            {
                line(format_args!("{frame}"))?;
            }
            Incoming::Publication { user, data, .. } => {
                line(format_args!("{NAME}{}{NAME:#} {}", plain(user), text(data)))?;
            }
            Incoming::Error { code, message, .. } => {
                eprintln!("{ERROR}{}{ERROR:#} {}", plain(code), plain(message));
            }
            Incoming::Goodbye { reason, .. } => {
                eprintln!("{WARNING}goodbye{WARNING:#} {}", plain(reason));
            }
        }
        Ok(())
    }
}

/// A text as it is, and all else as JSON.
fn text(data: &Value) -> String {
    data.as_str()
        .map_or_else(|| plain(&data.to_string()), plain)
}
