//! Takes resources as they are registered.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::error::Refusal;
use crate::ids::auto_name;
use crate::resources;
use crate::system::System;

/// Where the local runtime serves what AWS serves elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// The Region that the stack is in.
    pub region: String,
    /// The account.
    pub account: String,
    /// Where each WebSocket API is served, in the order in which they are registered: `ws://127.0.0.1:4000`.
    pub websocket_apis: Vec<String>,
    /// Where each HTTP API is served, in the order in which they are registered: `http://127.0.0.1:4002`.
    pub http_apis: Vec<String>,
    /// The domain name of each distribution, in the order in which they are registered: `127.0.0.1:4003`.
    pub distributions: Vec<String>,
    /// Where queues are served, without a slash at the end: `http://127.0.0.1:4003`.
    pub queues: String,
    /// Where user pools issue tokens, without a scheme, as Cognito has it: `127.0.0.1:4001`.
    pub identity: String,
    /// The folder that relative paths of assets start from.
    pub program_directory: PathBuf,
}

/// One resource as the program registers it. Assets and archives in the inputs are objects: `{"path": …}` for a file,
/// `{"assets": {name: asset}}` for an archive of assets.
#[derive(Debug, Clone)]
pub struct NewResource<'a> {
    /// Its URN.
    pub urn: &'a str,
    /// The token of its type.
    pub type_token: &'a str,
    /// Its name in the program.
    pub name: &'a str,
    /// Its inputs, checked against the schema already.
    pub inputs: &'a Map<String, Value>,
}

/// What AWS would answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Created {
    /// The id.
    pub id: String,
    /// Everything that is known of it now: the inputs and what was computed.
    pub outputs: Map<String, Value>,
}

/// The cloud that a stack is made in.
#[derive(Debug)]
pub struct Cloud {
    pub(crate) endpoints: Endpoints,
    pub(crate) tables: BTreeMap<String, crate::system::Table>,
    pub(crate) functions: BTreeMap<String, crate::system::Function>,
    pub(crate) permissions: Vec<resources::permission::Permission>,
    pub(crate) user_pools: BTreeMap<String, crate::system::UserPool>,
    pub(crate) apis: Vec<resources::api::Api>,
    pub(crate) roles: BTreeMap<String, String>,
    /// Whether the account lets API Gateway write logs.
    pub(crate) logs_role: bool,
    pub(crate) alarms: crate::alarms::Alarms,
    pub(crate) dashboards: BTreeMap<String, Value>,
    pub(crate) topics: BTreeSet<String>,
    /// What is registered and does not happen here.
    pub(crate) notes: BTreeSet<String>,
    pub(crate) http_apis: Vec<resources::http_api::HttpApiDraft>,
    pub(crate) names: resources::names::Names,
    pub(crate) edge: resources::edge::Edge,
    pub(crate) queues: BTreeMap<String, crate::system::Queue>,
    pub(crate) mappings: Vec<crate::system::EventSourceMapping>,
    /// What each queue's policy lets others do, by the queue's name.
    pub(crate) queue_policies: BTreeMap<String, crate::events::QueuePolicy>,
    pub(crate) event_rules: Vec<crate::system::EventRule>,
    /// The names by which versions of functions are invoked: `function:alias`.
    pub(crate) aliases: BTreeSet<String>,
    /// The versions that were published: `function:version`.
    pub(crate) versions: BTreeSet<String>,
}

/// The types that are emulated.
pub const RESOURCE_TYPES: &[&str] = &[
    "aws:apigateway/account:Account",
    "aws:acm/certificate:Certificate",
    "aws:acm/certificateValidation:CertificateValidation",
    "aws:apigatewayv2/api:Api",
    "aws:apigatewayv2/apiMapping:ApiMapping",
    "aws:apigatewayv2/authorizer:Authorizer",
    "aws:apigatewayv2/deployment:Deployment",
    "aws:apigatewayv2/domainName:DomainName",
    "aws:apigatewayv2/integration:Integration",
    "aws:apigatewayv2/integrationResponse:IntegrationResponse",
    "aws:apigatewayv2/route:Route",
    "aws:apigatewayv2/routeResponse:RouteResponse",
    "aws:apigatewayv2/stage:Stage",
    "aws:cloudwatch/compositeAlarm:CompositeAlarm",
    "aws:cloudwatch/dashboard:Dashboard",
    "aws:cloudfront/distribution:Distribution",
    "aws:cloudwatch/eventRule:EventRule",
    "aws:cloudwatch/eventTarget:EventTarget",
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    "aws:cognito/userPool:UserPool",
    "aws:cognito/userPoolClient:UserPoolClient",
    "aws:cognito/userPoolDomain:UserPoolDomain",
    "aws:dynamodb/table:Table",
    "aws:iam/role:Role",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:sns/topic:Topic",
    "aws:sns/topicPolicy:TopicPolicy",
    "aws:sns/topicSubscription:TopicSubscription",
    "aws:route53/record:Record",
    "aws:wafv2/webAcl:WebAcl",
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
    "aws:lambda/alias:Alias",
    "aws:lambda/eventSourceMapping:EventSourceMapping",
    "aws:lambda/function:Function",
    "aws:lambda/permission:Permission",
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig",
    "aws:sqs/queue:Queue",
    "aws:sqs/queuePolicy:QueuePolicy",
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
];

