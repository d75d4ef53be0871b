//! The other side of the wire: an engine on a real socket that records what it is sent.

mod services;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::{Arc, Mutex};

use pulumi::{BoxError, Context, Failure, PropertyValue, Settings, wire};
use pulumi_gestalt_proto::pulumi::pulumirpc::engine_server::EngineServer;
use pulumi_gestalt_proto::pulumi::pulumirpc::resource_monitor_server::ResourceMonitorServer;
use pulumi_gestalt_proto::pulumi::pulumirpc::{
    LogRequest, LogSeverity, ReadResourceRequest, RegisterResourceOutputsRequest,
    RegisterResourceRequest, ResourceCallRequest, ResourceInvokeRequest,
};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Code, Status};

/// An object, as it travels.
pub(crate) type Object = BTreeMap<String, PropertyValue>;

/// An engine that is about to be asked, and how it will answer.
#[derive(Clone)]
pub(crate) struct Fake {
    pub(crate) settings: Settings,
    pub(crate) behaviour: Behaviour,
}

/// How the engine answers.
#[derive(Clone, Default)]
pub(crate) struct Behaviour {
    dry_run: bool,
    /// `None`: an engine that knows no such question.
    features: Option<BTreeSet<&'static str>>,
    outputs: BTreeMap<&'static str, Object>,
    refusals: BTreeMap<&'static str, (Code, &'static str)>,
    failures: BTreeMap<&'static str, (&'static str, &'static str)>,
    skipped: BTreeSet<&'static str>,
    probe: Option<Code>,
    shutdown: Option<Code>,
    log: Option<Code>,
}

/// What the engine was sent.
#[derive(Default)]
pub(crate) struct Record {
    pub(crate) registered: Vec<RegisterResourceRequest>,
    pub(crate) outputs: Vec<RegisterResourceOutputsRequest>,
    pub(crate) reads: Vec<ReadResourceRequest>,
    pub(crate) invokes: Vec<ResourceInvokeRequest>,
    pub(crate) calls: Vec<ResourceCallRequest>,
    pub(crate) logs: Vec<LogRequest>,
    pub(crate) root: Option<String>,
    pub(crate) shutdowns: usize,
}

/// A run of a program against the engine.
pub(crate) struct Run<T = Result<(), Failure>> {
    pub(crate) result: T,
    pub(crate) record: Record,
}

/// The URN that the engine gives to a resource.
pub(crate) fn urn(type_token: &str, name: &str) -> String {
    format!("urn:pulumi:dev::shop::{type_token}::{name}")
}

