//! Runs the program against mocks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use pulumi::testing::{Declared, Deployment, MockResource, MockState, Mocks, Test};
use pulumi::{BoxError, Failure, FromValue, PropertyValue, Urn};
use serde_json::{Value, json};
use tidegate_contract::functions::Function;
use tidegate_contract::own::OwnRoute;
use tidegate_plan::Plan;
use tidegate_program::CodeSource;

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
        if kind == "userpool" {
            state.id(format!("eu-central-1_{name}"));
        }
        let region = match resource.inputs.get("region") {
            Some(PropertyValue::String(region)) => region.clone(),
            _ => "eu-central-1".to_owned(),
        };
        let named = match resource.inputs.get("name") {
            Some(PropertyValue::String(given)) => given,
            _ => name,
        };
        let arn = arn(&kind, named, &region);
        for (output, value) in [
            ("arn", arn),
            (
                "apiEndpoint",
                match name.as_str() {
                    "http" => format!("https://{name}.example"),
                    _ => format!("wss://{name}.example"),
                },
            ),
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
            ("region", region),
            ("domainName", format!("{name}.cloudfront.example")),
            ("hostedZoneId", "Z2FDTNDATAQYW2".to_owned()),
            ("fqdn", format!("{name}.example")),
            ("version", "1".to_owned()),
            ("url", format!("https://sqs.example/{ACCOUNT}/{name}")),
        ] {
            if !resource.inputs.contains_key(output) {
                state.output(output, value);
            }
        }
        match type_token.as_str() {
            "aws:acm/certificate:Certificate" => {
                let record = [
                    ("resourceRecordName", "_proof.example"),
                    ("resourceRecordValue", "_value.acm.example"),
                    ("resourceRecordType", "CNAME"),
                ];
                let record = record.map(|(name, value)| (name.to_owned(), value.into()));
                let options = vec![PropertyValue::Object(record.into())];
                state.output("domainValidationOptions", PropertyValue::Array(options));
            }
            "aws:apigatewayv2/domainName:DomainName" => {
                let mut configuration = resource.inputs["domainNameConfiguration"].clone();
                if let PropertyValue::Object(fields) = &mut configuration {
                    for (name, value) in [
                        ("targetDomainName", "d-abc.execute-api.example"),
                        ("hostedZoneId", "ZAPI"),
                    ] {
                        fields.insert(name.to_owned(), value.into());
                    }
                }
                state.output("domainNameConfiguration", configuration);
            }
            _ => {}
        }
        Ok(state)
    }
}

/// AWS's rules, to which the program holds what it declares, know ARNs by their form.
fn arn(kind: &str, name: &str, region: &str) -> String {
    let (service, resource) = match kind {
        "role" => return format!("arn:aws:iam::{ACCOUNT}:role/{name}"),
        "distribution" => return format!("arn:aws:cloudfront::{ACCOUNT}:distribution/{name}"),
        "webacl" => ("wafv2", format!("global/webacl/{name}/1234")),
        "function" => ("lambda", format!("function:{name}")),
        "alias" => ("lambda", format!("function:{name}:live")),
        "queue" => ("sqs", name.to_owned()),
        "topic" => ("sns", name.to_owned()),
        "table" => ("dynamodb", format!("table/{name}")),
        "loggroup" => ("logs", format!("log-group:{name}")),
        "eventrule" => ("events", format!("rule/{name}")),
        "certificate" => ("acm", format!("certificate/{name}")),
        "metricalarm" | "compositealarm" => ("cloudwatch", format!("alarm:{name}")),
        _ => ("mock", format!("{kind}/{name}")),
    };
    format!("arn:aws:{service}:{region}:{ACCOUNT}:{resource}")
}

/// The namespaces that every stack must have.
const NAMESPACES: &str = r#"{"room": {"subscribe": "signedIn", "publish": "signedIn"}}"#;

