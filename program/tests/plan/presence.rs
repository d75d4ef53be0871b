//! What looks after presence.

use pulumi::testing::Deployment;

use crate::support::{input, run};

const RULE: &str = "aws:cloudwatch/eventRule:EventRule";

fn of(presence: &str) -> Deployment {
    let room = format!(
        r#"{{"room": {{"subscribe": "signedIn", "publish": "signedIn", "presence": "{presence}"}}}}"#
    );
    run(&[("namespaces", room.as_str())].into()).unwrap()
}

#[test]
fn a_schedule_runs_only_where_a_namespace_has_presence() {
    for (presence, there) in [("none", 0), ("count", 1), ("full", 1)] {
        let deployment = of(presence);
        assert_eq!(deployment.of_type(RULE).count(), there, "{presence}");
        let functions = deployment.of_type("aws:lambda/function:Function");
        let sweeps = functions.filter(|function| function.name == "sweep");
        assert_eq!(sweeps.count(), there, "{presence}");
    }
}

#[test]
fn the_schedule_may_invoke_its_function_before_it_does() {
    let deployment = of("full");
    let rule = deployment.of_type(RULE).next().unwrap();
    assert_eq!(input(rule, "scheduleExpression"), "rate(1 minute)");
    let mut permissions = deployment.of_type("aws:lambda/permission:Permission");
    let permission = permissions
        .find(|it| input(it, "principal") == "events.amazonaws.com")
        .unwrap();
    let source = input(permission, "sourceArn");
    assert_eq!(
        source,
        "arn:aws:events:eu-central-1:000000000000:rule/sweep"
    );
    let mut targets = deployment.of_type("aws:cloudwatch/eventTarget:EventTarget");
    let target = targets.next().unwrap();
    assert!(target.dependencies.contains(&permission.urn));
    assert!(
        input(target, "arn")
            .as_str()
            .unwrap()
            .ends_with(":function:sweep")
    );
}

#[test]
fn a_run_ends_before_the_next() {
    let deployment = of("full");
    let mut functions = deployment.of_type("aws:lambda/function:Function");
    let sweep = functions.find(|it| it.name == "sweep").unwrap();
    assert!(input(sweep, "timeout").as_i64() < Some(60));
}
