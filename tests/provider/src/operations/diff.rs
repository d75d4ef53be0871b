//! `Diff`: what has changed, and does it make another resource?

use std::collections::BTreeSet;

use pulumi_gestalt_proto::pulumi::pulumirpc::diff_response::DiffChanges;
use pulumi_gestalt_proto::pulumi::pulumirpc::property_diff::Kind;
use pulumi_gestalt_proto::pulumi::pulumirpc::{DiffRequest, DiffResponse, PropertyDiff};
use serde_json::Value;
use tonic::Status;

use super::{Subject, subject};
use crate::naming;
use crate::wire::{self, Properties};

pub(crate) fn run(request: &DiffRequest) -> Result<DiffResponse, Status> {
    let DiffRequest {
        id: _,
        urn,
        olds,
        news,
        ignore_changes,
        old_inputs,
        // The URN has both.
        name: _,
        r#type: _,
    } = request;
    let subject = Subject::of_urn(urn);
    let kind = subject.kind()?;
    let schema = subject::schema()?;
    let old = wire::properties(old_inputs.as_ref().or(olds.as_ref()));
    let new = wire::properties(news.as_ref());

    let mut response = DiffResponse {
        has_detailed_diff: true,
        ..DiffResponse::default()
    };
    let mut changed = BTreeSet::new();
    let mut replaces = BTreeSet::new();
    for change in changes(&old, &new) {
        let path = change.path();
        if ignore_changes.iter().any(|ignored| covers(ignored, &path)) {
            continue;
        }
        let replace = schema
            .replaces(subject.type_token, &change.steps)
            .map_err(|misfit| subject.misfit(misfit))?;
        changed.insert(change.steps[0].clone());
        if replace {
            replaces.insert(change.steps[0].clone());
        }
        let difference = PropertyDiff {
            kind: change.kind(replace).into(),
            input_diff: true,
        };
        response.detailed_diff.insert(path, difference);
    }
    // Two resources with one name cannot be there at once.
    response.delete_before_replace = !replaces.is_empty()
        && kind.name.is_some_and(|name| {
            let (old, new) = (old.get(name.property), new.get(name.property));
            let made = |name: &Value| {
                let name = name.as_str().unwrap_or_default();
                naming::is_made(name, subject.name)
            };
            old.is_some_and(|old| Some(old) == new && !made(old))
        });
    response.set_changes(if changed.is_empty() {
        DiffChanges::DiffNone
    } else {
        DiffChanges::DiffSome
    });
    response.diffs = changed.into_iter().collect();
    response.replaces = replaces.into_iter().collect();
    Ok(response)
}

/// Something that differs.
#[derive(Debug)]
pub(crate) struct Change {
    /// Where: names, indexes and keys.
    steps: Vec<String>,
    in_old: bool,
    in_new: bool,
}

/// All that differs, each part by itself.
pub(crate) fn changes(old: &Properties, new: &Properties) -> Vec<Change> {
    let mut found = Vec::new();
    fields(old, new, &mut Vec::new(), &mut found);
    found
}

fn fields(old: &Properties, new: &Properties, steps: &mut Vec<String>, found: &mut Vec<Change>) {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for name in names {
        steps.push(name.clone());
        values(old.get(name), new.get(name), steps, found);
        steps.pop();
    }
}

fn values(
    old: Option<&Value>,
    new: Option<&Value>,
    steps: &mut Vec<String>,
    found: &mut Vec<Change>,
) {
    match (old, new) {
        (Some(old), Some(new)) if old == new || same_content(old, new) => {}
        (Some(Value::Object(old)), Some(Value::Object(new)))
            if !is_special(old) && !is_special(new) =>
        {
            fields(old, new, steps, found);
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) => {
            for index in 0..old.len().max(new.len()) {
                steps.push(index.to_string());
                values(old.get(index), new.get(index), steps, found);
                steps.pop();
            }
        }
        (old, new) => found.push(Change {
            steps: steps.clone(),
            in_old: old.is_some(),
            in_new: new.is_some(),
        }),
    }
}

/// Files with the same content, wherever they are.
fn same_content(old: &Value, new: &Value) -> bool {
    let hashes = (wire::hash_of(old), wire::hash_of(new));
    matches!(hashes, (Some(old), Some(new)) if old == new)
}

fn is_special(object: &Properties) -> bool {
    object.contains_key(pulumi::wire::SIGNATURE)
}

impl Change {
    /// The path as Pulumi writes it: `a.b[0]["c.d"]`.
    pub(crate) fn path(&self) -> String {
        let mut path = String::new();
        for (position, step) in self.steps.iter().enumerate() {
            let index = position > 0 && step.bytes().all(|byte| byte.is_ascii_digit());
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '$');
            if index {
                path.push_str(&format!("[{step}]"));
            } else if !step.chars().all(plain) {
                path.push_str(&format!("[{step:?}]"));
            } else {
                if position > 0 {
                    path.push('.');
                }
                path.push_str(step);
            }
        }
        path
    }

    fn kind(&self, replace: bool) -> Kind {
        match (self.in_old, self.in_new, replace) {
            (false, _, false) => Kind::Add,
            (false, _, true) => Kind::AddReplace,
            (true, false, false) => Kind::Delete,
            (true, false, true) => Kind::DeleteReplace,
            (true, true, false) => Kind::Update,
            (true, true, true) => Kind::UpdateReplace,
        }
    }
}

/// Whether what is ignored is, or holds, what is at the path.
fn covers(ignored: &str, path: &str) -> bool {
    ignored == "*"
        || path
            .strip_prefix(ignored)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn paths(old: &Value, new: &Value) -> Vec<String> {
        let changes = changes(old.as_object().unwrap(), new.as_object().unwrap());
        changes.iter().map(Change::path).collect()
    }

    #[test]
    fn what_differs_is_told_by_its_path() {
        let old = json!({"a": 1, "tags": {"x": "1", "y.z": "1"}, "list": [1, 2]});
        let new = json!({"a": 1, "tags": {"x": "2"}, "list": [1, 3, 4], "b": true});
        let expected = ["b", "list[1]", "list[2]", "tags.x", "tags[\"y.z\"]"];
        assert_eq!(paths(&old, &new), expected);
    }

    #[test]
    fn a_file_differs_by_its_content() {
        let file = |path: &str, hash: &str| {
            let signature = pulumi::wire::ASSET;
            json!({"code": {pulumi::wire::SIGNATURE: signature, "path": path, "hash": hash}})
        };
        assert!(paths(&file("a", "1"), &file("b", "1")).is_empty());
        assert_eq!(paths(&file("a", "1"), &file("a", "2")), ["code"]);
    }

    #[test]
    fn ignoring_a_property_ignores_all_in_it() {
        assert!(covers("tags", "tags.x"));
        assert!(covers("tags.x", "tags.x"));
        assert!(covers("*", "a"));
        assert!(!covers("tag", "tags.x"));
        assert!(!covers("tags.x", "tags"));
    }
}
