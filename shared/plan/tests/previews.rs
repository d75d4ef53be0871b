//! What the real CLI wrote.
#![expect(
    clippy::unwrap_used,
    reason = "all of this is a test, also what is not in a `#[test]` function"
)]

use std::collections::BTreeMap;

use tidegate_plan::{ChangeKind, Operation, Plan, Property, ReadError, traps};

const CREATE: &str = include_str!("previews/create.json");
const CHANGE: &str = include_str!("previews/change.json");
const PROTECTED: &str = include_str!("previews/protected.json");
const UNLISTED: &str = include_str!("previews/unlisted.json");

fn read(text: &str) -> Plan {
    Plan::read(text.as_bytes()).unwrap()
}

#[test]
fn a_new_stack_is_all_creates_with_what_is_not_known_yet_marked() {
    let plan = read(CREATE);
    assert_eq!(plan.project.as_deref(), Some("tidegate"));
    assert_eq!(plan.stack.as_deref(), Some("dev"));
    assert_eq!(plan.region.as_deref(), Some("us-east-1"));
    assert_eq!(
        plan.counts().into_keys().collect::<Vec<_>>(),
        [Operation::Create]
    );
    assert!(plan.before().is_empty());
    let after = plan.after();
    let mut functions = after.of_type("aws:lambda/function:Function");
    let message = functions.find(|it| it.name == "message").unwrap();
    assert_eq!(message.input("memorySize").whole(), Some(256));
    assert!(matches!(message.input("code"), Property::Asset(Some(_))));
    let url = message
        .state
        .inputs
        .at("environment.variables.TIDEGATE_MANAGEMENT_URL");
    assert_eq!(*url, Property::Unknown);
}

#[test]
fn a_change_says_what_changes_and_what_is_replaced_for_it() {
    let plan = read(CHANGE);
    let counts = BTreeMap::from([
        (Operation::Update, 10),
        (Operation::Replace, 7),
        (Operation::Same, 30),
    ]);
    assert_eq!(plan.counts(), counts);
    assert_eq!(plan.unlisted, 0);
    let mut stages = plan.resources.iter().filter(|it| it.name == "stage");
    let stage = stages.next().unwrap();
    let changes: Vec<_> = stage
        .changes
        .iter()
        .map(|it| (it.path.as_str(), it.replaces))
        .collect();
    assert_eq!(
        changes,
        [
            ("defaultRouteSettings.throttlingRateLimit", false),
            ("name", true)
        ]
    );
    assert!(stage.changes.iter().all(|it| it.kind == ChangeKind::Update));
    let (before, after) = (
        stage.before.as_ref().unwrap(),
        stage.after.as_ref().unwrap(),
    );
    assert_eq!(before.inputs["name"].text(), Some("dev"));
    assert_eq!(after.inputs["name"].text(), Some("v2"));
}

#[test]
fn our_own_program_walks_into_no_trap() {
    for (preview, unknown) in [(CREATE, true), (CHANGE, false)] {
        let report = traps::check(&read(preview));
        let found: Vec<_> = report.traps().collect();
        assert!(found.is_empty(), "{found:?}");
        // Another name of the stage is another address.
        let warned: Vec<_> = report.warnings().map(|it| &it.message).collect();
        assert_eq!(warned.len(), usize::from(!unknown), "{warned:?}");
        // Policies of a stack that is not there yet are not known, and a rule says so.
        let policies = report.rule("iam-patterns").unwrap();
        assert!(policies.seen >= 4);
        assert_eq!(!policies.unknown.is_empty(), unknown);
    }
}

#[test]
fn a_preview_that_failed_says_why() {
    let plan = read(PROTECTED);
    assert!(plan.failed());
    assert!(plan.diagnostics[0].message.contains("cannot be deleted"));
    let report = traps::check(&plan);
    assert!(report.traps().any(|it| it.rule == "data-loss"));
}

#[test]
fn what_a_preview_leaves_out_is_counted() {
    assert_eq!(read(UNLISTED).unlisted, 51);
    assert_eq!(read(CREATE).unlisted, 0);
}

#[test]
fn what_is_no_plan_is_refused_with_what_would_be_one() {
    for (text, part) in [
        ("", "not JSON"),
        ("[1]", "neither `steps`"),
        ("{}", "neither `steps`"),
        (r#"{"steps": 3}"#, "pulumi preview --json"),
        (r#"{"resources": [{}]}"#, "tidegate plan --json"),
        (
            r#"{"steps": [{"op": "melt", "urn": "urn:pulumi:a::b::c::d", "newState": {"type": "c"}}]}"#,
            "`melt`",
        ),
    ] {
        let error: ReadError = Plan::read(text.as_bytes()).unwrap_err();
        assert!(error.to_string().contains(part), "{text}: {error}");
    }
}

#[test]
fn the_steps_of_one_replacement_are_one() {
    let urn = "urn:pulumi:a::b::aws:x/y:Y::n";
    let state = |name: &str| {
        format!(r#"{{"type": "aws:x/y:Y", "custom": true, "inputs": {{"name": "{name}"}}}}"#)
    };
    let (old, new) = (state("old"), state("new"));
    let text = format!(
        r#"{{"steps": [
            {{"op": "create-replacement", "urn": "{urn}", "oldState": {old}, "newState": {new}}},
            {{"op": "replace", "urn": "{urn}", "oldState": {old}, "newState": {new}, "diffReasons": ["name"], "replaceReasons": ["name"]}},
            {{"op": "delete-replaced", "urn": "{urn}", "oldState": {old}}}
        ]}}"#
    );
    let plan = read(&text);
    assert_eq!(plan.counts(), BTreeMap::from([(Operation::Replace, 1)]));
    let resource = &plan.resources[0];
    assert_eq!(
        resource.after.as_ref().unwrap().inputs["name"].text(),
        Some("new")
    );
    assert!(resource.changes[0].replaces);
}

#[test]
fn two_plans_are_compared_without_any_state() {
    let plan = |inputs: &str, name: &str| {
        read(&format!(
            r#"{{"resources": [{{"urn": "urn:pulumi:a::b::aws:x/y:Y::{name}", "type": "aws:x/y:Y", "name": "{name}", "custom": true, "inputs": {inputs}}}]}}"#
        ))
    };
    let base = plan(
        r#"{"a": 1, "gone": true, "same": [1, {"b": 2}], "odd.key": {"c": 1}}"#,
        "n",
    );
    let head = plan(
        r#"{"a": 2, "new": true, "same": [1, {"b": 3}], "odd.key": {"c": 2}}"#,
        "n",
    );
    let change = head.since(&base);
    assert_eq!(change.resources[0].operation, Operation::Update);
    let changes = change.resources[0].changes.iter();
    let changes: Vec<_> = changes.map(|it| (it.path.as_str(), it.kind)).collect();
    assert_eq!(
        changes,
        [
            ("a", ChangeKind::Update),
            ("gone", ChangeKind::Delete),
            ("new", ChangeKind::Add),
            ("[\"odd.key\"].c", ChangeKind::Update),
            ("same[1].b", ChangeKind::Update),
        ]
    );
    let other = plan("{}", "m").since(&base);
    let counts = BTreeMap::from([(Operation::Create, 1), (Operation::Delete, 1)]);
    assert_eq!(other.counts(), counts);
    assert_eq!(
        base.clone().since(&base).counts(),
        BTreeMap::from([(Operation::Same, 1)])
    );
}
