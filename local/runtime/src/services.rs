//! The services of a stack, as the program described them; none of them serves yet.

use std::collections::BTreeMap;
use std::sync::Arc;

use dynoxide::Database;
use tidegate_local_cloud::clock::SharedClock;
use tidegate_local_cloud::faults::Faults;
use tidegate_local_cloud::limits::Limits;
use tidegate_local_cloud::system::{System, WebSocketApi};
use tidegate_local_events::{Events, EventsOptions};
use tidegate_local_functions::{Function, Pool, SharedLogSink};
use tidegate_local_gateway::{Gateway, GatewayOptions};
use tidegate_local_identity::{Identity, SigningKey};
use tidegate_local_metrics::{Evaluator, Metrics};
use tidegate_local_queues::{Mapping, Queues, QueuesOptions};

use crate::functions::{pool_options, start_functions};
use crate::observation::{self, Lines};
use crate::places::Places;
use crate::provision::ACCOUNT;
use crate::runtime::{ACCESS_KEY_ID, RuntimeError};
use crate::{database, queues};

/// What all services have in common.
pub(crate) struct Surroundings {
    /// Tells the time.
    pub(crate) clock: SharedClock,
    /// What is enforced.
    pub(crate) limits: Limits,
    /// What goes wrong.
    pub(crate) faults: Faults,
    /// Where ids start from.
    pub(crate) seed: u64,
}

/// The services of one stack.
pub(crate) struct Services {
    pub(crate) database: Database,
    pub(crate) queues: Queues,
    pub(crate) events: Events,
    pub(crate) gateway: Gateway,
    pub(crate) identity: Arc<Identity>,
    pub(crate) pool: Pool,
    pub(crate) functions: BTreeMap<String, Function>,
    pub(crate) metrics: Metrics,
    pub(crate) evaluator: Arc<Evaluator>,
}

/// What reads from one service for another, once they run.
pub(crate) struct Readers {
    /// Messages, for functions.
    pub(crate) mappings: Vec<Mapping>,
    /// What functions write, for the metrics in it.
    pub(crate) lines: Lines,
}

impl Services {
    /// Makes them. Functions that are to be warm start.
    pub(crate) fn of_system(
        system: &System,
        api: &WebSocketApi,
        places: &Places<'_>,
        key: SigningKey,
        log_sink: SharedLogSink,
        surroundings: &Surroundings,
    ) -> Result<(Self, Readers), RuntimeError> {
        let Surroundings {
            clock,
            limits,
            faults,
            seed,
        } = surroundings;
        let database = database::with_tables(&system.tables, Arc::clone(clock))
            .map_err(|error| RuntimeError::Table(error.to_string()))?;
        let metrics = Metrics::new(Arc::clone(clock));
        let (log_sink, lines) = observation::tap(log_sink);
        let pool_options = pool_options(limits, places, *seed, faults);
        let pool = Pool::with_metrics(Arc::clone(clock), log_sink, pool_options, metrics.clone());
        let functions = start_functions(&pool, system, limits, places.region);
        let (queues, mappings) = queues::of_system(
            system,
            &functions,
            QueuesOptions {
                clock: Arc::clone(clock),
                limits: limits.clone(),
                faults: faults.clone(),
                access_key_id: ACCESS_KEY_ID.to_owned(),
                url: places.queues_url.to_owned(),
                account: ACCOUNT.to_owned(),
                seed: *seed,
            },
        );
        let events = Events::new(
            system.event_rules.clone(),
            EventsOptions {
                functions: functions.clone(),
                queues: queues.clone(),
                clock: Arc::clone(clock),
                limits: limits.clone(),
                metrics: metrics.clone(),
                access_key_id: ACCESS_KEY_ID.to_owned(),
                account: ACCOUNT.to_owned(),
                region: places.region.to_owned(),
                seed: *seed,
            },
        );
        let gateway = Gateway::new(
            api.clone(),
            GatewayOptions {
                functions: functions.clone().into_iter().collect(),
                clock: Arc::clone(clock),
                limits: limits.clone(),
                faults: faults.clone(),
                access_key_id: ACCESS_KEY_ID.to_owned(),
                seed: *seed,
                metrics: metrics.clone(),
            },
        );
        let identity = Identity::new(
            key,
            system.user_pools.clone(),
            Arc::clone(clock),
            places.identity_url,
            ACCESS_KEY_ID,
        );
        let evaluator = Evaluator::new(system.alarms.clone(), metrics.clone(), clock.now_ms());
        let services = Self {
            database,
            queues,
            events,
            gateway,
            identity: Arc::new(identity),
            pool,
            functions,
            metrics,
            evaluator: Arc::new(evaluator),
        };
        Ok((services, Readers { mappings, lines }))
    }
}
