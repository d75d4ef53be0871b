//! What goes.

use serde_json::json;
use tidegate_plan::{Plan, traps};

fn step(operation: &str, kind: &str, protect: bool) -> Plan {
    let urn = format!("urn:pulumi:prod::tidegate::{kind}::it");
    let state = json!({"urn": urn, "type": kind, "custom": true, "inputs": {}, "protect": protect});
    let document = json!({"steps": [{
        "op": operation, "urn": urn, "oldState": state, "newState": if operation == "delete" { json!(null) } else { state.clone() },
        "detailedDiff": null,
    }]});
    Plan::read(document.to_string().as_bytes()).unwrap()
}

#[test]
fn data_that_goes_is_a_loud_warning() {
    for operation in ["delete", "replace"] {
        let report = traps::check(&step(operation, "aws:dynamodb/table:Table", false));
        let warning = report.warnings().next().unwrap();
        assert!(warning.message.contains("every item of the table is lost"));
        assert_eq!(report.traps().count(), 0);
    }
    let report = traps::check(&step("update", "aws:dynamodb/table:Table", false));
    assert_eq!(report.warnings().count(), 0);
}

#[test]
fn connections_that_are_closed_are_a_loud_warning() {
    let report = traps::check(&step("replace", "aws:apigatewayv2/stage:Stage", false));
    let warning = report.warnings().next().unwrap();
    assert!(warning.message.contains("every open connection is closed"));
}

#[test]
fn protection_that_is_taken_back_is_a_loud_warning() {
    for (before, after) in [
        (
            json!({"deletionProtectionEnabled": true}),
            json!({"deletionProtectionEnabled": false}),
        ),
        (json!({"deletionProtection": "ACTIVE"}), json!({})),
        (
            json!({"pointInTimeRecovery": {"enabled": true}}),
            json!({"pointInTimeRecovery": {"enabled": false}}),
        ),
    ] {
        let state = |inputs| json!({"type": "t", "custom": true, "inputs": inputs});
        let step = json!({"op": "update", "urn": "urn:pulumi:a::b::t::n", "oldState": state(&before), "newState": state(&after)});
        let plan = Plan::read(json!({"steps": [step]}).to_string().as_bytes()).unwrap();
        let report = traps::check(&plan);
        let warned = report.rule("protection").unwrap();
        assert_eq!(warned.findings.len(), 1, "{before}");
        assert_eq!(report.traps().count(), 0);
    }
}

#[test]
fn what_is_protected_would_stop_the_update() {
    let report = traps::check(&step("delete", "aws:apigatewayv2/api:Api", true));
    let trap = report.traps().find(|it| it.rule == "data-loss").unwrap();
    assert!(trap.message.contains("protected"));
}
