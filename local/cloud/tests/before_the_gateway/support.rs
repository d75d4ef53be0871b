//! A cloud, and what is put into it.

use serde_json::{Map, Value, json};
use tidegate_local_cloud::system::System;
use tidegate_local_cloud::{Cloud, Created, Endpoints, NewResource};

pub(crate) const API: &str = "aws:apigatewayv2/api:Api";
pub(crate) const CERTIFICATE: &str = "aws:acm/certificate:Certificate";
pub(crate) const STAGE: &str = "aws:apigatewayv2/stage:Stage";

pub(crate) struct Stack(Cloud);

impl Stack {
    /// An empty stack in Frankfurt.
    pub(crate) fn new() -> Self {
        Self(Cloud::new(Endpoints {
            region: "eu-central-1".to_owned(),
            account: "000000000000".to_owned(),
            websocket_apis: vec!["ws://127.0.0.1:4000".to_owned()],
            http_apis: vec!["http://127.0.0.1:4002".to_owned()],
            distributions: vec!["127.0.0.1:4003".to_owned()],
            queues: "http://127.0.0.1:4004".to_owned(),
            identity: "127.0.0.1:4001".to_owned(),
            program_directory: ".".into(),
        }))
    }

    pub(crate) fn system(&self) -> System {
        self.0.system()
    }

    /// Makes a resource that must be taken.
    #[track_caller]
    pub(crate) fn make(&mut self, type_token: &str, name: &str, inputs: &Value) -> Created {
        self.try_make(type_token, name, inputs)
            .unwrap_or_else(|refusal| panic!("{type_token}: {refusal}"))
    }

    /// Why a resource is not taken.
    #[track_caller]
    pub(crate) fn refused(&mut self, type_token: &str, inputs: &Value) -> String {
        match self.try_make(type_token, "refused", inputs) {
            Ok(_) => panic!("taken: {inputs}"),
            Err(refusal) => refusal,
        }
    }

    fn try_make(
        &mut self,
        type_token: &str,
        name: &str,
        inputs: &Value,
    ) -> Result<Created, String> {
        let inputs: &Map<String, Value> = inputs.as_object().unwrap();
        let new = NewResource {
            urn: &format!("urn:pulumi:dev::shop::{type_token}::{name}"),
            type_token,
            name,
            inputs,
        };
        self.0.create(&new).map_err(|refusal| refusal.to_string())
    }

    /// A WebSocket API with the stage `dev`; its id.
    pub(crate) fn sockets(&mut self) -> String {
        let selection = "$request.body.action";
        let inputs = json!({"protocolType": "WEBSOCKET", "routeSelectionExpression": selection});
        let api = self.make(API, "sockets", &inputs).id;
        let integration = self.make(
            "aws:apigatewayv2/integration:Integration",
            "ping",
            &json!({
                "apiId": api, "integrationType": "MOCK", "templateSelectionExpression": "\\$default",
                "requestTemplates": {"$default": r#"{"statusCode":200}"#},
            }),
        );
        let target = format!("integrations/{}", integration.id);
        let route = json!({"apiId": api, "routeKey": "ping", "target": target});
        self.make("aws:apigatewayv2/route:Route", "ping", &route);
        let deployment = "aws:apigatewayv2/deployment:Deployment";
        let deployed = self.make(deployment, "d", &json!({ "apiId": api })).id;
        let stage = json!({"apiId": api, "name": "dev", "deploymentId": deployed});
        self.make(STAGE, "dev", &stage);
        api
    }

    /// A certificate in a Region, whose records are there and which was waited for; its ARN.
    pub(crate) fn certificate(&mut self, domain: &str, region: &str) -> String {
        let inputs = json!({"domainName": domain, "validationMethod": "DNS", "region": region});
        let certificate = self.make(CERTIFICATE, region, &inputs);
        for option in certificate.outputs["domainValidationOptions"]
            .as_array()
            .unwrap()
        {
            let record = json!({
                "zoneId": "Z1", "ttl": 60, "name": option["resourceRecordName"],
                "type": option["resourceRecordType"], "records": [option["resourceRecordValue"]],
                "allowOverwrite": true,
            });
            self.make("aws:route53/record:Record", region, &record);
        }
        let inputs = json!({"certificateArn": certificate.id, "region": region});
        let validation = "aws:acm/certificateValidation:CertificateValidation";
        self.make(validation, region, &inputs).id
    }
}

/// `inputs` with `changed` over them; null takes away.
pub(crate) fn with(inputs: &Value, changed: &Value) -> Value {
    let mut inputs = inputs.clone();
    for (name, value) in changed.as_object().unwrap() {
        match value {
            Value::Null => {
                inputs.as_object_mut().unwrap().remove(name);
            }
            other => inputs[name] = other.clone(),
        }
    }
    inputs
}
