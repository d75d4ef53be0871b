//! How every registry behaves.
//!
//! Each behaviour takes an empty registry. [`registry_suite!`](crate::registry_suite) makes a test of each, with its
//! name.

use std::collections::BTreeMap;

use futures::future::join_all;
use futures::{StreamExt, stream};
use tidegate_core::channel::Channel;
use tidegate_core::connection::{ConnectionId, Endpoint, NewConnection, SessionKey, Subscriber};
use tidegate_core::registry::{ConnectError, MAX_SUBSCRIPTIONS, Registry, SubscribeError};

use crate::samples::{
    EXPIRES_AT, NOW_MS, channel, connection, connection_in, endpoint, receivers, subscription,
};

/// More subscribers of one channel than one page of DynamoDB (1 MB) holds, at the size that
/// [`a_channel_of_several_pages_is_read_whole`] gives them.
pub const SEVERAL_PAGES: usize = 600;

/// A test of each behaviour on what `$fresh` makes: the path of an `async fn() -> Fresh`.
#[macro_export]
macro_rules! registry_suite {
    ($fresh:path) => {
        $crate::registry_suite! { $fresh:
            a_connection_is_a_session_with_the_rights_of_its_token
            a_session_that_nobody_made_is_none
            a_connection_may_bring_a_channel
            connecting_again_replaces_the_rights
            a_session_may_have_several_connections
            connections_of_several_apis_are_each_reached_through_their_own
            a_connection_that_ended_first_is_refused_and_leaves_nothing
            only_the_connection_that_ended_is_refused
            disconnecting_returns_the_channels_and_removes_the_rows
            disconnecting_twice_changes_nothing_more
            disconnecting_leaves_others_alone
            subscribing_twice_changes_nothing_but_the_expiry
            a_connection_that_was_never_registered_cannot_subscribe
            a_connection_that_has_ended_cannot_subscribe
            another_connection_of_the_session_cannot_subscribe_for_one_that_is_not_there
            a_session_may_join_only_so_many_channels
            the_limit_holds_however_many_come_at_once
            unsubscribing_removes_the_row_and_the_channel
            unsubscribing_from_what_was_never_joined_changes_nothing
            removing_a_row_leaves_the_session_to_its_end
            a_row_whose_token_has_ended_is_still_returned
            what_was_written_is_read_at_once
            a_channel_of_several_pages_is_read_whole
            connections_that_end_while_they_are_registered_leave_no_rows
            connections_that_end_while_they_subscribe_leave_no_rows
            ids_and_names_with_marks_are_kept_apart
        }
    };
    ($fresh:path: $($behaviour:ident)*) => {$(
        #[tokio::test]
        async fn $behaviour() {
            let fresh = $fresh().await;
            $crate::suite::$behaviour(&*fresh.registry).await;
        }
    )*};
}

/// Live connections of the samples' API.
fn served<const N: usize>(connections: [ConnectionId; N]) -> BTreeMap<ConnectionId, Endpoint> {
    connections
        .map(|connection| (connection, endpoint()))
        .into()
}

async fn connect(registry: &dyn Registry, new: &NewConnection) {
    registry.connect(new, NOW_MS).await.unwrap();
}

async fn subscribe(registry: &dyn Registry, of: &NewConnection, name: &str) {
    let subscription = subscription(of, name);
    registry.subscribe(&subscription, NOW_MS).await.unwrap();
}

async fn leave(registry: &dyn Registry, of: &NewConnection, name: &str) {
    registry
        .unsubscribe(&of.key, &of.connection, &channel(name))
        .await
        .unwrap();
}

async fn end(registry: &dyn Registry, of: &NewConnection) -> Vec<Channel> {
    registry
        .disconnect(&of.key, &of.connection, NOW_MS)
        .await
        .unwrap()
}

/// Rights, connections and channels are there; nothing else is.
pub async fn a_connection_is_a_session_with_the_rights_of_its_token(registry: &dyn Registry) {
    let alice = connection("alice", "a1=");
    connect(registry, &alice).await;
    let session = registry.session(&alice.key).await.unwrap().unwrap();
    assert_eq!(session.rights, alice.rights);
    assert_eq!(session.connections, served([alice.connection]));
    assert!(session.channels.is_empty());
}

