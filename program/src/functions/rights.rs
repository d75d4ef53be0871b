//! What each function may do with the table and with connections: as much as the ports that it uses need, and no more.
//!
//! IAM is not enforced on one machine. So whoever gives a function another port looks here: what it may not do fails in AWS
//! only.

use tidegate_contract::functions::Function;

const GET: &str = "dynamodb:GetItem";
const QUERY: &str = "dynamodb:Query";
const UPDATE: &str = "dynamodb:UpdateItem";
const PUT: &str = "dynamodb:PutItem";
const DELETE: &str = "dynamodb:DeleteItem";

/// What a function may do with the table; nothing that scans it. `revokes` says that the inlet takes revocations too.
pub(super) const fn of_table(function: Function, revokes: bool) -> &'static [&'static str] {
    match function {
        // Takes tickets, each once.
        Function::Authorizer => &[DELETE],
        // Makes tickets.
        Function::Api => &[PUT],
        // Registers connections, counts those of a user, announces who joins, notes leases.
        Function::Connect => &[GET, QUERY, UPDATE, PUT, DELETE],
        // Marks connections gone, with what they had joined.
        Function::Disconnect => &[UPDATE, DELETE],
        Function::Message => &[GET, QUERY, UPDATE, PUT, DELETE],
        // Removes receivers that are gone, and announces who left.
        Function::Fanout => &[QUERY, UPDATE, DELETE],
        Function::Server | Function::Sweep => &[GET, QUERY, UPDATE, PUT, DELETE],
        Function::Inlet if revokes => &[GET, QUERY, UPDATE, PUT, DELETE],
        // Publishes: claims, histories, receivers.
        Function::Inlet => &[GET, QUERY, PUT, DELETE],
    }
}

/// What a function may do with connections, by the methods of the management API: ask after them, send to them, end them.
pub(super) const fn of_connections(function: Function) -> &'static [&'static str] {
    match function {
        Function::Authorizer | Function::Api | Function::Disconnect => &[],
        Function::Message | Function::Fanout | Function::Inlet => &["POST", "DELETE"],
        // Before a user is refused for having too many, the dead ones are found.
        Function::Connect | Function::Server => &["GET", "POST", "DELETE"],
        // What is gone it treats as a `$disconnect`, which the fan-out queue announces.
        Function::Sweep => &["GET"],
    }
}
