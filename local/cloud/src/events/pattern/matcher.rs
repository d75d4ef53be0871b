//! One item of a pattern's list.

use serde_json::{Map, Value};

use super::invalid;

/// What EventBridge knows and is not emulated.
const NOT_EMULATED: [&str; 1] = ["cidr"];
/// The numbers that EventBridge compares.
const MOST_NUMBER: f64 = 5e9;

/// What a leaf must be.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Matcher {
    /// This value. Numbers are the same if they are written the same: 300 and 300.0 are not.
    Exact(Value),
    /// A text like this.
    Text(TextMatcher),
    /// None of these.
    AnythingBut(Vec<Matcher>),
    /// A number that all of these hold for.
    Numeric(Vec<(Comparison, f64)>),
    /// There at all, or not.
    Exists(bool),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum TextMatcher {
    Prefix {
        text: String,
        any_case: bool,
    },
    Suffix {
        text: String,
        any_case: bool,
    },
    EqualsIgnoreCase(String),
    /// What stands between the stars.
    Wildcard(Vec<String>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Less,
    LessOrEqual,
    Equal,
    GreaterOrEqual,
    Greater,
}

impl Matcher {
    pub(super) fn read(item: &Value, path: &str) -> Result<Self, String> {
        match item {
            Value::Object(operator) => Self::read_operator(operator, path),
            Value::Array(_) => Err(invalid(path, "a list must not stand in a list")),
            value => Ok(Self::Exact(value.clone())),
        }
    }

    fn read_operator(operator: &Map<String, Value>, path: &str) -> Result<Self, String> {
        let mut entries = operator.iter();
        let (Some((name, operand)), None) = (entries.next(), entries.next()) else {
            return Err(invalid(path, "an operator must have one name"));
        };
        match name.as_str() {
            "exists" => operand
                .as_bool()
                .map(Self::Exists)
                .ok_or_else(|| invalid(path, "`exists` takes true or false")),
            "numeric" => comparisons(operand, path).map(Self::Numeric),
            "anything-but" => Self::anything_but(operand, path),
            name => TextMatcher::read(name, operand, path).map(Self::Text),
        }
    }

    fn anything_but(operand: &Value, path: &str) -> Result<Self, String> {
        let refused = match operand {
            Value::Object(operator) => {
                let mut entries = operator.iter();
                let (Some((name, operands)), None) = (entries.next(), entries.next()) else {
                    return Err(invalid(path, "an operator must have one name"));
                };
                let operands = list(operands).iter();
                let read = operands.map(|it| TextMatcher::read(name, it, path).map(Self::Text));
                read.collect::<Result<Vec<_>, _>>()?
            }
            values => {
                let values = list(values).iter();
                let read = values.map(|value| match value {
                    Value::String(_) | Value::Number(_) => Ok(Self::Exact(value.clone())),
                    _ => Err(invalid(path, "`anything-but` takes texts and numbers")),
                });
                read.collect::<Result<Vec<_>, _>>()?
            }
        };
        if refused.is_empty() {
            return Err(invalid(path, "`anything-but` takes one value at least"));
        }
        Ok(Self::AnythingBut(refused))
    }

    /// Whether a leaf is what it must be; none if it is not there.
    pub(super) fn matches(&self, value: Option<&Value>) -> bool {
        let Some(value) = value else {
            return *self == Self::Exists(false);
        };
        match self {
            Self::Exact(expected) => expected == value,
            Self::Text(expected) => value.as_str().is_some_and(|text| expected.matches(text)),
            Self::AnythingBut(refused) => !refused.iter().any(|it| it.matches(Some(value))),
            Self::Numeric(comparisons) => value.as_f64().is_some_and(|number| {
                let holds =
                    |(comparison, operand): &(Comparison, f64)| comparison.holds(number, *operand);
                comparisons.iter().all(holds)
            }),
            Self::Exists(there) => *there,
        }
    }
}

impl TextMatcher {
    fn read(name: &str, operand: &Value, path: &str) -> Result<Self, String> {
        let ignoring_case = operand.get("equals-ignore-case").and_then(Value::as_str);
        let text = |problem: &str| {
            let text = operand.as_str().map(str::to_owned);
            text.ok_or_else(|| invalid(path, problem))
        };
        let (affix, any_case) = match ignoring_case {
            Some(text) => (Ok(text.to_lowercase()), true),
            None => (text(&format!("`{name}` takes a text")), false),
        };
        match name {
            "prefix" => affix.map(|text| Self::Prefix { text, any_case }),
            "suffix" => affix.map(|text| Self::Suffix { text, any_case }),
            "equals-ignore-case" => text("`equals-ignore-case` takes a text")
                .map(|text| Self::EqualsIgnoreCase(text.to_lowercase())),
            "wildcard" => wildcard(&text("`wildcard` takes a text")?, path),
            name if NOT_EMULATED.contains(&name) => Err(format!(
                "the operator `{name}` of event patterns is not emulated by the local runtime"
            )),
            name => Err(invalid(path, &format!("there is no operator `{name}`"))),
        }
    }

    fn matches(&self, text: &str) -> bool {
        let cased = |any_case: bool| match any_case {
            true => text.to_lowercase(),
            false => text.to_owned(),
        };
        match self {
            Self::Prefix { text, any_case } => cased(*any_case).starts_with(text.as_str()),
            Self::Suffix { text, any_case } => cased(*any_case).ends_with(text.as_str()),
            Self::EqualsIgnoreCase(expected) => text.to_lowercase() == *expected,
            Self::Wildcard(parts) => stars(parts, text),
        }
    }
}

/// A text with stars; `\*` and `\\` are themselves.
fn wildcard(text: &str, path: &str) -> Result<TextMatcher, String> {
    let mut parts = vec![String::new()];
    let mut characters = text.chars();
    let mut after_star = false;
    while let Some(character) = characters.next() {
        if character == '*' {
            if after_star {
                return Err(invalid(path, "two stars must not follow each other"));
            }
            parts.push(String::new());
            after_star = true;
            continue;
        }
        after_star = false;
        let character = match character {
            '\\' => characters
                .next()
                .filter(|escaped| matches!(escaped, '*' | '\\'))
                .ok_or_else(|| invalid(path, "`\\` stands only before `*` and `\\`"))?,
            plain => plain,
        };
        if let Some(last) = parts.last_mut() {
            last.push(character);
        }
    }
    Ok(TextMatcher::Wildcard(parts))
}

/// Whether a text is these parts with anything between them.
fn stars(parts: &[String], text: &str) -> bool {
    let (Some((first, rest)), Some(last)) = (parts.split_first(), parts.last()) else {
        return false;
    };
    let [middle @ .., _] = rest else {
        return text == first;
    };
    let Some(mut left) = text
        .strip_prefix(first.as_str())
        .and_then(|left| left.strip_suffix(last.as_str()))
    else {
        return false;
    };
    // The first place is always as good as a later one.
    for part in middle {
        let Some((_, after)) = left.split_once(part.as_str()) else {
            return false;
        };
        left = after;
    }
    true
}

fn comparisons(operand: &Value, path: &str) -> Result<Vec<(Comparison, f64)>, String> {
    let refuse = || {
        invalid(
            path,
            "`numeric` takes one or two comparisons with numbers from -5e9 to 5e9: [\">\", 0, \"<=\", 5]",
        )
    };
    let items = operand.as_array().ok_or_else(refuse)?;
    let read = items.chunks(2).map(|pair| {
        let [operator, number] = pair else {
            return None;
        };
        let comparison = match operator.as_str()? {
            "<" => Comparison::Less,
            "<=" => Comparison::LessOrEqual,
            "=" => Comparison::Equal,
            ">=" => Comparison::GreaterOrEqual,
            ">" => Comparison::Greater,
            _ => return None,
        };
        let number = number.as_f64().filter(|it| it.abs() <= MOST_NUMBER)?;
        Some((comparison, number))
    });
    let read: Option<Vec<_>> = read.collect();
    read.filter(|it| (1..=2).contains(&it.len()))
        .ok_or_else(refuse)
}

impl Comparison {
    #[expect(clippy::float_cmp, reason = "equality is what is asked for")]
    fn holds(self, number: f64, operand: f64) -> bool {
        match self {
            Self::Less => number < operand,
            Self::LessOrEqual => number <= operand,
            Self::Equal => number == operand,
            Self::GreaterOrEqual => number >= operand,
            Self::Greater => number > operand,
        }
    }
}

/// A list, or the one thing that stands for a list of one.
fn list(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        single => std::slice::from_ref(single),
    }
}
