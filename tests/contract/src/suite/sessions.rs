//! Sessions: who is connected, and with which rights.

use std::collections::BTreeMap;

use tidegate_core::connection::{Connected, Endpoint, NewConnection, Session};
use tidegate_core::store::{OpenError, RightsError, Store};

use super::a_few_at_once;
use crate::samples::{
    ISSUED_AT, NOW_MS, channel, connection, connection_in, endpoint, open, place, second,
    session_key,
};

async fn session(store: &dyn Store, of: &NewConnection) -> Session {
    store.session(&of.key).await.unwrap().unwrap()
}

async fn close(store: &dyn Store, of: &NewConnection) -> Option<Session> {
    store.close(&of.key, &of.connection, NOW_MS).await.unwrap()
}

fn connected(endpoint: Endpoint) -> Connected {
    Connected {
        endpoint,
        since_ms: NOW_MS,
    }
}

/// Rights and connection are there; nothing else is.
pub async fn a_connection_is_a_session_with_the_rights_of_its_token(store: &dyn Store) {
    let alice = connection("alice", "a1=");
    open(store, &alice).await;
    let expected = Session {
        rights: alice.rights.clone(),
        connections: [(alice.connection.clone(), connected(endpoint()))].into(),
        gone: BTreeMap::new(),
        places: BTreeMap::new(),
        present: BTreeMap::new(),
        buckets: BTreeMap::new(),
    };
    assert_eq!(session(store, &alice).await, expected);
}

/// Not an empty one.
pub async fn a_session_that_nobody_made_is_none(store: &dyn Store) {
    open(store, &connection("alice", "a1=")).await;
    for (user, session) in [("alice", "a2="), ("bob", "a1="), ("alice", "a1")] {
        let key = session_key(user, session);
        assert_eq!(store.session(&key).await.unwrap(), None, "{key:?}");
    }
}

/// A token may name none.
pub async fn rights_without_groups_are_kept(store: &dyn Store) {
    let mut alice = connection("alice", "a1=");
    alice.rights.groups.clear();
    open(store, &alice).await;
    assert_eq!(session(store, &alice).await.rights, alice.rights);
}

/// What a write changed is known to whoever asked for it.
pub async fn opening_returns_the_session_as_it_was_before(store: &dyn Store) {
    let alice = connection("alice", "a1=");
    assert_eq!(store.open(&alice, false, NOW_MS).await.unwrap(), None);
    let before = session(store, &alice).await;
    let next = second(&alice, "a2=");
    let returned = store.open(&next, false, NOW_MS).await.unwrap();
    assert_eq!(returned, Some(before));
}

/// The handshake may name a channel: one write for both.
pub async fn a_connection_may_bring_a_place(store: &dyn Store) {
    for (id, present) in [("a1=", false), ("a2=", true)] {
        let alice = connection_in("alice", id, "room:lobby", present);
        open(store, &alice).await;
        let session = session(store, &alice).await;
        let places: Vec<_> = session.places_of(&alice.connection).cloned().collect();
        assert_eq!(places, [place("room:lobby")]);
        let is_present = session.is_present_by(&alice.connection, &channel("room:lobby"));
        assert_eq!(is_present, present);
    }
}

/// A session keeps what its newest token allows, and nothing of an older one.
pub async fn opening_with_a_newer_token_replaces_the_rights(store: &dyn Store) {
    let mut alice = connection("alice", "a1=");
    open(store, &alice).await;
    alice.rights.groups.clear();
    alice.rights.issued_at += 900;
    alice.rights.expires_at += 900;
    open(store, &second(&alice, "a2=")).await;
    let session = session(store, &alice).await;
    assert_eq!(session.rights, alice.rights);
    assert_eq!(session.connections.len(), 2);
}

/// Of two tokens, the newer one says what holds; one that is as old may be the same.
pub async fn opening_with_an_older_token_is_refused(store: &dyn Store) {
    let alice = connection("alice", "a1=");
    open(store, &alice).await;
    open(store, &second(&alice, "a2=")).await;
    let mut older = second(&alice, "a3=");
    older.rights.issued_at = ISSUED_AT - 1;
    let before = session(store, &alice).await;
    let refused = store.open(&older, false, NOW_MS).await;
    assert!(matches!(refused, Err(OpenError::OlderToken)), "{refused:?}");
    assert_eq!(session(store, &alice).await, before);
}

/// Whoever brings an older token may still come in, by the newer one's rights.
pub async fn rights_may_be_kept(store: &dyn Store) {
    let alice = connection("alice", "a1=");
    open(store, &alice).await;
    for difference in [0, 200] {
        let mut other = second(&alice, "a2=");
        other.rights.issued_at = ISSUED_AT - 100 + difference;
        other.rights.groups.clear();
        other.rights.expires_at = 1;
        store.open(&other, true, NOW_MS).await.unwrap();
        let session = session(store, &alice).await;
        assert_eq!(session.rights, alice.rights);
        assert_eq!(session.connections.len(), 2);
    }
}

