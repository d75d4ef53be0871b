//! The functions: for each a role with just what it needs, a log group with an end, and the function itself.

use std::collections::BTreeMap;

use pulumi::{BoxError, Component, Input, IntoInput, Output, Scope, WithOptions};
use pulumi_aws::cloudwatch::LogGroup;
use pulumi_aws::iam::{Role, RolePolicy};
use pulumi_aws::lambda::{self, FunctionEnvironment, FunctionLoggingConfig, Runtime};
use tidegate_contract::environment::{
    AuthorizerEnvironment, ConnectEnvironment, DisconnectEnvironment, MessageEnvironment,
};
use tidegate_contract::functions::Function;

use crate::builds::{Builds, Code};
use crate::gateway::Gateway;
use crate::identity::Identity;
use crate::policy::{Allow, assumed_by, document};
use crate::registry::Registry;
use crate::settings::{FunctionSettings, Settings};
use crate::tags::Tags;

/// How long a function may take, in seconds: longer than any frame should, shorter than the gateway waits (29 s).
const TIMEOUT_S: i64 = 15;

/// All functions.
pub(crate) struct Functions {
    by_function: BTreeMap<Function, lambda::Function>,
}

type Variables = Vec<(&'static str, Output<String>)>;

impl Functions {
    pub(crate) fn new(
        scope: &dyn Scope,
        builds: &Builds,
        settings: &Settings,
        registry: &Registry,
        identity: &Identity,
        gateway: &Gateway,
        tags: &Tags,
    ) -> Result<Self, BoxError> {
        let component =
            Component::builder("tidegate:functions:Functions", "functions").create(scope);
        let namespaces = Output::known(serde_json::to_string(&settings.namespaces)?);
        let table = || registry.table.clone();
        let tags = tags.of("functions");
        let mut by_function = BTreeMap::new();
        for function in Function::ALL {
            let (variables, allowed): (Variables, Vec<Allow>) = match function {
                Function::Authorizer => {
                    let environment = AuthorizerEnvironment {
                        issuer: identity.issuer.clone(),
                        client_id: identity.client_id.clone(),
                        namespaces: namespaces.clone(),
                    };
                    (environment.into_variables(), Vec::new())
                }
                Function::Connect => (
                    ConnectEnvironment { table: table() }.into_variables(),
                    vec![registry.allow_connections()],
                ),
                Function::Disconnect => (
                    DisconnectEnvironment { table: table() }.into_variables(),
                    vec![registry.allow_connections()],
                ),
                Function::Message => {
                    let environment = MessageEnvironment {
                        table: table(),
                        management_url: gateway.management_url.clone(),
                        namespaces: namespaces.clone(),
                    };
                    (
                        environment.into_variables(),
                        vec![registry.allow_messages(), gateway.allow_sending()],
                    )
                }
            };
            let code = builds.code(function)?;
            by_function.insert(
                function,
                create(
                    &component,
                    function,
                    &settings.functions,
                    code,
                    variables,
                    allowed,
                    &tags,
                ),
            );
        }
        component.register_outputs(
            by_function
                .iter()
                .map(|(function, made)| (function.name(), &made.arn)),
        );
        Ok(Self { by_function })
    }

    /// A function that was made.
    pub(crate) fn get(&self, function: Function) -> &lambda::Function {
        // `new` makes every one of them.
        &self.by_function[&function]
    }
}

fn create(
    scope: &dyn Scope,
    function: Function,
    settings: &FunctionSettings,
    code: Code,
    variables: Variables,
    mut allowed: Vec<Allow>,
    tags: &BTreeMap<String, String>,
) -> lambda::Function {
    let name = function.name();
    let role = Role::builder(name)
        .assume_role_policy(assumed_by("lambda.amazonaws.com"))
        .tags(tags.clone())
        .create(scope);
    let logs = LogGroup::builder(name)
        .retention_in_days(i64::from(settings.log_retention_days))
        .tags(tags.clone())
        .create(scope);
    allowed.push(Allow {
        actions: &["logs:CreateLogStream", "logs:PutLogEvents"],
        resources: vec![logs.arn.map(|arn| format!("{arn}:*"))],
    });
    let policy = RolePolicy::builder(name)
        .role(&role.id)
        .policy(document(allowed))
        .create(scope);
    let variables: Input<BTreeMap<String, String>> = variables.into_input();
    let mut made = lambda::Function::builder(name)
        .role(&role.arn)
        .code(code.archive)
        .runtime(Runtime::CustomAL2023)
        .handler("bootstrap")
        .architectures([code.architecture.name()])
        .memory_size(i64::from(settings.memory_mb))
        .timeout(TIMEOUT_S)
        .tags(tags.clone())
        .environment(FunctionEnvironment::builder().variables(variables).build())
        .logging_config(
            FunctionLoggingConfig::builder()
                .log_format("Text")
                .log_group(&logs.name)
                .build(),
        )
        // A function that runs before it may write to its table fails its first events.
        .depends_on(&[&policy]);
    if let Some(hash) = code.source_code_hash {
        made = made.source_code_hash(hash);
    }
    made.create(scope)
}
