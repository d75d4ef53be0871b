//! What of an event a target gets ("Amazon EventBridge input transformation").

use std::collections::BTreeMap;

use serde_json::{Value, json};
use thiserror::Error;

use super::path::Path;

/// The most paths of a transformer, and the longest template. Not raisable.
const MOST_PATHS: usize = 100;
const MOST_CHARACTERS: usize = 8_192;
/// The variables that there are without a path.
const EVENT_JSON: &str = "aws.events.event.json";
const EVENT: &str = "aws.events.event";
const INGESTION_TIME: &str = "aws.events.event.ingestion-time";
const RULE_ARN: &str = "aws.events.rule-arn";
const RULE_NAME: &str = "aws.events.rule-name";
const OWN: [&str; 5] = [EVENT_JSON, EVENT, INGESTION_TIME, RULE_ARN, RULE_NAME];

/// What of an event a target gets.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetInput(Kind);

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Event,
    Constant(String),
    Part(Path),
    Transformed(Transformer),
}

/// An event for which a target can be handed nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InputError {
    /// The event has nothing at the path.
    #[error("the event has nothing at the target's input path")]
    NothingThere,
    /// The template with its variables put in is no JSON.
    #[error("the target's template is no JSON once the variables are put in")]
    NotJson,
    /// An object or a list stands in a text.
    #[error(
        "the variable `{0}` is an object or a list and stands in a text of the template, which is not emulated"
    )]
    InText(String),
}

/// A template, and where its variables come from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Transformer {
    paths: BTreeMap<String, Path>,
    parts: Vec<Part>,
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq)]
enum Part {
    Text(String),
    Variable {
        name: String,
        /// Whether it stands between quotation marks.
        in_text: bool,
    },
}

impl TargetInput {
    /// The event as it is.
    #[must_use]
    pub const fn event() -> Self {
        Self(Kind::Event)
    }

    /// Always the same text, which must be JSON.
    pub(crate) fn constant(text: String) -> Result<Self, String> {
        match serde_json::from_str::<Value>(&text) {
            Ok(_) => Ok(Self(Kind::Constant(text))),
            Err(error) => Err(format!("must be JSON: {error}")),
        }
    }

    /// A part of the event.
    pub(crate) fn part(path: &str) -> Result<Self, String> {
        Path::parse(path).map(|path| Self(Kind::Part(path)))
    }

    pub(crate) const fn transformed(transformer: Transformer) -> Self {
        Self(Kind::Transformed(transformer))
    }

    /// What a target gets of `event`, which a rule with this name and ARN is for, and which came at `time`.
    ///
    /// # Errors
    /// When there is nothing that it could be handed.
    pub fn of(
        &self,
        event: &Value,
        (rule_name, rule_arn): (&str, &str),
        time: &str,
    ) -> Result<String, InputError> {
        match &self.0 {
            Kind::Event => Ok(event.to_string()),
            Kind::Constant(text) => Ok(text.clone()),
            Kind::Part(path) => {
                let part = path.find(event).ok_or(InputError::NothingThere)?;
                Ok(part.to_string())
            }
            Kind::Transformed(transformer) => transformer.render(event, |name| match name {
                EVENT_JSON => Some(event.clone()),
                EVENT => {
                    let mut without = event.clone();
                    if let Some(fields) = without.as_object_mut() {
                        fields.remove("detail");
                    }
                    Some(without)
                }
                INGESTION_TIME => Some(json!(time)),
                RULE_ARN => Some(json!(rule_arn)),
                RULE_NAME => Some(json!(rule_name)),
                _ => None,
            }),
        }
    }
}

impl Transformer {
    /// Reads a transformer. Templates of several lines of text are not emulated.
    pub(crate) fn parse(paths: &BTreeMap<String, String>, template: &str) -> Result<Self, String> {
        if paths.len() > MOST_PATHS || template.chars().count() > MOST_CHARACTERS {
            return Err(format!(
                "takes at most {MOST_PATHS} paths and a template of at most {MOST_CHARACTERS} characters"
            ));
        }
        let mut read = BTreeMap::new();
        for (name, path) in paths {
            if name.starts_with("AWS") || name.starts_with("aws.") {
                return Err(format!("the name `{name}` is reserved"));
            }
            read.insert(name.clone(), Path::parse(path)?);
        }
        let parts = parts(template);
        for part in &parts {
            if let Part::Variable { name, .. } = part
                && !read.contains_key(name)
                && !OWN.contains(&name.as_str())
            {
                return Err(format!(
                    "the template has `<{name}>`, for which there is no path"
                ));
            }
        }
        let transformer = Self { paths: read, parts };
        // Whatever the variables are: a text stands for each of them.
        let sample = transformer.render(&Value::Null, |_| Some(json!("x")));
        match sample {
            Ok(_) => Ok(transformer),
            Err(_) => Err(
                "the template must be JSON once its variables are put in: an object, or one text in quotation marks; others \
                 are not emulated"
                    .to_owned(),
            ),
        }
    }

    fn render(
        &self,
        event: &Value,
        own: impl Fn(&str) -> Option<Value>,
    ) -> Result<String, InputError> {
        let mut rendered = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => rendered.push_str(text),
                Part::Variable { name, in_text } => {
                    let own = own(name);
                    let found = self.paths.get(name).and_then(|path| path.find(event));
                    // AWS says only that a variable whose path is not in the event does not appear: an empty text.
                    let empty = json!("");
                    let value = own.as_ref().or(found).unwrap_or(&empty);
                    put(&mut rendered, name, value, *in_text)?;
                }
            }
        }
        match serde_json::from_str::<Value>(&rendered) {
            Ok(_) => Ok(rendered),
            Err(_) => Err(InputError::NotJson),
        }
    }
}

