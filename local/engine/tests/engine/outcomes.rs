//! How a run ends.

use std::collections::BTreeMap;

use pulumi_gestalt_proto::pulumi::pulumirpc::{
    GetRootResourceRequest, LogSeverity, SetRootResourceRequest,
};
use tidegate_local_engine::{Message, RunError, Severity, Source};

use crate::support::{
    Object, Program, STACK, component, log_group, number, object, outputs, resource, secret,
    table_inputs, text,
};

#[tokio::test]
async fn a_custom_resource_gets_an_id_and_outputs() {
    let program = Program::new().await;
    let table = resource("aws:dynamodb/table:Table", "connections", &table_inputs());
    let response = program.register(table).await.unwrap();
    let id = response.id.clone();
    assert!(id.starts_with("connections-"), "{id}");
    let answered = outputs(response);
    assert_eq!(
        answered["arn"],
        text(&format!(
            "arn:aws:dynamodb:eu-central-1:123456789012:table/{id}"
        ))
    );
    let deployment = program.finish().unwrap();
    assert!(deployment.cloud.system().tables.contains_key(&id));
    assert_eq!(deployment.resources[1].id.as_deref(), Some(&*id));
    assert_eq!(deployment.resources[1].outputs, answered);
}

#[tokio::test]
async fn numbers_reach_the_cloud_as_what_they_are() {
    let program = Program::new().await;
    let inputs = object([("retentionInDays", number(30.0))]);
    let group = resource("aws:cloudwatch/logGroup:LogGroup", "a", &inputs);
    let answered = outputs(program.register(group).await.unwrap());
    assert_eq!(answered["retentionInDays"], number(30.0));
}

#[tokio::test]
async fn the_exports_are_the_outputs_of_the_stack() {
    let program = Program::new().await;
    let exports = object([
        ("url", text("ws://127.0.0.1:4000/dev")),
        ("key", secret("x")),
    ]);
    program
        .register_outputs(STACK, exports.clone())
        .await
        .unwrap();
    program
        .monitor
        .clone()
        .signal_and_wait_for_shutdown(())
        .await
        .unwrap();
    let deployment = program.finish().unwrap();
    assert_eq!(deployment.outputs, exports);
    assert_eq!(deployment.resources[0].outputs, exports);
}

#[tokio::test]
async fn a_component_has_the_outputs_that_it_registers() {
    let program = Program::new().await;
    let part = component("shop:index:Part", "a", STACK);
    let part = program.register(part).await.unwrap();
    assert_eq!(part.id, "");
    assert_eq!(part.object.clone().unwrap().fields, BTreeMap::new());
    let exports = object([("url", text("x"))]);
    program
        .register_outputs(&part.urn, exports.clone())
        .await
        .unwrap();
    let deployment = program.finish().unwrap();
    assert_eq!(deployment.resources[1].outputs, exports);
    assert!(!deployment.resources[1].custom);
    assert_eq!(deployment.outputs, Object::new());
}

#[tokio::test]
async fn outputs_are_registered_once_and_by_components_only() {
    let program = Program::new().await;
    program
        .register_outputs(STACK, Object::new())
        .await
        .unwrap();
    let twice = program
        .register_outputs(STACK, Object::new())
        .await
        .unwrap_err();
    assert!(twice.message().ends_with("twice"), "{twice}");
    let group = program.register(log_group("a")).await.unwrap().urn;
    let custom = program
        .register_outputs(&group, Object::new())
        .await
        .unwrap_err();
    assert!(custom.message().contains("its provider"), "{custom}");
    let lost = program
        .register_outputs("urn:lost", Object::new())
        .await
        .unwrap_err();
    assert!(lost.message().contains("`urn:lost`"), "{lost}");
}

#[tokio::test]
async fn the_program_may_ask_for_the_root_that_it_has_set() {
    let program = Program::new().await;
    let mut engine = program.engine.clone();
    let urn = STACK.to_owned();
    engine
        .set_root_resource(SetRootResourceRequest { urn })
        .await
        .unwrap();
    let root = engine
        .get_root_resource(GetRootResourceRequest {})
        .await
        .unwrap();
    assert_eq!(root.into_inner().urn, STACK);
}

#[tokio::test]
async fn what_the_program_logs_is_passed_on() {
    let program = Program::new().await;
    program.log(LogSeverity::Warning, "careful\n").await;
    let expected = Message {
        source: Source::Log,
        severity: Severity::Warning,
        urn: None,
        text: "careful".to_owned(),
    };
    assert_eq!(program.messages.all(), [expected]);
    program.finish().unwrap();
}

#[tokio::test]
async fn an_error_that_the_program_logs_fails_the_run() {
    let program = Program::new().await;
    program.log(LogSeverity::Error, "no").await;
    let error = program.finish().unwrap_err();
    assert!(matches!(&error, RunError::Failed { messages } if *messages == ["no"]));
    assert_eq!(
        error.to_string(),
        "the deployment failed, although the program ended as if it had not:\n  no"
    );
}

#[tokio::test]
async fn a_refusal_that_the_program_tells_is_told_once() {
    let program = Program::new().await;
    let messages = program.messages.clone();
    let wrong = resource(
        "aws:dynamodb/table:Table",
        "a",
        &object([("tag", text("x"))]),
    );
    let status = program.register(wrong).await.unwrap_err();
    let told = format!("the engine refused it\n  caused by: {}", status.message());
    program.log(LogSeverity::Error, &told).await;
    let error = program.finish().unwrap_err();
    assert!(matches!(error, RunError::Failed { messages } if messages == [told.clone()]));
    assert_eq!(messages.texts(), [told]);
}

#[tokio::test]
async fn a_refusal_that_the_program_keeps_to_itself_is_told_by_the_engine() {
    let program = Program::new().await;
    let messages = program.messages.clone();
    let wrong = resource(
        "aws:dynamodb/table:Table",
        "a",
        &object([("tag", text("x"))]),
    );
    let status = program.register(wrong).await.unwrap_err();
    program.finish().unwrap_err();
    let told = messages.all();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].source, Source::Engine);
    assert_eq!(told[0].severity, Severity::Error);
    assert_eq!(told[0].text, status.message());
}

#[tokio::test]
async fn a_program_that_registered_no_stack_is_none() {
    let program = Program::bare().await;
    program
        .register(component("shop:index:Part", "a", ""))
        .await
        .unwrap();
    assert!(matches!(
        program.finish(),
        Err(RunError::ProgramNeverRegistered)
    ));
}
