//! Revocations: from when on tokens are good.

use futures::future::join_all;
use tidegate_core::store::Store;

use crate::samples::{connection, open};

/// Until somebody revokes them.
pub async fn nobodys_tokens_are_refused_at_first(store: &dyn Store) {
    open(store, &connection("alice", "R")).await;
    assert_eq!(store.revoked_before("alice").await.unwrap(), None);
}

/// One that refuses more tokens stays, whichever came first.
pub async fn the_latest_revocation_holds(store: &dyn Store) {
    for (before, holds) in [(100, 100), (200, 200), (150, 200), (200, 200)] {
        store.revoke("alice", before).await.unwrap();
        let held = store.revoked_before("alice").await.unwrap();
        assert_eq!(held, Some(holds));
    }
    let revokes = (0..16).map(async |n| store.revoke("alice", 300 + n).await.unwrap());
    join_all(revokes).await;
    assert_eq!(store.revoked_before("alice").await.unwrap(), Some(315));
}

/// And leaves his sessions alone: ending them is for the caller.
pub async fn a_revocation_is_of_one_user(store: &dyn Store) {
    let alice = connection("alice", "a1=");
    open(store, &alice).await;
    store.revoke("alice", 100).await.unwrap();
    for other in ["alic", "alice2", "bob"] {
        assert_eq!(store.revoked_before(other).await.unwrap(), None);
    }
    assert!(store.session(&alice.key).await.unwrap().is_some());
}
