//! Looks at inputs and notes what is wrong with them. What is unknown is neither there nor missing.

use std::ops::RangeInclusive;

use serde_json::Value;

use crate::declarations::region_of;
use crate::others::Known;
use crate::{Origin, Problem, Resource, Violation, is_unknown};

/// What an input is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Given<'a> {
    Absent,
    Unknown,
    Known(&'a Value),
}

/// Somebody who looks at one resource.
#[derive(Debug)]
pub(crate) struct Judge<'a> {
    resource: &'a Resource<'a>,
    found: Vec<Violation>,
}

impl<'a> Judge<'a> {
    pub(crate) fn new(resource: &'a Resource<'a>) -> Self {
        Self {
            resource,
            found: Vec::new(),
        }
    }

    pub(crate) fn into_violations(self) -> Vec<Violation> {
        self.found
    }

    pub(crate) fn type_token(&self) -> &'a str {
        self.resource.type_token
    }

    /// The Region that the resource will be in.
    pub(crate) fn region(&self) -> Option<&'a str> {
        region_of(self.resource.inputs, self.resource.region)
    }

    /// What the input at a path (`a.b`) is.
    pub(crate) fn input(&self, path: &str) -> Given<'a> {
        let mut steps = path.split('.');
        let first = steps.next().unwrap_or_default();
        let mut given = given(self.resource.inputs.get(first));
        for step in steps {
            given = match given {
                Given::Known(value) => field(value, step),
                other => other,
            };
        }
        given
    }

    pub(crate) fn is_absent(&self, path: &str) -> bool {
        self.input(path) == Given::Absent
    }

    pub(crate) fn is_given(&self, path: &str) -> bool {
        matches!(self.input(path), Given::Known(_))
    }

    pub(crate) fn text(&self, path: &str) -> Option<&'a str> {
        self.input(path).text()
    }

    pub(crate) fn number(&self, path: &str) -> Option<f64> {
        self.input(path).number()
    }

    /// Whether an input is known to be true.
    pub(crate) fn is_true(&self, path: &str) -> bool {
        self.input(path) == Given::Known(&Value::Bool(true))
    }

    /// The items of a list; none where it is not known.
    pub(crate) fn items(&self, path: &str) -> &'a [Value] {
        match self.input(path) {
            Given::Known(Value::Array(items)) => items,
            _ => &[],
        }
    }

    /// The known texts of a list.
    pub(crate) fn texts(&self, path: &str) -> Vec<&'a str> {
        let items = self.items(path).iter();
        items.filter_map(|item| given(Some(item)).text()).collect()
    }

    /// The entries of a map or an object; none where it is not known.
    pub(crate) fn entries(&self, path: &str) -> Vec<(&'a str, Given<'a>)> {
        match self.input(path) {
            Given::Known(Value::Object(fields)) => fields
                .iter()
                .map(|(key, value)| (key.as_str(), given(Some(value))))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The resource of a type that a property names.
    pub(crate) fn named_by(&self, property: &str, type_token: &str) -> Option<Known> {
        self.resource.others.named_by(property, type_token)
    }

    /// The inputs of other resources of this type that name the same in this property.
    pub(crate) fn beside(&self, property: &str) -> Vec<crate::Inputs> {
        self.resource.others.beside(property, self.type_token())
    }

    pub(crate) fn refuse(&mut self, path: impl Into<String>, problem: Problem, origin: &Origin) {
        self.found.push(Violation {
            type_token: self.resource.type_token.to_owned(),
            name: self.resource.name.to_owned(),
            property: path.into(),
            problem,
            origin: origin.clone(),
        });
    }

    /// Notes a problem that is a clause of its own.
    pub(crate) fn object(
        &mut self,
        path: impl Into<String>,
        problem: impl Into<String>,
        origin: &Origin,
    ) {
        self.refuse(path, Problem::Other(problem.into()), origin);
    }

    /// It has to be given.
    pub(crate) fn require(&mut self, path: &str, when: &str, origin: &Origin) {
        if self.is_absent(path) {
            self.refuse(path, Problem::Required(when.to_owned()), origin);
        }
    }

    /// It must not be given.
    pub(crate) fn exclude(&mut self, path: &str, when: &str, origin: &Origin) {
        if self.is_given(path) {
            self.refuse(path, Problem::Excluded(when.to_owned()), origin);
        }
    }

    /// Exactly one of these has to be given.
    pub(crate) fn one_of(&mut self, paths: &[&str], origin: &Origin) {
        let given: Vec<_> = paths.iter().filter(|path| self.is_given(path)).collect();
        let all_absent = paths.iter().all(|path| self.is_absent(path));
        let list = paths.join("`, `");
        if let [first, second, ..] = given[..] {
            let problem = Problem::Excluded(format!("together with `{first}`"));
            self.refuse(*second, problem, origin);
        } else if all_absent && let Some(first) = paths.first() {
            let problem = Problem::Required(format!("(one of `{list}`)"));
            self.refuse(*first, problem, origin);
        }
    }

    /// A number in a range, both ends included.
    pub(crate) fn range(&mut self, path: &str, range: RangeInclusive<f64>, origin: &Origin) {
        let Some(number) = self.number(path) else {
            return;
        };
        let (least, most) = (*range.start(), *range.end());
        if number < least {
            self.refuse(path, Problem::AtLeast { least, unit: "" }, origin);
        } else if number > most {
            self.refuse(path, Problem::AtMost { most, unit: "" }, origin);
        }
    }

    /// A text that is one of these.
    pub(crate) fn value(&mut self, path: &str, values: &[&str], origin: &Origin) {
        if self.text(path).is_some_and(|text| !values.contains(&text)) {
            let values = values.iter().map(|&value| value.to_owned()).collect();
            self.refuse(path, Problem::OneOf(values), origin);
        }
    }

    /// A text of so many bytes.
    pub(crate) fn bytes(&mut self, path: &str, most: u32, origin: &Origin) {
        let text = self.text(path).unwrap_or_default();
        if more_than(text.len(), most) {
            let most = f64::from(most);
            self.refuse(
                path,
                Problem::AtMost {
                    most,
                    unit: "bytes",
                },
                origin,
            );
        }
    }

    /// The JSON document that a text is; notes a text that is none.
    pub(crate) fn document(&mut self, path: &str, origin: &Origin) -> Option<Value> {
        let text = self.text(path)?;
        let parsed = serde_json::from_str(text).ok();
        if parsed.is_none() {
            self.object(path, "must be a JSON document", origin);
        }
        parsed
    }
}

/// What a value is.
pub(crate) fn given(value: Option<&Value>) -> Given<'_> {
    match value {
        None | Some(Value::Null) => Given::Absent,
        Some(value) if is_unknown(value) => Given::Unknown,
        Some(value) => Given::Known(value),
    }
}

/// What a field of an object is.
pub(crate) fn field<'v>(value: &'v Value, name: &str) -> Given<'v> {
    given(value.get(name))
}

/// Whether there are more of something than there may be.
pub(crate) fn more_than(count: usize, most: u32) -> bool {
    u32::try_from(count).is_ok_and(|count| count > most) || u32::try_from(count).is_err()
}

impl<'a> Given<'a> {
    pub(crate) fn text(self) -> Option<&'a str> {
        match self {
            Self::Known(value) => value.as_str(),
            _ => None,
        }
    }

    pub(crate) fn number(self) -> Option<f64> {
        match self {
            Self::Known(value) => value.as_f64(),
            _ => None,
        }
    }

    pub(crate) fn items(self) -> &'a [Value] {
        match self {
            Self::Known(Value::Array(items)) => items,
            _ => &[],
        }
    }
}
