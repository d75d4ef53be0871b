//! Lambda: functions, who may invoke them, and what they read from.

use std::fs::File;

use serde_json::{Value, json};
use tidegate_local_schema::defaults::MADE_AT;
use zip::ZipArchive;

use super::iam::{ROLE, policies};
use super::kind::{Kind, Made, Making, Parent, Proposal, Refusal, by_name_or_arn};
use super::sqs::QUEUE;
use crate::cloud::Record;
use crate::environment::ACCOUNT;
use crate::naming::AutoName;
use crate::wire::hash_of;

pub(super) const FUNCTION: &str = "aws:lambda/function:Function";
const PERMISSION: &str = "aws:lambda/permission:Permission";
const MAPPING: &str = "aws:lambda/eventSourceMapping:EventSourceMapping";

/// What the environment of a function may hold, names and values together.
const MOST_BYTES_OF_ENVIRONMENT: usize = 4096;

/// The model has no maximum.
const LONGEST_TIMEOUT_S: i64 = 900;

/// What Lambda sets itself.
const RESERVED_VARIABLES: [&str; 17] = [
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_RUNTIME_API",
    "LAMBDA_TASK_ROOT",
    "LAMBDA_RUNTIME_DIR",
];

pub(super) const KINDS: &[Kind] = &[
    Kind {
        token: FUNCTION,
        noun: "Lambda Function",
        name: AutoName::name(64),
        // The policy of a function goes with it.
        children: &[(PERMISSION, "function")],
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

fn is_function(record: &Record, named: &str) -> bool {
    by_name_or_arn(record, named)
        || named
            .strip_prefix(record.text("arn"))
            .is_some_and(|qualifier| qualifier.starts_with(':'))
}

fn no_function(named: &str) -> Refusal {
    let name = named.rsplit(":function:").next().unwrap_or(named);
    let message = format!("Function not found: arn:aws:lambda:*:{ACCOUNT}:function:{name}");
    Refusal::new("ResourceNotFoundException", message)
}

fn invalid(message: impl Into<String>) -> Refusal {
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
    let given = |property| proposal.inputs.contains_key(property);
    if !given("code") && !given("s3Bucket") && !given("imageUri") {
        return Err(invalid(
            "one of `code`, `s3Bucket`, `imageUri` must be specified",
        ));
    }
    if !given("imageUri") && (!given("handler") || !given("runtime")) {
        return Err(invalid(
            "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
        ));
    }
    if let Some(code) = proposal.inputs.get("code") {
        allow_code(code)?;
    }
    let timeout = proposal.inputs.get("timeout").and_then(Value::as_i64);
    if let Some(timeout) = timeout.filter(|timeout| *timeout > LONGEST_TIMEOUT_S) {
        return Err(invalid(format!(
            "1 validation error detected: Value '{timeout}' at 'timeout' failed to satisfy constraint: Member must have \
             value less than or equal to {LONGEST_TIMEOUT_S}"
        )));
    }
    environment(proposal)
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

fn environment(proposal: &Proposal<'_>) -> Result<(), Refusal> {
    let environment = proposal.inputs.get("environment");
    let variables = environment.and_then(|environment| environment.get("variables")?.as_object());
    let Some(variables) = variables else {
        return Ok(());
    };
    let reserved: Vec<&str> = variables
        .keys()
        .map(String::as_str)
        .filter(|name| RESERVED_VARIABLES.contains(name))
        .collect();
    if !reserved.is_empty() {
        return Err(invalid(format!(
            "Lambda was unable to configure your environment variables because the environment variables you have \
             provided contains reserved keys that are currently not supported for modification. Reserved keys used in \
             this request: {}",
            reserved.join(", ")
        )));
    }
    let bytes = |(name, value): (&String, &Value)| name.len() + value.as_str().map_or(0, str::len);
    if variables.iter().map(bytes).sum::<usize>() > MOST_BYTES_OF_ENVIRONMENT {
        return Err(invalid(
            "Lambda was unable to configure your environment variables because the environment variables you have \
             provided exceeded the 4KB limit.",
        ));
    }
    Ok(())
}

fn make_function(making: &Making<'_>) -> Made {
    let name = making.text("name");
    let arn = making.arn("lambda", &format!("function:{name}"));
    let region = making.region;
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
            ("qualifiedArn", json!(format!("{arn}:$LATEST"))),
            (
                "qualifiedInvokeArn",
                invoke(&format!("{arn}:$LATEST"), "2015-03-31", "invocations"),
            ),
            (
                "responseStreamingInvokeArn",
                invoke(&arn, "2021-11-15", "response-streaming-invocations"),
            ),
            ("sourceCodeHash", making.or("sourceCodeHash", json!(hash))),
            ("version", json!("$LATEST")),
        ],
    )
}

fn allow_permission(proposal: &Proposal<'_>) -> Result<(), Refusal> {
    let (function, statement) = (proposal.text("function"), proposal.text("statementId"));
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
        record
            .properties
            .get(property)
            .and_then(Value::as_i64)
            .unwrap_or_default()
    };
    let (visible, timeout) = (
        seconds(queue, "visibilityTimeoutSeconds"),
        seconds(function, "timeout"),
    );
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
