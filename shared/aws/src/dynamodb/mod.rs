//! The store in one DynamoDB table: each call of a port is one request, and by key.
//!
//! | item | partition key | sort key | attributes |
//! |---|---|---|---|
//! | session | `U#<user>` | `S#<session>` | `conn#<connection>`: since when, and the API that serves it; `gone#<connection>`: since when it is gone; `subs#<connection>`: its places; `pres#<connection>`: the channels in which it is present; `tat#<bucket>`; `exp`, `iat`, `groups`, `ttl` |
//! | strikes | `U#<user>` | `F#<session>#<window>` | `n`, `ttl` |
//! | buckets of a user | `U#<user>` | `B` | `tat#<bucket>`, `ttl` |
//! | revocation | `U#<user>` | `R` | `before`, `ttl` |
//! | claim of a user | `U#<user>` | `K#<channel>#<key>` | `id`, `from`, `at`, `ttl` |
//! | claim of the server's side | `K#<channel>` | `K#<channel>#<key>` | the same |
//! | subscription | `CH#<channel>#<shard>` | `<connection>` | `api`, `user`, `session`, `exp`, `since`, `ttl` |
//! | shards of a channel | `CH#<channel>#0` | `#shards` | `n`: it stays |
//! | history | `H#<channel>` | `<offset>`, 16 digits | `epoch`, `id`, `user`, `at`, `data`, `ttl`; a seal has `start`, `ttl` |
//! | lease | `L#<minute>` | `<user>#<session>#<connection>` | `api`, `user`, `session`, `conn`, `ttl` |
//! | ticket | `T#<digest>` | `T` | `user`, `groups`, `exp`, `iat`, `ttl`: until when it is valid |
//!
//! No key needs an index: the authorizer's context carries user and session to every event. Of a session everything that
//! belongs to one connection is named by it, so that it can be forgotten without being read first.

mod attributes;
mod claims;
mod client;
mod errors;
mod histories;
mod keys;
mod leases;
mod revocations;
mod session_item;
mod sessions;
mod store;
mod subscriptions;
mod tickets;

pub use store::DynamoStore;
