//! What AWS would refuse, found before it is asked.

use crate::support::{every_plan, run};

#[test]
fn a_value_that_no_setting_catches_is_refused_by_the_name_of_its_resource_and_its_property() {
    // Each of these namespaces is right, and all together are more than the environment of a function holds.
    let rules = r#"{"subscribe": "signedIn", "publish": "signedIn"}"#;
    let namespaces: Vec<_> = (0..100).map(|n| format!(r#""room{n}": {rules}"#)).collect();
    let namespaces = format!("{{{}}}", namespaces.join(", "));
    let failure = run(&[("namespaces", namespaces.as_str())].into()).unwrap_err();
    let errors = failure.errors().iter();
    let mut reports: Vec<_> = errors.map(|error| pulumi::report(error)).collect();
    reports.sort();
    assert_eq!(
        reports.len(),
        7,
        "one for each function that is told: {reports:#?}"
    );
    for (report, function) in reports.iter().zip([
        "api",
        "authorizer",
        "connect",
        "disconnect",
        "fanout",
        "message",
        "server",
    ]) {
        let begin = format!(
            "`{function}` (aws:lambda/function:Function) at program/src/functions/function.rs:"
        );
        assert!(report.starts_with(&begin), "{report}");
        let problem = "\n  `environment.variables`: must have at most 4096 bytes";
        assert!(report.contains(problem), "{report}");
        assert!(
            report.contains("it comes from `tidegate:namespaces`"),
            "{report}"
        );
    }
}

#[test]
fn nothing_that_the_program_declares_breaks_a_rule() {
    // A plan is there only where nothing was refused.
    every_plan(|deployment| assert!(deployment.resources.len() > 20));
}