/// Not an empty one.
pub async fn a_session_that_nobody_made_is_none(registry: &dyn Registry) {
    connect(registry, &connection("alice", "a1=")).await;
    for (user, session) in [("alice", "a2="), ("bob", "a1=")] {
        let key = connection(user, session).key;
        assert_eq!(registry.session(&key).await.unwrap(), None, "{key:?}");
    }
    assert!(receivers(registry, "room:lobby").await.is_empty());
}

/// The handshake may name a room.
pub async fn a_connection_may_bring_a_channel(registry: &dyn Registry) {
    let alice = connection_in("alice", "a1=", "room:lobby");
    connect(registry, &alice).await;
    let session = registry.session(&alice.key).await.unwrap().unwrap();
    assert_eq!(session.channels, [channel("room:lobby")].into());
    let expected = Subscriber {
        connection: alice.connection,
        endpoint: endpoint(),
        key: alice.key,
        expires_at: EXPIRES_AT,
        since_ms: NOW_MS,
    };
    let subscribers = registry.subscribers(&channel("room:lobby")).await.unwrap();
    assert_eq!(subscribers, [expected]);
}

/// A session keeps what its newest token allows, and nothing of an older one.
pub async fn connecting_again_replaces_the_rights(registry: &dyn Registry) {
    let mut alice = connection("alice", "a1=");
    connect(registry, &alice).await;
    alice.rights.groups.clear();
    alice.rights.expires_at += 900;
    connect(registry, &alice).await;
    let session = registry.session(&alice.key).await.unwrap().unwrap();
    assert_eq!(session.rights, alice.rights);
    assert_eq!(session.connections.len(), 1);
}

/// For the hand-over from one to the next.
pub async fn a_session_may_have_several_connections(registry: &dyn Registry) {
    let first = connection_in("alice", "a1=", "room:lobby");
    let second = NewConnection {
        connection: ConnectionId::new("a2="),
        ..connection_in("alice", "a1=", "room:attic")
    };
    connect(registry, &first).await;
    connect(registry, &second).await;
    let session = registry.session(&first.key).await.unwrap().unwrap();
    assert_eq!(
        session.connections,
        served([first.connection, second.connection])
    );
    assert_eq!(receivers(registry, "room:lobby").await, ["a1="]);
    assert_eq!(receivers(registry, "room:attic").await, ["a2="]);
}

/// The hand-over may lead to another API of the stack, and both are subscribers until the old one ends.
pub async fn connections_of_several_apis_are_each_reached_through_their_own(
    registry: &dyn Registry,
) {
    let first = connection_in("alice", "a1=", "room:lobby");
    let second = NewConnection {
        connection: ConnectionId::new("a2="),
        endpoint: Endpoint::new("zyxwvu9876"),
        channel: None,
        ..first.clone()
    };
    connect(registry, &first).await;
    connect(registry, &second).await;
    subscribe(registry, &second, "room:lobby").await;
    let session = registry.session(&first.key).await.unwrap().unwrap();
    assert_eq!(session.connections[&first.connection], first.endpoint);
    assert_eq!(session.connections[&second.connection], second.endpoint);
    let subscribers = registry.subscribers(&channel("room:lobby")).await.unwrap();
    let reached: BTreeMap<_, _> = subscribers
        .into_iter()
        .map(|subscriber| (subscriber.connection, subscriber.endpoint))
        .collect();
    assert_eq!(
        reached,
        [
            (first.connection, first.endpoint),
            (second.connection, second.endpoint)
        ]
        .into()
    );
}

/// `$disconnect` may overtake `$connect`.
pub async fn a_connection_that_ended_first_is_refused_and_leaves_nothing(registry: &dyn Registry) {
    let alice = connection_in("alice", "a1=", "room:lobby");
    assert!(end(registry, &alice).await.is_empty());
    assert_eq!(registry.session(&alice.key).await.unwrap(), None);
    for new in [&alice, &connection("alice", "a1=")] {
        let refused = registry.connect(new, NOW_MS + 5).await;
        assert!(matches!(refused, Err(ConnectError::Gone)), "{refused:?}");
    }
    assert!(receivers(registry, "room:lobby").await.is_empty());
    assert_eq!(registry.session(&alice.key).await.unwrap(), None);
}

/// The mark is of a connection, not of its session.
pub async fn only_the_connection_that_ended_is_refused(registry: &dyn Registry) {
    let first = connection("alice", "a1=");
    end(registry, &first).await;
    let second = NewConnection {
        connection: ConnectionId::new("a2="),
        ..first
    };
    connect(registry, &second).await;
    let session = registry.session(&second.key).await.unwrap().unwrap();
    assert_eq!(session.connections, served([second.connection]));
}

