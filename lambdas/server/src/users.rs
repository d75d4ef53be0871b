//! `GET` and `DELETE /users/{user}/connections`, `POST /users/{user}/revocations`.

use std::collections::BTreeSet;

use tidegate_core::broker::{self, Broker, Which};
use tidegate_core::connection::{self, ConnectionId, SessionKey};
use tidegate_core::protocol::GoodbyeReason;
use tidegate_lambda::HttpEvent;
use tidegate_server_api::{Connection, ConnectionList, Ended, KickQuery, Session};

use crate::failure::Failure;
use crate::report::Counted;
use crate::{Answer, reply};

/// The longest name of a user, of a session and of a connection that is looked for, in bytes. Subjects are shorter.
const LONGEST: usize = 256;

pub(crate) async fn connections(broker: &Broker<'_>, user: &str) -> Result<Answer, Failure> {
    check("the user", user)?;
    let sessions = broker.store.sessions_of(user).await?;
    let live = sessions
        .into_iter()
        .filter(|(_, session)| !session.connections.is_empty());
    let list = ConnectionList {
        user: user.to_owned(),
        sessions: live.map(|(key, session)| told(key, &session)).collect(),
    };
    Ok(Answer {
        reply: reply::json(200, &list).map_err(Failure::Broken)?,
        counted: Counted::Nothing,
    })
}

fn told(key: SessionKey, session: &connection::Session) -> Session {
    let connections = session.connections.iter();
    let connections = connections.map(|(id, connected)| {
        // A channel that was cut into more shards meanwhile may be there twice.
        let channels: BTreeSet<_> = session.places_of(id).map(|place| &place.channel).collect();
        Connection {
            connection: id.to_string(),
            since: connected.since_ms,
            channels: channels.into_iter().cloned().collect(),
        }
    });
    Session {
        session: key.session,
        expires_at: session.rights.expires_at,
        connections: connections.collect(),
    }
}

pub(crate) async fn kick(
    broker: &Broker<'_>,
    event: &HttpEvent,
    user: &str,
) -> Result<Answer, Failure> {
    check("the user", user)?;
    let query = KickQuery::read(|name| event.query(name)).ok_or_else(|| {
        Failure::bad_request(
            "`session` and `connection` exclude each other: name one, or none for all",
        )
    })?;
    let which = match query {
        KickQuery::All => Which::User(user.to_owned()),
        KickQuery::Session(session) => {
            check("`session`", &session)?;
            Which::Session(SessionKey {
                user: user.to_owned(),
                session,
            })
        }
        KickQuery::Connection(connection) => {
            check("`connection`", &connection)?;
            Which::Connection(user.to_owned(), ConnectionId::new(connection))
        }
    };
    ended(broker.put_out(&which, GoodbyeReason::Kicked).await?)
}

pub(crate) async fn revoke(broker: &Broker<'_>, user: &str) -> Result<Answer, Failure> {
    check("the user", user)?;
    ended(broker.revoke(user).await?)
}

fn ended(ended: broker::Ended) -> Result<Answer, Failure> {
    let told = Ended {
        ended: ended.connections as u64,
    };
    Ok(Answer {
        reply: reply::json(200, &told).map_err(Failure::Broken)?,
        counted: Counted::PutOut(ended.connections),
    })
}

fn check(what: &str, text: &str) -> Result<(), Failure> {
    if (1..=LONGEST).contains(&text.len()) {
        return Ok(());
    }
    Err(Failure::bad_request(format!(
        "{what} must have 1 to {LONGEST} bytes"
    )))
}
