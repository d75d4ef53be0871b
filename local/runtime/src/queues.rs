//! SQS, in this process and in memory, and the mappings that read from it.

use std::collections::BTreeMap;

use tidegate_local_cloud::system::System;
use tidegate_local_functions::Function;
use tidegate_local_queues::{Mapping, Queues, QueuesOptions};

/// The queues of the stack, and what invokes functions with their messages.
pub(crate) fn of_system(
    system: &System,
    functions: &BTreeMap<String, Function>,
    options: QueuesOptions,
) -> (Queues, Vec<Mapping>) {
    let queues = Queues::new(system.queues.values().cloned(), options);
    let mappings = system.mappings.iter().filter_map(|spec| {
        // The model takes no mapping to a function that there is not.
        let function = functions.get(&spec.function)?;
        Some(Mapping::new(spec.clone(), queues.clone(), function.clone()))
    });
    let mappings = mappings.collect();
    (queues, mappings)
}
