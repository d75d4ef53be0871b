//! `aws:lambda/function:Function`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::cloud::{Cloud, Created, NewResource, name_or_auto};
use crate::error::Refusal;
use crate::inputs::read;
use crate::system::Function;

/// The machine's own architecture runs here, whatever AWS will run; traces are not collected.
const INERT: [&str; 6] = [
    "architectures",
    "description",
    "sourceCodeHash",
    "tags",
    "tracingConfig",
    "publish",
];
/// What Lambda takes where the program names nothing.
const DEFAULT_TIMEOUT_S: u64 = 3;
const DEFAULT_MEMORY_MB: u32 = 128;
/// A Lambda quota: all environment variables together.
const MAX_ENVIRONMENT_BYTES: usize = 4 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    name: Option<String>,
    role: String,
    code: Code,
    handler: Option<String>,
    runtime: Option<String>,
    package_type: Option<String>,
    timeout: Option<u64>,
    memory_size: Option<u32>,
    environment: Option<Environment>,
    logging_config: Option<LoggingConfig>,
    reserved_concurrent_executions: Option<i64>,
}

#[derive(Deserialize)]
struct Code {
    assets: Option<BTreeMap<String, Asset>>,
}

#[derive(Deserialize)]
struct Asset {
    path: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Environment {
    #[serde(default)]
    variables: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LoggingConfig {
    log_group: Option<String>,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let inputs: Inputs = read(new.inputs, &INERT)?;
    check_runtime(&inputs)?;
    if !cloud.roles.values().any(|arn| *arn == inputs.role) {
        return Err(Refusal::value(
            "role",
            format!("there is no role `{}`", inputs.role),
        ));
    }
    let environment = inputs
        .environment
        .map(|environment| environment.variables)
        .unwrap_or_default();
    let bytes: usize = environment
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if bytes > MAX_ENVIRONMENT_BYTES {
        let problem = format!(
            "{bytes} bytes of variables, of at most {MAX_ENVIRONMENT_BYTES} (a Lambda quota)"
        );
        return Err(Refusal::value("environment.variables", problem));
    }
    let timeout = inputs.timeout.unwrap_or(DEFAULT_TIMEOUT_S);
    if !(1..=900).contains(&timeout) {
        return Err(Refusal::value("timeout", "must be from 1 to 900 seconds"));
    }
    let bootstrap = bootstrap(inputs.code, &cloud.endpoints.program_directory)?;
    let name = name_or_auto(inputs.name, new);
    let arn = cloud.arn("lambda", &format!("function:{name}"));
    let function = Function {
        name: name.clone(),
        arn: arn.clone(),
        bootstrap,
        handler: inputs.handler.unwrap_or_else(|| "bootstrap".to_owned()),
        environment,
        timeout: Duration::from_secs(timeout),
        memory_mb: inputs.memory_size.unwrap_or(DEFAULT_MEMORY_MB),
        reserved_concurrency: inputs
            .reserved_concurrent_executions
            .and_then(|most| u32::try_from(most).ok()),
        log_group: inputs.logging_config.and_then(|config| config.log_group),
    };
    if cloud.functions.insert(name.clone(), function).is_some() {
        return Err(Refusal::value(
            "name",
            format!("there is a function `{name}` already"),
        ));
    }
    let region = &cloud.endpoints.region;
    let invoke = format!("arn:aws:apigateway:{region}:lambda:path");
    let invoke_arn = format!("{invoke}/2015-03-31/functions/{arn}/invocations");
    let qualified_invoke_arn = format!("{invoke}/2015-03-31/functions/{arn}:$LATEST/invocations");
    let streaming_invoke_arn =
        format!("{invoke}/2021-11-15/functions/{arn}/response-streaming-invocations");
    let computed = [
        ("name", json!(name)),
        ("arn", json!(arn)),
        ("invokeArn", json!(invoke_arn)),
        ("qualifiedArn", json!(format!("{arn}:$LATEST"))),
        ("qualifiedInvokeArn", json!(qualified_invoke_arn)),
        ("responseStreamingInvokeArn", json!(streaming_invoke_arn)),
        ("version", json!("$LATEST")),
        ("timeout", json!(timeout)),
        ("code", Value::Null),
    ];
    Ok(Created::new(name, new.inputs, computed))
}

fn check_runtime(inputs: &Inputs) -> Result<(), Refusal> {
    if !matches!(inputs.package_type.as_deref(), None | Some("Zip")) {
        return Err(Refusal::value(
            "packageType",
            "only Zip is emulated: a bootstrap, not an image",
        ));
    }
    if !matches!(
        inputs.runtime.as_deref(),
        Some("provided.al2023" | "provided.al2")
    ) {
        return Err(Refusal::value(
            "runtime",
            "only provided.al2023 is emulated: a bootstrap is run as it is",
        ));
    }
    Ok(())
}

fn bootstrap(code: Code, program_directory: &std::path::Path) -> Result<PathBuf, Refusal> {
    let path = code
        .assets
        .and_then(|mut assets| assets.remove("bootstrap"))
        .and_then(|asset| asset.path);
    let path = path.ok_or_else(|| {
        Refusal::value("code", "must be an archive of assets with a file named `bootstrap`; other archives are not emulated")
    })?;
    let path = program_directory.join(path);
    if path.is_file() {
        return Ok(path);
    }
    Err(Refusal::value(
        "code",
        format!(
            "there is no file {}: build the functions first",
            path.display()
        ),
    ))
}

/// The function that an integration's or authorizer's URI names.
pub(crate) fn from_invoke_arn(property: &str, uri: &str) -> Result<String, Refusal> {
    let name = uri
        .strip_suffix("/invocations")
        .and_then(|rest| rest.rsplit_once(":function:"))
        .map(|(_, name)| name);
    let name = name.ok_or_else(|| {
        Refusal::value(
            property,
            format!("`{uri}` is not the invoke ARN of a function; others are not emulated"),
        )
    })?;
    Ok(name.to_owned())
}
