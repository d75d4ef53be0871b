//! Route selection expressions: `$request.body.action` and its like.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use thiserror::Error;

/// A path into the JSON of a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelectionExpression {
    path: Vec<String>,
}

/// An expression that is not emulated.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "the route selection expression `{0}` is not emulated: it must be $request.body.NAME, or a path of names"
)]
pub struct UnsupportedExpression(String);

impl SelectionExpression {
    /// Reads an expression.
    ///
    /// # Errors
    /// When it is anything but one path into the body.
    pub fn parse(text: &str) -> Result<Self, UnsupportedExpression> {
        let unsupported = || UnsupportedExpression(text.to_owned());
        let path = text.trim().trim_start_matches("${").trim_end_matches('}');
        let path = path
            .trim_start_matches('$')
            .strip_prefix("request.body.")
            .ok_or_else(unsupported)?;
        let plain = |name: &str| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
        };
        if !path.split('.').all(plain) {
            return Err(unsupported());
        }
        Ok(Self {
            path: path.split('.').map(str::to_owned).collect(),
        })
    }

    /// What the expression selects in a frame: none when the frame is not JSON or has nothing there. Numbers and
    /// booleans are taken as their text; a list or an object never matches a route key.
    #[must_use]
    pub fn select<'a>(&self, frame: &'a str) -> Option<Cow<'a, str>> {
        let mut deserializer = serde_json::Deserializer::from_str(frame);
        let selected = Path(&self.path).deserialize(&mut deserializer).ok()?;
        deserializer.end().ok()?;
        selected
    }
}

/// Walks down a path and skips all else without keeping it.
struct Path<'p>(&'p [String]);

impl<'de> DeserializeSeed<'de> for Path<'_> {
    type Value = Option<Cow<'de, str>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Path<'_> {
    type Value = Option<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let Some((name, rest)) = self.0.split_first() else {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(None);
        };
        let mut selected = None;
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            if key == name.as_str() {
                selected = map.next_value_seed(Path(rest))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(selected)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(self.0.is_empty().then_some(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(self.0.is_empty().then(|| Cow::Owned(text.to_owned())))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(self.0.is_empty().then(|| Cow::Owned(value.to_string())))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(self.0.is_empty().then(|| Cow::Owned(value.to_string())))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(self.0.is_empty().then(|| Cow::Owned(value.to_string())))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(self.0.is_empty().then(|| Cow::Owned(value.to_string())))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_action_of_a_frame_is_selected() {
        let expression = SelectionExpression::parse("$request.body.action").unwrap();
        let cases = [
            (
                r#"{"action":"publish","data":{"action":"x"}}"#,
                Some("publish"),
            ),
            (
                r#"{"data":[1,{"action":"x"}],"action":"pub\u006cish"}"#,
                Some("publish"),
            ),
            (r#"{"action":7}"#, Some("7")),
            (r#"{"action":{"a":1}}"#, None),
            (r#"{"action":null}"#, None),
            ("{}", None),
            ("[]", None),
            ("hello", None),
            ("", None),
            (r#"{"action":"publish"} trailing"#, None),
            (r#"{"action":"publish""#, None),
        ];
        for (frame, selected) in cases {
            assert_eq!(expression.select(frame).as_deref(), selected, "{frame}");
        }
    }

    #[test]
    fn a_path_goes_down() {
        let expression = SelectionExpression::parse("${request.body.detail.kind}").unwrap();
        assert_eq!(
            expression.select(r#"{"detail":{"kind":"a"}}"#).as_deref(),
            Some("a")
        );
        assert_eq!(expression.select(r#"{"detail":"kind"}"#), None);
    }

    #[test]
    fn what_is_not_emulated_is_refused() {
        for text in [
            "$request.header.x",
            "static",
            "$request.body.a/$request.body.b",
            "$request.body.",
            "$request.body[0]",
        ] {
            assert!(SelectionExpression::parse(text).is_err(), "{text}");
        }
    }
}
