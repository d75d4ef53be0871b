//! EventBridge: rules and their targets.

use serde_json::json;

use super::kind::{Kind, Made, Making, Parent, Proposal, Refusal};
use crate::cloud::{Cloud, Record};
use crate::naming::AutoName;

const RULE: &str = "aws:cloudwatch/eventRule:EventRule";
const TARGET: &str = "aws:cloudwatch/eventTarget:EventTarget";
/// The most targets of a rule.
const MOST_TARGETS: usize = 5;

const OF_RULE: Parent = Parent {
    property: "rule",
    token: RULE,
    is: |rule, named| rule.text("name") == named,
    missing: |name| {
        let message = format!("Rule {name} does not exist on EventBus default.");
        Refusal::new("ResourceNotFoundException", message)
    },
};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        token: RULE,
        noun: "EventBridge Rule",
        name: AutoName::name(64),
        allow: allow_rule,
        make: |making| {
            let name = making.text("name");
            let arn = making.arn("events", &format!("rule/{name}"));
            let bus = making.or("eventBusName", json!("default"));
            Made::new(name, [("arn", json!(arn)), ("eventBusName", bus)])
        },
        release: release_rule,
        ..Kind::PLAIN
    },
    Kind {
        token: TARGET,
        noun: "EventBridge Target",
        parents: &[OF_RULE],
        allow: allow_target,
        make: make_target,
        ..Kind::PLAIN
    },
];

/// The provider asks whether there is one, which `PutRule` would change.
fn allow_rule(proposal: &Proposal<'_>) -> Result<(), Refusal> {
    if proposal.taken(RULE, "name") {
        let message = format!("the rule {} already exists", proposal.text("name"));
        return Err(Refusal::new("ResourceAlreadyExistsException", message));
    }
    Ok(())
}

fn release_rule(cloud: &Cloud, rule: &Record) -> Result<(), Refusal> {
    let mut targets = cloud.all(TARGET);
    if targets.any(|target| target.text("rule") == rule.text("name")) {
        let message = "Rule can't be deleted since it has targets.";
        return Err(Refusal::new("ValidationException", message));
    }
    Ok(())
}

fn allow_target(proposal: &Proposal<'_>) -> Result<(), Refusal> {
    let rule = proposal.text("rule");
    let beside: Vec<_> = proposal
        .others(TARGET)
        .filter(|target| target.text("rule") == rule)
        .collect();
    if beside.len() >= MOST_TARGETS {
        let message = "The requested resource exceeds the maximum number allowed.";
        return Err(Refusal::new("LimitExceededException", message));
    }
    let id = proposal.text("targetId");
    if !id.is_empty() && beside.iter().any(|it| it.text("targetId") == id) {
        let message = format!("the target {id} of the rule {rule} already exists");
        return Err(Refusal::new("ResourceAlreadyExistsException", message));
    }
    Ok(())
}

fn make_target(making: &Making<'_>) -> Made {
    let auto = || format!("terraform-{}", making.ids.base36("target", 26));
    let id = match making.text("targetId") {
        "" => auto(),
        id => id.to_owned(),
    };
    Made::new(
        format!("{}-{id}", making.text("rule")),
        [
            ("targetId", json!(id)),
            ("eventBusName", making.or("eventBusName", json!("default"))),
        ],
    )
}