/// All of them, however they were joined.
pub async fn disconnecting_returns_the_channels_and_removes_the_rows(registry: &dyn Registry) {
    let alice = connection_in("alice", "a1=", "room:lobby");
    connect(registry, &alice).await;
    subscribe(registry, &alice, "team:red").await;
    let mut left = end(registry, &alice).await;
    left.sort();
    assert_eq!(left, [channel("room:lobby"), channel("team:red")]);
    for name in ["room:lobby", "team:red"] {
        assert!(receivers(registry, name).await.is_empty(), "{name}");
    }
    let session = registry.session(&alice.key).await.unwrap();
    assert!(session.is_none_or(|session| session.connections.is_empty()));
}

/// API Gateway sends it at best once, but whoever retries may do so.
pub async fn disconnecting_twice_changes_nothing_more(registry: &dyn Registry) {
    let alice = connection_in("alice", "a1=", "room:lobby");
    connect(registry, &alice).await;
    for _ in 0..2 {
        end(registry, &alice).await;
        assert!(receivers(registry, "room:lobby").await.is_empty());
    }
    let refused = registry.connect(&alice, NOW_MS).await;
    assert!(matches!(refused, Err(ConnectError::Gone)), "{refused:?}");
}

/// Of the same user, and in the same channel.
pub async fn disconnecting_leaves_others_alone(registry: &dyn Registry) {
    let ends = connection_in("alice", "a1=", "room:lobby");
    let stays = connection_in("alice", "a2=", "room:lobby");
    let other = connection_in("bob", "b1=", "room:lobby");
    for new in [&ends, &stays, &other] {
        connect(registry, new).await;
    }
    end(registry, &ends).await;
    assert_eq!(receivers(registry, "room:lobby").await, ["a2=", "b1="]);
    for new in [stays, other] {
        let session = registry.session(&new.key).await.unwrap().unwrap();
        assert_eq!(session.connections, served([new.connection]));
        assert_eq!(session.channels, [channel("room:lobby")].into());
    }
}

/// The row follows the newest token.
pub async fn subscribing_twice_changes_nothing_but_the_expiry(registry: &dyn Registry) {
    let mut alice = connection("alice", "a1=");
    connect(registry, &alice).await;
    subscribe(registry, &alice, "room:lobby").await;
    alice.rights.expires_at += 900;
    subscribe(registry, &alice, "room:lobby").await;
    let subscribers = registry.subscribers(&channel("room:lobby")).await.unwrap();
    assert_eq!(subscribers, [subscription(&alice, "room:lobby").subscriber]);
    let session = registry.session(&alice.key).await.unwrap().unwrap();
    assert_eq!(session.channels, [channel("room:lobby")].into());
}

async fn assert_not_connected(registry: &dyn Registry, of: &NewConnection) {
    let refused = registry
        .subscribe(&subscription(of, "room:lobby"), NOW_MS)
        .await;
    assert!(
        matches!(refused, Err(SubscribeError::NotConnected)),
        "{refused:?}"
    );
    assert!(receivers(registry, "room:lobby").await.is_empty());
}

/// And trying makes no session.
pub async fn a_connection_that_was_never_registered_cannot_subscribe(registry: &dyn Registry) {
    let alice = connection("alice", "a1=");
    assert_not_connected(registry, &alice).await;
    assert_eq!(registry.session(&alice.key).await.unwrap(), None);
}

/// Frames may be handled after the end.
pub async fn a_connection_that_has_ended_cannot_subscribe(registry: &dyn Registry) {
    let alice = connection("alice", "a1=");
    connect(registry, &alice).await;
    end(registry, &alice).await;
    assert_not_connected(registry, &alice).await;
    assert!(end(registry, &alice).await.is_empty());
}

/// A live session is not enough.
pub async fn another_connection_of_the_session_cannot_subscribe_for_one_that_is_not_there(
    registry: &dyn Registry,
) {
    let alice = connection("alice", "a1=");
    connect(registry, &alice).await;
    let stranger = NewConnection {
        connection: ConnectionId::new("a2="),
        ..alice
    };
    assert_not_connected(registry, &stranger).await;
}

