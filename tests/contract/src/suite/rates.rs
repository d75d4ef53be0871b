//! Sessions: what they used of their rates, and what was refused.

use futures::future::join_all;
use tidegate_core::store::{Store, Taken};

use crate::samples::{NOW_MS, connection, open, session_key};

/// And is read with the session.
pub async fn a_bucket_is_moved_from_where_it_was_seen(store: &dyn Store) {
    let alice = connection("alice", "a1=");
    open(store, &alice).await;
    let at_us = NOW_MS * 1000;
    for (bucket, seen, next) in [
        ("messages", None, at_us),
        ("messages", Some(at_us), at_us + 1),
        ("bytes", None, 7),
    ] {
        let taken = store.take(&alice.key, bucket, seen, next).await;
        assert_eq!(taken.unwrap(), Taken::Moved);
    }
    let session = store.session(&alice.key).await.unwrap().unwrap();
    let expected = [("bytes".to_owned(), 7), ("messages".to_owned(), at_us + 1)];
    assert_eq!(session.buckets, expected.into());
}

/// And whoever was too late is told to where.
pub async fn a_bucket_that_somebody_else_moved_stays(store: &dyn Store) {
    let alice = connection("alice", "a1=");
    open(store, &alice).await;
    let take = async |seen, next| {
        let taken = store.take(&alice.key, "messages", seen, next).await;
        taken.unwrap()
    };
    assert_eq!(take(Some(5), 9).await, Taken::Elsewhere(None));
    assert_eq!(take(None, 10).await, Taken::Moved);
    assert_eq!(take(None, 20).await, Taken::Elsewhere(Some(10)));
    assert_eq!(take(Some(9), 20).await, Taken::Elsewhere(Some(10)));
    assert_eq!(take(Some(10), 20).await, Taken::Moved);
}

/// Nor one of a connection that ended before it was registered.
pub async fn where_there_is_no_session_there_is_no_bucket(store: &dyn Store) {
    let never = connection("alice", "a1=");
    let ended = connection("bob", "b1=");
    let closed = store.close(&ended.key, &ended.connection, NOW_MS).await;
    closed.unwrap();
    for of in [&never, &ended] {
        for seen in [None, Some(1)] {
            let taken = store.take(&of.key, "messages", seen, 2).await;
            assert_eq!(taken.unwrap(), Taken::NoSession);
        }
        assert_eq!(store.session(&of.key).await.unwrap(), None);
    }
}

/// A reconnect does not refill it, nor does the end of the last connection.
pub async fn a_bucket_outlives_a_connection(store: &dyn Store) {
    let alice = connection("alice", "a1=");
    open(store, &alice).await;
    let taken = store.take(&alice.key, "messages", None, 10).await;
    assert_eq!(taken.unwrap(), Taken::Moved);
    let closed = store.close(&alice.key, &alice.connection, NOW_MS);
    closed.await.unwrap();
    let next = crate::samples::second(&alice, "a2=");
    let before = store.open(&next, false, NOW_MS).await.unwrap().unwrap();
    assert_eq!(before.buckets, [("messages".to_owned(), 10)].into());
}

/// Nobody is let through twice for one move.
pub async fn of_many_who_take_at_once_one_moves_the_bucket(store: &dyn Store) {
    let alice = connection("alice", "a1=");
    open(store, &alice).await;
    for seen in [None, Some(100)] {
        let takes = (0..16).map(async |_| {
            let next = seen.unwrap_or_default() + 100;
            let taken = store.take(&alice.key, "messages", seen, next).await;
            let of_user = store
                .take_of_user("alice", "messages", seen, next, NOW_MS)
                .await;
            (taken.unwrap(), of_user.unwrap())
        });
        let taken = join_all(takes).await;
        let moved = |taken: &Taken| usize::from(*taken == Taken::Moved);
        let of_session: usize = taken.iter().map(|(taken, _)| moved(taken)).sum();
        let of_user: usize = taken.iter().map(|(_, taken)| moved(taken)).sum();
        assert_eq!((of_session, of_user), (1, 1));
    }
}

/// It is one for all sessions, and needs none.
pub async fn a_users_bucket_is_moved_without_a_session(store: &dyn Store) {
    let take = async |user, bucket, seen, next| {
        let taken = store.take_of_user(user, bucket, seen, next, NOW_MS).await;
        taken.unwrap()
    };
    assert_eq!(
        take("alice", "messages", Some(1), 2).await,
        Taken::Elsewhere(None)
    );
    assert_eq!(take("alice", "messages", None, 10).await, Taken::Moved);
    assert_eq!(
        take("alice", "messages", None, 20).await,
        Taken::Elsewhere(Some(10))
    );
    assert_eq!(
        take("alice", "messages", Some(9), 20).await,
        Taken::Elsewhere(Some(10))
    );
    assert_eq!(take("alice", "messages", Some(10), 20).await, Taken::Moved);
    assert_eq!(take("alice", "bytes", None, 1).await, Taken::Moved);
    assert_eq!(take("bob", "messages", None, 1).await, Taken::Moved);
    assert_eq!(store.sessions_of("alice").await.unwrap(), []);
    let key = session_key("alice", "a1=");
    assert_eq!(store.session(&key).await.unwrap(), None);
}

/// However many there are at once.
pub async fn strikes_are_counted_for_each_session_and_window(store: &dyn Store) {
    let alice = session_key("alice", "a1=");
    let strikes = (0..8).map(async |_| store.strike(&alice, NOW_MS).await.unwrap());
    let mut counts = join_all(strikes).await;
    counts.sort_unstable();
    assert_eq!(counts, (1..=8).collect::<Vec<_>>());
    for (key, window_ms, count) in [
        (&alice, NOW_MS + 10_000, 1),
        (&alice, NOW_MS, 9),
        (&session_key("alice", "a1"), NOW_MS, 1),
        (&session_key("bob", "a1="), NOW_MS, 1),
    ] {
        let counted = store.strike(key, window_ms).await.unwrap();
        assert_eq!(counted, count, "{key:?}");
    }
    assert_eq!(store.session(&alice).await.unwrap(), None);
}
