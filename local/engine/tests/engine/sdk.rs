//! The engine and our own SDK, against each other.

use pulumi::prelude::*;
use pulumi::{Failure, Settings};
use pulumi_aws::{cloudwatch, dynamodb, iam, index};
use tidegate_local_engine::{Deployment, RunError, Server};

use crate::support::{Messages, cloud, secret, text};

struct Outcome {
    program: Result<(), Failure>,
    run: Result<Deployment, RunError>,
    messages: Messages,
}

async fn run<P, F>(program: P) -> Outcome
where
    P: FnOnce(Context) -> F,
    F: Future<Output = Result<(), BoxError>>,
{
    let messages = Messages::default();
    let server = Server::start("shop", "dev", messages.listener(), cloud())
        .await
        .unwrap();
    let address = server.address().to_string();
    let settings = Settings::from_lookup(|name| match name {
        "PULUMI_MONITOR" | "PULUMI_ENGINE" => Some(address.clone()),
        "PULUMI_PROJECT" => Some("shop".to_owned()),
        "PULUMI_STACK" => Some("dev".to_owned()),
        "PULUMI_CONFIG" => Some(r#"{"shop:key":"hunter2"}"#.to_owned()),
        "PULUMI_CONFIG_SECRET_KEYS" => Some(r#"["shop:key"]"#.to_owned()),
        _ => None,
    });
    let program = pulumi::run_with(settings.unwrap(), program).await;
    Outcome {
        program,
        run: server.finish(),
        messages,
    }
}

fn table(ctx: &Context, name: &str) -> dynamodb::Table {
    dynamodb::Table::builder(name)
        .billing_mode("PAY_PER_REQUEST")
        .hash_key("pk")
        .attributes([dynamodb::TableAttribute::builder()
            .name("pk")
            .type_("S")
            .build()])
        .create(ctx)
}

#[tokio::test]
async fn a_program_written_with_the_sdk_becomes_a_deployment() {
    let outcome = run(|ctx| async move {
        let table = table(&ctx, "connections");
        let group = cloudwatch::LogGroup::builder("log")
            .retention_in_days(30)
            .name(interpolate!("/shop/{}", table.name))
            .create(&ctx);
        ctx.export("group", group.arn);
        ctx.export("key", ctx.config().require_secret::<String>("key")?);
        Ok(())
    })
    .await;
    outcome.program.unwrap();
    let deployment = outcome.run.unwrap();
    let tokens: Vec<_> = deployment
        .resources
        .iter()
        .map(|r| &*r.type_token)
        .collect();
    assert_eq!(
        tokens,
        [
            "pulumi:pulumi:Stack",
            "aws:dynamodb/table:Table",
            "aws:cloudwatch/logGroup:LogGroup"
        ]
    );
    let [_, table, group] = &deployment.resources[..] else {
        panic!();
    };
    assert_eq!(group.dependencies, [&*table.urn]);
    assert_eq!(group.property_dependencies["name"], [&*table.urn]);
    assert_eq!(deployment.outputs["group"], group.outputs["arn"]);
    assert_eq!(deployment.outputs["key"], secret("hunter2"));
    let name = format!("/shop/{}", table.id.as_ref().unwrap());
    assert_eq!(group.outputs["name"], text(&name));
}

#[tokio::test]
async fn a_program_tells_what_it_was_refused() {
    let outcome = run(|ctx| async move {
        iam::Role::builder("role")
            .assume_role_policy("{")
            .create(&ctx);
        Ok(())
    })
    .await;
    assert!(outcome.program.unwrap_err().shown());
    let Err(RunError::Failed { messages }) = outcome.run else {
        panic!("{:?}", outcome.run);
    };
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(
        messages[0]
            .contains("aws:iam/role:Role `role`: `assumeRolePolicy`: MalformedPolicyDocument"),
        "{messages:?}"
    );
    assert_eq!(outcome.messages.texts(), messages);
}

#[tokio::test]
async fn a_program_may_ask_where_it_is() {
    let outcome = run(|ctx| async move {
        let region = index::GetRegion::builder().call(&ctx).region;
        let account = index::GetCallerIdentity::builder().call(&ctx).account_id;
        ctx.export("where", interpolate!("{}/{}", &account, &region));
        Ok(())
    })
    .await;
    let outputs = outcome.run.unwrap().outputs;
    let cloud = cloud();
    let expected = format!("{}/{}", cloud.account(), cloud.region());
    assert_eq!(outputs["where"], expected.as_str().into());
}