/// One that it has already counts once, and leaving one makes room for another.
pub async fn a_session_may_join_only_so_many_channels(registry: &dyn Registry) {
    let alice = connection("alice", "a1=");
    connect(registry, &alice).await;
    for n in 0..MAX_SUBSCRIPTIONS {
        subscribe(registry, &alice, &format!("room:r{n}")).await;
    }
    let one_more = subscription(&alice, "room:more");
    let refused = registry.subscribe(&one_more, NOW_MS).await;
    assert!(
        matches!(refused, Err(SubscribeError::TooMany)),
        "{refused:?}"
    );
    assert!(receivers(registry, "room:more").await.is_empty());
    subscribe(registry, &alice, "room:r0").await;
    assert_eq!(receivers(registry, "room:r0").await, ["a1="]);

    leave(registry, &alice, "room:r0").await;
    subscribe(registry, &alice, "room:more").await;
    let session = registry.session(&alice.key).await.unwrap().unwrap();
    assert_eq!(session.channels.len(), MAX_SUBSCRIPTIONS);
}

/// Frames of one connection are handled side by side.
pub async fn the_limit_holds_however_many_come_at_once(registry: &dyn Registry) {
    let alice = connection("alice", "a1=");
    connect(registry, &alice).await;
    let names: Vec<_> = (0..MAX_SUBSCRIPTIONS + 10)
        .map(|n| format!("room:r{n}"))
        .collect();
    let attempts = names.iter().map(async |name| {
        let subscription = subscription(&alice, name);
        registry.subscribe(&subscription, NOW_MS).await
    });
    let results = join_all(attempts).await;
    let joined = results.iter().filter(|result| result.is_ok()).count();
    assert_eq!(joined, MAX_SUBSCRIPTIONS);
    for (name, result) in names.iter().zip(results) {
        match result {
            Ok(()) => assert_eq!(receivers(registry, name).await, ["a1="]),
            Err(SubscribeError::TooMany) => assert!(receivers(registry, name).await.is_empty()),
            Err(error) => panic!("{name}: {error:?}"),
        }
    }
}

/// Of this connection only.
pub async fn unsubscribing_removes_the_row_and_the_channel(registry: &dyn Registry) {
    let alice = connection_in("alice", "a1=", "room:lobby");
    let bob = connection_in("bob", "b1=", "room:lobby");
    connect(registry, &alice).await;
    connect(registry, &bob).await;
    subscribe(registry, &alice, "room:attic").await;
    leave(registry, &alice, "room:lobby").await;
    assert_eq!(receivers(registry, "room:lobby").await, ["b1="]);
    let session = registry.session(&alice.key).await.unwrap().unwrap();
    assert_eq!(session.channels, [channel("room:attic")].into());
}

/// Neither with a session nor without one.
pub async fn unsubscribing_from_what_was_never_joined_changes_nothing(registry: &dyn Registry) {
    let alice = connection("alice", "a1=");
    leave(registry, &alice, "room:lobby").await;
    assert_eq!(registry.session(&alice.key).await.unwrap(), None);
    connect(registry, &alice).await;
    leave(registry, &alice, "room:lobby").await;
    let session = registry.session(&alice.key).await.unwrap().unwrap();
    assert!(session.channels.is_empty() && session.connections.len() == 1);
}

/// A delivery that meets a connection that is gone removes what it has met.
pub async fn removing_a_row_leaves_the_session_to_its_end(registry: &dyn Registry) {
    let alice = connection_in("alice", "a1=", "room:lobby");
    let bob = connection_in("bob", "b1=", "room:lobby");
    connect(registry, &alice).await;
    connect(registry, &bob).await;
    for _ in 0..2 {
        registry
            .remove_subscriber(&channel("room:lobby"), &alice.connection)
            .await
            .unwrap();
        assert_eq!(receivers(registry, "room:lobby").await, ["b1="]);
    }
    let session = registry.session(&alice.key).await.unwrap().unwrap();
    assert_eq!(session.connections, served([alice.connection]));
}

/// Whoever delivers says goodbye to it, and that takes a row.
pub async fn a_row_whose_token_has_ended_is_still_returned(registry: &dyn Registry) {
    let mut alice = connection_in("alice", "a1=", "room:lobby");
    alice.rights.expires_at = 1;
    connect(registry, &alice).await;
    let subscribers = registry.subscribers(&channel("room:lobby")).await.unwrap();
    assert_eq!(subscribers.len(), 1);
    assert_eq!(subscribers[0].expires_at, 1);
    let session = registry.session(&alice.key).await.unwrap().unwrap();
    assert!(session.rights.expired(NOW_MS));
}

