//! What each function is told, and what it may do.

use pulumi::{BoxError, Output};
use tidegate_contract::environment::{
    ApiEnvironment, AuthorizerEnvironment, CommonEnvironment, ConnectEnvironment,
    DisconnectEnvironment, FanoutEnvironment, InletEnvironment, MessageEnvironment, OwnEnvironment,
    ServerEnvironment, SweepEnvironment, Variables,
};
use tidegate_contract::functions::Function;

use super::rights;
use crate::delivery::Delivery;
use crate::gateway::Gateway;
use crate::identity::Identity;
use crate::inlet::Inlet;
use crate::policy::Allow;
use crate::registry::Registry;
use crate::settings::Settings;

/// The parts that functions are wired to.
pub(crate) struct Wiring<'a> {
    pub(crate) stack: &'a str,
    pub(crate) settings: &'a Settings,
    pub(crate) registry: &'a Registry,
    pub(crate) identity: &'a Identity,
    pub(crate) gateway: &'a Gateway,
    pub(crate) delivery: &'a Delivery,
    pub(crate) inlet: Option<&'a Inlet>,
}

/// What one function is told, and what it may do beside writing its logs.
#[derive(Default)]
pub(crate) struct Needs {
    pub(crate) variables: Vec<(&'static str, Output<String>)>,
    pub(crate) allowed: Vec<Allow>,
}

impl Wiring<'_> {
    pub(super) fn needs(&self, function: Function) -> Result<Needs, BoxError> {
        let all = self.variables(function)?;
        let mut variables = match function {
            Function::Authorizer => AuthorizerEnvironment::of(&all).into_variables(),
            Function::Connect => ConnectEnvironment::of(&all).into_variables(),
            Function::Disconnect => DisconnectEnvironment::of(&all).into_variables(),
            Function::Message => MessageEnvironment::of(&all).into_variables(),
            Function::Fanout => FanoutEnvironment::of(&all).into_variables(),
            Function::Api => ApiEnvironment::of(&all).into_variables(),
            Function::Server => ServerEnvironment::of(&all).into_variables(),
            Function::Inlet => InletEnvironment::of(&all).into_variables(),
            Function::Sweep => SweepEnvironment::of(&all).into_variables(),
            Function::Own(_) => OwnEnvironment::of(&all).into_variables(),
        };
        variables.extend(CommonEnvironment::of(&all).into_variables());
        let mut allowed = self.allowed(function);
        if let Function::Own(route) = function {
            let more = self.own(route);
            variables.extend(more.variables);
            allowed.extend(more.allowed);
        }
        Ok(Needs { variables, allowed })
    }

    /// All that any function may be told; `function` only has its own level of logs.
    fn variables(&self, function: Function) -> Result<Variables<Output<String>>, BoxError> {
        let settings = self.settings;
        let known = |text: String| Output::known(text);
        let log_level = settings.functions.of(function).log_level;
        Ok(Variables {
            stack: known(self.stack.to_owned()),
            log_level: known(log_level.unwrap_or_default().name().to_owned()),
            issuer: self.identity.issuer.clone(),
            client_id: self.identity.client_id.clone(),
            // Without an edge the origin is open.
            origin_secrets: match settings.guarded() {
                Some((_, secrets)) => secrets.digests(),
                None => known(String::new()),
            },
            namespaces: known(serde_json::to_string(&settings.namespaces)?),
            limits: known(serde_json::to_string(&settings.limits.rules())?),
            table: self.registry.table.clone(),
            management_urls: self.gateway.management_urls(),
            fanout_queue: self.delivery.queue.queue.url.clone(),
            dead_letters: self.delivery.queue.dead_letters.url.clone(),
            direct_receivers: self.delivery.direct_receivers(),
            reconnect_window_ms: known(
                (u64::from(settings.gateway.reconnect_window_seconds) * 1000).to_string(),
            ),
            presence: known(serde_json::to_string(&settings.presence.rules())?),
        })
    }

    fn allowed(&self, function: Function) -> Vec<Allow> {
        let fanout = &self.delivery.queue;
        let mut allowed = vec![self.registry.allow(rights::of_table(function))];
        let methods = rights::of_connections(function);
        if !methods.is_empty() {
            allowed.push(self.gateway.allow_connections(methods));
        }
        if !matches!(
            function,
            Function::Authorizer | Function::Api | Function::Own(_)
        ) {
            allowed.push(fanout.allow_sending());
        }
        match function {
            Function::Fanout => {
                allowed.push(fanout.allow_receiving());
                allowed.push(fanout.allow_putting_aside());
            }
            Function::Inlet => {
                allowed.extend(self.inlet.map(|inlet| inlet.queue.allow_receiving()));
            }
            _ => {}
        }
        allowed
    }
}
