//! The suite against each implementation of the registry.

use tidegate_contract_tests::{Fresh, table};
use tidegate_core::memory::MemoryRegistry;

mod in_memory {
    use super::{Fresh, MemoryRegistry};

    async fn fresh() -> Fresh {
        Fresh {
            registry: Box::new(MemoryRegistry::default()),
            keeps: Box::new(()),
        }
    }

    tidegate_contract_tests::registry_suite!(fresh);
}

mod in_dynoxide {
    use super::{Fresh, table};

    async fn fresh() -> Fresh {
        let (proxy, _) = table::dynoxide_behind_a_proxy().await;
        let (registry, _) = table::registry(&proxy.endpoint);
        Fresh {
            registry: Box::new(registry),
            keeps: Box::new(proxy),
        }
    }

    tidegate_contract_tests::registry_suite!(fresh);
}
