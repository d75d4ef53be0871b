//! The life of a stack under the real engine: what each command does to the cloud, and that it does no more.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::json;
use tidegate_contract::functions::Function;
use tidegate_e2e::binary;
use tidegate_test_pulumi::{Project, cli};

const FUNCTION: &str = "aws:lambda/function:Function";
const LOG_GROUP: &str = "aws:cloudwatch/logGroup:LogGroup";
const STAGE: &str = "aws:apigatewayv2/stage:Stage";
const TABLE: &str = "aws:dynamodb/table:Table";

fn changes<const N: usize>(expected: [&str; N]) -> BTreeSet<String> {
    expected.map(str::to_owned).into()
}

#[tokio::test]
async fn a_stack_is_previewed_made_left_alone_and_destroyed() {
    let Some(pulumi) = cli() else { return };
    let project = Project::new(&pulumi);
    let cloud = project.cloud();
    let stack = project.stack("dev").await;

    stack.preview().await.succeeded().says("to create");
    assert_eq!(cloud.changes(0), changes([]), "a preview changes nothing");

    let up = stack.up().await;
    up.succeeded().says("wss://");
    let made = cloud.operations().len();
    assert!(cloud.operations().iter().all(|it| it.operation == "create"));
    assert_eq!(cloud.resources().len(), made);

    stack
        .up()
        .await
        .succeeded()
        .says("unchanged")
        .does_not_say("updated");
    stack.preview().await.succeeded().does_not_say("to update");
    assert_eq!(cloud.changes(made), changes([]), "nothing has changed");

    stack.destroy().await.succeeded();
    assert!(
        cloud.resources().is_empty(),
        "{:?}",
        cloud.resources().keys()
    );
    let refused: Vec<_> = cloud
        .operations()
        .into_iter()
        .filter(|it| it.error.is_some())
        .collect();
    assert_eq!(refused, [], "everything is deleted before what it needs");
    assert!(stack.state().await.resources.is_empty());
}

#[tokio::test]
async fn a_change_reaches_what_it_is_about_and_nothing_else() {
    let Some(pulumi) = cli() else { return };
    let project = Project::new(&pulumi);
    let cloud = project.cloud();
    let stack = project.stack("dev").await;
    stack.up().await.succeeded();

    // Another build of one function.
    let before = cloud.operations().len();
    let other = project.scratch("message");
    fs::copy(binary(Function::Message.package()), &other).unwrap();
    let mut code = fs::read(&other).unwrap();
    code.push(0);
    fs::write(&other, code).unwrap();
    project.build(&BTreeMap::from([(Function::Message, other)]));
    stack.up().await.succeeded();
    let update = format!("update {FUNCTION} message");
    assert_eq!(cloud.changes(before), changes([&update]));
    let operations = cloud.operations();
    assert_eq!(operations.last().unwrap().changed, ["code"]);

    // Another throttle.
    let before = operations.len();
    stack
        .configure("tidegate:gateway.throttle.rate", "10")
        .await;
    stack.up().await.succeeded();
    let update = format!("update {STAGE} stage");
    assert_eq!(cloud.changes(before), changes([&update]));
    assert_eq!(
        cloud.operations().last().unwrap().changed,
        ["defaultRouteSettings.throttlingRateLimit"]
    );
}

#[tokio::test]
async fn drift_is_found_and_put_right() {
    let Some(pulumi) = cli() else { return };
    let project = Project::new(&pulumi);
    let cloud = project.cloud();
    let stack = project.stack("dev").await;
    stack.up().await.succeeded();

    cloud.drift(LOG_GROUP, "message", "retentionInDays", &json!(1));
    let refreshed = stack.refresh().await;
    refreshed
        .succeeded()
        .says("retentionInDays")
        .says("1 updated");
    let state = stack.state().await;
    let logs = state.resource(LOG_GROUP, "message");
    assert_eq!(logs.outputs["retentionInDays"], json!(1));

    let before = cloud.operations().len();
    stack.up().await.succeeded();
    let update = format!("update {LOG_GROUP} message");
    assert_eq!(cloud.changes(before), changes([&update]));
    stack.refresh().await.succeeded().does_not_say("updated");
}

