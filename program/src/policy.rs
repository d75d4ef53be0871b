//! IAM policy documents.

use pulumi::Output;
use serde_json::json;

/// One statement that allows.
#[derive(Debug, Clone)]
pub(crate) struct Allow {
    pub(crate) actions: &'static [&'static str],
    pub(crate) resources: Vec<Output<String>>,
}

/// The document of these statements.
pub(crate) fn document(statements: Vec<Allow>) -> Output<String> {
    let statements = statements.into_iter().map(|Allow { actions, resources }| {
        Output::all(resources).map(move |resources| {
            json!({"Effect": "Allow", "Action": actions, "Resource": resources}).to_string()
        })
    });
    Output::all(statements).map(|statements| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
            statements.join(",")
        )
    })
}

/// Lets a service of AWS take a role.
pub(crate) fn assumed_by(service: &str) -> String {
    json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}],
    })
    .to_string()
}