fn put(rendered: &mut String, name: &str, value: &Value, in_text: bool) -> Result<(), InputError> {
    match value {
        Value::Object(_) | Value::Array(_) if in_text => {
            return Err(InputError::InText(name.to_owned()));
        }
        Value::String(_) if in_text => {
            // Escaped as JSON is, without the quotation marks that are in the template.
            let quoted = value.to_string();
            rendered.push_str(
                quoted
                    .trim_start_matches('"')
                    .strip_suffix('"')
                    .unwrap_or_default(),
            );
        }
        value => rendered.push_str(&value.to_string()),
    }
    Ok(())
}

/// A template in its parts: `<name>` is a variable.
fn parts(template: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let (mut text, mut in_text, mut escaped) = (String::new(), false, false);
    let mut rest = template;
    while let Some(character) = rest.chars().next() {
        if character == '<'
            && let Some((name, after)) = rest.strip_prefix('<').and_then(|it| it.split_once('>'))
            && is_name(name)
        {
            parts.push(Part::Text(std::mem::take(&mut text)));
            let name = name.to_owned();
            parts.push(Part::Variable { name, in_text });
            rest = after;
            continue;
        }
        if character == '"' && !escaped {
            in_text = !in_text;
        }
        escaped = character == '\\' && !escaped;
        text.push(character);
        rest = rest.get(character.len_utf8()..).unwrap_or_default();
    }
    parts.push(Part::Text(text));
    parts
}

fn is_name(name: &str) -> bool {
    let word = |character: char| character.is_ascii_alphanumeric() || "_-.".contains(character);
    !name.is_empty() && name.chars().all(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> Value {
        json!({"source": "shop", "detail": {
            "name": "a \"b\"\\", "count": 2, "tags": ["x", "y"], "\u{e9}-1": null,
        }})
    }

    fn of(input: &TargetInput) -> Result<Value, InputError> {
        let rendered = input.of(&event(), ("sold", "arn:rule"), "2026-01-01T00:00:00Z")?;
        Ok(serde_json::from_str(&rendered).unwrap())
    }

    fn transformed(paths: Value, template: &str) -> Result<TargetInput, String> {
        let paths = serde_json::from_value(paths).unwrap();
        Transformer::parse(&paths, template).map(TargetInput::transformed)
    }

    #[test]
    fn a_target_gets_the_event_or_a_part_of_it_or_always_the_same() {
        assert_eq!(of(&TargetInput::event()).unwrap(), event());
        let constant = TargetInput::constant(r#"{"a": 1}"#.to_owned()).unwrap();
        assert_eq!(of(&constant).unwrap(), json!({"a": 1}));
        for (path, part) in [
            ("$", event()),
            ("$.detail.count", json!(2)),
            ("$.detail.tags[1]", json!("y")),
            ("$['detail']['\u{e9}-1']", json!(null)),
        ] {
            assert_eq!(
                of(&TargetInput::part(path).unwrap()).unwrap(),
                part,
                "{path}"
            );
        }
        let nothing = TargetInput::part("$.detail.more").unwrap();
        assert_eq!(of(&nothing), Err(InputError::NothingThere));
    }

    #[test]
    fn a_template_is_filled_in() {
        let paths = json!({
            "name": "$.detail.name", "count": "$.detail.count", "tags": "$.detail.tags", "more": "$.detail.more",
        });
        for (template, filled) in [
            (
                r#"{"n": <name>, "c": <count>, "t": <tags>}"#,
                json!({"n": "a \"b\"\\", "c": 2, "t": ["x", "y"]}),
            ),
            (
                r#"{"text": "<count> of <name>, 1 < 2"}"#,
                json!({"text": "2 of a \"b\"\\, 1 < 2"}),
            ),
            (r#""<name>""#, json!("a \"b\"\\")),
            (r#"{"m": <more>}"#, json!({"m": ""})),
            (
                r#"{"rule": <aws.events.rule-name>}"#,
                json!({"rule": "sold"}),
            ),
            ("<aws.events.event.json>", event()),
            (
                r#"{"e": <aws.events.event>}"#,
                json!({"e": {"source": "shop"}}),
            ),
            (
                r#"{"at": "<aws.events.event.ingestion-time>"}"#,
                json!({"at": "2026-01-01T00:00:00Z"}),
            ),
        ] {
            let input = transformed(paths.clone(), template).unwrap();
            assert_eq!(of(&input).unwrap(), filled, "{template}");
        }
        let in_text = transformed(paths, r#""<tags>""#).unwrap();
        assert_eq!(of(&in_text), Err(InputError::InText("tags".to_owned())));
    }

    #[test]
    fn what_cannot_be_filled_in_is_refused_beforehand() {
        for (paths, template, problem) in [
            (
                json!({}),
                r#"{"a": <b>}"#,
                "`<b>`, for which there is no path",
            ),
            (json!({"b": "$.b"}), r#"{"a": <b>"#, "must be JSON"),
            (json!({"b": "$.b"}), "one\ntwo <b>", "must be JSON"),
            (json!({"b": "detail"}), "<b>", "no path"),
            (json!({"b": "$.a[*]"}), "<b>", "no path"),
            (json!({"b": "$.a..b"}), "<b>", "no path"),
            (json!({"AWSx": "$.b"}), "<AWSx>", "reserved"),
        ] {
            let refused = transformed(paths, template).unwrap_err();
            assert!(refused.contains(problem), "{template}: {refused}");
        }
        assert!(TargetInput::constant("{".to_owned()).is_err());
    }
}
