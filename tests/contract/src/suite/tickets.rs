//! Tickets: good once.

use futures::future::join_all;
use tidegate_core::store::{Store, Ticket};

use crate::samples::{NOW_MS, connection};

fn ticket(user: &str) -> Ticket {
    Ticket {
        rights: connection(user, "a1=").rights,
        valid_until: NOW_MS / 1000 + 30,
    }
}

/// Whole, and never again.
pub async fn a_ticket_is_taken_once(store: &dyn Store) {
    let mut plain = ticket("bob");
    plain.rights.groups.clear();
    for (digest, ticket) in [("d1", ticket("alice")), ("d2", plain)] {
        store.put_ticket(digest, &ticket).await.unwrap();
        assert_eq!(store.take_ticket(digest).await.unwrap(), Some(ticket));
        assert_eq!(store.take_ticket(digest).await.unwrap(), None);
    }
}

/// Nor one that is like it.
pub async fn a_ticket_that_nobody_made_is_none(store: &dyn Store) {
    store.put_ticket("d1", &ticket("alice")).await.unwrap();
    for digest in ["d", "D1", "d1#", ""] {
        assert_eq!(store.take_ticket(digest).await.unwrap(), None);
    }
    assert!(store.take_ticket("d1").await.unwrap().is_some());
}

/// Until when it is good is for the caller to see to, who knows the time.
pub async fn a_ticket_that_is_no_longer_valid_is_returned_as_such(store: &dyn Store) {
    let old = Ticket {
        valid_until: 1,
        ..ticket("alice")
    };
    store.put_ticket("d1", &old).await.unwrap();
    assert_eq!(store.take_ticket("d1").await.unwrap(), Some(old));
}

/// Whoever replays one is not let in.
pub async fn of_many_who_take_a_ticket_one_gets_it(store: &dyn Store) {
    store.put_ticket("d1", &ticket("alice")).await.unwrap();
    let takes = (0..16).map(async |_| store.take_ticket("d1").await.unwrap());
    let got: Vec<_> = join_all(takes).await.into_iter().flatten().collect();
    assert_eq!(got, [ticket("alice")]);
}
