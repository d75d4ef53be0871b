//! The load that an estimate is for.

use std::str::FromStr;

use thiserror::Error;

macro_rules! load {
    ($( $(#[doc = $doc:literal])+ $field:ident = $name:literal: $default:literal, )*) => {
        /// What clients do in a month of 30 days: all of them alike, day and night.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Load {
            $( $(#[doc = $doc])+ pub $field: u64, )*
            /// Whether what is free each month for a whole account is taken off, as if this stack were alone in it.
            pub free_tier: bool,
        }

        impl Default for Load {
            fn default() -> Self {
                Self { $( $field: $default, )* free_tier: false }
            }
        }

        impl Load {
            /// The names by which its numbers are set, with what each is and its default.
            #[must_use]
            pub fn names() -> Vec<(&'static str, String, u64)> {
                vec![$( ($name, [$( $doc ),+].concat().trim().to_owned(), $default), )*]
            }

            /// Its numbers by name.
            #[must_use]
            pub fn numbers(&self) -> Vec<(&'static str, u64)> {
                vec![$( ($name, self.$field), )*]
            }

            fn number(&mut self, name: &str) -> Option<&mut u64> {
                match name {
                    $( $name => Some(&mut self.$field), )*
                    _ => None,
                }
            }
        }
    };
}

load! {
    /// Clients that are connected at any time.
    clients = "clients": 1_000,
    /// Different people who sign in during the month.
    users = "users": 1_000,
    /// What each client publishes in an hour.
    publications_per_hour = "publications-per-hour": 6,
    /// Who receives each publication.
    receivers = "receivers": 10,
    /// Kilobytes of a publication, with its envelope.
    frame_kb = "frame-kb": 1,
    /// Seconds from one ping of a client to the next.
    ping_seconds = "ping-seconds": 300,
    /// Minutes that a connection lasts: API Gateway ends it after 120.
    connection_minutes = "connection-minutes": 120,
    /// Channels that each connection joins.
    channels = "channels": 2,
    /// Milliseconds that a function takes for an event.
    function_ms = "function-ms": 15,
    /// Bytes that a function logs for an event.
    log_bytes = "log-bytes": 500,
    /// Write units of each publication: 1 for its `key`, which the Rust client sends with each, and 1 for each KB where its
    /// channel keeps a history. So 2 is a small one of that client with a history, 1 without, and 0 one with neither.
    writes_per_publication = "writes-per-publication": 2,
    /// Receivers that the message function serves itself; the rest go over the queue, in slices as large.
    receivers_inline = "receivers-inline": 100,
    /// Requests of clients to the HTTP API in an hour, all together.
    api_requests_per_hour = "api-requests-per-hour": 0,
    /// What backends publish in an hour by the HTTP API, all together.
    server_publications_per_hour = "server-publications-per-hour": 0,
    /// What backends publish in an hour by the queue, all together.
    inlet_publications_per_hour = "inlet-publications-per-hour": 0,
    /// What each client sends in an hour to each route of the project's own.
    own_frames_per_hour = "own-frames-per-hour": 6,
}

/// A load that is written wrong.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidLoad {
    /// There is no such number.
    #[error("`{0}` is no part of a load: it is made of {names} and free-tier=true, with commas between them", names = all_names())]
    Unknown(String),
    /// It is not a whole number, or too large to be one of anything.
    #[error("{name} is `{value}`: it must be a whole number from {least} to 1000000000")]
    Number {
        /// Its name.
        name: String,
        /// What it was set to.
        value: String,
        /// The least that it may be.
        least: u64,
    },
}

/// More than this of anything is a mistake, and what is made of it would not fit.
const MOST: u64 = 1_000_000_000;

/// What something is divided by.
const DIVISORS: [&str; 4] = [
    "connection-minutes",
    "ping-seconds",
    "frame-kb",
    "receivers-inline",
];

fn all_names() -> String {
    let names = Load::names().into_iter();
    let names = names.map(|(name, _, default)| format!("{name}={default}"));
    names.collect::<Vec<_>>().join(", ")
}

impl FromStr for Load {
    type Err = InvalidLoad;

    /// Reads `clients=5000,receivers=50`: what is not named stays at its default.
    fn from_str(text: &str) -> Result<Self, InvalidLoad> {
        let mut load = Self::default();
        for part in text.split(',').map(str::trim).filter(|it| !it.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            if name == "free-tier" {
                load.free_tier = value != "false";
                continue;
            }
            let number = load.number(name);
            let number = number.ok_or_else(|| InvalidLoad::Unknown(name.to_owned()))?;
            let least = u64::from(DIVISORS.contains(&name));
            let given = value.parse().ok();
            let given = given.filter(|given| (least..=MOST).contains(given));
            *number = given.ok_or_else(|| InvalidLoad::Number {
                name: name.to_owned(),
                value: value.to_owned(),
                least,
            })?;
        }
        Ok(load)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_is_read_by_name_and_the_rest_stays() {
        let load: Load = "clients=5000, receivers=50,free-tier=true".parse().unwrap();
        let expected = Load {
            clients: 5000,
            receivers: 50,
            free_tier: true,
            ..Load::default()
        };
        assert_eq!(load, expected);
        assert_eq!("".parse(), Ok(Load::default()));
    }

    #[test]
    fn a_load_that_cannot_be_is_refused_with_what_can() {
        for (text, part) in [
            ("client=5", "clients=1000"),
            ("clients", "whole number"),
            ("clients=-5", "from 0"),
            ("ping-seconds=0", "from 1"),
            ("clients=18446744073709551615", "1000000000"),
        ] {
            let error = text.parse::<Load>().unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