impl Cloud {
    /// An empty cloud.
    #[must_use]
    pub fn new(endpoints: Endpoints) -> Self {
        Self {
            endpoints,
            tables: BTreeMap::new(),
            functions: BTreeMap::new(),
            permissions: Vec::new(),
            user_pools: BTreeMap::new(),
            apis: Vec::new(),
            roles: BTreeMap::new(),
            logs_role: false,
            alarms: crate::alarms::Alarms::default(),
            dashboards: BTreeMap::new(),
            topics: BTreeSet::new(),
            notes: BTreeSet::new(),
            http_apis: Vec::new(),
            names: resources::names::Names::new(),
            edge: resources::edge::Edge::new(),
            queues: BTreeMap::new(),
            mappings: Vec::new(),
            queue_policies: BTreeMap::new(),
            event_rules: Vec::new(),
            aliases: BTreeSet::new(),
            versions: BTreeSet::new(),
        }
    }

    /// Makes a resource.
    ///
    /// # Errors
    /// What AWS would refuse, and what is not emulated.
    pub fn create(&mut self, new: &NewResource<'_>) -> Result<Created, Refusal> {
        match new.type_token {
            "aws:apigateway/account:Account" => resources::account::create(self, new),
            "aws:acm/certificate:Certificate" => resources::names::certificate::create(self, new),
            "aws:acm/certificateValidation:CertificateValidation" => {
                resources::names::certificate_validation::create(self, new)
            }
            "aws:apigatewayv2/api:Api" => resources::api::create(self, new),
            "aws:apigatewayv2/apiMapping:ApiMapping" => {
                resources::names::api_mapping::create(self, new)
            }
            "aws:apigatewayv2/authorizer:Authorizer" => resources::authorizer::create(self, new),
            "aws:apigatewayv2/deployment:Deployment" => resources::deployment::create(self, new),
            "aws:apigatewayv2/domainName:DomainName" => {
                resources::names::domain_name::create(self, new)
            }
            "aws:apigatewayv2/integration:Integration" => resources::integration::create(self, new),
            "aws:apigatewayv2/integrationResponse:IntegrationResponse" => {
                resources::integration_response::create(self, new)
            }
            "aws:apigatewayv2/route:Route" => resources::route::create(self, new),
            "aws:apigatewayv2/routeResponse:RouteResponse" => {
                resources::route_response::create(self, new)
            }
            "aws:apigatewayv2/stage:Stage" => resources::stage::create(self, new),
            "aws:cloudwatch/compositeAlarm:CompositeAlarm" => {
                resources::composite_alarm::create(self, new)
            }
            "aws:cloudwatch/dashboard:Dashboard" => resources::dashboard::create(self, new),
            "aws:cloudfront/distribution:Distribution" => {
                resources::distribution::create(self, new)
            }
            "aws:cloudwatch/eventRule:EventRule" => resources::event_rule::create(self, new),
            "aws:cloudwatch/eventTarget:EventTarget" => resources::event_target::create(self, new),
            "aws:cloudwatch/logGroup:LogGroup" => resources::log_group::create(self, new),
            "aws:cloudwatch/metricAlarm:MetricAlarm" => resources::metric_alarm::create(self, new),
            "aws:cognito/userPool:UserPool" => resources::user_pool::create(self, new),
            "aws:cognito/userPoolClient:UserPoolClient" => {
                resources::user_pool_client::create(self, new)
            }
            "aws:cognito/userPoolDomain:UserPoolDomain" => {
                resources::user_pool_domain::create(self, new)
            }
            "aws:dynamodb/table:Table" => resources::table::create(self, new),
            "aws:iam/role:Role" => resources::role::create(self, new),
            "aws:iam/rolePolicy:RolePolicy" => resources::role_policy::create(self, new),
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment" => {
                resources::role_policy_attachment::create(self, new)
            }
            "aws:sns/topic:Topic" => resources::topic::create(self, new),
            "aws:sns/topicPolicy:TopicPolicy" => resources::topic_policy::create(self, new),
            "aws:sns/topicSubscription:TopicSubscription" => {
                resources::topic_subscription::create(self, new)
            }
            "aws:route53/record:Record" => resources::names::record::create(self, new),
            "aws:wafv2/webAcl:WebAcl" => resources::web_acl::create(self, new),
            "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration" => {
                resources::web_acl_logging_configuration::create(self, new)
            }
            "aws:lambda/alias:Alias" => resources::alias::create(self, new),
            "aws:lambda/eventSourceMapping:EventSourceMapping" => {
                resources::event_source_mapping::create(self, new)
            }
            "aws:lambda/function:Function" => resources::function::create(self, new),
            "aws:lambda/permission:Permission" => resources::permission::create(self, new),
            "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig" => {
                resources::provisioned_concurrency::create(self, new)
            }
            "aws:sqs/queue:Queue" => resources::queue::create(self, new),
            "aws:sqs/queuePolicy:QueuePolicy" => resources::queue_policy::create(self, new),
            "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy" => {
                resources::redrive_allow_policy::create(self, new)
            }
            other => Err(Refusal::Type {
                type_token: other.to_owned(),
                emulated: RESOURCE_TYPES.join(", "),
            }),
        }
    }

    /// The Region that the stack is in.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.endpoints.region
    }

    /// The account that the stack is in.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.endpoints.account
    }

    /// What there is to serve now.
    #[must_use]
    pub fn system(&self) -> System {
        System {
            functions: self.functions.clone(),
            tables: self.tables.clone(),
            apis: self
                .apis
                .iter()
                .map(|api| resources::api::to_system(api, &self.permissions))
                .collect(),
            user_pools: self.user_pools.clone(),
            alarms: self.alarms.clone(),
            dashboards: self.dashboards.clone(),
            http_apis: self
                .http_apis
                .iter()
                .map(|api| {
                    let account = &self.endpoints.account;
                    resources::http_api::to_system(api, account, &self.permissions)
                })
                .collect(),
            distributions: self.edge.distributions.clone(),
            notes: self.notes.clone(),
            queues: self.queues.clone(),
            mappings: self.mappings.clone(),
            event_rules: self.event_rules.clone(),
            lost_events: resources::event_target::lost(self),
        }
    }

    pub(crate) fn arn(&self, service: &str, resource: &str) -> String {
        self.arn_in(None, service, resource)
    }

    /// An ARN in the Region that a resource names; none for that of the stack.
    pub(crate) fn arn_in(&self, region: Option<&str>, service: &str, resource: &str) -> String {
        let account = &self.endpoints.account;
        let region = region.unwrap_or(&self.endpoints.region);
        format!("arn:aws:{service}:{region}:{account}:{resource}")
    }

    /// Notes, once, what is accepted and is not to be seen on this machine.
    pub(crate) fn note(&mut self, text: &str) {
        self.notes.insert(text.to_owned());
    }

    /// Whether a resource belongs to an HTTP API.
    pub(crate) fn is_of_http_api(&self, new: &NewResource<'_>) -> bool {
        let id = new.inputs.get("apiId").and_then(Value::as_str);
        self.http_apis.iter().any(|api| Some(&*api.id) == id)
    }

    pub(crate) fn http_api(
        &mut self,
        id: &str,
    ) -> Result<&mut resources::http_api::HttpApiDraft, Refusal> {
        let api = self.http_apis.iter_mut().find(|api| api.id == id);
        api.ok_or_else(|| Refusal::value("apiId", format!("there is no HTTP API `{id}`")))
    }

    /// Whether an API of either kind has a stage.
    pub(crate) fn has_stage(&self, api_id: &str, stage: &str) -> bool {
        let sockets = self.apis.iter().find(|api| api.id == api_id);
        let http = self.http_apis.iter().find(|api| api.id == api_id);
        sockets.is_some_and(|api| api.stages.contains_key(stage))
            || http
                .and_then(|api| api.stage.as_ref())
                .is_some_and(|it| it.name == stage)
    }

    pub(crate) fn user_pool(&mut self, id: &str) -> Result<&mut crate::system::UserPool, Refusal> {
        let pool = self.user_pools.get_mut(id);
        pool.ok_or_else(|| Refusal::value("userPoolId", format!("there is no user pool `{id}`")))
    }

    pub(crate) fn api(&mut self, id: &str) -> Result<&mut resources::api::Api, Refusal> {
        if self.http_apis.iter().any(|api| api.id == id) {
            let problem = format!("`{id}` is an HTTP API, for which this is not emulated");
            return Err(Refusal::value("apiId", problem));
        }
        let api = self.apis.iter_mut().find(|api| api.id == id);
        api.ok_or_else(|| Refusal::value("apiId", format!("there is no API `{id}`")))
    }
}

/// The name the program gives, or the one that Pulumi would give.
pub(crate) fn name_or_auto(given: Option<String>, new: &NewResource<'_>) -> String {
    given.unwrap_or_else(|| auto_name(new.urn, new.name))
}

impl Created {
    /// The inputs, and what was computed over them.
    pub(crate) fn new<const N: usize>(
        id: String,
        inputs: &Map<String, Value>,
        computed: [(&str, Value); N],
    ) -> Self {
        let mut outputs = inputs.clone();
        outputs.extend(computed.map(|(name, value)| (name.to_owned(), value)));
        outputs.entry("region").or_insert_with(|| json!(null));
        outputs.retain(|_, value| !value.is_null());
        Self { id, outputs }
    }
}
