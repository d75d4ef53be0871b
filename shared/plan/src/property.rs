//! The value of a property, which may be a secret or not be known yet.

use std::collections::BTreeMap;
use std::ops::Index;

use serde_json::{Map, Number, Value};

/// The value of a property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Property {
    /// Nothing, or not given.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    Text(String),
    /// Several values.
    List(Vec<Property>),
    /// Values by name.
    Object(BTreeMap<String, Property>),
    /// A file or an archive, by the hash of its content where that is known.
    Asset(Option<String>),
    /// What is known only once the resource that it comes from is there.
    Unknown,
    /// What nobody may see. It is not even here.
    Secret,
}

/// What the engine writes for a value that is not known yet, by the kind of the value
/// (`sdk/go/common/resource/plugin/rpc.go`), and what `tidegate plan` writes.
const UNKNOWN: [&str; 8] = [
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "030794c1-ac77-496b-92df-f27374a8bd58",
    "e48ece36-62e2-4504-bad9-02848725956a",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    "[unknown]",
];

/// What stands for a secret in everything that Pulumi and we show.
const SECRET: &str = "[secret]";

/// The key by which the engine marks an object that stands for something else, and its marks
/// (`sdk/go/common/resource/sig/sig.go`).
const MARK: &str = "4dabf18193072939515e22adb298388d";
const MARKED_SECRET: &str = "1b47061264138c4ac30d75fd1eb44270";
const MARKED_ASSET: &str = "c44067f5952c0a294b673a41bacd8c17";
const MARKED_ARCHIVE: &str = "0def7320c3a5731c473e5ecbe6d01bc7";

static NOTHING: Property = Property::Null;

impl Property {
    /// A value as the engine or `tidegate plan` wrote it.
    #[must_use]
    pub fn read(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            Value::Number(number) => Self::Number(number),
            Value::String(text) if text == SECRET => Self::Secret,
            Value::String(text) if UNKNOWN.contains(&text.as_str()) => Self::Unknown,
            Value::String(text) => Self::Text(text),
            Value::Array(items) => Self::List(items.into_iter().map(Self::read).collect()),
            Value::Object(fields) => Self::object(fields),
        }
    }

    fn object(fields: Map<String, Value>) -> Self {
        let hash = || fields.get("hash").and_then(Value::as_str);
        match fields.get(MARK).and_then(Value::as_str) {
            Some(MARKED_SECRET) => Self::Secret,
            Some(MARKED_ASSET | MARKED_ARCHIVE) => Self::Asset(hash().map(str::to_owned)),
            _ => Self::Object(
                fields
                    .into_iter()
                    .map(|(name, value)| (name, Self::read(value)))
                    .collect(),
            ),
        }
    }

    /// The text, if it is one and known.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number, if it is one and known. Engines write some as `10.0`, and some providers as text.
    #[must_use]
    pub fn whole(&self) -> Option<i64> {
        match self {
            Self::Number(number) => number
                .as_i64()
                .or_else(|| format!("{:.0}", number.as_f64()?).parse().ok()),
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// Whether it is a number above zero; nothing if that is not known yet.
    #[must_use]
    pub fn above_zero(&self) -> Option<bool> {
        match self {
            Self::Unknown | Self::Secret => None,
            Self::Number(number) => Some(number.as_f64().is_some_and(|number| number > 0.0)),
            _ => Some(false),
        }
    }

    /// Whether it is `true`.
    #[must_use]
    pub fn is_true(&self) -> bool {
        *self == Self::Bool(true)
    }

    /// Whether it was not given.
    #[must_use]
    pub fn is_null(&self) -> bool {
        *self == Self::Null
    }

    /// Whether it is there but nobody can read it: not known yet, or a secret.
    #[must_use]
    pub fn is_hidden(&self) -> bool {
        matches!(self, Self::Unknown | Self::Secret)
    }

    /// The items of a list; of anything else none.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// The fields of an object; of anything else none.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &Self)> {
        let fields = match self {
            Self::Object(fields) => Some(fields),
            _ => None,
        };
        let fields = fields.into_iter().flatten();
        fields.map(|(name, value)| (name.as_str(), value))
    }

    /// What is at a path as the engine writes them: `environment.variables.NAME`, `origins[0].domainName`,
    /// `tags["a.b"]`.
    #[must_use]
    pub fn at(&self, path: &str) -> &Self {
        let mut here = self;
        let mut rest = path;
        while !rest.is_empty() {
            let (step, after) = step(rest);
            here = match (here, step) {
                (Self::Object(fields), step) => fields.get(step.as_ref()).unwrap_or(&NOTHING),
                (Self::List(items), step) => step
                    .parse::<usize>()
                    .ok()
                    .and_then(|index| items.get(index))
                    .unwrap_or(&NOTHING),
                // A part of what is hidden is hidden too.
                (Self::Unknown | Self::Secret, _) => here,
                _ => &NOTHING,
            };
            rest = after;
        }
        here
    }

    /// What is in a text that is a JSON object or list, as policies and dashboards are.
    #[must_use]
    pub fn document(&self) -> Option<Self> {
        let text = self.text().filter(|text| text.starts_with(['{', '[']))?;
        serde_json::from_str(text).ok().map(Self::read)
    }

    /// Whether any part of it is not known yet.
    #[must_use]
    pub fn has_unknown(&self) -> bool {
        match self {
            Self::Unknown => true,
            Self::List(items) => items.iter().any(Self::has_unknown),
            Self::Object(fields) => fields.values().any(Self::has_unknown),
            _ => false,
        }
    }
}

