//! The format of a scenario.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tidegate_protocol::{Channel, Position};

/// A scenario.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scenario {
    #[serde(rename = "$schema")]
    pub(crate) schema: String,
    pub(crate) about: String,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(crate) config: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) random: Vec<f64>,
    pub(crate) steps: Vec<Step>,
}

/// What happens at a time, and what the machine does then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    pub(crate) at: u64,
    /// None where it is only time that goes by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) input: Option<Do>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) outputs: Vec<Value>,
}

/// An input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub(crate) enum Do {
    Start,
    Opened {
        socket: u64,
    },
    HandshakeFailed {
        socket: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
    },
    Closed {
        socket: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<u16>,
    },
    Frame {
        socket: u64,
        frame: Value,
    },
    Text {
        socket: u64,
        text: String,
    },
    Token {
        token: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at_ms: Option<u64>,
    },
    TokenFailed {
        permanent: bool,
    },
    Checked {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
    },
    Subscribe {
        channel: Channel,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<Position>,
    },
    Unsubscribe {
        channel: Channel,
    },
    Publish {
        request: u64,
        channel: Channel,
        data: Value,
        key: String,
        expires_in_ms: u64,
    },
    History {
        request: u64,
        channel: Channel,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<Position>,
        expires_in_ms: u64,
    },
    Presence {
        request: u64,
        channel: Channel,
        expires_in_ms: u64,
    },
    Close,
}

impl Scenario {
    /// As a file: a line for each input and output, so that a diff can be read.
    pub(crate) fn written(&self) -> String {
        let mut text = String::from("{\n");
        let mut line = |name: &str, value: Value| {
            text.push_str(&format!("  \"{name}\": {value},\n"));
        };
        line("$schema", self.schema.as_str().into());
        line("about", self.about.as_str().into());
        if !self.config.is_empty() {
            line("config", self.config.clone().into());
        }
        if !self.random.is_empty() {
            line("random", self.random.clone().into());
        }
        let steps: Vec<String> = self.steps.iter().map(Step::written).collect();
        text.push_str(&format!("  \"steps\": [\n{}\n  ]\n}}\n", steps.join(",\n")));
        text
    }
}

impl Step {
    fn written(&self) -> String {
        let mut text = format!("    {{\"at\": {}", self.at);
        if let Some(input) = &self.input {
            let input = serde_json::to_string(input).unwrap();
            text.push_str(&format!(", \"input\": {input}"));
        }
        if !self.outputs.is_empty() {
            let outputs: Vec<String> = self.outputs.iter().map(kind_first).collect();
            text.push_str(&format!(
                ", \"outputs\": [\n      {}]",
                outputs.join(",\n      ")
            ));
        }
        text.push('}');
        text
    }

    /// The lines that a difference is shown by.
    pub(crate) fn lines(&self) -> Vec<String> {
        let input = self.input.as_ref().map_or_else(
            || "time goes by".to_owned(),
            |input| serde_json::to_string(input).unwrap(),
        );
        let first = format!("at {}: {input}", self.at);
        let outputs = self.outputs.iter().map(|output| format!("  {output}"));
        std::iter::once(first).chain(outputs).collect()
    }
}

/// An output with its type before the rest, for people.
fn kind_first(output: &Value) -> String {
    let mut rest = output.as_object().unwrap().clone();
    let kind = rest.remove("type").unwrap();
    let rest = Value::from(rest).to_string();
    let comma = if rest == "{}" { "" } else { "," };
    format!("{{\"type\":{kind}{comma}{}", &rest[1..])
}