/// Rights that were there a moment ago may have gone; a connection is never without.
pub async fn where_there_are_no_rights_to_keep_they_are_set(store: &dyn Store) {
    let mut alice = connection("alice", "a1=");
    alice.rights.groups.clear();
    store.open(&alice, true, NOW_MS).await.unwrap();
    assert_eq!(session(store, &alice).await.rights, alice.rights);

    let bob = connection("bob", "b1=");
    close(store, &bob).await;
    let next = second(&bob, "b2=");
    store.open(&next, true, NOW_MS).await.unwrap();
    assert_eq!(session(store, &bob).await.rights, bob.rights);
}

/// A repeated request is no other connection.
pub async fn opening_twice_changes_nothing_more(store: &dyn Store) {
    let alice = connection_in("alice", "a1=", "room:lobby", true);
    open(store, &alice).await;
    let once = session(store, &alice).await;
    open(store, &alice).await;
    assert_eq!(session(store, &alice).await, once);
}

/// For the hand-over from one to the next, which may be through another API of the stack.
pub async fn a_session_may_have_several_connections(store: &dyn Store) {
    let first = connection("alice", "a1=");
    let next = NewConnection {
        endpoint: Endpoint::new("zyxwvu9876"),
        ..second(&first, "a2=")
    };
    open(store, &first).await;
    open(store, &next).await;
    let expected = [
        (first.connection.clone(), connected(first.endpoint.clone())),
        (next.connection, connected(next.endpoint)),
    ];
    assert_eq!(session(store, &first).await.connections, expected.into());
}

/// `$disconnect` may overtake `$connect`.
pub async fn a_connection_that_ended_first_is_refused_and_leaves_nothing(store: &dyn Store) {
    let alice = connection_in("alice", "a1=", "room:lobby", true);
    assert_eq!(close(store, &alice).await, None);
    assert_eq!(store.session(&alice.key).await.unwrap(), None);
    for keep_rights in [false, true] {
        let refused = store.open(&alice, keep_rights, NOW_MS + 5).await;
        assert!(matches!(refused, Err(OpenError::Gone)), "{refused:?}");
    }
    assert_eq!(store.session(&alice.key).await.unwrap(), None);
    assert_eq!(close(store, &alice).await, None);
}

/// The mark is of a connection, not of its session.
pub async fn only_the_connection_that_ended_is_refused(store: &dyn Store) {
    let first = connection("alice", "a1=");
    close(store, &first).await;
    let next = second(&first, "a2=");
    assert_eq!(store.open(&next, false, NOW_MS).await.unwrap(), None);
    let session = session(store, &first).await;
    assert_eq!(
        session.connections.into_keys().collect::<Vec<_>>(),
        [next.connection]
    );
    assert_eq!(session.gone, [(first.connection, NOW_MS)].into());
}

/// A connection that ended is known by that, whatever its token.
pub async fn gone_is_said_before_an_older_token(store: &dyn Store) {
    let mut alice = connection("alice", "a1=");
    open(store, &alice).await;
    close(store, &alice).await;
    alice.rights.issued_at = 1;
    let refused = store.open(&alice, false, NOW_MS).await;
    assert!(matches!(refused, Err(OpenError::Gone)), "{refused:?}");
}

/// So that rows and presence can be cleaned up, by whoever comes second too.
pub async fn closing_keeps_the_places_and_returns_them_every_time(store: &dyn Store) {
    let alice = connection_in("alice", "a1=", "room:lobby", true);
    open(store, &alice).await;
    let before = session(store, &alice).await;
    assert_eq!(close(store, &alice).await.as_ref(), Some(&before));
    let expected = Session {
        connections: BTreeMap::new(),
        gone: [(alice.connection.clone(), NOW_MS)].into(),
        ..before
    };
    assert_eq!(session(store, &alice).await, expected);
    // Later, but gone since the first time.
    let again = store.close(&alice.key, &alice.connection, NOW_MS + 5_000);
    assert_eq!(again.await.unwrap().as_ref(), Some(&expected));
    assert_eq!(session(store, &alice).await, expected);
    let refused = store.open(&alice, false, NOW_MS).await;
    assert!(matches!(refused, Err(OpenError::Gone)), "{refused:?}");
}

/// Of the same session, and of the same user.
pub async fn closing_leaves_others_alone(store: &dyn Store) {
    let ends = connection_in("alice", "a1=", "room:lobby", true);
    let stays = NewConnection {
        joins: ends.joins.clone(),
        ..second(&ends, "a2=")
    };
    let other = connection("alice", "a3=");
    for new in [&ends, &stays, &other] {
        open(store, new).await;
    }
    close(store, &ends).await;
    let left = session(store, &stays).await;
    assert_eq!(
        left.connections.keys().collect::<Vec<_>>(),
        [&stays.connection]
    );
    assert!(left.is_present_by(&stays.connection, &channel("room:lobby")));
    assert_eq!(session(store, &other).await.connections.len(), 1);
}

