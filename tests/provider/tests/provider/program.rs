//! The program's own resources: the embedded engine runs it, and the provider takes all that it registers.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use tidegate_contract::functions::Function;
use tidegate_contract::manifest::{Executable, Executables, MANIFEST_VARIABLE};
use tidegate_local_cloud::{Cloud, Endpoints};
use tidegate_local_engine::{Deployment, RunOptions};
use tidegate_local_schema::json::revealed;

use crate::support::*;

/// The program, as it was built with this test.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let path = test.ancestors().nth(2).unwrap().join("tidegate-program");
    assert!(
        path.is_file(),
        "{} is not built: run the tests with `cargo xtask test`",
        path.display()
    );
    path
}

/// What the program registers, with code that nobody would run.
async fn planned() -> Deployment {
    let folder = tempfile::tempdir().unwrap();
    let code = folder.path().join("bootstrap");
    std::fs::write(&code, "no code").unwrap();
    let build = Executable { bootstrap: code };
    let functions = Function::ALL.iter();
    let manifest = Executables {
        functions: functions
            .map(|function| (function.name().to_owned(), build.clone()))
            .collect(),
    };
    let path = folder.path().join("manifest.json");
    std::fs::write(&path, serde_json::to_vec(&manifest).unwrap()).unwrap();
    let namespaces = r#"{"room": {"subscribe": "signedIn", "publish": "signedIn"}}"#;
    let config = [
        ("aws:region", "us-east-1"),
        ("tidegate:namespaces", namespaces),
    ];
    let options = RunOptions {
        binary: program(),
        directory: folder.path().to_owned(),
        project: "tidegate".to_owned(),
        stack: "test".to_owned(),
        organization: "organization".to_owned(),
        config: config
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
        secret_keys: [].into(),
        environment: vec![(MANIFEST_VARIABLE.to_owned(), path.display().to_string())],
        on_message: Arc::new(|_| {}),
    };
    let cloud = Cloud::new(Endpoints {
        region: "us-east-1".to_owned(),
        account: "000000000000".to_owned(),
        websocket_apis: vec!["ws://127.0.0.1:4000".to_owned()],
        http_apis: vec!["http://127.0.0.1:4002".to_owned()],
        distributions: vec!["127.0.0.1:4003".to_owned()],
        queues: "http://127.0.0.1:4003".to_owned(),
        identity: "127.0.0.1:4001".to_owned(),
        program_directory: folder.path().to_owned(),
    });
    tidegate_local_engine::run(options, cloud).await.unwrap()
}

/// What the embedded engine's cloud called things, and what they are called here.
#[derive(Default)]
struct Names(BTreeMap<String, String>);

impl Names {
    fn learn(&mut self, theirs: &Value, ours: &Value) {
        if let (Value::String(theirs), Value::String(ours)) = (theirs, ours)
            && theirs != ours
            && !theirs.is_empty()
        {
            self.0.insert(theirs.clone(), ours.clone());
        }
    }

    fn translate(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => {
                // The longest first: an id is a part of an ARN. A text may name several: an alarm over alarms.
                let mut names: Vec<_> = self.0.iter().collect();
                names.sort_by_key(|(theirs, _)| std::cmp::Reverse(theirs.len()));
                let text = names.iter().fold(text.clone(), |text, (theirs, ours)| {
                    text.replace(theirs.as_str(), ours)
                });
                json!(text)
            }
            Value::Array(items) => items.iter().map(|item| self.translate(item)).collect(),
            Value::Object(fields) => {
                let fields = fields.iter();
                let fields = fields.map(|(name, value)| (name.clone(), self.translate(value)));
                Value::Object(fields.collect())
            }
            other => other.clone(),
        }
    }
}

#[tokio::test]
async fn the_provider_takes_the_whole_program_and_gives_the_outputs_that_the_embedded_engine_gives()
{
    let deployment = planned().await;
    let engine = Engine::start().await;
    let mut names = Names::default();
    let mut made = Vec::new();
    for resource in deployment
        .resources
        .iter()
        .filter(|resource| resource.custom)
    {
        let token = resource.type_token.as_str();
        let inputs = resource.inputs.iter().filter(|(name, _)| *name != "code");
        let inputs: Map<_, _> = inputs
            .map(|(name, value)| (name.clone(), revealed(value)))
            .collect();
        let mut inputs = names.translate(&Value::Object(inputs));
        if token == FUNCTION {
            // What the archive is of does not matter here.
            inputs["s3Bucket"] = json!("code");
            inputs["s3Key"] = json!("function.zip");
        }
        let ours = engine.create(token, &resource.name, inputs).await;
        let theirs: Map<_, _> = resource
            .outputs
            .iter()
            .map(|(name, value)| (name.clone(), revealed(value)))
            .collect();
        names.learn(&json!(resource.id), &json!(ours.id));
        for (name, value) in &theirs {
            names.learn(value, &ours.outputs[name]);
        }
        let keys = |fields: &Map<String, Value>| -> Vec<String> {
            let keys = fields
                .keys()
                .filter(|key| !["code", "s3Bucket", "s3Key"].contains(&key.as_str()));
            keys.cloned().collect()
        };
        assert_eq!(
            keys(ours.outputs.as_object().unwrap()),
            keys(&theirs),
            "{token} {}",
            resource.name
        );
        let empty = |value: &Value| match value {
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(fields) => fields.is_empty(),
            _ => false,
        };
        for (output, value) in &theirs {
            let both = empty(value) == empty(&ours.outputs[output]);
            assert!(
                both,
                "{token} {output}: {value} there, {} here",
                ours.outputs[output]
            );
        }
        made.push(ours);
    }
    assert!(!made.is_empty());
    // The reverse of a right order is right too.
    for resource in made.iter().rev() {
        engine.delete(resource).await.unwrap();
    }
    assert_eq!(engine.state()["resources"], json!({}));
}