#[tokio::test]
async fn a_create_that_fails_half_way_is_gone_on_from() {
    let Some(pulumi) = cli() else { return };
    let project = Project::new(&pulumi);
    let cloud = project.cloud();
    let stack = project.stack("dev").await;

    cloud.fail("create", FUNCTION, 2, "ServiceException: come back later");
    stack
        .up()
        .await
        .failed()
        .says("ServiceException: come back later");
    let tried = cloud.operations();
    let made = cloud.resources().len();
    assert_eq!(tried.iter().filter(|it| it.error.is_some()).count(), 1);
    // What needed the function was not tried.
    assert!(tried.iter().all(|it| it.type_token != STAGE));
    let state = stack.state().await;
    assert!(state.pending.is_empty(), "{:?}", state.pending);
    let kept = state.resources.values();
    let kept = kept.filter(|it| it.custom && !it.type_token.starts_with("pulumi:"));
    assert_eq!(kept.count(), made, "the state knows all that was made");

    stack.up().await.succeeded();
    let second = cloud.operations().split_off(tried.len());
    let all_creates = second
        .iter()
        .all(|it| it.operation == "create" && it.error.is_none());
    assert!(all_creates, "what was made is not made again: {second:?}");
    assert_eq!(cloud.resources().len(), made + second.len());
    stack.up().await.succeeded().does_not_say("created");
}

#[tokio::test]
async fn two_stacks_stand_side_by_side() {
    let Some(pulumi) = cli() else { return };
    let project = Project::new(&pulumi);
    let cloud = project.cloud();
    let (one, two) = (project.stack("one").await, project.stack("two").await);
    let (first, second) = tokio::join!(one.up(), two.up());
    first.succeeded().says("/one\"");
    second.succeeded().says("/two\"");
    let both = cloud.resources().len();

    one.destroy().await.succeeded();
    assert_eq!(cloud.resources().len() * 2, both);
    two.refresh().await.succeeded().does_not_say("updated");
    two.up().await.succeeded().does_not_say("created");
}

#[tokio::test]
async fn a_stack_in_production_is_not_destroyed_by_accident() {
    let Some(pulumi) = cli() else { return };
    let project = Project::new(&pulumi);
    let cloud = project.cloud();
    let stack = project.stack_like("prod", "prod").await;
    stack.up().await.succeeded();
    stack.up().await.succeeded().does_not_say("updated");

    let before = cloud.operations().len();
    stack.destroy().await.failed().says("protect");
    assert_eq!(
        cloud.changes(before),
        changes([]),
        "nothing goes before all may go, not even without a preview, which would have found it"
    );

    // As its file says: an update without the protection, and then nothing is in the way.
    for key in ["gateway", "registry", "identity"] {
        let path = format!("tidegate:{key}.deletionProtection");
        stack.configure(&path, "false").await;
    }
    stack.up().await.succeeded();
    stack.destroy().await.succeeded();
    assert!(cloud.resources().is_empty());
}

#[tokio::test]
async fn what_exists_is_imported() {
    let Some(pulumi) = cli() else { return };
    let project = Project::new(&pulumi);
    let cloud = project.cloud();
    let (old, new) = (project.stack("old").await, project.stack("new").await);
    old.up().await.succeeded();
    let id = old.state().await.resource(TABLE, "registry").id.clone();

    let before = cloud.operations().len();
    let import = [
        "import",
        TABLE,
        "orders",
        &id,
        "--yes",
        "--generate-code=false",
    ];
    new.run(&import).await.succeeded();
    assert_eq!(
        cloud.changes(before),
        changes([]),
        "an import changes nothing"
    );
    let state = new.state().await;
    let orders = state.resource(TABLE, "orders");
    assert_eq!(
        (orders.id.as_str(), &orders.inputs["hashKey"]),
        (id.as_str(), &json!("pk"))
    );

    let nothing = [
        "import",
        TABLE,
        "none",
        "no-such-table",
        "--yes",
        "--generate-code=false",
    ];
    new.run(&nothing).await.failed().says("no-such-table");
}
