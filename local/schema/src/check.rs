//! Compares inputs with what the schema says, and finds everything that is wrong at once.

use std::collections::BTreeMap;

use pulumi::{OutputValue, PropertyValue};
use serde::de::IgnoredAny;

use super::problem::{Problem, ProblemKind};
use super::spec::{PropertySpec, ResourceSpec, TypeSpec};
use super::suggest;
use super::{Misfit, Schema};
use crate::json::revealed;

type Fields = BTreeMap<String, PropertyValue>;

/// Everything that is wrong with the inputs of a resource.
pub(super) fn resource(
    schema: &Schema<'_>,
    spec: &ResourceSpec<'_>,
    inputs: &Fields,
) -> Result<Vec<Problem>, Misfit> {
    let mut checker = Checker {
        schema,
        problems: Vec::new(),
    };
    checker.fields(
        &spec.input_properties,
        &spec.required_inputs,
        Place::TOP,
        inputs,
    )?;
    for problem in &mut checker.problems {
        let unknown = matches!(problem.kind, ProblemKind::Unknown { .. });
        if unknown && spec.properties.contains_key(problem.path.as_str()) {
            problem.kind = ProblemKind::Output;
        }
    }
    Ok(checker.problems)
}

/// Where a value is.
#[derive(Clone, Copy)]
struct Place<'p> {
    path: &'p str,
    /// Whether it is within a secret, and must not be quoted.
    secret: bool,
}

impl Place<'_> {
    const TOP: Self = Place {
        path: "",
        secret: false,
    };

    fn field(self, name: &str) -> String {
        let identifier = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '$');
        match (self.path, name.chars().all(identifier)) {
            ("", _) => name.to_owned(),
            (path, true) => format!("{path}.{name}"),
            (path, false) => format!("{path}[{name:?}]"),
        }
    }
}

struct Checker<'s, 'a> {
    schema: &'s Schema<'a>,
    problems: Vec<Problem>,
}

impl Checker<'_, '_> {
    fn problem(&mut self, path: impl Into<String>, kind: ProblemKind) {
        self.problems.push(Problem {
            path: path.into(),
            kind,
        });
    }

    fn mismatch(
        &mut self,
        place: Place<'_>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Result<(), Misfit> {
        let (expected, found) = (expected.into(), found.into());
        self.problem(place.path, ProblemKind::Type { expected, found });
        Ok(())
    }

    fn fields(
        &mut self,
        known: &BTreeMap<&str, PropertySpec<'_>>,
        required: &[&str],
        place: Place<'_>,
        fields: &Fields,
    ) -> Result<(), Misfit> {
        // What is null is not given.
        let given = |name: &str| fields.get(name).is_some_and(|v| *v != PropertyValue::Null);
        for name in required.iter().filter(|name| !given(name)) {
            self.problem(place.field(name), ProblemKind::Missing);
        }
        for (name, value) in fields {
            let path = place.field(name);
            match known.get(name.as_str()) {
                None => {
                    let free = known.keys().copied().filter(|name| !given(name));
                    let suggestion = suggest::property(name, free).map(str::to_owned);
                    self.problem(path, ProblemKind::Unknown { suggestion });
                }
                Some(_) if *value == PropertyValue::Null => {}
                Some(spec) => {
                    let path = &path;
                    self.value(spec, Place { path, ..place }, value)?;
                }
            }
        }
        Ok(())
    }

    fn value(
        &mut self,
        spec: &PropertySpec<'_>,
        place: Place<'_>,
        value: &PropertyValue,
    ) -> Result<(), Misfit> {
        match value {
            PropertyValue::Unknown | PropertyValue::Output(OutputValue { value: None, .. }) => {
                return Ok(());
            }
            PropertyValue::Secret(inner) => {
                let secret = true;
                return self.value(spec, Place { secret, ..place }, inner);
            }
            PropertyValue::Output(OutputValue {
                value: Some(inner),
                secret,
                ..
            }) => {
                let secret = place.secret || *secret;
                return self.value(spec, Place { secret, ..place }, inner);
            }
            _ => {}
        }
        if !spec.one_of.is_empty() {
            return self.one_of(&spec.one_of, place, value);
        }
        match spec.reference {
            // On the wire, a resource that stands for its name or ARN is that text.
            Some(reference) if reference.starts_with("#/resources/") => match value {
                PropertyValue::String(_) => Ok(()),
                _ => self.mismatch(place, "a string", value.kind()),
            },
            Some(reference) => match reference.strip_prefix("#/types/") {
                Some(token) => self.named(token, place, value),
                None => self.built_in(reference, place, value),
            },
            None => self.shape(spec, place, value),
        }
    }

    fn built_in(
        &mut self,
        reference: &str,
        place: Place<'_>,
        value: &PropertyValue,
    ) -> Result<(), Misfit> {
        match (reference, value) {
            ("pulumi.json#/Any", _)
            | ("pulumi.json#/Archive", PropertyValue::Archive(_))
            | ("pulumi.json#/Asset", PropertyValue::Asset(_) | PropertyValue::Archive(_)) => Ok(()),
            ("pulumi.json#/Json", PropertyValue::String(text)) => {
                match serde_json::from_str::<IgnoredAny>(text) {
                    Ok(_) => Ok(()),
                    Err(error) => {
                        let found = format!("a string that is none ({error})");
                        self.mismatch(place, "a JSON text", found)
                    }
                }
            }
            _ => match built_in_name(reference) {
                Some(expected) => self.mismatch(place, expected, value.kind()),
                None => Err(unreadable(reference)),
            },
        }
    }

