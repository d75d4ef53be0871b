//! Lambda: functions, who may invoke them, and what they read from.

use std::fs::File;

use serde_json::{Value, json};
use tidegate_local_schema::defaults::MADE_AT;
use zip::ZipArchive;

use super::aliases::{ALIAS, LATEST, PROVISIONED, is_qualifier};
use super::iam::{ROLE, policies};
use super::kind::{Kind, Made, Making, Parent, Proposal, Refusal, by_name_or_arn};
use super::sqs::QUEUE;
use crate::cloud::Record;
use crate::environment::ACCOUNT;
use crate::naming::AutoName;
use crate::wire::{Properties, hash_of};

pub(super) const FUNCTION: &str = "aws:lambda/function:Function";
const PERMISSION: &str = "aws:lambda/permission:Permission";
const MAPPING: &str = "aws:lambda/eventSourceMapping:EventSourceMapping";

/// What an account may have at once in all its functions, and what of it must stay free for those that reserve none.
const CONCURRENCY_OF_ACCOUNT: i64 = 1_000;
const LEAST_UNRESERVED: i64 = 100;

/// What a new version of a function is not made of.
const UNVERSIONED: [&str; 4] = [
    "reservedConcurrentExecutions",
    "skipDestroy",
    "tags",
    "publish",
];

pub(super) const KINDS: &[Kind] = &[
    Kind {
        token: FUNCTION,
        noun: "Lambda Function",
        name: AutoName::name(64),
        // The policy of a function goes with it.
        children: &[
            (PERMISSION, "function"),
            (ALIAS, "functionName"),
            (PROVISIONED, "functionName"),
        ],
        anew: |old, new| match makes_version(old, new) {
            true => &["qualifiedArn", "qualifiedInvokeArn", "version"],
            false => &[],
        },
        allow: allow_function,
        make: make_function,
        ..Kind::PLAIN
    },
    Kind {
        token: PERMISSION,
        noun: "Lambda Permission",
        within: &["function"],
        name: Some(AutoName {
            property: "statementId",
            unless: Some("statementIdPrefix"),
            longest: 100,
        }),
        parents: &[Parent {
            property: "function",
            token: FUNCTION,
            is: is_function,
            missing: no_function,
        }],
        allow: allow_permission,
        make: |making| Made::new(making.text("statementId"), []),
        ..Kind::PLAIN
    },
    Kind {
        token: MAPPING,
        noun: "Lambda Event Source Mapping",
        parents: &[Parent {
            property: "functionName",
            token: FUNCTION,
            is: is_function,
            missing: no_function,
        }],
        allow: allow_mapping,
        make: make_mapping,
        ..Kind::PLAIN
    },
];

pub(super) fn is_function(record: &Record, named: &str) -> bool {
    by_name_or_arn(record, named)
        || named
            .strip_prefix(record.text("arn"))
            .is_some_and(|qualifier| qualifier.starts_with(':'))
}

pub(super) fn no_function(named: &str) -> Refusal {
    let name = named.rsplit(":function:").next().unwrap_or(named);
    let message = format!("Function not found: arn:aws:lambda:*:{ACCOUNT}:function:{name}");
    Refusal::new("ResourceNotFoundException", message)
}

pub(super) fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new("InvalidParameterValueException", message)
}

fn allow_function(proposal: &Proposal<'_>) -> Result<(), Refusal> {
    if proposal.taken(FUNCTION, "name") {
        let message = format!("Function already exist: {}", proposal.text("name"));
        return Err(Refusal::new("ResourceConflictException", message));
    }
    let role = proposal.cloud.with(ROLE, "arn", proposal.text("role"));
    let trusted = |role: &Record| {
        role.text("assumeRolePolicy")
            .contains("lambda.amazonaws.com")
    };
    if !role.is_some_and(trusted) {
        return Err(invalid(
            "The role defined for the function cannot be assumed by Lambda.",
        ));
    }
    if let Some(code) = proposal.inputs.get("code") {
        allow_code(code)?;
    }
    let reserved = |inputs: &Properties| {
        let reserved = inputs
            .get("reservedConcurrentExecutions")
            .and_then(Value::as_i64);
        reserved.unwrap_or_default().max(0)
    };
    let others = proposal
        .others(FUNCTION)
        .map(|other| reserved(&other.properties));
    let all = others.sum::<i64>() + reserved(proposal.inputs);
    if all > CONCURRENCY_OF_ACCOUNT - LEAST_UNRESERVED {
        return Err(invalid(format!(
            "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution \
             below its minimum value of [{LEAST_UNRESERVED}]."
        )));
    }
    Ok(())
}

