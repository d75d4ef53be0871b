//! What each function is told, and what it may do.

use pulumi::{BoxError, Output};
use tidegate_contract::environment::{
    ApiEnvironment, AuthorizerEnvironment, CommonEnvironment, ConnectEnvironment,
    DisconnectEnvironment, FanoutEnvironment, MessageEnvironment,
};
use tidegate_contract::functions::Function;
use tidegate_core::namespace::Namespaces;

use crate::delivery::Delivery;
use crate::gateway::Gateway;
use crate::identity::Identity;
use crate::policy::Allow;
use crate::registry::Registry;
use crate::settings::FunctionSettings;

/// The parts that functions are wired to.
pub(crate) struct Wiring<'a> {
    pub(crate) stack: &'a str,
    pub(crate) namespaces: &'a Namespaces,
    pub(crate) registry: &'a Registry,
    pub(crate) identity: &'a Identity,
    pub(crate) gateway: &'a Gateway,
    pub(crate) delivery: &'a Delivery,
    /// The digests of the edge's secrets; empty without an edge, and then the origin is open.
    pub(crate) origin_secrets: Output<String>,
}

/// What one function is told, and what it may do beside writing its logs.
#[derive(Default)]
pub(crate) struct Needs {
    pub(crate) variables: Vec<(&'static str, Output<String>)>,
    pub(crate) allowed: Vec<Allow>,
}

impl Wiring<'_> {
    pub(super) fn needs(
        &self,
        function: Function,
        settings: &FunctionSettings,
    ) -> Result<Needs, BoxError> {
        let namespaces = Output::known(serde_json::to_string(self.namespaces)?);
        let table = || self.registry.table.clone();
        let mut needs = match function {
            Function::Authorizer => {
                let environment = AuthorizerEnvironment {
                    issuer: self.identity.issuer.clone(),
                    client_id: self.identity.client_id.clone(),
                    namespaces,
                    origin_secrets: self.origin_secrets.clone(),
                };
                Needs {
                    variables: environment.into_variables(),
                    allowed: Vec::new(),
                }
            }
            Function::Connect => Needs {
                variables: ConnectEnvironment { table: table() }.into_variables(),
                allowed: vec![self.registry.allow_connecting()],
            },
            Function::Disconnect => Needs {
                variables: DisconnectEnvironment { table: table() }.into_variables(),
                allowed: vec![self.registry.allow_disconnecting()],
            },
            Function::Message => {
                let environment = MessageEnvironment {
                    table: table(),
                    management_urls: self.gateway.management_urls(),
                    namespaces,
                    fanout_queue: self.delivery.queue_url(),
                    direct_receivers: self.delivery.direct_receivers(),
                };
                Needs {
                    variables: environment.into_variables(),
                    allowed: vec![
                        self.registry.allow_messages(),
                        self.gateway.allow_sending(),
                        self.delivery.allow_sending(),
                    ],
                }
            }
            Function::Api => {
                let environment = ApiEnvironment {
                    issuer: self.identity.issuer.clone(),
                    client_id: self.identity.client_id.clone(),
                    namespaces,
                };
                Needs {
                    variables: environment.into_variables(),
                    allowed: Vec::new(),
                }
            }
            Function::Own(route) => self.own(route),
            Function::Fanout => {
                let environment = FanoutEnvironment {
                    table: table(),
                    management_urls: self.gateway.management_urls(),
                    fanout_queue: self.delivery.queue_url(),
                };
                Needs {
                    variables: environment.into_variables(),
                    allowed: vec![
                        self.registry.allow_removing(),
                        self.gateway.allow_sending(),
                        self.delivery.allow_sending(),
                        self.delivery.allow_receiving(),
                    ],
                }
            }
        };
        let own = settings.of(function);
        let common = CommonEnvironment {
            stack: Output::known(self.stack.to_owned()),
            log_level: Output::known(own.log_level.unwrap_or_default().name().to_owned()),
        };
        needs.variables.extend(common.into_variables());
        Ok(needs)
    }
}
