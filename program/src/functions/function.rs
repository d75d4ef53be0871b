//! One function.

use std::collections::BTreeMap;

use pulumi::{AsResource, Input, IntoInput, Output, Scope, WithOptions};
use pulumi_aws::cloudwatch::LogGroup;
use pulumi_aws::iam::{Role, RolePolicy};
use pulumi_aws::lambda::{
    Alias, Function as LambdaFunction, FunctionEnvironment, FunctionLoggingConfig,
    FunctionTracingConfig, Permission, ProvisionedConcurrencyConfig, Runtime,
};
use tidegate_contract::functions::Function;

use super::timeout_s;
use super::wiring::Needs;
use crate::builds::Code;
use crate::policy::{Allow, assumed_by, document};
use crate::settings::{FunctionSettings, OneFunction};

/// The alias of a function that has environments kept ready: they belong to a version, never to what changes.
const ALIAS: &str = "live";

/// A service of AWS that invokes functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    /// For a route, or an authorizer.
    ApiGateway,
    /// For a rule.
    EventBridge,
}

impl Caller {
    const fn principal(self) -> &'static str {
        match self {
            Self::ApiGateway => "apigateway.amazonaws.com",
            Self::EventBridge => "events.amazonaws.com",
        }
    }
}

/// A function, as others invoke it.
pub(crate) struct Invocable {
    /// Its name.
    pub(crate) name: Output<String>,
    /// Its ARN, or its alias's.
    pub(crate) arn: Output<String>,
    /// What API Gateway calls it by.
    pub(crate) invoke_arn: Output<String>,
    /// Its alias, if it is invoked by one. An output, as Lambda takes no permission for an alias that is not there yet.
    pub(crate) qualifier: Option<Output<String>>,
    /// Its role's policy.
    policy: RolePolicy,
}

impl Invocable {
    /// Lets a service invoke it, from one source only.
    pub(crate) fn permit(
        &self,
        scope: &dyn Scope,
        name: impl Into<String>,
        caller: Caller,
        source_arn: Output<String>,
    ) -> Permission {
        let permission = Permission::builder(name)
            .action("lambda:InvokeFunction")
            .function(&self.name)
            .principal(caller.principal())
            .source_arn(source_arn);
        match &self.qualifier {
            Some(alias) => permission.qualifier(alias),
            None => permission,
        }
        .create(scope)
    }

    /// What must be there before it can do its work.
    pub(crate) fn may_work(&self) -> [&dyn AsResource; 1] {
        [&self.policy]
    }
}

/// What a function is made of.
pub(super) struct Spec<'a> {
    pub(super) function: Function,
    pub(super) settings: &'a FunctionSettings,
    pub(super) code: Code,
    pub(super) needs: Needs,
    pub(super) tags: &'a BTreeMap<String, String>,
}

impl Spec<'_> {
    pub(super) fn create(self, scope: &dyn Scope) -> Invocable {
        let own = self.settings.of(self.function);
        let name = self.function.name();
        let (made, policy) = self.function(scope, &own);
        match own.provisioned_concurrency {
            Some(ready) => keep_ready(scope, name, &made, ready, policy),
            None => Invocable {
                name: made.name,
                arn: made.arn,
                invoke_arn: made.invoke_arn,
                qualifier: None,
                policy,
            },
        }
    }

    fn function(self, scope: &dyn Scope, own: &OneFunction) -> (LambdaFunction, RolePolicy) {
        let Self {
            function,
            settings,
            code,
            needs: Needs { variables, allowed },
            tags,
        } = self;
        let name = function.name();
        let role = Role::builder(name)
            .assume_role_policy(assumed_by("lambda.amazonaws.com"))
            .tags(tags.clone())
            .create(scope);
        let logs = LogGroup::builder(name)
            .retention_in_days(i64::from(settings.log_retention_days))
            .tags(tags.clone())
            .create(scope);
        let policy = RolePolicy::builder(name)
            .role(&role.id)
            .policy(document(with_logs(allowed, &logs, settings.tracing)))
            .create(scope);
        let variables: Input<BTreeMap<String, String>> = variables.into_input();
        let builder = LambdaFunction::builder(name)
            .role(&role.arn)
            .code(code.archive)
            .runtime(Runtime::CustomAL2023)
            .handler("bootstrap")
            .architectures([code.architecture.name()])
            .memory_size(i64::from(own.memory_mb.unwrap_or(settings.memory_mb)))
            .timeout(timeout_s(function))
            .tags(tags.clone())
            .environment(FunctionEnvironment::builder().variables(variables).build())
            .logging_config(
                FunctionLoggingConfig::builder()
                    .log_format("Text")
                    .log_group(&logs.name)
                    .build(),
            )
            .tracing_config(
                FunctionTracingConfig::builder()
                    .mode(if settings.tracing {
                        "Active"
                    } else {
                        "PassThrough"
                    })
                    .build(),
            )
            // A function that runs before it may write to its table fails its first events.
            .depends_on(&[&policy]);
        let builder = match code.source_code_hash {
            Some(hash) => builder.source_code_hash(hash),
            None => builder,
        };
        let builder = match own.reserved_concurrency {
            Some(most) => builder.reserved_concurrent_executions(i64::from(most)),
            None => builder,
        };
        let builder = match own.provisioned_concurrency {
            Some(_) => builder.publish(true),
            None => builder,
        };
        (builder.create(scope), policy)
    }
}

/// What every function may do beside its own.
fn with_logs(mut allowed: Vec<Allow>, logs: &LogGroup, tracing: bool) -> Vec<Allow> {
    allowed.push(Allow {
        actions: &["logs:CreateLogStream", "logs:PutLogEvents"],
        resources: vec![logs.arn.map(|arn| format!("{arn}:*"))],
    });
    if tracing {
        allowed.push(Allow {
            actions: &["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
            // X-Ray has no resources that these could be limited to.
            resources: vec![Output::known("*".to_owned())],
        });
    }
    allowed
}

/// A version of the function with environments that are always there, and an alias by which it is invoked.
fn keep_ready(
    scope: &dyn Scope,
    name: &str,
    function: &LambdaFunction,
    ready: u32,
    policy: RolePolicy,
) -> Invocable {
    let alias = Alias::builder(name)
        .name(ALIAS)
        .function_name(&function.name)
        .function_version(&function.version)
        .create(scope);
    ProvisionedConcurrencyConfig::builder(name)
        .function_name(&function.name)
        .qualifier(&alias.name)
        .provisioned_concurrent_executions(i64::from(ready))
        .create(scope);
    Invocable {
        name: function.name.clone(),
        arn: alias.arn,
        invoke_arn: alias.invoke_arn,
        qualifier: Some(alias.name),
        policy,
    }
}
