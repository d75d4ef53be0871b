//! What `pulumi preview --json` writes: the steps that the engine would take (`pkg/display/json.go` of Pulumi 3.260).

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Change, ChangeKind, Diagnostic, Operation, Plan, ReadError, Resource, State};
use crate::property::Property;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Digest {
    #[serde(default)]
    config: BTreeMap<String, String>,
    #[serde(default)]
    steps: Vec<Step>,
    #[serde(default)]
    diagnostics: Vec<Said>,
    #[serde(default)]
    change_summary: BTreeMap<String, u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Step {
    op: String,
    urn: String,
    old_state: Option<ResourceState>,
    new_state: Option<ResourceState>,
    #[serde(default)]
    diff_reasons: Vec<String>,
    #[serde(default)]
    replace_reasons: Vec<String>,
    detailed_diff: Option<BTreeMap<String, PropertyDiff>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceState {
    #[serde(rename = "type")]
    type_token: String,
    #[serde(default)]
    custom: bool,
    #[serde(default)]
    inputs: Map<String, Value>,
    #[serde(default)]
    outputs: Map<String, Value>,
    parent: Option<String>,
    #[serde(default)]
    protect: bool,
    provider: Option<String>,
    #[serde(default)]
    dependencies: Option<BTreeSet<String>>,
    #[serde(default)]
    property_dependencies: Option<BTreeMap<String, Option<BTreeSet<String>>>>,
}

#[derive(Deserialize)]
struct PropertyDiff {
    kind: String,
}

#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    message: String,
    #[serde(default)]
    severity: String,
}

/// The type of the resource that stands for the stack.
const STACK: &str = "pulumi:pulumi:Stack";

pub(super) fn read(document: Value) -> Result<Plan, ReadError> {
    let digest: Digest = serde_json::from_value(document).map_err(|source| ReadError::Shape {
        writer: "pulumi preview --json",
        source,
    })?;
    let mut plan = Plan {
        region: digest.config.get("aws:region").cloned(),
        diagnostics: digest.diagnostics.iter().map(said).collect(),
        ..Plan::default()
    };
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for step in digest.steps {
        if step.stack_outputs().is_some_and(|it| !it.is_empty()) {
            let outputs = step.stack_outputs().into_iter().flatten();
            let outputs =
                outputs.map(|(name, value)| (name.clone(), Property::read(value.clone())));
            plan.outputs = outputs.collect();
        }
        let Some(resource) = resource(step)? else {
            continue;
        };
        // A replacement may be written as three steps.
        if let Some(known) = places.get(&resource.urn) {
            if let Some(known) = plan.resources.get_mut(*known) {
                join(known, resource);
            }
            continue;
        }
        places.insert(resource.urn.clone(), plan.resources.len());
        plan.resources.push(resource);
    }
    let same = digest
        .change_summary
        .get("same")
        .copied()
        .unwrap_or_default();
    let listed = plan.resources.iter();
    let listed = listed.filter(|it| it.operation == Operation::Same).count();
    plan.unlisted = same.saturating_sub(u64::try_from(listed).unwrap_or(u64::MAX));
    Ok(plan.named())
}

impl Step {
    /// The outputs of the stack, if this step is the stack's and they are known.
    fn stack_outputs(&self) -> Option<&Map<String, Value>> {
        let state = self.new_state.as_ref()?;
        (state.type_token == STACK).then_some(&state.outputs)
    }
}

fn said(said: &Said) -> Diagnostic {
    Diagnostic {
        is_error: said.severity == "error",
        message: said.message.trim().to_owned(),
    }
}

fn operation(step: &Step) -> Result<Option<Operation>, ReadError> {
    Ok(Some(match step.op.as_str() {
        "create" => Operation::Create,
        "update" => Operation::Update,
        "replace" | "create-replacement" | "delete-replaced" | "import-replacement"
        | "read-replacement" | "discard-replaced" => Operation::Replace,
        "delete" => Operation::Delete,
        "import" => Operation::Import,
        "read" => Operation::Read,
        "same" | "refresh" => Operation::Same,
        // What is only forgotten, compared or prepared changes nothing in the cloud.
        "discard" | "remove-pending-replace" | "diff" | "extend-parameterize" => return Ok(None),
        unknown => {
            return Err(ReadError::Operation {
                urn: step.urn.clone(),
                operation: unknown.to_owned(),
            });
        }
    }))
}

fn resource(step: Step) -> Result<Option<Resource>, ReadError> {
    let Some(operation) = operation(&step)? else {
        return Ok(None);
    };
    let Some(state) = step.new_state.as_ref().or(step.old_state.as_ref()) else {
        return Ok(None);
    };
    let goes = matches!(
        step.op.as_str(),
        "delete" | "delete-replaced" | "discard-replaced"
    );
    Ok(Some(Resource {
        name: step.urn.rsplit("::").next().unwrap_or_default().to_owned(),
        type_token: state.type_token.clone(),
        custom: state.custom && !state.type_token.starts_with("pulumi:providers:"),
        operation,
        changes: changes(&step),
        before: step.old_state.map(state_of),
        after: step.new_state.filter(|_| !goes).map(state_of),
        urn: step.urn,
    }))
}

fn changes(step: &Step) -> Vec<Change> {
    let replaces = |path: &str| {
        let top = path.split(['.', '[']).next().unwrap_or_default();
        step.replace_reasons.iter().any(|reason| reason == top)
    };
    if let Some(detailed) = step.detailed_diff.as_ref().filter(|it| !it.is_empty()) {
        let changes = detailed.iter().map(|(path, diff)| Change {
            path: path.clone(),
            kind: if diff.kind.starts_with("add") {
                ChangeKind::Add
            } else if diff.kind.starts_with("delete") {
                ChangeKind::Delete
            } else {
                ChangeKind::Update
            },
            replaces: diff.kind.ends_with("-replace"),
        });
        return changes.collect();
    }
    let changes = step.diff_reasons.iter().map(|path| Change {
        path: path.clone(),
        kind: ChangeKind::Update,
        replaces: replaces(path),
    });
    let mut changes: Vec<Change> = changes.collect();
    changes.sort();
    changes.dedup();
    changes
}

fn state_of(state: ResourceState) -> State {
    let dependencies = state.property_dependencies.unwrap_or_default().into_iter();
    State {
        inputs: Property::read(Value::Object(state.inputs)),
        parent: state.parent,
        dependencies: state.dependencies.unwrap_or_default(),
        property_dependencies: dependencies
            .map(|(property, on)| (property, on.unwrap_or_default()))
            .collect(),
        protect: state.protect,
        // URN::ID
        provider: state
            .provider
            .and_then(|it| Some(it.rsplit_once("::")?.0.to_owned())),
    }
}

/// Takes what another step says of the same resource.
fn join(known: &mut Resource, other: Resource) {
    let rank = |operation| match operation {
        Operation::Replace => 3,
        Operation::Update | Operation::Create | Operation::Import => 2,
        Operation::Delete => 1,
        Operation::Read | Operation::Same => 0,
    };
    if rank(other.operation) > rank(known.operation) {
        known.operation = other.operation;
    }
    known.before = known.before.take().or(other.before);
    known.after = known.after.take().or(other.after);
    if known.changes.is_empty() {
        known.changes = other.changes;
    }
}
