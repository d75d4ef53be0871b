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
    pub(crate) queues: BTreeMap<String, crate::system::Queue>,
    pub(crate) mappings: Vec<crate::system::EventSourceMapping>,
    /// The names by which versions of functions are invoked: `function:alias`.
    pub(crate) aliases: BTreeSet<String>,
    /// The versions that were published: `function:version`.
    pub(crate) versions: BTreeSet<String>,
}

/// The types that are emulated.
pub const RESOURCE_TYPES: [&str; 21] = [
    "aws:apigatewayv2/api:Api",
    "aws:apigatewayv2/authorizer:Authorizer",
    "aws:apigatewayv2/deployment:Deployment",
    "aws:apigatewayv2/integration:Integration",
    "aws:apigatewayv2/integrationResponse:IntegrationResponse",
    "aws:apigatewayv2/route:Route",
    "aws:apigatewayv2/routeResponse:RouteResponse",
    "aws:apigatewayv2/stage:Stage",
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:cognito/userPool:UserPool",
    "aws:cognito/userPoolClient:UserPoolClient",
    "aws:dynamodb/table:Table",
    "aws:iam/role:Role",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:lambda/alias:Alias",
    "aws:lambda/eventSourceMapping:EventSourceMapping",
    "aws:lambda/function:Function",
    "aws:lambda/permission:Permission",
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig",
    "aws:sqs/queue:Queue",
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
];

impl Cloud {
    /// An empty cloud.
    #[must_use]
    pub const fn new(endpoints: Endpoints) -> Self {
        Self {
            endpoints,
            tables: BTreeMap::new(),
            functions: BTreeMap::new(),
            permissions: Vec::new(),
            user_pools: BTreeMap::new(),
            apis: Vec::new(),
            roles: BTreeMap::new(),
            queues: BTreeMap::new(),
            mappings: Vec::new(),
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
            "aws:apigatewayv2/api:Api" => resources::api::create(self, new),
            "aws:apigatewayv2/authorizer:Authorizer" => resources::authorizer::create(self, new),
            "aws:apigatewayv2/deployment:Deployment" => resources::deployment::create(self, new),
            "aws:apigatewayv2/integration:Integration" => resources::integration::create(self, new),
            "aws:apigatewayv2/integrationResponse:IntegrationResponse" => {
                resources::integration_response::create(self, new)
            }
            "aws:apigatewayv2/route:Route" => resources::route::create(self, new),
            "aws:apigatewayv2/routeResponse:RouteResponse" => {
                resources::route_response::create(self, new)
            }
            "aws:apigatewayv2/stage:Stage" => resources::stage::create(self, new),
            "aws:cloudwatch/logGroup:LogGroup" => resources::log_group::create(self, new),
            "aws:cognito/userPool:UserPool" => resources::user_pool::create(self, new),
            "aws:cognito/userPoolClient:UserPoolClient" => {
                resources::user_pool_client::create(self, new)
            }
            "aws:dynamodb/table:Table" => resources::table::create(self, new),
            "aws:iam/role:Role" => resources::role::create(self, new),
            "aws:iam/rolePolicy:RolePolicy" => resources::role_policy::create(self, new),
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
            queues: self.queues.clone(),
            mappings: self.mappings.clone(),
        }
    }

    pub(crate) fn arn(&self, service: &str, resource: &str) -> String {
        let Endpoints {
            region, account, ..
        } = &self.endpoints;
        format!("arn:aws:{service}:{region}:{account}:{resource}")
    }

    pub(crate) fn api(&mut self, id: &str) -> Result<&mut resources::api::Api, Refusal> {
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
