//! The suite against each implementation of the store, in whole pages and in pages of two items.
//!
//! `TIDEGATE_DYNAMODB_LOCAL` says where Amazon's own DynamoDB Local listens, empty (`-inMemory`). Where it does not, its tests
//! are skipped.

use tidegate_contract_tests::{Fresh, table};
use tidegate_core::memory::MemoryStore;

/// So small that nearly everything takes several.
const PAGE: usize = 2;

mod in_memory {
    use super::{Fresh, MemoryStore};

    async fn fresh(_test: &str) -> Option<Fresh> {
        Some(Fresh {
            store: Box::new(MemoryStore::default()),
            keeps: Box::new(()),
        })
    }

    tidegate_contract_tests::store_suite!(crate::in_memory::fresh);
}

mod in_memory_by_small_pages {
    use super::{Fresh, MemoryStore, PAGE};

    async fn fresh(_test: &str) -> Option<Fresh> {
        Some(Fresh {
            store: Box::new(MemoryStore::default().with_page_size(PAGE)),
            keeps: Box::new(()),
        })
    }

    tidegate_contract_tests::store_suite!(crate::in_memory_by_small_pages::fresh);
}

mod in_dynoxide {
    use super::{Fresh, table};

    async fn fresh(_test: &str) -> Option<Fresh> {
        let (proxy, _) = table::dynoxide_behind_a_proxy().await;
        let (store, _) = table::store(&proxy.endpoint);
        Some(Fresh {
            store: Box::new(store),
            keeps: Box::new(proxy),
        })
    }

    tidegate_contract_tests::store_suite!(crate::in_dynoxide::fresh);
}

mod in_dynoxide_by_small_pages {
    use super::{Fresh, PAGE, table};

    async fn fresh(_test: &str) -> Option<Fresh> {
        let (proxy, _) = table::dynoxide_behind_a_proxy().await;
        let (store, _) = table::store(&proxy.endpoint);
        Some(Fresh {
            store: Box::new(store.with_page_size(PAGE)),
            keeps: Box::new(proxy),
        })
    }

    tidegate_contract_tests::store_suite!(crate::in_dynoxide_by_small_pages::fresh);
}

mod in_dynamodb_local {
    use super::{Fresh, table};

    #[expect(
        clippy::disallowed_methods,
        reason = "the edge of the tests: how they are run is told in the environment"
    )]
    async fn fresh(test: &str) -> Option<Fresh> {
        let Ok(endpoint) = std::env::var("TIDEGATE_DYNAMODB_LOCAL") else {
            eprintln!("skipped: TIDEGATE_DYNAMODB_LOCAL does not say where DynamoDB Local is");
            return None;
        };
        table::create_named(&endpoint, test).await;
        let (store, _) = table::store_in(&endpoint, test);
        Some(Fresh {
            store: Box::new(store),
            keeps: Box::new(()),
        })
    }

    tidegate_contract_tests::store_suite!(crate::in_dynamodb_local::fresh);
}