/// An object of these fields.
pub(crate) fn object<const N: usize>(fields: [(&str, PropertyValue); N]) -> Object {
    fields
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

/// A secret.
pub(crate) fn secret(value: impl Into<PropertyValue>) -> PropertyValue {
    PropertyValue::Secret(Box::new(value.into()))
}

impl Fake {
    pub(crate) fn update() -> Self {
        let vars = BTreeMap::from([
            ("PULUMI_MONITOR", "set when it listens"),
            ("PULUMI_ENGINE", "set when it listens"),
            ("PULUMI_PROJECT", "shop"),
            ("PULUMI_STACK", "dev"),
        ]);
        let lookup = |name: &str| vars.get(name).map(|&value| value.to_owned());
        Self {
            settings: Settings::from_lookup(lookup).unwrap(),
            behaviour: Behaviour {
                features: Some(BTreeSet::from([
                    "secrets",
                    "resourceReferences",
                    "outputValues",
                    "aliasSpecs",
                    "deletedWith",
                    "replaceWith",
                    "replacementTrigger",
                ])),
                ..Behaviour::default()
            },
        }
    }

    pub(crate) fn preview() -> Self {
        let mut fake = Self::update();
        fake.settings.dry_run = true;
        fake.behaviour.dry_run = true;
        fake
    }

    /// The provider's outputs of a resource, beside its inputs; or what a function returns, by its token.
    pub(crate) fn outputs<const N: usize>(
        mut self,
        name: &'static str,
        outputs: [(&str, PropertyValue); N],
    ) -> Self {
        self.behaviour.outputs.insert(name, object(outputs));
        self
    }

    pub(crate) fn refuses(mut self, name: &'static str, code: Code, message: &'static str) -> Self {
        self.behaviour.refusals.insert(name, (code, message));
        self
    }

    /// A function that refuses an argument.
    pub(crate) fn refuses_argument(
        mut self,
        function: &'static str,
        argument: &'static str,
        reason: &'static str,
    ) -> Self {
        self.behaviour.failures.insert(function, (argument, reason));
        self
    }

    pub(crate) fn skips(mut self, name: &'static str) -> Self {
        self.behaviour.skipped.insert(name);
        self
    }

    pub(crate) fn supports(mut self, features: &[&'static str]) -> Self {
        self.behaviour.features = Some(features.iter().copied().collect());
        self
    }

    /// Answers the question for a feature with a failure.
    pub(crate) fn fails_probe(mut self, code: Code) -> Self {
        self.behaviour.probe = Some(code);
        self
    }

    pub(crate) fn fails_shutdown(mut self, code: Code) -> Self {
        self.behaviour.shutdown = Some(code);
        self
    }

    pub(crate) fn fails_log(mut self, code: Code) -> Self {
        self.behaviour.log = Some(code);
        self
    }

    pub(crate) fn config(mut self, key: &str, value: &str) -> Self {
        self.settings.config.insert(key.into(), value.into());
        self
    }

    pub(crate) fn secret_config(mut self, key: &str, value: &str) -> Self {
        self.settings.config_secret_keys.insert(key.into());
        self.config(key, value)
    }

    /// Runs a program in this process.
    pub(crate) async fn run<P, F>(self, program: P) -> Run
    where
        P: FnOnce(Context) -> F,
        F: Future<Output = Result<(), BoxError>>,
    {
        self.serve(|settings| pulumi::run_with(settings, program))
            .await
    }

    /// Listens as long as something runs.
    pub(crate) async fn serve<P, F, T>(mut self, program: P) -> Run<T>
    where
        P: FnOnce(Settings) -> F,
        F: Future<Output = T>,
    {
        let record = Arc::new(Mutex::new(Record::default()));
        let services = services::Services::new(self.behaviour, Arc::clone(&record));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let server = tokio::spawn(
            tonic::transport::Server::builder()
                .add_service(ResourceMonitorServer::new(services.clone()))
                .add_service(EngineServer::new(services))
                .serve_with_incoming(TcpListenerStream::new(listener)),
        );
        self.settings.monitor.clone_from(&address);
        self.settings.engine = address;
        let result = program(self.settings).await;
        server.abort();
        let record = std::mem::take(&mut *record.lock().unwrap());
        Run { result, record }
    }
}

impl Run {
    /// The run, if it succeeded.
    pub(crate) fn ok(self) -> Record {
        if let Err(failure) = &self.result {
            let reports: Vec<_> = failure.errors().iter().map(|e| pulumi::report(e)).collect();
            panic!("{}", reports.join("\n"));
        }
        self.record
    }

    /// What failed, each with its causes.
    pub(crate) fn reports(&self) -> Vec<String> {
        match &self.result {
            Ok(()) => Vec::new(),
            Err(failure) => failure.errors().iter().map(|e| pulumi::report(e)).collect(),
        }
    }

    pub(crate) fn shown(&self) -> bool {
        self.result.as_ref().is_err_and(Failure::shown)
    }
}

impl Record {
    /// The registration of the resource with this name.
    pub(crate) fn resource(&self, name: &str) -> &RegisterResourceRequest {
        let names: Vec<_> = self.registered.iter().map(|r| &r.name).collect();
        self.registered
            .iter()
            .find(|request| request.name == name)
            .unwrap_or_else(|| panic!("no `{name}` among {names:?}"))
    }

    /// What the resource with this name was given.
    pub(crate) fn inputs(&self, name: &str) -> Object {
        wire::from_struct(self.resource(name).object.as_ref().unwrap()).unwrap()
    }

    /// The outputs of the component or the stack with this URN.
    pub(crate) fn outputs_of(&self, urn: &str) -> Object {
        let request = self
            .outputs
            .iter()
            .find(|request| request.urn == urn)
            .unwrap_or_else(|| panic!("no outputs of `{urn}`"));
        wire::from_struct(request.outputs.as_ref().unwrap()).unwrap()
    }

    /// The outputs of the stack.
    pub(crate) fn exports(&self) -> Object {
        self.outputs_of(&urn("pulumi:pulumi:Stack", "shop-dev"))
    }

    /// The messages of this severity.
    pub(crate) fn messages(&self, severity: LogSeverity) -> Vec<&str> {
        self.logs
            .iter()
            .filter(|log| log.severity() == severity)
            .map(|log| log.message.as_str())
            .collect()
    }
}

fn failure(code: Option<Code>) -> Result<(), Status> {
    match code {
        None => Ok(()),
        Some(code) => Err(Status::new(code, "as the test wants it")),
    }
}
