//! Sessions: where their connections are.

use futures::future::join_all;
use tidegate_core::connection::{ConnectionId, NewConnection, Place, Session, Shard};
use tidegate_core::store::{JoinError, MOST_FORGOTTEN, OpenError, Store, StoreError};

use super::a_few_at_once;
use crate::samples::{MOST, NOW_MS, channel, connection, connection_in, open, place, second};

async fn session(store: &dyn Store, of: &NewConnection) -> Session {
    store.session(&of.key).await.unwrap().unwrap()
}

async fn join(
    store: &dyn Store,
    of: &NewConnection,
    place: &Place,
    present: bool,
) -> Result<Session, JoinError> {
    store
        .join(&of.key, &of.connection, place, present, MOST)
        .await
}

async fn close(store: &dyn Store, of: &NewConnection) {
    let closed = store.close(&of.key, &of.connection, NOW_MS).await;
    closed.unwrap();
}

/// And whether it is present there, which is not taken back by joining again.
pub async fn joining_notes_a_place_and_returns_what_was_before(store: &dyn Store) {
    let alice = connection("alice", "a1=");
    open(store, &alice).await;
    let (lobby, attic) = (place("room:lobby"), place("room:attic"));
    let mut expected = session(store, &alice).await;
    for (joined, present) in [(&lobby, false), (&attic, true), (&attic, false)] {
        let before = join(store, &alice, joined, present).await.unwrap();
        assert_eq!(before, expected);
        let id = alice.connection.clone();
        let places = expected.places.entry(id.clone()).or_default();
        places.insert(joined.clone());
        if present {
            let by = expected.present.entry(joined.channel.clone()).or_default();
            by.insert(id);
        }
        assert_eq!(session(store, &alice).await, expected);
    }
}

/// Though it has all the places that it may have.
pub async fn joining_again_changes_nothing_and_is_never_too_many(store: &dyn Store) {
    let alice = connection_in("alice", "a1=", "room:lobby", true);
    open(store, &alice).await;
    let once = session(store, &alice).await;
    for most in [0, 1] {
        let again = store
            .join(
                &alice.key,
                &alice.connection,
                &place("room:lobby"),
                true,
                most,
            )
            .await;
        assert_eq!(again.unwrap(), once);
        assert_eq!(session(store, &alice).await, once);
    }
}

/// A shard is a part of it: a channel that is cut after a connection joined is another place.
pub async fn places_in_several_shards_are_several(store: &dyn Store) {
    let alice = connection_in("alice", "a1=", "room:lobby", false);
    open(store, &alice).await;
    let third = Place {
        shard: Shard(3),
        ..place("room:lobby")
    };
    join(store, &alice, &third, false).await.unwrap();
    let session = session(store, &alice).await;
    let places = &session.places[&alice.connection];
    assert_eq!(places, &[place("room:lobby"), third].into());
}

/// Each connection for itself.
pub async fn a_connection_may_join_only_so_many_channels(store: &dyn Store) {
    let alice = connection("alice", "a1=");
    let next = second(&alice, "a2=");
    open(store, &alice).await;
    open(store, &next).await;
    let none = store
        .join(&alice.key, &alice.connection, &place("room:r0"), false, 0)
        .await;
    assert!(matches!(none, Err(JoinError::TooMany(0))));
    for of in [&alice, &next] {
        for n in 0..3 {
            let place = place(&format!("room:r{n}"));
            let joined = store.join(&of.key, &of.connection, &place, true, 3);
            joined.await.unwrap();
        }
        let before = session(store, of).await;
        let one_more = store
            .join(&of.key, &of.connection, &place("room:r3"), true, 3)
            .await;
        assert!(
            matches!(one_more, Err(JoinError::TooMany(3))),
            "{one_more:?}"
        );
        assert_eq!(session(store, of).await, before);
        let left = store
            .leave(&of.key, &of.connection, &place("room:r0"))
            .await;
        left.unwrap();
        let joined = store
            .join(&of.key, &of.connection, &place("room:r3"), true, 3)
            .await;
        joined.unwrap();
    }
}

