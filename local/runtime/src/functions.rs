//! The program's functions, in the pool.

use std::collections::BTreeMap;
use std::time::Duration;

use tidegate_local_cloud::faults::Faults;
use tidegate_local_cloud::limits::Limits;
use tidegate_local_cloud::system::{self, System};
use tidegate_local_functions::{Function, FunctionSpec, Pool, PoolOptions};

use crate::places::Places;
use crate::provision::ACCOUNT;
use crate::runtime::{ACCESS_KEY_ID, SECRET_ACCESS_KEY};

/// What functions are run with, and are told of this runtime.
pub(crate) fn pool_options(
    limits: &Limits,
    places: &Places<'_>,
    seed: u64,
    faults: &Faults,
) -> PoolOptions {
    let environment = [
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY),
        ("AWS_REGION", places.region),
        ("AWS_DEFAULT_REGION", places.region),
        ("AWS_ENDPOINT_URL_DYNAMODB", places.database_url),
        ("AWS_ENDPOINT_URL_SQS", places.queues_url),
        ("AWS_ENDPOINT_URL_EVENTBRIDGE", places.events_url),
        ("AWS_ACCOUNT_ID", ACCOUNT),
    ];
    PoolOptions {
        environment: environment
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        init_timeout: Duration::from_millis(limits.init_timeout_ms),
        max_queued: 10_000,
        max_wait: Duration::from_millis(limits.invocation_wait_ms),
        seed: Some(seed),
        faults: faults.clone(),
        ..PoolOptions::default()
    }
}

/// Adds the program's functions to the pool, warm as far as they are to be.
pub(crate) fn start_functions(
    pool: &Pool,
    system: &System,
    limits: &Limits,
    region: &str,
) -> BTreeMap<String, Function> {
    let most = usize::try_from(limits.processes_per_function)
        .unwrap_or(usize::MAX)
        .max(1);
    let spec = |function: &system::Function| {
        let reserved = function
            .reserved_concurrency
            .and_then(|most| usize::try_from(most).ok());
        FunctionSpec {
            name: function.name.clone(),
            arn: function.arn.clone(),
            binary: function.bootstrap.clone(),
            handler: function.handler.clone(),
            environment: function.environment.clone(),
            timeout: function.timeout,
            memory_mb: function.memory_mb,
            max_processes: reserved.map_or(most, |reserved| reserved.min(most)),
            log_group: function.log_group.clone(),
            region: region.to_owned(),
        }
    };
    system
        .functions
        .values()
        .map(|function| {
            let added = pool.add(spec(function));
            let provisioned = usize::try_from(function.provisioned_concurrency);
            added.warm(provisioned.unwrap_or(most));
            (function.name.clone(), added)
        })
        .collect()
}
