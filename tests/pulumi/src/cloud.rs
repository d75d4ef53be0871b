//! The cloud that the stand-in provider keeps in a folder.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::project::made;

/// The cloud, from the outside.
pub struct Cloud {
    folder: PathBuf,
}

/// An operation on it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Operation {
    /// `create`, `read`, `update`, `delete` or `invoke`.
    pub operation: String,
    /// The type of the resource.
    #[serde(rename = "type")]
    pub type_token: String,
    /// Its name in the program.
    #[serde(default)]
    pub name: String,
    /// What an update changed.
    #[serde(default)]
    pub changed: Vec<String>,
    /// Why it was not done.
    pub error: Option<String>,
}

impl Operation {
    /// The operation in short: `update aws:lambda/function:Function message`.
    #[must_use]
    pub fn short(&self) -> String {
        format!("{} {} {}", self.operation, self.type_token, self.name)
    }
}

impl Cloud {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// All that was done so far, in its order.
    ///
    /// # Panics
    /// When it cannot be read.
    #[must_use]
    pub fn operations(&self) -> Vec<Operation> {
        let journal = self.journal();
        let lines = journal.lines();
        lines.map(|line| made(serde_json::from_str(line))).collect()
    }

    /// The same, as it is written.
    #[must_use]
    pub fn journal(&self) -> String {
        fs::read_to_string(self.folder.join("operations.jsonl")).unwrap_or_default()
    }

    /// What was changed since the first `since` operations, in short.
    #[must_use]
    pub fn changes(&self, since: usize) -> BTreeSet<String> {
        let changes = self.operations().into_iter().skip(since);
        let changes = changes.filter(|it| !["read", "invoke"].contains(&it.operation.as_str()));
        changes.map(|it| it.short()).collect()
    }

    /// The resources that there are.
    ///
    /// # Panics
    /// When they cannot be read.
    #[must_use]
    pub fn resources(&self) -> serde_json::Map<String, Value> {
        match self.read()["resources"].take() {
            Value::Object(resources) => resources,
            _ => serde_json::Map::new(),
        }
    }

    /// Changes a property of a resource behind the engine's back.
    ///
    /// # Panics
    /// When there is not exactly one resource of that type and name.
    pub fn drift(&self, type_token: &str, name: &str, property: &str, value: &Value) {
        let mut cloud = self.read();
        let Value::Object(resources) = &mut cloud["resources"] else {
            panic!("the cloud is empty");
        };
        let end = format!("::{name}");
        let mut found = resources.values_mut().filter(|it| {
            it["type"] == type_token && it["urn"].as_str().is_some_and(|urn| urn.ends_with(&end))
        });
        let (Some(resource), None) = (found.next(), found.next()) else {
            panic!("not one {type_token} {name}");
        };
        resource["properties"][property] = value.clone();
        made(fs::write(self.folder.join("cloud.json"), cloud.to_string()));
    }

    /// The role with which API Gateway writes logs, a setting of the account.
    #[must_use]
    pub fn log_role(&self) -> Option<String> {
        let cloud = self.read();
        let role = cloud["account"]["cloudwatchRoleArn"].as_str();
        role.map(str::to_owned)
    }

    /// Has somebody else have set that role.
    ///
    /// # Panics
    /// When it cannot be noted.
    pub fn set_log_role(&self, arn: &str) {
        let mut cloud = self.read();
        cloud["account"]["cloudwatchRoleArn"] = arn.into();
        made(fs::write(self.folder.join("cloud.json"), cloud.to_string()));
    }

    /// Has the nth try of an operation on a type fail.
    ///
    /// # Panics
    /// When it cannot be noted.
    pub fn fail(&self, operation: &str, type_token: &str, nth: u32, message: &str) {
        self.faults(&json!({"failures": [
            {"operation": operation, "type": type_token, "nth": nth, "message": message},
        ]}));
    }

    /// Has every operation of a kind on a type take longer than any test.
    ///
    /// # Panics
    /// When it cannot be noted.
    pub fn delay(&self, operation: &str, type_token: &str) {
        self.faults(&json!({"delays": [
            {"operation": operation, "type": type_token, "milliseconds": 600_000},
        ]}));
    }

    /// Nothing goes wrong from here on.
    ///
    /// # Panics
    /// When it cannot be noted.
    pub fn heal(&self) {
        self.faults(&json!({}));
    }

    fn faults(&self, faults: &Value) {
        made(fs::write(self.folder.join("fail.json"), faults.to_string()));
    }

    fn read(&self) -> Value {
        match fs::read(self.folder.join("cloud.json")) {
            Ok(text) => made(serde_json::from_slice(&text)),
            Err(_) => json!({"resources": {}}),
        }
    }
}
