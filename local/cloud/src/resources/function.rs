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
const INERT: [&str; 5] = [
    "architectures",
    "description",
    "sourceCodeHash",
    "tags",
    "tracingConfig",
];
/// What Lambda takes where the program names nothing.
const DEFAULT_TIMEOUT_S: u64 = 3;
const DEFAULT_MEMORY_MB: u32 = 128;
/// What is invoked where nothing is named, and the version that a run publishes.
pub(crate) const LATEST: &str = "$LATEST";
pub(crate) const FIRST_VERSION: &str = "1";
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
    publish: Option<bool>,
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
        provisioned_concurrency: 0,
    };
    if cloud.functions.insert(name.clone(), function).is_some() {
        return Err(Refusal::value(
            "name",
            format!("there is a function `{name}` already"),
        ));
    }
    // Every run makes everything anew, so a version that is published is always the first.
    let version = if inputs.publish.unwrap_or(false) {
        cloud.versions.insert(format!("{name}:{FIRST_VERSION}"));
        FIRST_VERSION
    } else {
        LATEST
    };
    let plain_invoke_arn = invoke_arn(cloud, &arn);
    let qualified_invoke_arn = invoke_arn(cloud, &format!("{arn}:{version}"));
    let region = &cloud.endpoints.region;
    let streaming_invoke_arn = format!(
        "arn:aws:apigateway:{region}:lambda:path/2021-11-15/functions/{arn}/response-streaming-invocations"
    );
    let computed = [
        ("name", json!(name)),
        ("arn", json!(arn)),
        ("invokeArn", json!(plain_invoke_arn)),
        ("qualifiedArn", json!(format!("{arn}:{version}"))),
        ("qualifiedInvokeArn", json!(qualified_invoke_arn)),
        ("responseStreamingInvokeArn", json!(streaming_invoke_arn)),
        ("version", json!(version)),
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

/// The ARN by which API Gateway invokes what has this ARN.
pub(crate) fn invoke_arn(cloud: &Cloud, arn: &str) -> String {
    let region = &cloud.endpoints.region;
    format!("arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations")
}

/// The function that an integration's or authorizer's URI names; with the alias or version that it names, `name:alias`.
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

/// A function that is named by its name or its ARN, both of which may end in an alias or a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    /// The function's name.
    pub(crate) name: String,
    /// The alias or version.
    pub(crate) qualifier: Option<String>,
}

impl Named {
    /// Reads `text`, which must name a function, and an alias or version of it, that there is.
    pub(crate) fn read(cloud: &Cloud, property: &str, text: &str) -> Result<Self, Refusal> {
        let text = text.rsplit(":function:").next().unwrap_or_default();
        let (name, qualifier) = text
            .split_once(':')
            .map_or((text, None), |(name, rest)| (name, Some(rest)));
        if !cloud.functions.contains_key(name) {
            return Err(Refusal::value(
                property,
                format!("ResourceNotFoundException: there is no function `{name}`"),
            ));
        }
        let named = Self {
            name: name.to_owned(),
            qualifier: qualifier.map(str::to_owned),
        };
        named.check(cloud, property)?;
        Ok(named)
    }

    /// The same with another qualifier.
    pub(crate) fn qualified(
        mut self,
        cloud: &Cloud,
        property: &str,
        qualifier: Option<String>,
    ) -> Result<Self, Refusal> {
        if qualifier.is_some() {
            self.qualifier = qualifier;
        }
        self.check(cloud, property)?;
        Ok(self)
    }

    /// `name`, or `name:qualifier`.
    pub(crate) fn target(&self) -> String {
        match self.qualifier.as_deref() {
            None | Some(LATEST) => self.name.clone(),
            Some(qualifier) => format!("{}:{qualifier}", self.name),
        }
    }

    fn check(&self, cloud: &Cloud, property: &str) -> Result<(), Refusal> {
        let target = self.target();
        let known = target == self.name
            || cloud.aliases.contains(&target)
            || cloud.versions.contains(&target);
        if known {
            return Ok(());
        }
        Err(Refusal::value(
            property,
            format!(
                "ResourceNotFoundException: `{target}` is neither an alias nor a version of the function"
            ),
        ))
    }
}

/// The function of a target.
pub(crate) fn function_of(target: &str) -> &str {
    target.split(':').next().unwrap_or_default()
}
