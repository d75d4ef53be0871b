//! Event patterns: which events a rule is for ("Amazon EventBridge event patterns").

mod matcher;

use serde_json::{Map, Value};

use self::matcher::Matcher;

/// The most characters of a pattern. Raisable.
const MOST_CHARACTERS: usize = 2_048;
const OR: &str = "$or";

/// Which events a rule is for.
#[derive(Debug, Clone, PartialEq)]
pub struct EventPattern {
    fields: Fields,
}

#[derive(Debug, Clone, PartialEq, Default)]
struct Fields {
    /// What each field must be.
    all: Vec<(String, Expected)>,
    /// One of these must hold as well, where there are any.
    any: Vec<Fields>,
}

#[derive(Debug, Clone, PartialEq)]
enum Expected {
    /// One of these.
    OneOf(Vec<Matcher>),
    /// An object like this.
    Object(Fields),
}

impl EventPattern {
    /// Reads a pattern as it stands in a rule.
    ///
    /// # Errors
    /// What EventBridge would not take, and what is not emulated, in a clause.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.chars().count() > MOST_CHARACTERS {
            return Err(format!(
                "has more than {MOST_CHARACTERS} characters (an EventBridge quota)"
            ));
        }
        let parsed: Value = serde_json::from_str(text)
            .map_err(|error| format!("InvalidEventPatternException: it is not JSON: {error}"))?;
        let Value::Object(fields) = parsed else {
            return Err("InvalidEventPatternException: it must be a JSON object".to_owned());
        };
        Ok(Self {
            fields: Fields::read(&fields, "")?,
        })
    }

    /// Whether an event, all of it, is one that the rule is for.
    #[must_use]
    pub fn matches(&self, event: &Value) -> bool {
        match event {
            Value::Object(event) => self.fields.match_object(event),
            _ => false,
        }
    }
}

impl Fields {
    fn read(fields: &Map<String, Value>, path: &str) -> Result<Self, String> {
        let mut read = Self::default();
        if fields.is_empty() {
            return Err(invalid(path, "an object of a pattern must not be empty"));
        }
        for (name, value) in fields {
            let path = format!("{path}.{name}");
            match value {
                Value::Array(items) if name == OR => read.any = Self::either(items, &path)?,
                Value::Object(inner) => {
                    let inner = Expected::Object(Self::read(inner, &path)?);
                    read.all.push((name.clone(), inner));
                }
                Value::Array(items) if items.is_empty() => {
                    return Err(invalid(&path, "a list of a pattern must not be empty"));
                }
                Value::Array(items) => {
                    let matchers = items.iter().map(|item| Matcher::read(item, &path));
                    let matchers = matchers.collect::<Result<_, _>>()?;
                    read.all.push((name.clone(), Expected::OneOf(matchers)));
                }
                _ => return Err(invalid(&path, "must be an object or a list")),
            }
        }
        Ok(read)
    }

    fn either(items: &[Value], path: &str) -> Result<Vec<Self>, String> {
        if items.len() < 2 {
            return Err(invalid(path, "must have two items at least"));
        }
        let read = items.iter().map(|item| match item {
            Value::Object(fields) => Self::read(fields, path),
            _ => Err(invalid(path, "its items must be objects")),
        });
        read.collect()
    }

    fn match_object(&self, event: &Map<String, Value>) -> bool {
        let is_as_expected = |(name, expected): &(String, Expected)| {
            let value = event.get(name);
            match expected {
                Expected::OneOf(matchers) => match_leaf(matchers, value),
                Expected::Object(fields) => fields.match_value(value),
            }
        };
        self.all.iter().all(is_as_expected)
            && (self.any.is_empty() || self.any.iter().any(|fields| fields.match_object(event)))
    }

    /// Of a list, one item must be all that is asked for.
    fn match_value(&self, value: Option<&Value>) -> bool {
        match value {
            Some(Value::Object(object)) => self.match_object(object),
            Some(Value::Array(items)) => items.iter().any(|item| self.match_value(Some(item))),
            // Nothing is in it: that may be what is asked for.
            _ => self.match_object(&Map::new()),
        }
    }
}

/// Of a list, one item is enough. What has fields of its own is no leaf, and is there for nobody.
fn match_leaf(matchers: &[Matcher], value: Option<&Value>) -> bool {
    let any = |value: Option<&Value>| matchers.iter().any(|matcher| matcher.matches(value));
    match value {
        Some(Value::Array(items)) if items.is_empty() => any(None),
        Some(Value::Array(items)) => items.iter().any(|item| match_leaf(matchers, Some(item))),
        Some(Value::Object(_)) => false,
        value => any(value),
    }
}

fn invalid(path: &str, problem: &str) -> String {
    let place = path.strip_prefix('.').unwrap_or(path);
    format!("InvalidEventPatternException: `{place}`: {problem}")
}

#[cfg(test)]
mod tests;
