//! The routes of the WebSocket API.

use crate::functions::Function;
use crate::own::OwnRoute;

/// The expression by which API Gateway chooses a route from a frame: its `action`.
pub const SELECTION_EXPRESSION: &str = "$request.body.action";

/// One route of the WebSocket API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Route {
    /// The handshake.
    Connect,
    /// The end of a connection; best effort on AWS.
    Disconnect,
    /// Every frame that no other route takes: an unknown action, or no JSON at all.
    Default,
    /// Answered by the gateway itself, without a function.
    Ping,
    /// Joins a channel.
    Subscribe,
    /// Leaves a channel.
    Unsubscribe,
    /// Sends to a channel.
    Publish,
    /// Asks who is in a channel.
    Presence,
    /// Asks for what was published in a channel.
    History,
    /// Brings a newer token for the connection.
    Refresh,
    /// Asks how far channels have come, for all channels of a client at once.
    Heads,
    /// A route of one's own.
    Own(OwnRoute),
}

/// Those that every stack has.
const OURS: [Route; 11] = [
    Route::Connect,
    Route::Disconnect,
    Route::Default,
    Route::Ping,
    Route::Subscribe,
    Route::Unsubscribe,
    Route::Publish,
    Route::Presence,
    Route::History,
    Route::Refresh,
    Route::Heads,
];

impl Route {
    /// Every route; those of one's own come last.
    pub const ALL: [Self; OURS.len() + OwnRoute::ALL.len()] = {
        let mut all = [Self::Default; OURS.len() + OwnRoute::ALL.len()];
        let (ours, own) = all.split_at_mut(OURS.len());
        ours.copy_from_slice(&OURS);
        let mut index = 0;
        while index < own.len() {
            own[index] = Self::Own(OwnRoute::ALL[index]);
            index += 1;
        }
        all
    };

    /// The route key, which is also the `action` of the frames that take it.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Connect => "$connect",
            Self::Disconnect => "$disconnect",
            Self::Default => "$default",
            Self::Ping => "ping",
            Self::Subscribe => "subscribe",
            Self::Unsubscribe => "unsubscribe",
            Self::Publish => "publish",
            Self::Presence => "presence",
            Self::History => "history",
            Self::Refresh => "refresh",
            Self::Heads => "heads",
            Self::Own(route) => route.key(),
        }
    }

    /// The route with this key, if there is one.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|route| route.key() == key)
    }

    /// The name used in resource names: the key without its `$`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.key().trim_start_matches('$')
    }

    /// The function that the route invokes; none for the one that the gateway answers by itself.
    #[must_use]
    pub const fn function(self) -> Option<Function> {
        match self {
            Self::Connect => Some(Function::Connect),
            Self::Disconnect => Some(Function::Disconnect),
            Self::Default
            | Self::Subscribe
            | Self::Unsubscribe
            | Self::Publish
            | Self::Presence
            | Self::History
            | Self::Refresh
            | Self::Heads => Some(Function::Message),
            Self::Ping => None,
            Self::Own(route) => Some(Function::Own(route)),
        }
    }

    /// Whether the reply of the integration goes back through the socket (a route response).
    #[must_use]
    pub const fn is_two_way(self) -> bool {
        match self {
            Self::Connect | Self::Disconnect => false,
            Self::Own(route) => route.is_two_way(),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::own::RESERVED;

    #[test]
    fn every_key_leads_back_to_its_route() {
        for route in Route::ALL {
            assert_eq!(Route::from_key(route.key()), Some(route));
        }
        assert_eq!(Route::from_key("no-such-route"), None);
    }

    #[test]
    fn no_route_of_ones_own_is_called_as_the_protocol_calls_its_frames() {
        for key in OwnRoute::ALL.iter().map(|route| route.key()) {
            assert!(!RESERVED.contains(&key), "{key}");
        }
    }
}
