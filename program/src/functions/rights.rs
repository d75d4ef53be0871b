//! What each function may do with the table and with connections: as much as the use cases that it serves
//! (`shared/core/src/broker`) ask of their ports, and no more.
//!
//! IAM is not enforced on one machine. So whoever has a function do something else looks here first: what it may not do
//! fails in AWS only.

use tidegate_contract::functions::Function;

const GET: &str = "dynamodb:GetItem";
const QUERY: &str = "dynamodb:Query";
const UPDATE: &str = "dynamodb:UpdateItem";
const PUT: &str = "dynamodb:PutItem";
const DELETE: &str = "dynamodb:DeleteItem";

/// What a function may do with the table; nothing that scans it.
pub(super) const fn of_table(function: Function) -> &'static [&'static str] {
    match function {
        // Takes tickets, each once.
        Function::Authorizer => &[DELETE],
        // Makes tickets, and looks whether a token was revoked.
        Function::Api => &[GET, PUT],
        // Looks up the session of whoever sent a frame.
        Function::Own(_) => &[GET],
        // Marks connections gone, and removes what they had joined.
        Function::Disconnect => &[UPDATE, DELETE],
        // Announces who came and left, to whom it finds; looks up receivers whose token ended while they waited, and removes
        // those that are gone.
        Function::Fanout => &[GET, QUERY, UPDATE, DELETE],
        // Publishes: claims, histories, receivers. Revokes.
        Function::Inlet => &[QUERY, UPDATE, PUT, DELETE],
        Function::Connect | Function::Message | Function::Server | Function::Sweep => {
            &[GET, QUERY, UPDATE, PUT, DELETE]
        }
    }
}

/// What a function may do with connections, by the methods of the management API: ask after them, send to them, end them.
pub(super) const fn of_connections(function: Function) -> &'static [&'static str] {
    match function {
        Function::Authorizer | Function::Api | Function::Disconnect => &[],
        // One's own say goodbye to those whose token has ended.
        Function::Message
        | Function::Fanout
        | Function::Server
        | Function::Inlet
        | Function::Own(_) => &["POST", "DELETE"],
        // Before a user is refused for having too many, the dead ones are found.
        Function::Connect => &["GET", "POST", "DELETE"],
        // Whom it finds gone is announced by way of the fan-out queue.
        Function::Sweep => &["GET"],
    }
}