/// Code that a custom runtime can start: an archive, of assets or a zip file, with a `bootstrap` in it.
///
/// AWS takes one without, and the function then fails whenever it is invoked (Runtime.InvalidEntrypoint).
fn allow_code(code: &Value) -> Result<(), Refusal> {
    let has_bootstrap = match (code.get("assets"), code.get("path").and_then(Value::as_str)) {
        (Some(assets), _) => assets.get("bootstrap").is_some(),
        (None, Some(path)) => {
            let unreadable = |problem: &dyn std::fmt::Display| {
                invalid(format!(
                    "Could not unzip uploaded file. Please check your file, then try to upload again. ({path}: {problem})"
                ))
            };
            let file = File::open(path).map_err(|error| unreadable(&error))?;
            let archive = ZipArchive::new(file).map_err(|error| unreadable(&error))?;
            archive.index_for_name("bootstrap").is_some()
        }
        // Elsewhere: nobody here can look into it.
        (None, None) => true,
    };
    if has_bootstrap {
        return Ok(());
    }
    Err(invalid(
        "the code has no `bootstrap` for the custom runtime to start",
    ))
}

/// Whether an update is more than a change of what no version has.
fn makes_version(old: &Properties, new: &Properties) -> bool {
    let published = new.get("publish") == Some(&json!(true));
    let versioned = |inputs: &Properties| {
        let mut inputs = inputs.clone();
        inputs.retain(|name, _| !UNVERSIONED.contains(&name.as_str()));
        inputs
    };
    published && (old.get("publish") != new.get("publish") || versioned(old) != versioned(new))
}

/// The version that a function has from now on: the next one where it is published.
fn version(making: &Making<'_>) -> String {
    if making.inputs.get("publish") != Some(&json!(true)) {
        return LATEST.to_owned();
    }
    let existing = making.cloud.with(FUNCTION, "name", making.text("name"));
    let last = existing.and_then(|existing| existing.text("version").parse::<u64>().ok());
    match (existing, last) {
        (Some(existing), Some(last)) if !makes_version(&existing.inputs, making.inputs) => last,
        (_, last) => last.unwrap_or_default() + 1,
    }
    .to_string()
}

fn make_function(making: &Making<'_>) -> Made {
    let name = making.text("name");
    let arn = making.arn("lambda", &format!("function:{name}"));
    let region = making.region;
    let version = version(making);
    let invoke = |arn: &str, version: &str, action: &str| {
        json!(format!(
            "arn:aws:apigateway:{region}:lambda:path/{version}/functions/{arn}/{action}"
        ))
    };
    let hash = making
        .inputs
        .get("code")
        .and_then(hash_of)
        .unwrap_or_default();
    let log_group = format!("/aws/lambda/{name}");
    Made::new(
        name,
        [
            ("arn", json!(arn)),
            ("codeSha256", json!(hash)),
            ("invokeArn", invoke(&arn, "2015-03-31", "invocations")),
            (
                "loggingConfig",
                making.or(
                    "loggingConfig",
                    json!({"logFormat": "Text", "logGroup": log_group}),
                ),
            ),
            ("qualifiedArn", json!(format!("{arn}:{version}"))),
            (
                "qualifiedInvokeArn",
                invoke(&format!("{arn}:{version}"), "2015-03-31", "invocations"),
            ),
            (
                "responseStreamingInvokeArn",
                invoke(&arn, "2021-11-15", "response-streaming-invocations"),
            ),
            ("sourceCodeHash", making.or("sourceCodeHash", json!(hash))),
            ("version", json!(version)),
        ],
    )
}

fn allow_permission(proposal: &Proposal<'_>) -> Result<(), Refusal> {
    let (function, statement) = (proposal.text("function"), proposal.text("statementId"));
    let qualifier = proposal.text("qualifier");
    let mut functions = proposal.cloud.all(FUNCTION);
    let found = functions.find(|record| is_function(record, function));
    let known = found.is_none_or(|found| is_qualifier(proposal.cloud, found, qualifier));
    if !qualifier.is_empty() && !known {
        return Err(no_function(&format!("{function}:{qualifier}")));
    }
    let twice = proposal
        .others(PERMISSION)
        .any(|other| other.text("function") == function && other.text("statementId") == statement);
    if !twice {
        return Ok(());
    }
    let message = format!(
        "The statement id ({statement}) provided already exists. Please provide a new statement id, or remove the \
         existing statement."
    );
    Err(Refusal::new("ResourceConflictException", message))
}

