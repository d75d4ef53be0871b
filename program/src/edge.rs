//! The edge: CloudFront and WAF before the gateway.
//!
//! WAF cannot be attached to a WebSocket API; it can to a CloudFront distribution, which passes WebSockets on. It sees
//! handshakes and no frames. So that nobody goes around it, CloudFront adds a secret to each handshake, and the authorizer
//! refuses one without it.

mod distribution;
mod firewall;

use pulumi::{Component, Output, Scope};

use crate::gateway::Served;
use crate::settings::{EdgeSettings, OriginSecrets};
use crate::tags::Tags;

/// Where web ACLs, logs and certificates of CloudFront are, wherever the stack is.
const REGION: &str = "us-east-1";

/// The edge of each endpoint.
pub(crate) struct Edge {
    /// Where clients connect, in the order of the endpoints.
    pub(crate) websocket_urls: Vec<Output<String>>,
    /// Where the domain name is to point, when the stack makes no record for it.
    pub(crate) domain_target: Option<Output<String>>,
}

impl Edge {
    /// Puts CloudFront and WAF before what is served. `name` is the stack's own, for what has to be named.
    pub(crate) fn new(
        scope: &dyn Scope,
        name: &str,
        settings: &EdgeSettings,
        secrets: &OriginSecrets,
        served: &Served,
        log_retention_days: u32,
        tags: &Tags,
    ) -> Self {
        let component = Component::builder("tidegate:edge:Edge", "edge").create(scope);
        let tags = tags.of("edge");
        let acl = firewall::create(&component, name, settings, log_retention_days, &tags);
        let mut edge = Self {
            websocket_urls: Vec::new(),
            domain_target: None,
        };
        for endpoint in &served.endpoints {
            let front = distribution::Front {
                endpoint,
                acl: &acl,
                settings,
                secret: secrets.newest(),
                tags: &tags,
            };
            let (url, target) = front.create(&component);
            edge.websocket_urls.push(url);
            edge.domain_target = target;
        }
        component.register_outputs([("websocketUrls", Output::all(edge.websocket_urls.clone()))]);
        edge
    }
}