/// They cannot get past it together.
pub async fn the_limit_holds_however_many_come_at_once(store: &dyn Store) {
    let alice = connection("alice", "a1=");
    open(store, &alice).await;
    let joins = (0..24).map(async |n| {
        let place = place(&format!("room:r{n}"));
        let joined = store.join(&alice.key, &alice.connection, &place, false, 10);
        match joined.await {
            Ok(_) => true,
            Err(JoinError::TooMany(10)) => false,
            Err(error) => panic!("{error:?}"),
        }
    });
    let joined = join_all(joins).await;
    assert_eq!(joined.iter().filter(|joined| **joined).count(), 10);
    let session = session(store, &alice).await;
    assert_eq!(session.places[&alice.connection].len(), 10);
}

/// Never registered, ended, ended before it was registered, or another one of the session; and trying makes no session.
pub async fn only_a_live_connection_can_join(store: &dyn Store) {
    let never = connection("alice", "a1=");
    let ended = connection("bob", "b1=");
    let another = second(&ended, "b2=");
    let early = connection("carol", "c1=");
    open(store, &ended).await;
    close(store, &ended).await;
    close(store, &early).await;
    for of in [&never, &ended, &another, &early] {
        let refused = join(store, of, &place("room:lobby"), true).await;
        assert!(
            matches!(refused, Err(JoinError::NotConnected)),
            "{refused:?}"
        );
    }
    for of in [&never, &early] {
        assert_eq!(store.session(&of.key).await.unwrap(), None);
    }
    let left = session(store, &ended).await;
    assert!(left.places.is_empty() && left.present.is_empty());
}

/// And the presence in it; those of another connection stay.
pub async fn leaving_ends_the_place_and_the_presence(store: &dyn Store) {
    let alice = connection_in("alice", "a1=", "room:lobby", true);
    let next = NewConnection {
        joins: alice.joins.clone(),
        ..second(&alice, "a2=")
    };
    open(store, &alice).await;
    open(store, &next).await;
    let before = session(store, &alice).await;
    let lobby = place("room:lobby");
    let left = store.leave(&alice.key, &alice.connection, &lobby);
    assert_eq!(left.await.unwrap(), Some(before));
    let session = session(store, &alice).await;
    assert_eq!(session.places_of(&alice.connection).count(), 0);
    assert!(!session.is_present_by(&alice.connection, &lobby.channel));
    assert!(session.is_present_without(&alice.connection, &lobby.channel));
    assert_eq!(session.places_of(&next.connection).count(), 1);
    let again = store.leave(&alice.key, &alice.connection, &lobby);
    assert_eq!(again.await.unwrap(), Some(session));
}

/// The last one leaves nothing behind, not an empty set.
pub async fn who_leaves_all_has_no_places(store: &dyn Store) {
    let alice = connection("alice", "a1=");
    open(store, &alice).await;
    let nowhere = session(store, &alice).await;
    for name in ["room:lobby", "room:attic"] {
        join(store, &alice, &place(name), true).await.unwrap();
    }
    for name in ["room:lobby", "room:attic"] {
        let left = store
            .leave(&alice.key, &alice.connection, &place(name))
            .await;
        left.unwrap();
    }
    assert_eq!(session(store, &alice).await, nowhere);
}

/// A place in one shard is not that in another, and a connection that has ended can still be taken out.
pub async fn leaving_is_exact_and_works_after_the_end(store: &dyn Store) {
    let alice = connection_in("alice", "a1=", "room:lobby", false);
    open(store, &alice).await;
    close(store, &alice).await;
    let other = Place {
        shard: Shard(1),
        ..place("room:lobby")
    };
    let left = store.leave(&alice.key, &alice.connection, &other).await;
    left.unwrap();
    let kept = session(store, &alice).await;
    assert_eq!(kept.places_of(&alice.connection).count(), 1);
    let left = store
        .leave(&alice.key, &alice.connection, &place("room:lobby"))
        .await;
    left.unwrap();
    let kept = session(store, &alice).await;
    assert_eq!(kept.places_of(&alice.connection).count(), 0);
}

/// Nor is anything returned.
pub async fn where_there_is_no_session_leaving_makes_none(store: &dyn Store) {
    let alice = connection("alice", "a1=");
    let lobby = place("room:lobby");
    let left = store.leave(&alice.key, &alice.connection, &lobby).await;
    assert_eq!(left.unwrap(), None);
    let parted = store.part(&alice.key, &alice.connection, &lobby.channel);
    assert_eq!(parted.await.unwrap(), None);
    let forgotten = store
        .forget(&alice.key, std::slice::from_ref(&alice.connection))
        .await;
    forgotten.unwrap();
    assert_eq!(store.session(&alice.key).await.unwrap(), None);
    assert_eq!(store.open(&alice, false, NOW_MS).await.unwrap(), None);
}