/// A publication right after a subscription reaches it.
pub async fn what_was_written_is_read_at_once(registry: &dyn Registry) {
    let alice = connection("alice", "a1=");
    connect(registry, &alice).await;
    for _ in 0..20 {
        subscribe(registry, &alice, "room:lobby").await;
        assert_eq!(receivers(registry, "room:lobby").await, ["a1="]);
        leave(registry, &alice, "room:lobby").await;
        assert!(receivers(registry, "room:lobby").await.is_empty());
    }
}

/// Every subscriber once.
pub async fn a_channel_of_several_pages_is_read_whole(registry: &dyn Registry) {
    let user = "u".repeat(1_500);
    let tail = "s".repeat(800);
    let all: Vec<_> = (0..SEVERAL_PAGES)
        .map(|n| {
            let mut new = connection_in(&user, &format!("c{n:04}="), "room:lobby");
            new.key.session.push_str(&tail);
            new
        })
        .collect();
    stream::iter(&all)
        .for_each_concurrent(16, |new| connect(registry, new))
        .await;
    let expected: Vec<_> = all.iter().map(|new| new.connection.to_string()).collect();
    assert_eq!(receivers(registry, "room:lobby").await, expected);
}

/// Whichever of both is first.
pub async fn connections_that_end_while_they_are_registered_leave_no_rows(registry: &dyn Registry) {
    let all: Vec<_> = (0..40)
        .map(|n| connection_in("alice", &format!("c{n}="), "room:lobby"))
        .collect();
    let races = all.iter().map(async |new| {
        let connects = registry.connect(new, NOW_MS);
        let ends = registry.disconnect(&new.key, &new.connection, NOW_MS);
        let (connected, ended) = futures::join!(connects, ends);
        ended.unwrap();
        if let Err(error) = connected {
            assert!(matches!(error, ConnectError::Gone), "{error:?}");
        }
    });
    join_all(races).await;
    assert!(receivers(registry, "room:lobby").await.is_empty());
}

/// Whichever of both is first.
pub async fn connections_that_end_while_they_subscribe_leave_no_rows(registry: &dyn Registry) {
    let all: Vec<_> = (0..40)
        .map(|n| connection("alice", &format!("c{n}=")))
        .collect();
    let races = all.iter().map(async |new| {
        connect(registry, new).await;
        let subscription = subscription(new, "room:lobby");
        let joins = registry.subscribe(&subscription, NOW_MS);
        let ends = registry.disconnect(&new.key, &new.connection, NOW_MS);
        let (joined, ended) = futures::join!(joins, ends);
        ended.unwrap();
        if let Err(error) = joined {
            assert!(matches!(error, SubscribeError::NotConnected), "{error:?}");
        }
    });
    join_all(races).await;
    assert!(receivers(registry, "room:lobby").await.is_empty());
}

/// What is put together to a key must not meet what another is put together to.
pub async fn ids_and_names_with_marks_are_kept_apart(registry: &dyn Registry) {
    let keys = [
        ("a", "b#c", "+/=1"),
        ("a#b", "c", "+/=2"),
        ("a#S#b", "c", "#gone"),
        ("a", "S#b", "gone#"),
        ("caf\u{e9} \u{1f30a}", "\"'", "caf\u{e9}"),
    ];
    let all = keys.map(|(user, session, id)| NewConnection {
        key: SessionKey {
            user: user.to_owned(),
            session: session.to_owned(),
        },
        ..connection_in(user, id, "room:a.0")
    });
    for new in &all {
        connect(registry, new).await;
    }
    for new in &all {
        let session = registry.session(&new.key).await.unwrap().unwrap();
        assert_eq!(session.connections, served([new.connection.clone()]));
        assert_eq!(session.rights.user, new.rights.user);
    }
    assert_eq!(receivers(registry, "room:a.0").await.len(), all.len());
    assert!(receivers(registry, "room:a").await.is_empty());
    for new in &all {
        assert_eq!(end(registry, new).await, [channel("room:a.0")]);
    }
    assert!(receivers(registry, "room:a.0").await.is_empty());
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_behaviour_is_in_the_suite() {
        let source = include_str!("suite.rs");
        let (list, _) = source.split_once("($fresh:path: ").unwrap();
        let behaviours = source.split("\npub async fn ").skip(1);
        for behaviour in behaviours.map(|rest| rest.split('(').next().unwrap()) {
            let listed = list.lines().any(|line| line.trim() == behaviour);
            assert!(listed, "{behaviour} is not in the list of registry_suite!");
        }
    }
}
