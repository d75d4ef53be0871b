//! Leases: who is to be looked after.

use std::collections::BTreeSet;

use tidegate_core::connection::{ConnectionId, Endpoint};
use tidegate_core::store::{Lease, Store};

use crate::samples::{endpoint, session_key};

const MINUTE: u64 = 29_833_333;

fn lease(user: &str, connection: &str) -> Lease {
    Lease {
        key: session_key(user, "session-1"),
        connection: ConnectionId::new(connection),
        endpoint: endpoint(),
        place: None,
    }
}

async fn put(store: &dyn Store, minute: u64, lease: &Lease) {
    store.put_lease(minute, lease).await.unwrap();
}

/// In pages; each once.
async fn due(store: &dyn Store, minute: u64) -> BTreeSet<Lease> {
    let mut all = BTreeSet::new();
    let mut after = None;
    loop {
        let page = store.leases(minute, after.as_ref()).await.unwrap();
        for lease in page.leases {
            assert!(all.insert(lease.clone()), "{lease:?} came twice");
        }
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

/// All of it, and in no other minute.
pub async fn a_lease_falls_due_in_its_minute(store: &dyn Store) {
    let alice = lease("alice", "a1=");
    let bob = Lease {
        place: Some("room:lobby#3".parse().unwrap()),
        ..lease("bob", "b1=")
    };
    put(store, MINUTE, &alice).await;
    put(store, MINUTE, &bob).await;
    assert_eq!(due(store, MINUTE).await, [alice, bob].into());
    for other in [MINUTE - 1, MINUTE + 1, MINUTE * 10, MINUTE / 10] {
        assert!(due(store, other).await.is_empty());
    }
}

/// Of several users, sessions and connections.
pub async fn all_leases_of_a_minute_are_found(store: &dyn Store) {
    let mut all = BTreeSet::new();
    for user in ["alice", "alic", "al#ice", "bob"] {
        for session in ["session-1", "session-2"] {
            for connection in ["a1=", "+/=", "a2="] {
                all.insert(Lease {
                    key: session_key(user, session),
                    ..lease(user, connection)
                });
            }
        }
    }
    for lease in &all {
        put(store, MINUTE, lease).await;
    }
    assert_eq!(due(store, MINUTE).await, all);
}

/// A connection has one at most in a minute.
pub async fn noting_a_lease_again_changes_nothing(store: &dyn Store) {
    let alice = lease("alice", "a1=");
    put(store, MINUTE, &alice).await;
    put(store, MINUTE, &alice).await;
    assert_eq!(due(store, MINUTE).await, [alice.clone()].into());
    let moved = Lease {
        endpoint: Endpoint::new("zyxwvu9876"),
        ..alice
    };
    put(store, MINUTE, &moved).await;
    assert_eq!(due(store, MINUTE).await, [moved].into());
}

/// In one minute; and again changes nothing.
pub async fn a_removed_lease_does_not_fall_due(store: &dyn Store) {
    let (alice, bob) = (lease("alice", "a1="), lease("bob", "b1="));
    for minute in [MINUTE, MINUTE + 1] {
        put(store, minute, &alice).await;
        put(store, minute, &bob).await;
    }
    for _again in 0..2 {
        store.delete_lease(MINUTE, &alice).await.unwrap();
        assert_eq!(due(store, MINUTE).await, [bob.clone()].into());
    }
    assert_eq!(due(store, MINUTE + 1).await, [alice, bob].into());
}

/// The sweep removes each lease that it has seen to, and goes on from there.
pub async fn a_page_goes_on_from_after_a_lease_that_is_removed(store: &dyn Store) {
    let all: BTreeSet<_> = (0..7).map(|n| lease("alice", &format!("a{n}="))).collect();
    for lease in &all {
        put(store, MINUTE, lease).await;
    }
    let mut seen = BTreeSet::new();
    let mut after = None;
    loop {
        let page = store.leases(MINUTE, after.as_ref()).await.unwrap();
        for lease in &page.leases {
            store.delete_lease(MINUTE, lease).await.unwrap();
        }
        seen.extend(page.leases);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, all);
    assert!(due(store, MINUTE).await.is_empty());
}
