//! The life of a stack under the real engine: what a change of it does to the cloud, and that it does no more.

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
        [
            "defaultRouteSettings.throttlingRateLimit",
            // Its route that is counted has numbers of its own, as it must.
            "routeSettings[0].throttlingRateLimit"
        ]
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

    let failed = tried.iter().find(|it| it.error.is_some()).unwrap();
    let state = stack.state().await;
    let function = state.resource(FUNCTION, &failed.name);
    let needing = state.needing(&function.urn);
    assert!(!needing.is_empty(), "something needs {}", failed.name);
    for resource in needing {
        let short = resource.short();
        let was_tried = tried.iter().any(|it| it.short().ends_with(&short));
        assert!(!was_tried, "{short} needs {}", failed.name);
    }
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