/// And of nobody else; marks without a session are none.
pub async fn all_sessions_of_a_user_are_found(store: &dyn Store) {
    let mut expected = Vec::new();
    for id in ["s1", "s2", "s3", "s4", "s5"] {
        let new = connection("alice", id);
        open(store, &new).await;
        expected.push((new.key.clone(), session(store, &new).await));
    }
    close(store, &connection("alice", "s6")).await;
    for user in ["alic", "alice2", "alice#S", "bob"] {
        open(store, &connection(user, "s1")).await;
    }
    // What else is kept of a user is no session.
    store.revoke("alice", ISSUED_AT).await.unwrap();
    store
        .strike(&session_key("alice", "s1"), NOW_MS)
        .await
        .unwrap();
    let taken = store.take_of_user("alice", "messages", None, 1, NOW_MS);
    taken.await.unwrap();
    assert_eq!(store.sessions_of("alice").await.unwrap(), expected);
    assert_eq!(store.sessions_of("nobody").await.unwrap(), []);
}

/// And all of the rights, not the time alone.
pub async fn a_refresh_gives_the_session_newer_rights(store: &dyn Store) {
    let mut alice = connection("alice", "a1=");
    open(store, &alice).await;
    let mut expected = session(store, &alice).await;
    alice.rights.issued_at += 600;
    alice.rights.expires_at += 600;
    alice.rights.groups = ["team:blue".to_owned(), "admins".to_owned()].into();
    for _again in 0..2 {
        let before = store
            .set_rights(&alice.key, &alice.connection, &alice.rights)
            .await
            .unwrap();
        assert_eq!(before, expected);
        expected.rights = alice.rights.clone();
        assert_eq!(session(store, &alice).await, expected);
    }
}

/// Two tabs may refresh at once, and the answers come in any order.
pub async fn a_refresh_with_an_older_token_is_refused(store: &dyn Store) {
    let alice = connection("alice", "a1=");
    open(store, &alice).await;
    let mut rights = alice.rights.clone();
    rights.issued_at -= 1;
    let refused = store.set_rights(&alice.key, &alice.connection, &rights);
    let refused = refused.await;
    assert!(
        matches!(refused, Err(RightsError::OlderToken)),
        "{refused:?}"
    );
    assert_eq!(session(store, &alice).await.rights, alice.rights);
}

/// And makes no session where there is none.
pub async fn a_refresh_needs_a_live_connection(store: &dyn Store) {
    let alice = connection("alice", "a1=");
    let ended = connection("bob", "b1=");
    let nobody = second(&ended, "b2=");
    open(store, &ended).await;
    close(store, &ended).await;
    for of in [&alice, &ended, &nobody] {
        let refused = store.set_rights(&of.key, &of.connection, &of.rights).await;
        assert!(
            matches!(refused, Err(RightsError::NotConnected)),
            "{refused:?}"
        );
    }
    assert_eq!(store.session(&alice.key).await.unwrap(), None);
}

/// Whichever of both is first, the connection is not live in the end.
pub async fn connections_that_end_while_they_are_registered_are_gone(store: &dyn Store) {
    let all: Vec<_> = (0..40)
        .map(|n| connection_in("alice", &format!("c{n}="), "room:lobby", true))
        .collect();
    let races = all.iter().map(async |new| {
        let opens = store.open(new, false, NOW_MS);
        let closes = store.close(&new.key, &new.connection, NOW_MS);
        let (opened, closed) = futures::join!(opens, closes);
        match opened {
            // Who closed it knows of its place.
            Ok(_) => assert_eq!(
                closed.unwrap().unwrap().places[&new.connection],
                [place("room:lobby")].into()
            ),
            Err(OpenError::Gone) => assert_eq!(closed.unwrap(), None),
            Err(error) => panic!("{error:?}"),
        }
        if let Some(session) = store.session(&new.key).await.unwrap() {
            assert!(session.connections.is_empty());
        }
    });
    a_few_at_once(races).await;
}

/// What is put together to a key or a name must not meet what another is put together to.
pub async fn ids_and_names_with_marks_are_kept_apart(store: &dyn Store) {
    let keys = [
        ("a", "b#c", "+/=1"),
        ("a#b", "c", "+/=2"),
        ("a#S#b", "c", "#gone"),
        ("a", "S#b", "gone#"),
        ("caf\u{e9} \u{1f30a}", "\"'", "caf\u{e9}"),
    ];
    let all = keys.map(|(user, session, id)| NewConnection {
        key: session_key(user, session),
        ..connection(user, id)
    });
    for new in &all {
        open(store, new).await;
    }
    for new in &all {
        let session = session(store, new).await;
        assert_eq!(
            session.connections.keys().collect::<Vec<_>>(),
            [&new.connection]
        );
        assert_eq!(session.rights.user, new.rights.user);
    }
    let of_a = store.sessions_of("a").await.unwrap();
    assert_eq!(
        of_a.into_iter().map(|(key, _)| key).collect::<Vec<_>>(),
        [session_key("a", "S#b"), session_key("a", "b#c")]
    );
}
