//! `GET /channels/{channel}` and `GET /channels/{channel}/history`.

use serde::{Deserialize, Serialize};
use thiserror::Error;
use tidegate_protocol::{
    Bound, Channel, DEFAULT_HISTORY_LIMIT, MAX_HISTORY_LIMIT, Member, Position, Publication,
};

/// What there is to know of a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChannelState {
    /// The channel.
    pub channel: Channel,
    /// How many sessions receive, as it was a moment ago; in very large channels connections are counted. Only on the first
    /// page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sessions: Option<u64>,
    /// Who is there: a page of them. Only where the namespace tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members: Option<Vec<Member>>,
    /// There are more members: ask again with this as `cursor`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// The newest place; only in channels with history. With it, a state that a client loads can be followed without a gap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
}

/// A page of a channel's history.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryPage {
    /// The channel.
    pub channel: Channel,
    /// Oldest first after a place, else newest first.
    pub publications: Vec<Publication>,
    /// The newest place of the channel.
    pub position: Position,
    /// Whether there is nothing more that way; else go on from the last publication's place.
    pub complete: bool,
    /// Something between the place that was asked for and the first publication here is not kept any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gap: bool,
}

/// Which page of a history: the query of the request. A place is written as `OFFSET@EPOCH`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryQuery {
    /// From where, and which way.
    pub bound: Bound,
    /// How many publications at most.
    pub limit: u32,
}

impl Default for HistoryQuery {
    fn default() -> Self {
        Self {
            bound: Bound::Newest,
            limit: DEFAULT_HISTORY_LIMIT,
        }
    }
}

/// The query of a request for history is not valid.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidPosition {
    /// A place.
    #[error(
        "`{0}` must be a place as it is written in a publication: OFFSET@EPOCH, two whole numbers"
    )]
    Place(&'static str),
    /// Two places.
    #[error("`after` and `before` exclude each other")]
    Both,
    /// The limit.
    #[error("`limit` must be a whole number from 1 to {MAX_HISTORY_LIMIT}")]
    Limit,
}

impl HistoryQuery {
    /// Reads it out of the parameters of a query.
    ///
    /// # Errors
    /// Names the parameter that is not valid.
    pub fn read(parameter: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidPosition> {
        let place = |name: &'static str| {
            parameter(name)
                .map(|text| read_place(&text).ok_or(InvalidPosition::Place(name)))
                .transpose()
        };
        let bound = match (place("after")?, place("before")?) {
            (Some(_), Some(_)) => return Err(InvalidPosition::Both),
            (Some(after), None) => Bound::After(after),
            (None, Some(before)) => Bound::Before(before),
            (None, None) => Bound::Newest,
        };
        let limit = match parameter("limit") {
            None => DEFAULT_HISTORY_LIMIT,
            Some(text) => {
                let limit = text.parse().ok();
                let valid = limit.filter(|limit| (1..=MAX_HISTORY_LIMIT).contains(limit));
                valid.ok_or(InvalidPosition::Limit)?
            }
        };
        Ok(Self { bound, limit })
    }

    /// The query, without a `?`: nothing in it needs to be encoded.
    #[must_use]
    pub fn write(self) -> String {
        let limit = self.limit;
        match self.bound {
            Bound::After(place) => format!("after={place}&limit={limit}"),
            Bound::Before(place) => format!("before={place}&limit={limit}"),
            Bound::Newest => format!("limit={limit}"),
        }
    }
}

fn read_place(text: &str) -> Option<Position> {
    let (offset, epoch) = text.split_once('@')?;
    Some(Position {
        epoch: epoch.parse().ok()?,
        offset: offset.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<HistoryQuery, InvalidPosition> {
        HistoryQuery::read(|name| {
            let mut found = pairs.iter().filter(|(key, _)| *key == name);
            found.next().map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_query_is_written_and_read_back() {
        let place = Position {
            epoch: 3,
            offset: 4,
        };
        for bound in [Bound::After(place), Bound::Before(place), Bound::Newest] {
            let query = HistoryQuery { bound, limit: 7 };
            let written = query.write();
            let pairs: Vec<_> = written
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .collect();
            assert_eq!(read(&pairs), Ok(query));
        }
        assert_eq!(read(&[]), Ok(HistoryQuery::default()));
    }

    #[test]
    fn what_is_not_valid_is_named() {
        assert_eq!(
            read(&[("after", "4")]),
            Err(InvalidPosition::Place("after"))
        );
        assert_eq!(
            read(&[("before", "4@x")]),
            Err(InvalidPosition::Place("before"))
        );
        assert_eq!(
            read(&[("after", "4@3"), ("before", "4@3")]),
            Err(InvalidPosition::Both)
        );
        for limit in ["0", "101", "-1", "many"] {
            assert_eq!(read(&[("limit", limit)]), Err(InvalidPosition::Limit));
        }
    }
}
