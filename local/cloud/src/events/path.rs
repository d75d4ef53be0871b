//! The part of JSONPath by which targets choose of an event: `$.detail.items[0]`.

use serde_json::Value;

/// A place in an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Field(String),
    Item(usize),
}

impl Path {
    /// Reads a path. Wildcards and filters are not emulated.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let refuse =
            || format!("`{text}` is no path of the form $.field.field[0]; others are not emulated");
        let mut rest = text.strip_prefix('$').ok_or_else(refuse)?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let (step, left) = next(rest).ok_or_else(refuse)?;
            steps.push(step);
            rest = left;
        }
        Ok(Self(steps))
    }

    /// What is at this place; nothing if it is not there.
    pub(super) fn find<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        self.0.iter().try_fold(value, |value, step| match step {
            Step::Field(name) => value.get(name),
            Step::Item(index) => value.get(index),
        })
    }
}

/// The first step, and what follows it.
fn next(rest: &str) -> Option<(Step, &str)> {
    if let Some(rest) = rest.strip_prefix("['") {
        let (name, rest) = rest.split_once("']")?;
        return Some((Step::Field(name.to_owned()), rest));
    }
    if let Some(rest) = rest.strip_prefix('[') {
        let (index, rest) = rest.split_once(']')?;
        return Some((Step::Item(index.parse().ok()?), rest));
    }
    let rest = rest.strip_prefix('.')?;
    let end = rest.find(['.', '[']).unwrap_or(rest.len());
    let (name, rest) = rest.split_at(end);
    let word = |character: char| character.is_alphanumeric() || "_-".contains(character);
    (!name.is_empty() && name.chars().all(word)).then(|| (Step::Field(name.to_owned()), rest))
}
