//! One service: a route of the API, the function that it leads to, and all that the function needs.

use std::collections::BTreeMap;

use pulumi::Input;
use pulumi::prelude::*;
use pulumi_aws::apigatewayv2::{Api, Integration, Route};
use pulumi_aws::cloudwatch::LogGroup;
use pulumi_aws::dynamodb::{Table, TableAttribute};
use pulumi_aws::iam::{Role, RolePolicy};
use pulumi_aws::lambda::{
    Function, FunctionEnvironment, FunctionLoggingConfig, Permission, Runtime,
};

/// Who may take the role of a function.
const ASSUMED_BY_LAMBDA: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"lambda.amazonaws.com"}}]}"#;

/// A service that was declared.
pub(crate) struct Service {
    pub(crate) route: Route,
}

impl Service {
    pub(crate) fn new(scope: &dyn Scope, name: &str, bootstrap: &str, api: &Api) -> Self {
        let service = Component::builder("services:index:Service", name).create(scope);
        let table = Table::builder(name)
            .billing_mode("PAY_PER_REQUEST")
            .hash_key("pk")
            .attributes([TableAttribute::builder().name("pk").type_("S").build()])
            .create(&service);
        let function = function(&service, name, bootstrap, &table);
        Permission::builder(name)
            .action("lambda:InvokeFunction")
            .function(&function.name)
            .principal("apigateway.amazonaws.com")
            .source_arn(interpolate!("{}/*/{}", &api.execution_arn, name))
            .create(&service);
        let integration = Integration::builder(name)
            .api_id(&api.id)
            .integration_type("AWS_PROXY")
            .integration_method("POST")
            .integration_uri(&function.invoke_arn)
            .create(&service);
        let route = Route::builder(name)
            .api_id(&api.id)
            .route_key(name)
            .authorization_type("NONE")
            .target(interpolate!("integrations/{}", &integration.id))
            .create(&service);
        service.register_outputs([("table", &table.name), ("function", &function.name)]);
        Self { route }
    }
}

fn function(scope: &dyn Scope, name: &str, bootstrap: &str, table: &Table) -> Function {
    let role = Role::builder(name)
        .assume_role_policy(ASSUMED_BY_LAMBDA)
        .create(scope);
    let logs = LogGroup::builder(name).retention_in_days(14).create(scope);
    let policy = RolePolicy::builder(name)
        .role(&role.id)
        .policy(interpolate!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":["dynamodb:GetItem","dynamodb:PutItem"],"Resource":"{}"}},{{"Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"{}:*"}}]}}"#,
            &table.arn,
            &logs.arn,
        ))
        .create(scope);
    let variables: Input<BTreeMap<String, String>> =
        vec![("TABLE", table.name.clone())].into_input();
    Function::builder(name)
        .role(&role.arn)
        .code(Archive::assets([("bootstrap", Asset::file(bootstrap))]))
        .runtime(Runtime::CustomAL2023)
        .handler("bootstrap")
        .architectures(["arm64"])
        .memory_size(256)
        .timeout(15)
        .environment(FunctionEnvironment::builder().variables(variables).build())
        .logging_config(
            FunctionLoggingConfig::builder()
                .log_format("Text")
                .log_group(&logs.name)
                .build(),
        )
        .depends_on(&[&policy])
        .create(scope)
}
