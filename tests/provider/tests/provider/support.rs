//! An engine, as far as a provider sees one.

use std::collections::BTreeMap;
use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;

use prost_types::Struct;
use pulumi::wire;
use pulumi_gestalt_proto::pulumi::pulumirpc as rpc;
use pulumi_gestalt_proto::pulumi::pulumirpc::resource_provider_client::ResourceProviderClient;
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tidegate_local_schema::json::{from_json, revealed};
use tidegate_test_provider::{Environment, Server};
use tonic::Status;
use tonic::transport::Channel;

/// An engine with one stack.
pub(crate) struct Engine {
    pub(crate) client: ResourceProviderClient<Channel>,
    pub(crate) cloud: TempDir,
}

/// A resource as the engine's state has it.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    pub(crate) urn: String,
    pub(crate) id: String,
    pub(crate) inputs: Value,
    pub(crate) outputs: Value,
}

impl Resource {
    pub(crate) fn text(&self, output: &str) -> String {
        self.outputs[output].as_str().unwrap().to_owned()
    }
}

pub(crate) fn urn(token: &str, name: &str) -> String {
    format!("urn:pulumi:test::tidegate::{token}::{name}")
}

pub(crate) fn to_struct(value: &Value) -> Struct {
    let fields = value.as_object().unwrap().iter();
    let fields: BTreeMap<_, _> = fields
        .map(|(k, v)| (k.clone(), from_json(v.clone())))
        .collect();
    wire::to_struct(&fields).unwrap()
}

/// Properties for people: with what is in their secrets, and unknown values as null.
pub(crate) fn from_struct(object: &Struct) -> Value {
    let fields = wire::from_struct(object).unwrap();
    let fields = fields.iter();
    Value::Object(
        fields
            .map(|(k, v)| (k.clone(), revealed(v)))
            .collect::<Map<_, _>>(),
    )
}

/// A client of a provider that works on a folder.
pub(crate) async fn provider_of(cloud: &Path) -> ResourceProviderClient<Channel> {
    let environment = Environment::with_cloud(cloud);
    let server = Server::bind(Ipv4Addr::LOCALHOST, environment)
        .await
        .unwrap();
    let address = format!("http://{}", server.address().unwrap());
    tokio::spawn(server.serve());
    ResourceProviderClient::connect(address).await.unwrap()
}

impl Engine {
    /// With an empty cloud.
    pub(crate) async fn start() -> Self {
        let cloud = tempfile::tempdir().unwrap();
        let client = provider_of(cloud.path()).await;
        Self { client, cloud }
    }

    pub(crate) async fn check(
        &self,
        token: &str,
        name: &str,
        old: Option<&Value>,
        new: &Value,
        seed: &[u8],
    ) -> rpc::CheckResponse {
        let request = rpc::CheckRequest {
            urn: urn(token, name),
            olds: old.map(to_struct),
            news: Some(to_struct(new)),
            random_seed: seed.to_vec(),
            ..Default::default()
        };
        self.client
            .clone()
            .check(request)
            .await
            .unwrap()
            .into_inner()
    }

    /// What is said against these inputs: property and reason.
    pub(crate) async fn failures(&self, token: &str, inputs: &Value) -> Vec<(String, String)> {
        let checked = self.check(token, "x", None, inputs, b"seed").await;
        let failures = checked.failures.into_iter();
        failures
            .map(|failure| (failure.property, failure.reason))
            .collect()
    }

    /// The inputs with names and defaults.
    pub(crate) async fn checked(&self, token: &str, name: &str, inputs: &Value) -> Value {
        let checked = self.check(token, name, None, inputs, b"seed").await;
        assert_eq!(checked.failures, [], "{token} {name}");
        from_struct(&checked.inputs.unwrap())
    }

    /// Checks and creates.
    pub(crate) async fn try_create(
        &self,
        token: &str,
        name: &str,
        inputs: Value,
    ) -> Result<Resource, Status> {
        let checked = self.check(token, name, None, &inputs, b"seed").await;
        refused(&checked)?;
        let inputs = from_struct(&checked.inputs.unwrap());
        let urn = urn(token, name);
        let request = rpc::CreateRequest {
            urn: urn.clone(),
            properties: Some(to_struct(&inputs)),
            ..Default::default()
        };
        let created = self.client.clone().create(request).await?.into_inner();
        Ok(Resource {
            urn,
            id: created.id,
            inputs,
            outputs: from_struct(&created.properties.unwrap()),
        })
    }

    pub(crate) async fn create(&self, token: &str, name: &str, inputs: Value) -> Resource {
        self.try_create(token, name, inputs).await.unwrap()
    }

    /// Checks and updates.
    pub(crate) async fn update(&self, old: &Resource, inputs: Value) -> Result<Resource, Status> {
        let (token, name) = token_and_name(&old.urn);
        let checked = self
            .check(&token, &name, Some(&old.inputs), &inputs, b"seed")
            .await;
        refused(&checked)?;
        let inputs = from_struct(&checked.inputs.unwrap());
        let request = rpc::UpdateRequest {
            id: old.id.clone(),
            urn: old.urn.clone(),
            olds: Some(to_struct(&old.outputs)),
            news: Some(to_struct(&inputs)),
            old_inputs: Some(to_struct(&old.inputs)),
            ..Default::default()
        };
        let updated = self.client.clone().update(request).await?.into_inner();
        Ok(Resource {
            inputs,
            outputs: from_struct(&updated.properties.unwrap()),
            ..old.clone()
        })
    }

