//! The services at work, and their end.

use std::sync::Arc;

use tidegate_local_cloud::system::System;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::listeners::Listeners;
use crate::observation::OnAlarm;
use crate::services::{Readers, Services, Surroundings};
use crate::{database, observation};

/// Everything that runs, by the order in which it ends: whoever asks before whoever is asked.
#[derive(Default)]
pub(crate) struct Tasks {
    /// What takes requests from outside.
    doors: TaskTracker,
    /// What invokes functions by itself.
    invokers: TaskTracker,
    /// What functions ask, and what watches them.
    backing: TaskTracker,
    /// Ends the doors and the invokers.
    entry_shutdown: CancellationToken,
    /// Ends the rest.
    backing_shutdown: CancellationToken,
}

impl Tasks {
    /// Has the services serve.
    pub(crate) fn start(
        services: &Services,
        readers: Readers,
        listeners: Listeners,
        system: &System,
        surroundings: &Surroundings,
        on_alarm: OnAlarm,
    ) -> Self {
        let Listeners {
            websocket,
            http,
            distribution,
            identity,
            database,
            queues,
            events,
        } = listeners;
        let Readers { mappings, lines } = readers;
        let Surroundings { clock, limits, .. } = surroundings;
        let tasks = Self::default();

        let until = || tasks.backing_shutdown.clone();
        let (backing, metrics) = (&tasks.backing, &services.metrics);
        backing.spawn(services.queues.clone().meter(metrics.clone(), until()));
        backing.spawn(services.queues.clone().serve(queues.socket, until()));
        backing.spawn(services.events.clone().serve(events.socket, until()));
        let asked_for_tokens = Arc::clone(&services.identity);
        backing.spawn(asked_for_tokens.serve(identity.socket, until().cancelled_owned()));
        backing.spawn(database::serve(
            database.socket,
            services.database.clone(),
            until(),
        ));
        backing.spawn(database::sweep(
            services.database.clone(),
            Arc::clone(clock),
            limits.ttl_delay_ms,
            until(),
        ));
        backing.spawn(observation::ingest(lines, metrics.clone(), until()));
        backing.spawn(observation::watch(
            Arc::clone(&services.evaluator),
            Arc::clone(clock),
            on_alarm,
            until(),
        ));

        let until = || tasks.entry_shutdown.clone();
        for mapping in mappings {
            tasks.invokers.spawn(mapping.run(until()));
        }
        let schedules = services.events.clone().run_schedules(until());
        tasks.invokers.spawn(schedules);

        let (gateway, end) = (services.gateway.clone(), until());
        let serving = async move { gateway.serve(websocket.socket, end).await };
        tasks.doors.spawn(serving);
        if let Some(api) = system.http_apis.first() {
            let (api, end) = (services.gateway.http_api(api.clone()), until());
            tasks
                .doors
                .spawn(async move { api.serve(http.socket, end).await });
        }
        if let Some(found) = system.distributions.first() {
            let (front, end) = (services.gateway.front(found.clone()), until());
            let serving = async move { front.serve(distribution.socket, end).await };
            tasks.doors.spawn(serving);
        }
        tasks
    }

    /// Ends everything: connections are closed and their `$disconnect` runs, and batches and events that were begun end;
    /// then functions and what they ask.
    pub(crate) async fn shutdown(self, services: Services) {
        self.entry_shutdown.cancel();
        all_of(&self.doors).await;
        all_of(&self.invokers).await;
        services.events.finish().await;
        services.pool.shutdown().await;
        self.backing_shutdown.cancel();
        all_of(&self.backing).await;
    }
}

async fn all_of(tasks: &TaskTracker) {
    tasks.close();
    tasks.wait().await;
}
