//! Runs the program against mocks.

use std::collections::{BTreeMap, BTreeSet};

use pulumi::testing::{Declared, Deployment, MockResource, MockState, Mocks, Test};
use pulumi::{BoxError, Failure, FromValue, PropertyValue, Urn};
use serde_json::{Value, json};
use tidegate_plan::Plan;

/// What a provider says of a resource beside what it was given, as far as the program asks for it.
struct Cloud;

const ACCOUNT: &str = "000000000000";
const REGION: &str = "eu-central-1";

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
    test.run(|ctx| async move { tidegate_program::system(ctx, Some(&manifest)).await })
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

/// What is declared, as a plan that traps are looked for in.
pub(crate) fn plan(deployment: &Deployment) -> Plan {
    let resources = deployment.resources.iter().map(|resource| {
        let inputs = resource.inputs.iter();
        let inputs: BTreeMap<_, _> = inputs.map(|(name, value)| (name, shown(value))).collect();
        let urns = |urns: &BTreeSet<Urn>| urns.iter().map(Urn::to_string).collect::<Vec<_>>();
        let of_properties = resource.property_dependencies.iter();
        let of_properties: BTreeMap<_, _> =
            of_properties.map(|(name, on)| (name, urns(on))).collect();
        json!({
            "urn": resource.urn.to_string(),
            "type": resource.type_token,
            "name": resource.name,
            "custom": resource.custom,
            "inputs": inputs,
            "dependencies": urns(&resource.dependencies),
            "propertyDependencies": of_properties,
            "protect": resource.protect.unwrap_or_default(),
        })
    });
    let outputs = deployment.outputs.iter();
    let outputs: BTreeMap<_, _> = outputs.map(|(name, value)| (name, shown(value))).collect();
    let resources: Vec<Value> = resources.collect();
    let document = json!({"region": REGION, "resources": resources, "outputs": outputs});
    Plan::read(document.to_string().as_bytes()).unwrap()
}

/// A value as `tidegate plan --json` writes it.
fn shown(value: &PropertyValue) -> Value {
    match value {
        PropertyValue::Secret(_) => json!("[secret]"),
        PropertyValue::Unknown => json!("[unknown]"),
        PropertyValue::Output(output) if output.secret => json!("[secret]"),
        PropertyValue::Output(output) => output.value.as_deref().map_or(json!("[unknown]"), shown),
        PropertyValue::Array(items) => items.iter().map(shown).collect(),
        PropertyValue::Object(fields) => {
            let fields = fields.iter();
            fields
                .map(|(name, value)| (name.clone(), shown(value)))
                .collect()
        }
        // An asset is none of JSON's kinds.
        other => Value::from_value(other.clone()).unwrap_or_default(),
    }
}
