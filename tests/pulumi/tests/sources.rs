//! The program as it comes: sources in a fresh clone, built by the language host, edited, and run again.

use tidegate_test_pulumi::{Clone, Operation, Program, Project, cli};

#[tokio::test]
async fn a_fresh_clone_is_brought_up_and_an_edit_of_one_route_deploys_once() {
    let Some(pulumi) = cli() else { return };
    let clone = Clone::new();
    let mut project = Project::of(&pulumi, Program::Sources(clone.root()));
    for (name, value) in clone.variables() {
        project.set(name, &value.display().to_string());
    }
    // A fresh clone takes the provider from where Pulumi downloads it.
    let providers = format!(
        "plugins:\n  providers:\n    - name: aws\n      path: {}\n",
        project.scratch("plugins").display()
    );
    clone.edit("Pulumi.yaml", "plugins:\n", &providers);
    let cloud = project.cloud();
    let stack = project.stack("fresh").await;
    stack.up().await.succeeded().says("wss://");

    // One route has a name for its operation from here on.
    let before = cloud.operations().len();
    clone.edit(
        "program/src/gateway/routes.rs",
        "            _ => builder.authorization_type(\"NONE\"),",
        "            Route::Publish => builder.authorization_type(\"NONE\").operation_name(\"Publish\"),
            _ => builder.authorization_type(\"NONE\"),",
    );
    stack.up().await.succeeded();
    let expected = [
        "update aws:apigatewayv2/route:Route publish",
        "create aws:apigatewayv2/deployment:Deployment deployment",
        "update aws:apigatewayv2/stage:Stage stage",
        "delete aws:apigatewayv2/deployment:Deployment deployment",
    ];
    let operations = cloud.operations().split_off(before);
    let done: Vec<_> = operations.iter().map(Operation::short).collect();
    assert_eq!(
        done, expected,
        "exactly one new deployment, before the old one goes"
    );

    // What does not compile changes nothing.
    let before = cloud.operations().len();
    clone.edit("program/src/lib.rs", "let settings = ", "let settigns = ");
    let run = stack.up().await;
    run.failed().says("error[E0423]").says("program/src/lib.rs");
    assert_eq!(cloud.operations().len(), before);
}
