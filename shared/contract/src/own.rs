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
pub const RESERVED: [&str; 20] = [
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
    "unsubscribe",
    "unsubscribed",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use schemars::{JsonSchema, schema_for};
    use serde_json::Value;
    use tidegate_protocol::{ClientFrame, ServerFrame};

    use super::*;

    /// What frames are told apart by: the values of `field`.
    fn names<F: JsonSchema>(field: &str) -> Vec<String> {
        let schema = schema_for!(F);
        let frames = schema.get("oneOf").and_then(Value::as_array).unwrap();
        let name = |frame: &Value| {
            frame["properties"][field]["const"]
                .as_str()
                .map(str::to_owned)
        };
        frames.iter().map(|frame| name(frame).unwrap()).collect()
    }

    #[test]
    fn every_name_of_the_protocol_is_reserved_and_no_other() {
        let (actions, types) = (names::<ClientFrame>("action"), names::<ServerFrame>("type"));
        assert!(actions.iter().any(|it| it == "heads"), "{actions:?}");
        // Routes have the names that API Gateway gives its own, without their `$`, in resources.
        let gateway = ["connect", "default", "disconnect"].map(str::to_owned);
        let expected: BTreeSet<_> = [actions, types, gateway.to_vec()]
            .concat()
            .into_iter()
            .collect();
        assert_eq!(BTreeSet::from(RESERVED.map(str::to_owned)), expected);
        assert!(RESERVED.is_sorted());
    }
}