    fn shape(
        &mut self,
        spec: &PropertySpec<'_>,
        place: Place<'_>,
        value: &PropertyValue,
    ) -> Result<(), Misfit> {
        match (spec.kind.unwrap_or_default(), value) {
            ("string", PropertyValue::String(_))
            | ("boolean", PropertyValue::Bool(_))
            | ("number", PropertyValue::Number(_)) => Ok(()),
            ("integer", PropertyValue::Number(number)) if number.fract() == 0.0 => Ok(()),
            ("integer", PropertyValue::Number(number)) if !place.secret => {
                self.mismatch(place, "an integer", format!("the number {number}"))
            }
            ("array", PropertyValue::Array(items)) => {
                let Some(spec) = &spec.items else {
                    return Ok(());
                };
                for (index, item) in items.iter().enumerate() {
                    let path = &format!("{}[{index}]", place.path);
                    self.value(spec, Place { path, ..place }, item)?;
                }
                Ok(())
            }
            ("object", PropertyValue::Object(fields)) => {
                for (name, value) in fields {
                    let path = &place.field(name);
                    let place = Place { path, ..place };
                    match &spec.additional_properties {
                        _ if *value == PropertyValue::Null => {}
                        Some(spec) => self.value(spec, place, value)?,
                        // A map of which nothing more is said is one of strings.
                        None => self.value(&STRING, place, value)?,
                    }
                }
                Ok(())
            }
            (kind, _) => {
                let expected = kind_name(kind).ok_or_else(|| unreadable(kind))?;
                self.mismatch(place, expected, value.kind())
            }
        }
    }

    fn named(
        &mut self,
        token: &str,
        place: Place<'_>,
        value: &PropertyValue,
    ) -> Result<(), Misfit> {
        let spec = self.schema.named_type(token)?;
        if spec.values.is_empty() {
            return match value {
                PropertyValue::Object(fields) => {
                    self.fields(&spec.properties, &spec.required, place, fields)
                }
                _ => self.mismatch(place, object_name(token), value.kind()),
            };
        }
        self.enumeration(&spec, place, value)
    }

    fn enumeration(
        &mut self,
        spec: &TypeSpec<'_>,
        place: Place<'_>,
        value: &PropertyValue,
    ) -> Result<(), Misfit> {
        let found = revealed(value);
        if spec.values.iter().any(|valid| valid.value == found) {
            return Ok(());
        }
        if matches!(
            value,
            PropertyValue::Array(_) | PropertyValue::Object(_) | PropertyValue::Null
        ) {
            let expected = kind_name(&spec.kind).unwrap_or("a plain value");
            return self.mismatch(place, expected, value.kind());
        }
        let valid = spec.values.iter().map(|v| v.value.to_string()).collect();
        let found = (!place.secret).then(|| found.to_string());
        self.problem(place.path, ProblemKind::Value { found, valid });
        Ok(())
    }

    /// A value may be any of several things. What is told is what is wrong with the one that it is most like.
    fn one_of(
        &mut self,
        specs: &[PropertySpec<'_>],
        place: Place<'_>,
        value: &PropertyValue,
    ) -> Result<(), Misfit> {
        let mut closest: Option<Vec<Problem>> = None;
        for spec in specs {
            let mut attempt = Checker {
                schema: self.schema,
                problems: Vec::new(),
            };
            attempt.value(spec, place, value)?;
            let problems = attempt.problems;
            let other_shape = problems.iter().any(|problem| {
                problem.path == place.path && matches!(problem.kind, ProblemKind::Type { .. })
            });
            if problems.is_empty() {
                return Ok(());
            }
            let closer = closest
                .as_ref()
                .is_none_or(|closest| problems.len() < closest.len());
            if !other_shape && closer {
                closest = Some(problems);
            }
        }
        match closest {
            Some(problems) => {
                self.problems.extend(problems);
                Ok(())
            }
            None => {
                let mut expected: Vec<_> = specs.iter().map(describe).collect();
                expected.dedup();
                self.mismatch(place, expected.join(" or "), value.kind())
            }
        }
    }
}

const STRING: PropertySpec<'static> = PropertySpec {
    kind: Some("string"),
    reference: None,
    items: None,
    additional_properties: None,
    one_of: Vec::new(),
    secret: false,
    will_replace_on_changes: false,
};

/// What a property should be, for a message.
fn describe(spec: &PropertySpec<'_>) -> String {
    let token = spec.reference.and_then(|r| r.strip_prefix("#/types/"));
    match (token, spec.reference.and_then(built_in_name)) {
        (Some(token), _) => object_name(token),
        (None, Some(name)) => name.to_owned(),
        (None, None) => {
            let kind = kind_name(spec.kind.unwrap_or_default());
            kind.unwrap_or("another value").to_owned()
        }
    }
}

fn object_name(token: &str) -> String {
    let name = token.rsplit(':').next().unwrap_or(token);
    format!("an object ({name})")
}

fn kind_name(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "string" => "a string",
        "boolean" => "a boolean",
        "integer" => "an integer",
        "number" => "a number",
        "array" => "an array",
        "object" => "an object",
        _ => return None,
    })
}

fn built_in_name(reference: &str) -> Option<&'static str> {
    Some(match reference {
        "pulumi.json#/Archive" => "an archive",
        "pulumi.json#/Asset" => "an asset or an archive",
        "pulumi.json#/Any" => "any value",
        "pulumi.json#/Json" => "a JSON text",
        _ => return None,
    })
}

fn unreadable(what: &str) -> Misfit {
    Misfit::Schema(format!("`{what}` is no type that is understood"))
}