    pub(crate) async fn delete(&self, resource: &Resource) -> Result<(), Status> {
        let request = rpc::DeleteRequest {
            id: resource.id.clone(),
            urn: resource.urn.clone(),
            properties: Some(to_struct(&resource.outputs)),
            old_inputs: Some(to_struct(&resource.inputs)),
            ..Default::default()
        };
        self.client.clone().delete(request).await.map(|_| ())
    }

    pub(crate) async fn read(&self, resource: &Resource) -> rpc::ReadResponse {
        let request = rpc::ReadRequest {
            id: resource.id.clone(),
            urn: resource.urn.clone(),
            properties: Some(to_struct(&resource.outputs)),
            inputs: Some(to_struct(&resource.inputs)),
            ..Default::default()
        };
        self.client
            .clone()
            .read(request)
            .await
            .unwrap()
            .into_inner()
    }

    /// What there is in the cloud.
    pub(crate) fn state(&self) -> Value {
        serde_json::from_slice(&fs::read(self.cloud.path().join("cloud.json")).unwrap()).unwrap()
    }

    pub(crate) fn set_state(&self, state: &Value) {
        self.write("cloud.json", state);
    }

    /// Changes a property of a resource behind the engine's back.
    pub(crate) fn drift(&self, resource: &Resource, property: &str, value: Value) {
        let mut state = self.state();
        let resources = state["resources"].as_object_mut().unwrap();
        let found = resources
            .values_mut()
            .find(|record| record["id"] == json!(resource.id));
        found.unwrap()["properties"][property] = value;
        self.set_state(&state);
    }

    pub(crate) fn write(&self, file: &str, value: &Value) {
        fs::write(self.cloud.path().join(file), value.to_string()).unwrap();
    }

    /// What was done, without what was only read.
    pub(crate) fn operations(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.cloud.path().join("operations.jsonl")).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// What a check says, as the engine would stop at it.
fn refused(checked: &rpc::CheckResponse) -> Result<(), Status> {
    let failures = checked.failures.iter();
    let failures: Vec<_> = failures
        .map(|failure| format!("{} {}", failure.property, failure.reason))
        .collect();
    match failures.is_empty() {
        true => Ok(()),
        false => Err(Status::invalid_argument(failures.join("; "))),
    }
}

fn token_and_name(urn: &str) -> (String, String) {
    let mut parts = urn.split("::").skip(2);
    let token = parts.next().unwrap().rsplit('$').next().unwrap().to_owned();
    (token, parts.next().unwrap().to_owned())
}

pub(crate) const API: &str = "aws:apigatewayv2/api:Api";
pub(crate) const AUTHORIZER: &str = "aws:apigatewayv2/authorizer:Authorizer";
pub(crate) const DEPLOYMENT: &str = "aws:apigatewayv2/deployment:Deployment";
pub(crate) const INTEGRATION: &str = "aws:apigatewayv2/integration:Integration";
pub(crate) const ROUTE: &str = "aws:apigatewayv2/route:Route";
pub(crate) const ROUTE_RESPONSE: &str = "aws:apigatewayv2/routeResponse:RouteResponse";
pub(crate) const STAGE: &str = "aws:apigatewayv2/stage:Stage";
pub(crate) const FUNCTION: &str = "aws:lambda/function:Function";
pub(crate) const PERMISSION: &str = "aws:lambda/permission:Permission";
pub(crate) const MAPPING: &str = "aws:lambda/eventSourceMapping:EventSourceMapping";
pub(crate) const ROLE: &str = "aws:iam/role:Role";
pub(crate) const ROLE_POLICY: &str = "aws:iam/rolePolicy:RolePolicy";
pub(crate) const ATTACHMENT: &str = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";
pub(crate) const TABLE: &str = "aws:dynamodb/table:Table";
pub(crate) const QUEUE: &str = "aws:sqs/queue:Queue";
pub(crate) const POOL: &str = "aws:cognito/userPool:UserPool";
pub(crate) const CLIENT: &str = "aws:cognito/userPoolClient:UserPoolClient";
pub(crate) const GROUP: &str = "aws:cloudwatch/logGroup:LogGroup";

/// Who may assume a role.
pub(crate) const TRUST: &str = r#"{"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#;

/// Inputs of a function that are right but for what each test has to say.
pub(crate) fn function(role: &Resource) -> Value {
    function_of(&role.text("arn"))
}

/// The same for a role that is known by its ARN.
pub(crate) fn function_of(role: &str) -> Value {
    json!({
        "role": role,
        "s3Bucket": "code",
        "s3Key": "function.zip",
        "runtime": "provided.al2023",
        "handler": "bootstrap",
    })
}

impl Engine {
    /// A WebSocket API.
    pub(crate) async fn api(&self) -> Resource {
        let selection = "$request.body.action";
        let inputs = json!({"protocolType": "WEBSOCKET", "routeSelectionExpression": selection});
        self.create(API, "sockets", inputs).await
    }

    pub(crate) async fn role(&self) -> Resource {
        self.create(ROLE, "role", json!({"assumeRolePolicy": TRUST}))
            .await
    }

    pub(crate) async fn mock(&self, api: &Resource) -> Resource {
        let inputs = json!({"apiId": api.id, "integrationType": "MOCK"});
        self.create(INTEGRATION, "mock", inputs).await
    }

    pub(crate) async fn route(&self, api: &Resource, key: &str, mock: &Resource) -> Resource {
        let target = format!("integrations/{}", mock.id);
        let inputs = json!({"apiId": api.id, "routeKey": key, "target": target});
        self.create(ROUTE, key, inputs).await
    }
}
