//! Each kind of stack under the real engine, from its first preview to what its end leaves.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tidegate_test_pulumi::{Cloud, Project, ResourceState, Stack, cli};

const EDGE_DOMAIN: &str = include_str!("../stacks/edge-domain.yaml");
const EDGE_ENDPOINTS: &str = include_str!("../stacks/edge-endpoints.yaml");

const DISTRIBUTION: &str = "aws:cloudfront/distribution:Distribution";
const FUNCTION: &str = "aws:lambda/function:Function";
const PROVISIONED: &str = "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig";
/// Set by nobody of ours.
const LOG_ROLE: &str = "arn:aws:iam::000000000000:role/somebody-elses";
/// What belongs to the account as soon as it is there.
const ROLE_OF_ACCOUNT: [&str; 3] = [
    "aws:apigateway/account:Account api-gateway",
    "aws:iam/role:Role api-gateway-logs",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment api-gateway-logs",
];

const ORIGIN_SECRETS: &str = "tidegate:originSecrets";
const SECRET: &str = "cm9sbC1tZS1vdXQtb2YtdGhlLXN0YXRlLXBsZWFzZQ0";
const NEXT_SECRET: &str = "YW5kLW1lLXRvby1hcy1JLWFtLXRoZS1uZXh0LW9uZQ0";

fn set<const N: usize>(expected: [&str; N]) -> BTreeSet<String> {
    expected.map(str::to_owned).into()
}

/// What there is in the cloud: `TYPE NAME`.
fn there(cloud: &Cloud) -> BTreeSet<String> {
    let resources = cloud.resources();
    let short = resources.values().map(|it| {
        let urn = it["urn"].as_str().unwrap_or_default();
        let name = urn.rsplit("::").next().unwrap_or_default();
        format!("{} {name}", it["type"].as_str().unwrap_or_default())
    });
    short.collect()
}

/// Previews and makes the stack, and checks that nothing is left to do. Returns what the CLI said.
async fn made_and_left_alone(stack: &Stack<'_>, cloud: &Cloud) -> String {
    let before = cloud.resources().len();
    let preview = stack.preview().await;
    preview.succeeded().says("to create");
    assert_eq!(cloud.changes(0), set([]), "a preview changes nothing");

    let up = stack.up().await;
    up.succeeded().says("wss://");
    let made = cloud.operations();
    assert!(
        made.iter()
            .all(|it| it.operation == "create" && it.error.is_none()),
        "{made:?}"
    );
    assert_eq!(cloud.resources().len(), before + made.len());

    let again = stack.up().await;
    again
        .succeeded()
        .says("unchanged")
        .does_not_say("updated")
        .does_not_say("replaced");
    let known = stack.state().await;
    let refresh = stack.refresh().await;
    refresh
        .succeeded()
        .says("unchanged")
        .does_not_say("updated")
        .does_not_say("deleted");
    for (urn, resource) in &stack.state().await.resources {
        assert_eq!(known.resources.get(urn).map(held), Some(held(resource)));
    }
    let previewed = stack
        .run(&["preview", "--diff", "--expect-no-changes"])
        .await;
    previewed.succeeded();

    assert_eq!(cloud.changes(made.len()), set([]), "nothing has changed");
    [preview, up, again, refresh, previewed]
        .map(|run| run.text)
        .concat()
}

/// What the engine keeps of what a resource has. Of an archive that it has read, it knows the digest only.
fn held(resource: &ResourceState) -> Value {
    let mut held = json!([resource.urn, resource.id, resource.inputs, resource.outputs]);
    for place in [2, 3] {
        if let Some(code) = held[place]["code"].as_object_mut() {
            code.remove("assets");
        }
    }
    held
}

