//! A program on the other side of the wire.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use prost_types::Struct;
use pulumi::{PropertyValue, wire};
use pulumi_gestalt_proto::pulumi::pulumirpc::engine_client::EngineClient;
use pulumi_gestalt_proto::pulumi::pulumirpc::resource_monitor_client::ResourceMonitorClient;
use pulumi_gestalt_proto::pulumi::pulumirpc::{
    LogRequest, LogSeverity, RegisterResourceOutputsRequest, RegisterResourceRequest,
    RegisterResourceResponse,
};
use tidegate_local_cloud::{Cloud, Endpoints};
use tidegate_local_engine::{Deployment, Message, OnMessage, RunError, Server};
use tonic::transport::Channel;
use tonic::{Code, Status};

pub(crate) const STACK: &str = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev";

/// An object, as it travels.
pub(crate) type Object = BTreeMap<String, PropertyValue>;

/// A cloud with nothing in it.
pub(crate) fn cloud() -> Cloud {
    Cloud::new(Endpoints {
        region: "eu-central-1".to_owned(),
        account: "123456789012".to_owned(),
        websocket_apis: vec!["ws://127.0.0.1:4000".to_owned()],
        http_apis: vec!["http://127.0.0.1:4002".to_owned()],
        distributions: vec!["127.0.0.1:4003".to_owned()],
        queues: "http://127.0.0.1:4003".to_owned(),
        identity: "127.0.0.1:4001".to_owned(),
        program_directory: PathBuf::from("."),
    })
}

/// Messages, as they came.
#[derive(Clone, Default)]
pub(crate) struct Messages(Arc<Mutex<Vec<Message>>>);

impl Messages {
    pub(crate) fn listener(&self) -> OnMessage {
        let messages = Arc::clone(&self.0);
        Arc::new(move |message| messages.lock().unwrap().push(message))
    }

    pub(crate) fn all(&self) -> Vec<Message> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn texts(&self) -> Vec<String> {
        self.all().into_iter().map(|message| message.text).collect()
    }
}

/// A program that talks to an engine.
pub(crate) struct Program {
    pub(crate) server: Server,
    pub(crate) monitor: ResourceMonitorClient<Channel>,
    pub(crate) engine: EngineClient<Channel>,
    pub(crate) messages: Messages,
}

/// The clients of an engine at an address.
pub(crate) async fn connect(
    address: impl std::fmt::Display,
) -> (ResourceMonitorClient<Channel>, EngineClient<Channel>) {
    let address = format!("http://{address}");
    (
        ResourceMonitorClient::connect(address.clone())
            .await
            .unwrap(),
        EngineClient::connect(address).await.unwrap(),
    )
}

impl Program {
    /// A program that has registered nothing.
    pub(crate) async fn bare() -> Self {
        let messages = Messages::default();
        let server = Server::start("shop", "dev", messages.listener(), cloud())
            .await
            .unwrap();
        let (monitor, engine) = connect(server.address()).await;
        Self {
            server,
            monitor,
            engine,
            messages,
        }
    }

    /// A program that has registered its stack.
    pub(crate) async fn new() -> Self {
        let program = Self::bare().await;
        assert_eq!(program.register(stack()).await.unwrap().urn, STACK);
        program
    }

    pub(crate) async fn register(
        &self,
        request: RegisterResourceRequest,
    ) -> Result<RegisterResourceResponse, Status> {
        let response = self.monitor.clone().register_resource(request).await;
        response.map(tonic::Response::into_inner)
    }

    pub(crate) async fn register_outputs(&self, urn: &str, outputs: Object) -> Result<(), Status> {
        let request = RegisterResourceOutputsRequest {
            urn: urn.to_owned(),
            outputs: Some(wire::to_struct(&outputs).unwrap()),
        };
        let mut monitor = self.monitor.clone();
        monitor.register_resource_outputs(request).await.map(drop)
    }

    pub(crate) async fn log(&self, severity: LogSeverity, message: &str) {
        let request = LogRequest {
            severity: severity.into(),
            message: message.to_owned(),
            ..LogRequest::default()
        };
        self.engine.clone().log(request).await.unwrap();
    }

    pub(crate) fn finish(self) -> Result<Deployment, RunError> {
        self.server.finish()
    }

    /// Registers something that must be refused; gives the message, which is also the run's.
    pub(crate) async fn refused(self, request: RegisterResourceRequest) -> (Code, String) {
        let status = self.register(request).await.unwrap_err();
        let messages = match self.finish() {
            Err(RunError::Failed { messages }) => messages,
            other => panic!("the run did not fail: {other:?}"),
        };
        assert_eq!(messages, [status.message()]);
        (status.code(), status.message().to_owned())
    }
}

/// An object of these fields.
pub(crate) fn object<const N: usize>(fields: [(&str, PropertyValue); N]) -> Object {
    let owned = fields.map(|(name, value)| (name.to_owned(), value));
    owned.into_iter().collect()
}

pub(crate) fn text(value: &str) -> PropertyValue {
    value.into()
}

pub(crate) fn number(value: f64) -> PropertyValue {
    PropertyValue::Number(value)
}

pub(crate) fn secret(value: impl Into<PropertyValue>) -> PropertyValue {
    PropertyValue::Secret(Box::new(value.into()))
}

pub(crate) fn fields<const N: usize>(fields: [(&str, PropertyValue); N]) -> PropertyValue {
    PropertyValue::Object(object(fields))
}

pub(crate) fn stack() -> RegisterResourceRequest {
    component("pulumi:pulumi:Stack", "shop-dev", "")
}

pub(crate) fn component(type_token: &str, name: &str, parent: &str) -> RegisterResourceRequest {
    RegisterResourceRequest {
        r#type: type_token.to_owned(),
        name: name.to_owned(),
        parent: parent.to_owned(),
        custom: false,
        object: Some(Struct::default()),
        accept_secrets: true,
        ..RegisterResourceRequest::default()
    }
}

pub(crate) fn resource(type_token: &str, name: &str, inputs: &Object) -> RegisterResourceRequest {
    RegisterResourceRequest {
        custom: true,
        object: Some(wire::to_struct(inputs).unwrap()),
        ..component(type_token, name, STACK)
    }
}

pub(crate) fn log_group(name: &str) -> RegisterResourceRequest {
    resource("aws:cloudwatch/logGroup:LogGroup", name, &Object::new())
}

/// The inputs of a table that fits.
pub(crate) fn table_inputs() -> Object {
    let attribute = fields([("name", text("pk")), ("type", text("S"))]);
    object([
        ("billingMode", text("PAY_PER_REQUEST")),
        ("hashKey", text("pk")),
        ("attributes", PropertyValue::Array(vec![attribute])),
    ])
}

pub(crate) fn outputs(response: RegisterResourceResponse) -> Object {
    wire::from_struct(&response.object.unwrap()).unwrap()
}