/// The last one is told by what is returned: once, however many part.
pub async fn parting_ends_the_presence_alone(store: &dyn Store) {
    let alice = connection_in("alice", "a1=", "room:lobby", true);
    let next = NewConnection {
        joins: alice.joins.clone(),
        ..second(&alice, "a2=")
    };
    open(store, &alice).await;
    open(store, &next).await;
    let lobby = channel("room:lobby");
    let parts = [&alice, &next, &alice, &next].map(async |of| {
        let parted = store.part(&of.key, &of.connection, &lobby).await;
        let before = parted.unwrap().unwrap();
        before.is_present_by(&of.connection, &lobby)
            && !before.is_present_without(&of.connection, &lobby)
    });
    let was_last = join_all(parts).await;
    assert_eq!(was_last.iter().filter(|last| **last).count(), 1);
    let session = session(store, &alice).await;
    assert!(session.present.is_empty());
    assert_eq!(session.places.len(), 2, "the places stay");
}

/// With all that is theirs, and with nothing of others.
pub async fn forgotten_connections_leave_nothing_behind(store: &dyn Store) {
    let stays = connection_in("alice", "a0=", "room:lobby", true);
    open(store, &stays).await;
    let before = session(store, &stays).await;
    let gone: Vec<_> = (1..4)
        .map(|n| NewConnection {
            joins: stays.joins.clone(),
            ..second(&stays, &format!("a{n}="))
        })
        .collect();
    for new in &gone {
        open(store, new).await;
        join(store, new, &place("room:attic"), true).await.unwrap();
        close(store, new).await;
    }
    let mut ids: Vec<_> = gone.iter().map(|new| new.connection.clone()).collect();
    // One that was never there, and one twice.
    ids.push(ConnectionId::new("nobody="));
    ids.push(ids[0].clone());
    store.forget(&stays.key, &ids).await.unwrap();
    assert_eq!(session(store, &stays).await, before);
}

/// Whoever made a mistake takes nobody's places.
pub async fn a_live_connection_is_not_forgotten_nor_those_with_it(store: &dyn Store) {
    let alice = connection_in("alice", "a1=", "room:lobby", true);
    let ended = second(&alice, "a2=");
    open(store, &alice).await;
    open(store, &ended).await;
    close(store, &ended).await;
    let before = session(store, &alice).await;
    let ids = [ended.connection.clone(), alice.connection.clone()];
    store.forget(&alice.key, &ids).await.unwrap();
    assert_eq!(session(store, &alice).await, before);
    store.forget(&alice.key, &[]).await.unwrap();
    assert_eq!(session(store, &alice).await, before);
}

/// And its presence only where that is asked for; others keep what is theirs.
pub async fn the_places_of_a_gone_connection_go_and_its_mark_stays(store: &dyn Store) {
    let stays = connection_in("alice", "a0=", "room:lobby", true);
    let ended = NewConnection {
        joins: stays.joins.clone(),
        ..second(&stays, "a1=")
    };
    open(store, &stays).await;
    open(store, &ended).await;
    join(store, &ended, &place("room:attic"), true)
        .await
        .unwrap();
    close(store, &ended).await;
    let mut expected = session(store, &stays).await;
    expected.places.remove(&ended.connection);
    for (present, _again) in [(false, 0), (true, 0), (true, 1)] {
        let vacated = store.vacate(&stays.key, &ended.connection, present).await;
        vacated.unwrap();
        if present {
            expected.present = [(channel("room:lobby"), [stays.connection.clone()].into())].into();
        }
        assert_eq!(session(store, &stays).await, expected);
    }
}

/// Nor one that never was; and trying makes no session.
pub async fn a_live_connection_is_not_vacated(store: &dyn Store) {
    let alice = connection_in("alice", "a1=", "room:lobby", true);
    let never = connection("bob", "b1=");
    open(store, &alice).await;
    let before = session(store, &alice).await;
    for id in [&alice.connection, &ConnectionId::new("nobody=")] {
        store.vacate(&alice.key, id, true).await.unwrap();
        assert_eq!(session(store, &alice).await, before);
    }
    let vacated = store.vacate(&never.key, &never.connection, true).await;
    vacated.unwrap();
    assert_eq!(store.session(&never.key).await.unwrap(), None);
}