/// The first step of a path, and what comes after it.
fn step(path: &str) -> (std::borrow::Cow<'_, str>, &str) {
    if let Some(quoted) = path.strip_prefix("[\"") {
        let mut end = None;
        let mut escaped = false;
        for (at, character) in quoted.char_indices() {
            match character {
                '\\' if !escaped => escaped = true,
                '"' if !escaped => {
                    end = Some(at);
                    break;
                }
                _ => escaped = false,
            }
        }
        let end = end.unwrap_or(quoted.len());
        let name = quoted[..end].replace("\\\"", "\"");
        let after = quoted.get(end + 1..).unwrap_or_default();
        let after = after.strip_prefix(']').unwrap_or(after);
        return (name.into(), after.strip_prefix('.').unwrap_or(after));
    }
    if let Some(index) = path.strip_prefix('[') {
        let (index, after) = index.split_once(']').unwrap_or((index, ""));
        return (index.into(), after.strip_prefix('.').unwrap_or(after));
    }
    let end = path.find(['.', '[']).unwrap_or(path.len());
    let after = &path[end..];
    (path[..end].into(), after.strip_prefix('.').unwrap_or(after))
}

impl Index<&str> for Property {
    type Output = Self;

    /// The field of this name; [`Property::Null`] where there is none, and what hides it where it is hidden.
    fn index(&self, name: &str) -> &Self {
        match self {
            Self::Object(fields) => fields.get(name).unwrap_or(&NOTHING),
            Self::Unknown | Self::Secret => self,
            _ => &NOTHING,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_engines_write_for_secrets_unknown_values_and_files_is_understood() {
        let read = Property::read(json!({
            "known": "text",
            "later": "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
            "shown": "[secret]",
            "kept": {MARK: MARKED_SECRET, "ciphertext": "v1:…"},
            "code": {MARK: MARKED_ARCHIVE, "hash": "f31", "assets": {}},
        }));
        assert_eq!(read["known"], Property::Text("text".into()));
        assert_eq!(read["later"], Property::Unknown);
        assert_eq!(read["shown"], Property::Secret);
        assert_eq!(read["kept"], Property::Secret);
        assert_eq!(read["code"], Property::Asset(Some("f31".into())));
        assert_eq!(read["missing"]["deeper"], Property::Null);
        assert!(read.has_unknown());
    }

    #[test]
    fn a_path_leads_to_its_value() {
        let read = Property::read(json!({
            "origins": [{"name": "a"}, {"name": "b"}],
            "tags": {"a.b": 1, "say \"hi\"": 2},
            "hidden": "[secret]",
        }));
        assert_eq!(read.at("origins[1].name").text(), Some("b"));
        assert_eq!(read.at("tags[\"a.b\"]").whole(), Some(1));
        assert_eq!(read.at("tags[\"say \\\"hi\\\"\"]").whole(), Some(2));
        assert_eq!(*read.at("hidden.deeper[3]"), Property::Secret);
        for broken in ["", "[", "[\"", "[\"é", "origins[9].name", "a..b", "]"] {
            let _ = read.at(broken);
        }
    }

    #[test]
    fn a_number_is_read_however_it_is_written() {
        for (written, number) in [(json!(10), 10), (json!(10.0), 10), (json!("10"), 10)] {
            assert_eq!(Property::read(written).whole(), Some(number));
        }
    }
}
