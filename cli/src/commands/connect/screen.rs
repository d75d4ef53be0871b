//! What `tidegate connect` prints.

use std::io::IsTerminal;

use anstream::{eprintln, println};
use serde_json::Value;
use tidegate_core::channel::Channel;

use super::client::Incoming;
use crate::output::{BOLD, DIM, ERROR, GOOD, NAME, WARNING};

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
        std::io::stdin().is_terminal()
    }

    pub(crate) fn joined(self, channel: &Channel) {
        if !self.json && self.is_interactive() {
            eprintln!(
                "{GOOD}Joined{GOOD:#} {BOLD}{channel}{BOLD:#} {DIM}(type to publish, Ctrl-D to leave){DIM:#}"
            );
        }
    }

    pub(crate) fn show(self, incoming: &Incoming) {
        match incoming {
            Incoming::Subscribed => {}
            Incoming::Ack { frame } | Incoming::Other { frame } => {
                if self.json {
                    println!("{frame}");
                }
            }
            Incoming::Publication { frame, .. }
            | Incoming::Error { frame, .. }
            | Incoming::Goodbye { frame, .. }
                if self.json =>
            {
                println!("{frame}");
            }
            Incoming::Publication { user, data, .. } => {
                println!("{NAME}{user}{NAME:#} {}", text(data));
            }
            Incoming::Error { code, message, .. } => eprintln!("{ERROR}{code}{ERROR:#} {message}"),
            Incoming::Goodbye { reason, .. } => eprintln!("{WARNING}goodbye{WARNING:#} {reason}"),
        }
    }
}

/// A text as it is, without what would steer the terminal; all else as JSON.
fn text(data: &Value) -> String {
    let text = data
        .as_str()
        .map_or_else(|| data.to_string(), str::to_owned);
    text.chars()
        .map(|character| {
            if character.is_control() {
                '\u{fffd}'
            } else {
                character
            }
        })
        .collect()
}
