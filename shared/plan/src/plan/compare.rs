//! What a plan changes, found by comparing it with another: no state and no account are needed for that.

use std::collections::BTreeMap;

use super::{Change, ChangeKind, Operation, Plan, Resource};
use crate::property::Property;

impl Plan {
    /// This plan as a change of what `base` would make. Which changes replace a resource only a provider knows: here
    /// all are updates.
    #[must_use]
    pub fn since(self, base: &Self) -> Self {
        let known = base.resources.iter().filter(|it| it.after.is_some());
        let mut known: BTreeMap<&str, &Resource> = known
            .map(|resource| (resource.urn.as_str(), resource))
            .collect();
        let mut resources: Vec<Resource> = self.resources.into_iter().collect();
        for resource in &mut resources {
            if let Some(base) = known.remove(resource.urn.as_str()) {
                resource.change_from(base);
            }
        }
        let gone = known.into_values().map(|base| Resource {
            operation: Operation::Delete,
            before: base.after.clone(),
            after: None,
            changes: Vec::new(),
            ..base.clone()
        });
        resources.extend(gone);
        Self { resources, ..self }
    }
}

impl Resource {
    fn change_from(&mut self, base: &Self) {
        self.before.clone_from(&base.after);
        let (Some(before), Some(after)) = (&self.before, &self.after) else {
            return;
        };
        self.changes.clear();
        compare("", &before.inputs, &after.inputs, &mut self.changes);
        self.operation = if self.changes.is_empty() {
            Operation::Same
        } else {
            Operation::Update
        };
    }
}

/// What differs between two values, by path.
pub(crate) fn compare(path: &str, before: &Property, after: &Property, changes: &mut Vec<Change>) {
    match (before, after) {
        (Property::Object(old), Property::Object(new)) => {
            let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
            names.sort();
            names.dedup();
            for name in names {
                compare(&field(path, name), &before[name], &after[name], changes);
            }
        }
        (Property::List(old), Property::List(new)) if old.len() == new.len() => {
            for (index, (old, new)) in old.iter().zip(new).enumerate() {
                compare(&format!("{path}[{index}]"), old, new, changes);
            }
        }
        // A secret or an unknown value may be the same and may be another; the engine will know.
        (before, after) if before == after => {}
        (before, after) => changes.push(Change {
            path: path.to_owned(),
            kind: match (before, after) {
                (Property::Null, _) => ChangeKind::Add,
                (_, Property::Null) => ChangeKind::Delete,
                _ => ChangeKind::Update,
            },
            replaces: false,
        }),
    }
}

fn field(path: &str, name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-$".contains(&byte);
    match (path, name.bytes().all(plain) && !name.is_empty()) {
        ("", true) => name.to_owned(),
        (path, true) => format!("{path}.{name}"),
        (path, false) => format!("{path}[\"{}\"]", name.replace('"', "\\\"")),
    }
}
