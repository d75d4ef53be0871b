//! What the program declares, made by the model of the cloud.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use pulumi::testing::{MockResource, MockState, Mocks, Test};
use pulumi::{BoxError, PropertyValue};
use serde_json::{Map, Value, json};
use tidegate_contract::functions::Function;
use tidegate_local_cloud::system::System;
use tidegate_local_cloud::{Cloud, Endpoints, NewResource};
use tidegate_local_schema::json::{from_json, revealed};
use tidegate_program::CodeSource;

pub(crate) const STACK: &str = "tidegate/dev";

/// What the program declared in one variant of its configuration.
#[derive(Debug, Clone)]
pub struct Planned {
    /// What there is.
    pub system: System,
    /// The name, or the id of what has none, of each resource: by its type and its name in the program.
    names: BTreeMap<(String, String), String>,
}

/// The model of the cloud as the program's provider.
struct Provider(Arc<Mutex<Made>>);

struct Made {
    cloud: Cloud,
    names: BTreeMap<(String, String), String>,
}

impl Mocks for Provider {
    fn new_resource(&self, resource: &MockResource) -> Result<MockState, BoxError> {
        let mut state = MockState::of(resource);
        if !resource.custom {
            return Ok(state);
        }
        let MockResource {
            type_token, name, ..
        } = resource;
        let inputs = resource.inputs.iter();
        let inputs: Map<String, Value> = inputs
            .filter(|(_, value)| !matches!(value, PropertyValue::Null))
            .map(|(name, value)| (name.clone(), revealed(value)))
            .collect();
        let mut made = self.0.lock().unwrap();
        let created = made.cloud.create(&NewResource {
            urn: &format!("urn:pulumi:dev::tidegate::{type_token}::{name}"),
            type_token,
            name,
            inputs: &inputs,
        })?;
        let known = created.outputs.get("name").and_then(Value::as_str);
        let known = known.unwrap_or(&created.id).to_owned();
        let key = (type_token.clone(), name.clone());
        made.names.insert(key, known);
        state.id(created.id);
        state.output("region", made.cloud.region());
        for (name, value) in created.outputs {
            state.output(name, from_json(value));
        }
        Ok(state)
    }
}

impl Planned {
    /// Runs the program as the stack `dev` with these settings, and with the namespace that every stack must have.
    #[must_use]
    pub fn with(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let cloud = Cloud::new(Endpoints {
            region: "eu-central-1".to_owned(),
            account: "000000000000".to_owned(),
            websocket_apis: (0..3).map(|it| format!("ws://127.0.0.1:400{it}")).collect(),
            http_apis: vec!["http://127.0.0.1:4010".to_owned()],
            distributions: vec!["127.0.0.1:4011".to_owned()],
            queues: "http://127.0.0.1:4012".to_owned(),
            identity: "127.0.0.1:4013".to_owned(),
            program_directory: folder.path().to_owned(),
        });
        let made = Arc::new(Mutex::new(Made {
            cloud,
            names: BTreeMap::new(),
        }));
        let mut test = Test::new(Provider(Arc::clone(&made)))
            .project("tidegate")
            .stack("dev")
            .config(
                "tidegate:namespaces",
                r#"{"room": {"subscribe": "signedIn", "publish": "signedIn"}}"#,
            );
        for (key, value) in settings {
            test = test.config(format!("tidegate:{key}"), *value);
        }
        let code = CodeSource::Manifest(manifest(folder.path()));
        let ran = test.run(|ctx| async move { tidegate_program::system(ctx, &code).await });
        if let Err(failure) = ran {
            let errors = failure.errors().iter().map(|it| pulumi::report(it));
            panic!("{settings:?}: {}", errors.collect::<Vec<_>>().join("\n"));
        }
        let made = made.lock().unwrap();
        Self {
            system: made.cloud.system(),
            names: made.names.clone(),
        }
    }

    /// What the resource with this name in the program is called.
    #[must_use]
    pub fn name(&self, type_token: &str, name: &str) -> &str {
        let key = (type_token.to_owned(), name.to_owned());
        self.names
            .get(&key)
            .unwrap_or_else(|| panic!("the program declares no {type_token} {name}"))
    }

    /// The names in the program of all resources of a type.
    pub fn all(&self, type_token: &str) -> impl Iterator<Item = &str> {
        let all = self.names.keys().filter(move |(of, _)| of == type_token);
        all.map(|(_, name)| name.as_str())
    }
}

/// Builds of all functions, of code that nobody runs.
fn manifest(folder: &Path) -> std::path::PathBuf {
    let bootstrap = folder.join("bootstrap");
    std::fs::write(&bootstrap, "no code").unwrap();
    let functions = Function::ALL.map(Function::name);
    let builds: BTreeMap<_, _> = functions
        .map(|name| (name, json!({ "bootstrap": bootstrap })))
        .into();
    let path = folder.join("builds.json");
    std::fs::write(&path, json!({ "functions": builds }).to_string()).unwrap();
    path
}
