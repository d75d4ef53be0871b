//! Values, as they are shown.

use serde_json::Value;

use super::markdown::visible;
use crate::plan::compare::compare;
use crate::plan::{Change, ChangeKind};
use crate::property::Property;
use crate::traps::secrets::masked;

/// How long a value may be before it is cut, in characters.
const LONGEST: usize = 240;

/// A value on one line, without what looks like a secret.
pub(super) fn shown(path: &str, value: &Property) -> String {
    let text = match masked(path, value) {
        Property::Secret => "[secret]".to_owned(),
        Property::Unknown => "(known after the update)".to_owned(),
        Property::Asset(hash) => asset(hash.as_deref()),
        Property::Null => "(none)".to_owned(),
        value => as_json(&value).to_string(),
    };
    visible(&text, LONGEST)
}

fn asset(hash: Option<&str>) -> String {
    let beginning: String = hash.unwrap_or("unknown").chars().take(12).collect();
    format!("content {beginning}")
}

fn as_json(value: &Property) -> Value {
    match value {
        Property::Null => Value::Null,
        Property::Bool(value) => Value::Bool(*value),
        Property::Number(number) => Value::Number(number.clone()),
        Property::Text(text) => Value::String(text.clone()),
        Property::List(items) => items.iter().map(as_json).collect(),
        Property::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), as_json(value)))
            .collect(),
        Property::Asset(hash) => Value::String(asset(hash.as_deref())),
        Property::Unknown => Value::String("(known after the update)".to_owned()),
        Property::Secret => Value::String("[secret]".to_owned()),
    }
}

/// One property before and after.
pub(super) struct Pair {
    pub(super) path: String,
    pub(super) before: Property,
    pub(super) after: Property,
    pub(super) replaces: bool,
}

/// What a change comes to: where a property is a JSON document, as policies and dashboards are, what differs in it.
pub(super) fn pairs(change: &Change, before: &Property, after: &Property) -> Vec<Pair> {
    let pair = |path: &str, before: &Property, after: &Property| Pair {
        path: path.to_owned(),
        before: before.clone(),
        after: after.clone(),
        replaces: change.replaces,
    };
    let none = Property::Null;
    let old = match change.kind {
        ChangeKind::Add => &none,
        _ => before.at(&change.path),
    };
    let new = match change.kind {
        ChangeKind::Delete => &none,
        _ => after.at(&change.path),
    };
    let (Some(old_document), Some(new_document)) = (old.document(), new.document()) else {
        return vec![pair(&change.path, old, new)];
    };
    let mut differences = Vec::new();
    compare("", &old_document, &new_document, &mut differences);
    let inner = differences.iter().map(|it| {
        let path = format!("{} → {}", change.path, it.path);
        pair(&path, old_document.at(&it.path), new_document.at(&it.path))
    });
    inner.collect()
}
