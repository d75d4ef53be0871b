//! The embedded engine and the real one, held to each other: the same program is the same set of resources in both.

#![expect(clippy::panic, reason = "test code: a panic is how a test fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use pulumi::{FromValue, PropertyValue};
use serde_json::Value;
use tidegate_contract::functions::Function;
use tidegate_contract::manifest::{Executable, Executables};
use tidegate_e2e::{binary, project_root};
use tidegate_local_runtime::{Built, Planned, Project as LocalProject, StateDirectory, plan};
use tidegate_test_pulumi::{Project, State, cli};

/// What a resource is, as far as it does not depend on which cloud made it.
#[derive(Debug, PartialEq)]
struct Seen {
    type_token: String,
    custom: bool,
    parent: String,
    dependencies: BTreeSet<String>,
    /// Of each property, what it comes from.
    properties: BTreeMap<String, BTreeSet<String>>,
    /// The properties that come from no other resource.
    constants: BTreeMap<String, Value>,
}

#[tokio::test]
async fn both_engines_see_the_same_resources_inputs_and_dependencies() {
    let Some(pulumi) = cli() else { return };
    for ours in ["dev", "prod"] {
        let file = project_root().join(format!("Pulumi.{ours}.yaml"));
        let Ok(configuration) = fs::read_to_string(file) else {
            panic!("there is no stack `{ours}`");
        };
        the_same(&pulumi, ours, &configuration).await;
    }
}

#[tokio::test]
async fn both_engines_see_the_same_edge() {
    let Some(pulumi) = cli() else { return };
    // In plain, as the embedded engine cannot decrypt it.
    let secret = "  tidegate:originSecrets: '{\"newest\": \"dGhlLXNhbWUtc2VjcmV0LWluLWJvdGgtZW5naW5lcw00\"}'\n";
    // With one endpoint, as there is one on one machine.
    let edge = include_str!("../stacks/edge-domain.yaml");
    the_same(&pulumi, "edge", &format!("{edge}{secret}")).await;
}

async fn the_same(pulumi: &Path, name: &str, configuration: &str) {
    let embedded = of_plan(&planned(name, configuration).await);
    let project = Project::new(pulumi);
    let stack = project.stack_with(configuration, name).await;
    // Where a stack logs with the role of the account, there is one.
    project
        .cloud()
        .set_log_role("arn:aws:iam::000000000000:role/somebody-elses");
    stack.up().await.succeeded();
    let mut real = of_state(&stack.state().await);

    assert_eq!(
        embedded.keys().collect::<Vec<_>>(),
        real.keys().collect::<Vec<_>>()
    );
    for (urn, embedded) in &embedded {
        let Some(real) = real.get_mut(urn) else {
            continue;
        };
        // What the provider adds to what it is given, the program has not said.
        real.properties
            .retain(|name, _| embedded.properties.contains_key(name));
        real.constants
            .retain(|name, _| embedded.constants.contains_key(name));
        assert_eq!(embedded, real, "{urn}");
    }
    let custom = real.values().filter(|seen| seen.custom);
    assert!(custom.count() > 40, "the whole program was compared");
}

async fn planned(stack: &str, configuration: &str) -> Planned {
    let Ok(folder) = tempfile::tempdir() else {
        panic!("there is no place for a state");
    };
    let file = folder.path().join("configuration.yaml");
    if let Err(error) = fs::write(&file, configuration) {
        panic!("the configuration is not written: {error}");
    }
    let Ok(project) = LocalProject::find(&project_root()) else {
        panic!("there is no project");
    };
    let config = match project.stack(stack, Some(&file)) {
        Ok(config) => config,
        Err(error) => panic!("the configuration of {stack}: {error}"),
    };
    let functions = Function::ALL.map(|function| {
        let bootstrap = binary(function.package());
        (function.name().to_owned(), Executable { bootstrap })
    });
    let built = Built {
        program: binary("tidegate-program"),
        manifest: Executables {
            functions: functions.into(),
        },
    };
    let state = StateDirectory::new(folder.path(), stack);
    match plan(&project, stack, &config, &built, &state, Arc::new(|_| {})).await {
        Ok(planned) => planned,
        Err(error) => panic!("the embedded engine refuses the program: {error}"),
    }
}

fn of_plan(planned: &Planned) -> BTreeMap<String, Seen> {
    let resources = planned.resources.iter().map(|resource| {
        let from = |name: &String| {
            let urns = resource.property_dependencies.get(name);
            urns.into_iter().flatten().cloned().collect::<BTreeSet<_>>()
        };
        let names = resource.inputs.keys();
        let properties: BTreeMap<_, _> = names.map(|name| (name.clone(), from(name))).collect();
        let seen = Seen {
            type_token: resource.type_token.clone(),
            custom: resource.custom,
            parent: resource.parent.clone().unwrap_or_default(),
            dependencies: resource.dependencies.iter().cloned().collect(),
            constants: constants(&properties, |name| json(resource.inputs.get(name)?)),
            properties,
        };
        (resource.urn.clone(), seen)
    });
    resources.collect()
}

fn of_state(state: &State) -> BTreeMap<String, Seen> {
    let resources = state.resources.values();
    let programs = resources.filter(|it| !it.type_token.starts_with("pulumi:providers:"));
    let seen = programs.map(|resource| {
        let from = |name: &String| {
            let urns = resource.property_dependencies.get(name);
            urns.cloned().flatten().unwrap_or_default()
        };
        let names = resource.inputs.keys();
        let properties: BTreeMap<_, _> = names.map(|name| (name.clone(), from(name))).collect();
        let seen = Seen {
            type_token: resource.type_token.clone(),
            custom: resource.custom,
            parent: resource.parent.clone(),
            dependencies: resource.dependencies.clone(),
            constants: constants(&properties, |name| resource.inputs.get(name).cloned()),
            properties,
        };
        (resource.urn.clone(), seen)
    });
    seen.collect()
}

fn constants(
    properties: &BTreeMap<String, BTreeSet<String>>,
    value: impl Fn(&String) -> Option<Value>,
) -> BTreeMap<String, Value> {
    let constant = properties.iter().filter(|(_, from)| from.is_empty());
    constant
        .filter_map(|(name, _)| Some((name.clone(), value(name)?)))
        .collect()
}

/// As JSON; archives have another form in each engine.
fn json(value: &PropertyValue) -> Option<Value> {
    Value::from_value(value.clone().unwrapped().value?).ok()
}
