//! Mapping templates: text with `$context.…` variables.

use thiserror::Error;

/// A template that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Context(String),
}

/// A template that is not emulated.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "the mapping template uses `{0}`, which is not emulated: only text and $context variables are (connectionId, \
     requestId, requestTimeEpoch, connectedAt, routeKey, stage, apiId, messageId, domainName)"
)]
pub struct UnsupportedTemplate(String);

/// The context variables that a template may use.
const VARIABLES: [&str; 9] = [
    "connectionId",
    "requestId",
    "requestTimeEpoch",
    "connectedAt",
    "routeKey",
    "stage",
    "apiId",
    "messageId",
    "domainName",
];

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// Names the first thing in it that is not emulated.
    pub fn parse(text: &str) -> Result<Self, UnsupportedTemplate> {
        if let Some(at) = text
            .find("#set")
            .or_else(|| text.find("#if"))
            .or_else(|| text.find("#foreach"))
        {
            return Err(UnsupportedTemplate(text[at..].chars().take(12).collect()));
        }
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            if at > 0 {
                parts.push(Part::Text(rest[..at].to_owned()));
            }
            let variable = &rest[at..];
            let name = variable.strip_prefix("$context.").map(|after| {
                let end = after
                    .find(|c: char| !c.is_ascii_alphanumeric() && c != '.')
                    .unwrap_or(after.len());
                &after[..end]
            });
            let name = name.filter(|name| VARIABLES.contains(name));
            let name =
                name.ok_or_else(|| UnsupportedTemplate(variable.chars().take(24).collect()))?;
            parts.push(Part::Context(name.to_owned()));
            rest = &variable["$context.".len() + name.len()..];
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self { parts })
    }

    /// Writes the template out, with what `lookup` gives for each variable.
    pub fn render(&self, lookup: impl Fn(&str) -> String) -> String {
        self.parts.iter().fold(String::new(), |mut text, part| {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Context(name) => text.push_str(&lookup(name)),
            }
            text
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_filled_in() {
        let template =
            Template::parse(r#"{"type":"pong","at":$context.requestTimeEpoch}"#).unwrap();
        assert_eq!(
            template.render(|name| format!("<{name}>")),
            r#"{"type":"pong","at":<requestTimeEpoch>}"#
        );
    }

    #[test]
    fn what_is_not_emulated_is_refused_by_name() {
        for (text, named) in [
            ("#set($a = 1)$a", "#set"),
            ("$input.body", "$input.body"),
            ("$context.nothing", "$context.nothing"),
            ("$util.urlEncode($input.body)", "$util"),
        ] {
            let error = Template::parse(text).unwrap_err().to_string();
            assert!(error.contains(named), "{text}: {error}");
        }
    }
}
