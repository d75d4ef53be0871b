//! Runs the program against mocks.

use std::collections::BTreeMap;

use pulumi::testing::{Declared, Deployment, MockResource, MockState, Mocks, Test};
use pulumi::{BoxError, Failure, FromValue, PropertyValue};
use serde_json::{Value, json};
use tidegate_program::CodeSource;

/// What a provider says of a resource beside what it was given, as far as the program asks for it.
struct Cloud;

const ACCOUNT: &str = "000000000000";

impl Mocks for Cloud {
    fn new_resource(&self, resource: &MockResource) -> Result<MockState, BoxError> {
        let MockResource {
            type_token, name, ..
        } = resource;
        let kind = type_token
            .rsplit(':')
            .next()
            .unwrap_or_default()
            .to_lowercase();
        let mut state = MockState::of(resource);
        // The ids of each kind are apart: two resources may have one name.
        state.id(format!("{kind}-{name}"));
        for (output, value) in [
            (
                "arn",
                format!("arn:aws:mock:eu-central-1:{ACCOUNT}:{kind}/{name}"),
            ),
            ("apiEndpoint", format!("wss://{name}.example")),
            ("endpoint", format!("idp.example/{name}")),
            (
                "executionArn",
                format!("arn:aws:execute-api:eu-central-1:{ACCOUNT}:{name}"),
            ),
            (
                "invokeArn",
                format!("arn:aws:apigateway:eu-central-1:lambda:{name}"),
            ),
            ("invokeUrl", format!("wss://{name}.example/stage")),
            ("name", format!("{name}-1234567")),
        ] {
            if !resource.inputs.contains_key(output) {
                state.output(output, value);
            }
        }
        Ok(state)
    }
}

/// The namespaces that every stack must have.
const NAMESPACES: &str = r#"{"room": {"subscribe": "signedIn", "publish": "signedIn"}}"#;

/// Every variant of the configuration that changes what is declared.
pub(crate) fn variants() -> Vec<BTreeMap<&'static str, &'static str>> {
    vec![
        BTreeMap::new(),
        BTreeMap::from([(
            "gateway",
            r#"{"stage": "v1", "throttle": {"rate": 1, "burst": 1}}"#,
        )]),
        BTreeMap::from([
            (
                "functions",
                r#"{"memoryMb": 1024, "logRetentionDays": 365}"#,
            ),
            (
                "identity",
                r#"{"accessTokenMinutes": 60, "deletionProtection": true}"#,
            ),
            (
                "registry",
                r#"{"pointInTimeRecovery": true, "deletionProtection": true}"#,
            ),
            ("tags", r#"{"team": "chat"}"#),
        ]),
    ]
}

/// Runs the program with this configuration.
pub(crate) fn run(config: &BTreeMap<&str, &str>) -> Result<Deployment, Failure> {
    let folder = tempfile::tempdir().unwrap();
    let functions = ["authorizer", "connect", "disconnect", "message"];
    let builds: BTreeMap<_, _> = functions
        .map(|name| (name, json!({"bootstrap": format!("/builds/{name}")})))
        .into();
    let manifest = folder.path().join("builds.json");
    std::fs::write(&manifest, json!({"functions": builds}).to_string()).unwrap();
    let mut test = Test::new(Cloud).project("tidegate").stack("dev");
    test = test.config("tidegate:namespaces", NAMESPACES);
    for (key, value) in config {
        test = test.config(format!("tidegate:{key}"), *value);
    }
    let code = CodeSource::Manifest(manifest);
    test.run(|ctx| async move { tidegate_program::system(ctx, &code).await })
}

/// What is declared, in every variant of the configuration.
pub(crate) fn every_plan(check: impl Fn(&Deployment)) {
    for config in variants() {
        match run(&config) {
            Ok(deployment) => check(&deployment),
            Err(failure) => panic!("{config:?}: {}", pulumi::report(&failure.errors()[0])),
        }
    }
}

/// An input as JSON; null where it is not given.
pub(crate) fn input(resource: &Declared, property: &str) -> Value {
    let value = resource.inputs.get(property).cloned();
    let plain = value.unwrap_or(PropertyValue::Null).unwrapped().value;
    Value::from_value(plain.unwrap_or(PropertyValue::Null)).unwrap()
}