/// What would be too long for it is said to be, and changes nothing; what makes it shorter has room.
pub async fn an_item_has_only_so_much_room(store: &dyn Store) {
    let mut alice = connection("alice", "a1=");
    // Nearly all of 400 KB.
    alice.rights.groups = (0..398)
        .map(|n| format!("team:{n:04}{}", "x".repeat(1_010)))
        .collect();
    open(store, &alice).await;
    let long = |n: usize| place(&format!("room:{n:03}{}", "y".repeat(120)));
    let mut full = None;
    for n in 0..100 {
        match join(store, &alice, &long(n), true).await {
            Ok(_) => {}
            Err(JoinError::Store(StoreError::TooLarge { .. })) => {
                full = Some(n);
                break;
            }
            Err(error) => panic!("{error:?}"),
        }
    }
    let full = full.unwrap();
    let before = session(store, &alice).await;
    assert_eq!(before.places[&alice.connection].len(), full);
    let next = NewConnection {
        joins: connection_in("alice", "a1=", &long(full).to_string(), true).joins,
        ..second(&alice, "a2=")
    };
    let refused = store.open(&next, false, NOW_MS).await;
    assert!(
        matches!(refused, Err(OpenError::Store(StoreError::TooLarge { .. }))),
        "{refused:?}"
    );
    assert_eq!(session(store, &alice).await, before);
    close(store, &alice).await;
    store
        .vacate(&alice.key, &alice.connection, true)
        .await
        .unwrap();
    open(store, &next).await;
}

/// The rest is for another time.
pub async fn only_so_many_connections_are_forgotten_at_once(store: &dyn Store) {
    let alice = connection("alice", "live=");
    open(store, &alice).await;
    let gone: Vec<_> = (0..=MOST_FORGOTTEN)
        .map(|n| second(&alice, &format!("gone{n:02}=")))
        .collect();
    for new in &gone {
        close(store, new).await;
    }
    let ids: Vec<_> = gone.iter().map(|new| new.connection.clone()).collect();
    store.forget(&alice.key, &ids).await.unwrap();
    let left = session(store, &alice).await.gone;
    assert_eq!(left.keys().collect::<Vec<_>>(), [&ids[MOST_FORGOTTEN]]);
}

/// Which is why only those are forgotten that can neither come nor go any more.
pub async fn a_forgotten_connection_could_come_again(store: &dyn Store) {
    let alice = connection("alice", "a1=");
    close(store, &alice).await;
    let refused = store.open(&alice, false, NOW_MS).await;
    assert!(matches!(refused, Err(OpenError::Gone)));
    let forgotten = store
        .forget(&alice.key, std::slice::from_ref(&alice.connection))
        .await;
    forgotten.unwrap();
    open(store, &alice).await;
}

/// Whichever of both is first, whoever closed or joined knows what is to be cleaned up.
pub async fn no_place_is_noted_after_the_end(store: &dyn Store) {
    let all: Vec<_> = (0..40)
        .map(|n| connection("alice", &format!("c{n}=")))
        .collect();
    let lobby = place("room:lobby");
    let races = all.iter().map(async |new| {
        open(store, new).await;
        let joins = join(store, new, &lobby, true);
        let closes = store.close(&new.key, &new.connection, NOW_MS);
        let (joined, closed) = futures::join!(joins, closes);
        let known = closed.unwrap().unwrap();
        match joined {
            Ok(_) => assert_eq!(known.places_of(&new.connection).count(), 1),
            Err(JoinError::NotConnected) => {
                assert_eq!(known.places_of(&new.connection).count(), 0);
            }
            Err(error) => panic!("{error:?}"),
        }
    });
    a_few_at_once(races).await;
}

/// As long as names may be.
pub async fn a_full_session_is_read_whole(store: &dyn Store) {
    let alice = connection("alice", "a1=");
    let next = second(&alice, "a2=");
    let long = "x".repeat(124);
    for of in [&alice, &next] {
        open(store, of).await;
        let joins = (0..MOST).map(async |n| {
            let place = place(&format!("room:{long}{n:03}"));
            join(store, of, &place, true).await.unwrap();
        });
        a_few_at_once(joins).await;
    }
    let session = session(store, &alice).await;
    assert_eq!(session.present.len(), MOST);
    for of in [&alice, &next] {
        assert_eq!(session.places_of(&of.connection).count(), MOST);
    }
}
