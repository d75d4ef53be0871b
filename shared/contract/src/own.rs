//! Routes of one's own: what a project adds to the protocol, each with a function of its own.
//!
//! An entry here, the crate `lambdas/<function>`, and a line in `program/src/functions/own.rs` are a route; the compiler
//! asks for the line. All else takes it from here: the builds, the resources, who may invoke what, the settings, the
//! alarms and the dashboard. `tidegate new route NAME` writes the three, `tidegate remove route NAME` takes them away, and
//! docs/your-first-route.md does it by hand.

mod declare;

use self::declare::own_routes;

own_routes! {
    // Routes of your own.
}

/// What no route of one's own may be called: a client takes frames of these types for the protocol's, which may also
/// come to have an action of this name.
pub const RESERVED: [&str; 19] = [
    "ack",
    "connect",
    "default",
    "disconnect",
    "error",
    "goodbye",
    "heads",
    "history",
    "ping",
    "pong",
    "presence",
    "presenceChange",
    "publication",
    "publish",
    "refresh",
    "refreshed",
    "subscribe",
    "subscribed",
    "unsubscribed",
];