/// Destroys the stack, and checks that nothing is left of it but this.
async fn destroyed_but_for<const N: usize>(
    stack: &Stack<'_>,
    cloud: &Cloud,
    kept: [&str; N],
) -> String {
    let destroy = stack.destroy().await;
    destroy.succeeded();
    assert_eq!(there(cloud), set(kept));
    let operations = cloud.operations().into_iter();
    let refused: Vec<_> = operations.filter(|it| it.error.is_some()).collect();
    assert_eq!(refused, [], "everything is deleted before what it needs");
    assert!(stack.state().await.resources.is_empty());
    destroy.text
}

/// The secret is in the configuration of the distributions, which is where it must be, and nowhere else.
async fn is_nowhere_in_plain(secret: &str, stack: &Stack<'_>, cloud: &Cloud, said: &str) {
    assert!(!said.contains(secret), "{said}");
    assert!(!cloud.journal().contains(secret));
    let with_secret: BTreeSet<_> = cloud
        .resources()
        .values()
        .filter(|it| it.to_string().contains(secret))
        .map(|it| it["type"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(with_secret, set([DISTRIBUTION]));
    for shown in [
        &["stack", "export"][..],
        &["stack", "output", "--json"],
        &["stack", "output", "--json", "--show-secrets"],
        &["stack"],
        &["config"],
    ] {
        stack.run(shown).await.succeeded().does_not_say(secret);
    }
    let export = stack.run(&["stack", "export"]).await;
    export.says("ciphertext");
}

async fn with_secret(stack: &Stack<'_>, secrets: &Value) {
    let secrets = secrets.to_string();
    let run = stack
        .run(&["config", "set", "--secret", ORIGIN_SECRETS, &secrets])
        .await;
    run.succeeded();
}

fn count(cloud: &Cloud, type_token: &str) -> usize {
    let resources = cloud.resources();
    let of_type = resources.values().filter(|it| it["type"] == type_token);
    of_type.count()
}

#[tokio::test]
async fn a_stack_to_develop_with_leaves_nothing() {
    let Some(pulumi) = cli() else { return };
    let project = Project::new(&pulumi);
    let cloud = project.cloud();
    let stack = project.stack("dev").await;
    made_and_left_alone(&stack, &cloud).await;
    destroyed_but_for(&stack, &cloud, []).await;
}

#[tokio::test]
async fn a_stack_in_production_is_not_destroyed_by_accident() {
    let Some(pulumi) = cli() else { return };
    let project = Project::new(&pulumi);
    let cloud = project.cloud();
    let stack = project.stack_like("prod", "prod").await;
    // As its file says, somebody has set the role with which API Gateway writes logs. Without one, AWS refuses a stage
    // that logs.
    cloud.set_log_role(LOG_ROLE);
    made_and_left_alone(&stack, &cloud).await;

    let before = cloud.operations().len();
    let refused = stack.run(&["destroy", "--yes"]).await;
    refused
        .failed()
        .says("because it is protected")
        .says("remove the `protect` flag");
    assert_eq!(
        cloud.changes(before),
        set([]),
        "its preview finds what is protected, and nothing goes"
    );

    // As its file says: an update without the protection, and then nothing is in the way.
    for key in ["gateway", "registry", "identity"] {
        let path = format!("tidegate:{key}.deletionProtection");
        stack.configure(&path, "false").await;
    }
    stack.up().await.failed().says("take `production` back");
    assert_eq!(cloud.changes(before), set([]));
    stack.configure("tidegate:production", "false").await;
    stack.up().await.succeeded();
    destroyed_but_for(&stack, &cloud, []).await;
    assert_eq!(cloud.log_role().as_deref(), Some(LOG_ROLE));
}

#[tokio::test]
async fn whoever_destroys_production_without_a_preview_loses_nothing_that_up_cannot_make_again() {
    let Some(pulumi) = cli() else { return };
    let project = Project::new(&pulumi);
    let cloud = project.cloud();
    let stack = project.stack_like("prod", "prod").await;
    cloud.set_log_role(LOG_ROLE);
    stack.up().await.succeeded();
    let all = there(&cloud);

    let before = cloud.operations().len();
    stack
        .destroy()
        .await
        .failed()
        .says("because it is protected");
    // What nothing needs goes at the same time as the engine meets what is protected.
    for kept in [
        "aws:apigatewayv2/api:Api sockets",
        "aws:apigatewayv2/stage:Stage stage",
        "aws:cognito/userPool:UserPool users",
        "aws:dynamodb/table:Table registry",
    ] {
        assert!(there(&cloud).contains(kept), "{kept}");
        assert!(!cloud.changes(before).contains(&format!("delete {kept}")));
    }
    stack.up().await.succeeded();
    assert_eq!(there(&cloud), all);
}

#[tokio::test]
async fn a_stack_in_production_says_what_the_account_lacks() {
    let Some(pulumi) = cli() else { return };
    let project = Project::new(&pulumi);
    let stack = project.stack_like("prod", "prod").await;
    let run = stack.up().await;
    run.failed()
        .says("CloudWatch Logs role ARN must be set in account settings");
    // What its file advises.
    stack
        .configure("tidegate:gateway.logging", "create-account-role")
        .await;
    stack.up().await.succeeded();
}

#[tokio::test]
async fn an_edge_with_a_name_leaves_the_accounts_role_and_shows_no_secret() {
    let Some(pulumi) = cli() else { return };
    let project = Project::new(&pulumi);
    let cloud = project.cloud();
    let stack = project.stack_with(EDGE_DOMAIN, "edge").await;
    with_secret(&stack, &json!({"newest": SECRET})).await;

    let said = made_and_left_alone(&stack, &cloud).await;
    assert!(said.contains("wss://ws.example.com"), "{said}");
    assert_eq!(count(&cloud, DISTRIBUTION), 1);
    assert_eq!(count(&cloud, PROVISIONED), 1);
    is_nowhere_in_plain(SECRET, &stack, &cloud, &said).await;

    // A rotation reaches who sends the secret and who knows it, and nobody else.
    let before = cloud.operations().len();
    let both = json!({"newest": NEXT_SECRET, "previous": SECRET});
    with_secret(&stack, &both).await;
    let said = [
        stack.run(&["preview", "--diff"]).await,
        stack.run(&["preview", "--json"]).await,
        stack.up().await,
    ]
    .map(|run| run.succeeded().text.clone())
    .concat();
    let distribution = format!("update {DISTRIBUTION} edge");
    let authorizer = format!("update {FUNCTION} authorizer");
    assert_eq!(cloud.changes(before), set([&distribution, &authorizer]));
    assert!(!said.contains(SECRET), "{said}");
    is_nowhere_in_plain(NEXT_SECRET, &stack, &cloud, &said).await;

    let role = cloud.log_role();
    assert!(role.is_some());
    let said = destroyed_but_for(&stack, &cloud, ROLE_OF_ACCOUNT).await;
    assert!(!said.contains(NEXT_SECRET), "{said}");
    assert_eq!(cloud.log_role(), role, "others may log by it");

    // It is there for the next stack, which has not to make it, or makes it once more.
    stack
        .configure("tidegate:gateway.logging", "account-role-exists")
        .await;
    stack.up().await.succeeded();
}

#[tokio::test]
async fn two_endpoints_behind_an_edge_leave_the_accounts_role() {
    let Some(pulumi) = cli() else { return };
    let project = Project::new(&pulumi);
    let cloud = project.cloud();
    let stack = project.stack_with(EDGE_ENDPOINTS, "edge").await;
    stack
        .preview()
        .await
        .failed()
        .says(ORIGIN_SECRETS)
        .says("rotate-origin-secret");
    with_secret(&stack, &json!({"newest": SECRET})).await;

    let said = made_and_left_alone(&stack, &cloud).await;
    assert_eq!(count(&cloud, DISTRIBUTION), 2);
    is_nowhere_in_plain(SECRET, &stack, &cloud, &said).await;
    let said = destroyed_but_for(&stack, &cloud, ROLE_OF_ACCOUNT).await;
    assert!(!said.contains(SECRET), "{said}");
}