fn allow_mapping(proposal: &Proposal<'_>) -> Result<(), Refusal> {
    let source = proposal.text("eventSourceArn");
    let named = proposal.text("functionName");
    let function = proposal
        .cloud
        .all(FUNCTION)
        .find(|record| is_function(record, named));
    let Some(function) = function else {
        return Err(no_function(named));
    };
    let qualifier = named.strip_prefix(function.text("arn"));
    let qualifier = qualifier.and_then(|rest| rest.strip_prefix(':'));
    if qualifier.is_some_and(|qualifier| !is_qualifier(proposal.cloud, function, qualifier)) {
        return Err(no_function(named));
    }
    let twice = proposal.others(MAPPING).find(|other| {
        other.text("eventSourceArn") == source && is_function(function, other.text("functionName"))
    });
    if let Some(twice) = twice {
        return Err(Refusal::new(
            "ResourceConflictException",
            format!(
                "An event source mapping with event source arn (\" {source} \") and function (\" {} \") already exists. \
                 Please update or delete the existing mapping with UUID {}",
                function.text("name"),
                twice.id
            ),
        ));
    }
    if !source.starts_with("arn:aws:sqs:") {
        return Ok(());
    }
    let Some(queue) = proposal.cloud.with(QUEUE, "arn", source) else {
        return Err(invalid(format!(
            "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error \
             Message: The specified queue does not exist: {source}"
        )));
    };
    let seconds = |record: &Record, property| {
        let seconds = record.properties.get(property).and_then(Value::as_i64);
        seconds.unwrap_or_default()
    };
    let visible = seconds(queue, "visibilityTimeoutSeconds");
    let timeout = seconds(function, "timeout");
    if visible < timeout {
        return Err(invalid(format!(
            "Queue visibility timeout: {visible} seconds is less than Function timeout: {timeout} seconds"
        )));
    }
    let role = proposal.cloud.with(ROLE, "arn", function.text("role"));
    let receives = |policy: &str| {
        ["sqs:ReceiveMessage", "\"sqs:*\"", "\"*\""]
            .iter()
            .any(|action| policy.contains(action))
    };
    if !role.is_some_and(|role| policies(proposal.cloud, role).any(receives)) {
        return Err(invalid(
            "The function execution role does not have permissions to call ReceiveMessage on SQS",
        ));
    }
    Ok(())
}

fn make_mapping(making: &Making<'_>) -> Made {
    let uuid = making.ids.uuid("mapping");
    let arn = making.arn("lambda", &format!("event-source-mapping:{uuid}"));
    let named = making.text("functionName");
    let function = making
        .cloud
        .all(FUNCTION)
        .find(|record| is_function(record, named));
    let function_arn = function.map_or("", |function| function.text("arn"));
    Made::new(
        uuid.clone(),
        [
            ("arn", json!(arn)),
            ("functionArn", json!(function_arn)),
            ("lastModified", json!(MADE_AT)),
            ("state", json!("Enabled")),
            ("stateTransitionReason", json!("USER_INITIATED")),
            ("uuid", json!(uuid)),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_of_a_custom_runtime_has_a_bootstrap() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("code.zip");
        let zip = |name: &str| {
            let mut writer = zip::ZipWriter::new(File::create(&path).unwrap());
            let options = zip::write::SimpleFileOptions::default();
            writer.start_file(name, options).unwrap();
            writer.finish().unwrap();
            json!({ "path": path })
        };
        assert!(allow_code(&zip("bootstrap")).is_ok());
        assert!(allow_code(&json!({"assets": {"bootstrap": {}}})).is_ok());
        assert!(allow_code(&zip("main")).is_err());
        assert!(allow_code(&json!({"assets": {"main": {}}})).is_err());
        std::fs::write(&path, "no zip").unwrap();
        assert!(allow_code(&json!({ "path": path })).is_err());
        assert!(allow_code(&json!({"path": folder.path().join("nowhere.zip")})).is_err());
    }
}
