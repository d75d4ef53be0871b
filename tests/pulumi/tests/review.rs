//! What a reviewer is told of a preview, by what the real CLI writes.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

use tidegate_plan::{Operation, Plan, traps};
use tidegate_test_pulumi::{Project, Stack, cli};

async fn previewed(stack: &Stack<'_>) -> Plan {
    let run = stack.run(&["preview", "--json", "--show-sames"]).await;
    run.succeeded();
    Plan::read(run.stdout.as_bytes()).unwrap()
}

#[tokio::test]
async fn a_preview_is_read_whole_from_a_new_stack_to_a_change_of_it() {
    let Some(pulumi) = cli() else { return };
    let project = Project::new(&pulumi);
    let stack = project.stack("dev").await;

    let new = previewed(&stack).await;
    assert_eq!(new.stack.as_deref(), Some("dev"));
    let counts = new.counts();
    let made = counts[&Operation::Create];
    assert_eq!(counts.len(), 1, "{counts:?}");
    assert_eq!(traps::check(&new).traps().count(), 0);

    stack.up().await.succeeded();
    stack
        .configure("tidegate:gateway.throttle.rate", "10")
        .await;
    let change = previewed(&stack).await;
    assert_eq!(change.unlisted, 0);
    let counts = change.counts();
    assert_eq!(counts[&Operation::Update], 1);
    assert_eq!(counts[&Operation::Same], made - 1);
    let report = traps::check(&change);
    let found: Vec<_> = report.traps().chain(report.warnings()).collect();
    assert!(found.is_empty(), "{found:?}");
    // All is known of a stack that is there.
    assert!(report.checked.iter().all(|it| it.unknown.is_empty()));
}