/// Every variant of the configuration that changes what is declared.
pub(crate) fn variants() -> Vec<BTreeMap<&'static str, &'static str>> {
    let secrets = r#"{"newest": "0123456789abcdef0123456789abcdef", "previous": "fedcba9876543210fedcba9876543210"}"#;
    vec![
        BTreeMap::new(),
        BTreeMap::from([
            (
                "gateway",
                r#"{"stage": "v1", "throttle": {"rate": 1, "burst": 1}, "endpoints": 3, "logging": "account-role-exists",
                    "domain": {"name": "ws.example.com", "certificateArn": "arn:aws:acm:eu-central-1:000000000000:certificate/1"}}"#,
            ),
            ("http", r#"{"enabled": false}"#),
            ("observability", r#"{"alarms": false, "dashboard": false}"#),
            (
                "identity",
                r#"{"issuer": {"url": "https://issuer.example", "clientId": "app"}}"#,
            ),
        ]),
        BTreeMap::from([
            (
                "gateway",
                r#"{"logging": "create-account-role", "deletionProtection": true,
                    "domain": {"name": "ws.example.com", "hostedZoneId": "Z1"}}"#,
            ),
            (
                "functions",
                r#"{"memoryMb": 1024, "logRetentionDays": 365, "tracing": false, "logLevel": "debug", "architecture": "x86_64",
                    "byFunction": {"connect": {"provisionedConcurrency": 2, "reservedConcurrency": 10},
                                   "authorizer": {"provisionedConcurrency": 2}}}"#,
            ),
            (
                "identity",
                r#"{"accessTokenMinutes": 60, "deletionProtection": true, "signInDomain": "acme"}"#,
            ),
            (
                "registry",
                r#"{"pointInTimeRecovery": true, "deletionProtection": true}"#,
            ),
            (
                "observability",
                r#"{"notify": ["a@example.com"], "thresholds": {"throughput": {"anomalyDeviations": 3}}}"#,
            ),
            ("tags", r#"{"team": "chat"}"#),
            ("delivery", r#"{"directReceivers": 0}"#),
            (
                "namespaces",
                r#"{"room": {"subscribe": "signedIn", "publish": "signedIn", "presence": "full",
                             "history": {"size": 100, "ageSeconds": 300}, "latest": true, "rate": {"count": 5}}}"#,
            ),
            ("presence", r#"{"graceSeconds": 0, "leaseMinutes": 5}"#),
            (
                "limits",
                r#"{"connectionsPerUser": 5, "whenFull": "goodbyeOldest", "subscriptionsPerConnection": 50,
                    "messages": {"count": 100, "perSeconds": 10, "burst": 50}}"#,
            ),
            ("inlet", r#"{"enabled": true}"#),
            (
                "events",
                r#"{"publications": {"bus": "orders", "pattern": {"source": ["orders"]}}, "cognitoRevocations": true}"#,
            ),
        ]),
        BTreeMap::from([
            ("originSecrets", secrets),
            (
                "edge",
                r#"{"managedRules": "block", "countries": {"only": ["DE"]}, "domain": {"name": "ws.example.com", "hostedZoneId": "Z1"}}"#,
            ),
            (
                "observability",
                r#"{"thresholds": {"throughput": {"framesPerMinute": 10}}}"#,
            ),
            ("http", r#"{"serverRoutes": false}"#),
            ("inlet", r#"{"enabled": true}"#),
        ]),
        BTreeMap::from([
            ("originSecrets", secrets),
            (
                "edge",
                r#"{"logging": false, "countries": {"noneOf": ["DE"]}}"#,
            ),
            ("gateway", r#"{"endpoints": 2}"#),
        ]),
    ]
}

/// Runs the program as the stack `dev` with this configuration, and with a namespace where it has none.
pub(crate) fn run(config: &BTreeMap<&str, &str>) -> Result<Deployment, Failure> {
    let mut owned: BTreeMap<String, String> = config
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    owned
        .entry("namespaces".to_owned())
        .or_insert_with(|| NAMESPACES.to_owned());
    run_stack("dev", &owned)
}

/// Runs the program as this stack with this configuration.
pub(crate) fn run_stack(
    stack: &str,
    config: &BTreeMap<String, String>,
) -> Result<Deployment, Failure> {
    let folder = tempfile::tempdir().unwrap();
    let functions = Function::ALL.map(Function::name);
    let builds: BTreeMap<_, _> = functions
        .map(|name| (name, json!({"bootstrap": format!("/builds/{name}")})))
        .into();
    let manifest = folder.path().join("builds.json");
    std::fs::write(&manifest, json!({"functions": builds}).to_string()).unwrap();
    let mut test = Test::new(Cloud).project("tidegate").stack(stack);
    for (key, value) in config {
        let full = format!("tidegate:{key}");
        test = match key.as_str() {
            "originSecrets" => test.secret_config(full, value),
            _ => test.config(full, value),
        };
    }
    let code = CodeSource::Manifest(manifest);
    test.run(|ctx| async move { tidegate_program::system(ctx, &code).await })
}

/// Every variant is run once for all tests.
static PLANS: LazyLock<Vec<Deployment>> = LazyLock::new(|| {
    let plans = variants().into_iter().map(|config| match run(&config) {
        Ok(deployment) => deployment,
        Err(failure) => {
            let errors = failure.errors().iter().map(|it| pulumi::report(it));
            panic!("{config:?}: {}", errors.collect::<Vec<_>>().join("\n"))
        }
    });
    plans.collect()
});

/// Whether a function is behind a route of one's own: what it may do more than all of them, its line in the program says.
pub(crate) fn is_own(function: &str) -> bool {
    OwnRoute::ALL
        .iter()
        .any(|route| route.function() == function)
}

/// What is declared, in every variant of the configuration.
pub(crate) fn every_plan(check: impl Fn(&Deployment)) {
    for deployment in PLANS.iter() {
        check(deployment);
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
