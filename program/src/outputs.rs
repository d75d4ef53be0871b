//! The stack's outputs: what clients, the CLI and people need to know of it.

use pulumi::{Context, Output};

use crate::edge::Edge;
use crate::gateway::Served;
use crate::http::Http;
use crate::identity::Identity;
use crate::observability::Observability;
use crate::queue::WorkQueue;

/// What they are made of.
pub(crate) struct Outputs<'a> {
    pub(crate) served: &'a Served,
    pub(crate) edge: Option<&'a Edge>,
    pub(crate) http: Option<&'a Http>,
    pub(crate) identity: &'a Identity,
    pub(crate) fanout: &'a WorkQueue,
    pub(crate) inlet: Option<&'a WorkQueue>,
    pub(crate) observability: &'a Observability,
    pub(crate) region: &'a Output<String>,
}

impl Outputs<'_> {
    /// Exports them. Nothing here is a secret.
    pub(crate) fn export(&self, ctx: &Context) {
        self.sockets(ctx);
        ctx.export("region", self.region);
        if let Some(http) = self.http {
            ctx.export("httpUrl", &http.url);
            if let Some(arn) = &http.server_routes {
                ctx.export("serverRoutesArn", arn);
            }
        }
        ctx.export("issuer", &self.identity.issuer);
        ctx.export("clientId", &self.identity.client_id);
        if let Some(pool) = &self.identity.pool {
            ctx.export("userPoolId", &pool.id);
            if let Some(url) = &pool.sign_in_url {
                ctx.export("signInUrl", url);
            }
        }
        ctx.export("fanoutQueueUrl", &self.fanout.queue.url);
        ctx.export("deadLettersUrl", &self.fanout.dead_letters.url);
        if let Some(inlet) = self.inlet {
            ctx.export("inletQueueUrl", &inlet.queue.url);
            ctx.export("inletQueueArn", &inlet.queue.arn);
            ctx.export("inletDeadLettersUrl", &inlet.dead_letters.url);
        }
        if let Some(dashboard) = &self.observability.dashboard {
            ctx.export("dashboard", dashboard);
        }
        if let Some(topic) = &self.observability.alarm_topic {
            ctx.export("alarmTopic", topic);
        }
    }

    /// `websocketUrl`, and `websocketUrl2` for the second endpoint.
    fn sockets(&self, ctx: &Context) {
        for (index, endpoint) in self.served.endpoints.iter().enumerate() {
            let name = |output: &str| format!("{output}{}", endpoint.suffix.replace('-', ""));
            let through_edge = self.edge.and_then(|edge| edge.websocket_urls.get(index));
            ctx.export(
                name("websocketUrl"),
                through_edge.unwrap_or(&endpoint.websocket_url),
            );
            ctx.export(name("managementUrl"), &endpoint.management_url);
        }
        let target = match self.edge {
            Some(edge) => &edge.domain_target,
            None => &self.served.domain_target,
        };
        if let Some(target) = target {
            ctx.export("domainTarget", target);
        }
    }
}
