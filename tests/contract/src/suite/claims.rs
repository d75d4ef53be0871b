//! Claims: what is sent again is known to be the same.

use futures::future::join_all;
use tidegate_core::protocol::IdempotencyKey;
use tidegate_core::store::{CLAIM_S, Claim, Scope, Store};

use crate::samples::{NOW_MS, channel};

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::new(text).unwrap()
}

fn alice() -> Scope {
    Scope::User("alice".to_owned())
}

fn claim(id: &str, at_ms: u64) -> Claim {
    Claim {
        publication_id: id.to_owned(),
        from: 1_790_000_000_123,
        at_ms,
    }
}

/// To the one who came first, and whole.
pub async fn a_key_stands_for_what_claimed_it_first(store: &dyn Store) {
    let lobby = channel("room:lobby");
    let first = claim("p1", NOW_MS);
    let claimed = store.claim(&alice(), &lobby, &key("k"), &first).await;
    assert_eq!(claimed.unwrap(), None);
    for other in [&claim("p2", NOW_MS + 1), &first, &claim("p3", NOW_MS - 5)] {
        let claimed = store.claim(&alice(), &lobby, &key("k"), other).await;
        assert_eq!(claimed.unwrap().as_ref(), Some(&first));
    }
}

/// A channel without a history has no highest offset.
pub async fn a_claim_may_be_from_the_beginning(store: &dyn Store) {
    let first = Claim {
        from: 0,
        ..claim("p1", NOW_MS)
    };
    for before in [None, Some(first.clone())] {
        let claimed = store
            .claim(&alice(), &channel("room:lobby"), &key("k"), &first)
            .await;
        assert_eq!(claimed.unwrap(), before);
    }
}

/// By user, by channel, and users' from the server's side's.
pub async fn keys_are_kept_apart(store: &dyn Store) {
    let scopes = [alice(), Scope::User("bob".to_owned()), Scope::Server];
    let mut count = 0;
    for scope in &scopes {
        for name in ["room:a", "room:b"] {
            for text in ["k", "k:1", "k.1"] {
                count += 1;
                let own = claim(&format!("p{count}"), NOW_MS);
                let claimed = store.claim(scope, &channel(name), &key(text), &own).await;
                assert_eq!(claimed.unwrap(), None, "{scope:?} {name} {text}");
            }
        }
    }
}

/// Ten minutes, not until the database gets round to removing it; and then the next ten minutes begin.
pub async fn a_key_is_free_again_when_its_time_is_over(store: &dyn Store) {
    let lobby = channel("room:lobby");
    let over = NOW_MS + CLAIM_S * 1000;
    let (first, next) = (claim("p1", NOW_MS), claim("p2", over));
    for (at, tried, stands) in [
        (NOW_MS, &first, None),
        (over - 1, &claim("early", over - 1), Some(&first)),
        (over, &next, None),
        (over + 1, &claim("late", over + 1), Some(&next)),
    ] {
        let claimed = store.claim(&alice(), &lobby, &key("k"), tried).await;
        assert_eq!(claimed.unwrap().as_ref(), stands, "at {at}");
    }
}

/// And all others are told which.
pub async fn of_many_who_claim_a_key_one_does(store: &dyn Store) {
    let lobby = channel("room:lobby");
    let claims = (0..16).map(async |n| {
        let own = claim(&format!("p{n}"), NOW_MS);
        let claimed = store.claim(&Scope::Server, &lobby, &key("k"), &own).await;
        (own, claimed.unwrap())
    });
    let (winners, others): (Vec<_>, Vec<_>) = join_all(claims)
        .await
        .into_iter()
        .partition(|(_, stands)| stands.is_none());
    assert_eq!(winners.len(), 1);
    for (_, stands) in others {
        assert_eq!(stands.as_ref(), Some(&winners[0].0));
    }
}
