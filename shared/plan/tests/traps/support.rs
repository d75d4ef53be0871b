//! Plans of a few resources.

use serde_json::{Map, Value, json};
use tidegate_plan::{Plan, traps};

/// A resource: its type without `aws:`, its name, its inputs, and what some inputs come from, as `type name`.
pub(crate) type Spec<'a> = (&'a str, &'a str, Value, &'a [(&'a str, &'a [&'a str])]);

pub(crate) fn urn(of: &str) -> String {
    let (kind, name) = of.split_once(' ').unwrap();
    format!("urn:pulumi:dev::tidegate::{}::{name}", token(kind))
}

/// `apigatewayv2/Stage` is `aws:apigatewayv2/stage:Stage`.
fn token(kind: &str) -> String {
    let (module, name) = kind.split_once('/').unwrap();
    let first = name[..1].to_lowercase();
    format!("aws:{module}/{first}{}:{name}", &name[1..])
}

pub(crate) fn plan(resources: &[Spec<'_>]) -> Plan {
    let resources: Vec<Value> = resources.iter().map(resource).collect();
    let document = json!({"region": "eu-central-1", "resources": resources, "outputs": {}});
    Plan::read(document.to_string().as_bytes()).unwrap()
}

fn resource((kind, name, inputs, from): &Spec<'_>) -> Value {
    let mut dependencies = Vec::new();
    let mut of_properties = Map::new();
    for (input, sources) in *from {
        let urns: Vec<String> = sources.iter().map(|source| urn(source)).collect();
        dependencies.extend(urns.clone());
        // `-` stands for `dependsOn`, which is no property.
        if *input != "-" {
            of_properties.insert((*input).to_owned(), json!(urns));
        }
    }
    json!({
        "urn": urn(&format!("{kind} {name}")), "type": token(kind), "name": name, "custom": true,
        "inputs": inputs, "dependencies": dependencies, "propertyDependencies": of_properties,
    })
}

/// What a rule says of these resources, which it must find a trap in.
#[track_caller]
pub(crate) fn caught(rule: &str, resources: &[Spec<'_>]) -> String {
    let report = traps::check(&plan(resources));
    let checked = report.rule(rule).unwrap();
    let messages: Vec<&str> = checked
        .findings
        .iter()
        .map(|finding| finding.message.as_str())
        .collect();
    assert!(!messages.is_empty(), "{rule} found nothing");
    messages.join("\n")
}

/// A rule looks at these resources, and finds nothing.
#[track_caller]
pub(crate) fn passes(rule: &str, resources: &[Spec<'_>]) {
    let report = traps::check(&plan(resources));
    let checked = report.rule(rule).unwrap();
    assert!(checked.seen > 0, "{rule} looked at nothing");
    assert_eq!(checked.findings, [], "{rule}");
    assert!(checked.unknown.is_empty(), "{rule}: {:?}", checked.unknown);
}

/// A rule has nothing to look at here.
#[track_caller]
pub(crate) fn ignores(rule: &str, resources: &[Spec<'_>]) {
    let report = traps::check(&plan(resources));
    let checked = report.rule(rule).unwrap();
    assert_eq!((checked.seen, checked.findings.len()), (0, 0), "{rule}");
}
