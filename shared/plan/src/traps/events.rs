//! Rules of EventBridge, and who lets them hand their events over.

use super::types::{ALIAS, EVENT_RULE, EVENT_TARGET, FUNCTION, PERMISSION, QUEUE, QUEUE_POLICY};
use super::{Checked, Look, Rule};
use crate::plan::Declared;

const SERVICE: &str = "events.amazonaws.com";

pub(super) const DELIVERY: Rule = Rule {
    id: "event-delivery",
    title: "What a rule of EventBridge hands over is let in",
    look: |look, checked| {
        for target in look.stack.of_type(EVENT_TARGET) {
            checked.seen += 1;
            for queue in look.stack.source(target, "arn", QUEUE) {
                to_queue(look, checked, target, queue);
            }
            for kind in [FUNCTION, ALIAS] {
                for function in look.stack.source(target, "arn", kind) {
                    to_function(look, checked, target, function);
                }
            }
        }
    },
};

fn to_queue(look: &Look<'_>, checked: &mut Checked, target: Declared<'_>, queue: Declared<'_>) {
    let policies = look.stack.of_type(QUEUE_POLICY);
    let mut own = policies.filter(|it| comes_from(*it, "queueUrl", queue));
    let Some(policy) = own.next() else {
        return checked.trap(
            target,
            format!(
                "The queue `{}` has no policy: EventBridge may not send to it, and drops every event of the rule without a word. Give it an `aws.sqs.QueuePolicy` that lets {SERVICE} do sqs:SendMessage for this rule.",
                queue.name
            ),
        );
    };
    match policy.input("policy").text() {
        Some(document) if document.contains(SERVICE) => {}
        Some(_) => checked.trap(
            policy,
            format!(
                "It does not name {SERVICE}, and a rule sends to the queue `{}`: EventBridge drops every event of the rule without a word.",
                queue.name
            ),
        ),
        None => checked.unknown(policy),
    }
}

fn to_function(
    look: &Look<'_>,
    checked: &mut Checked,
    target: Declared<'_>,
    function: Declared<'_>,
) {
    let rules: Vec<_> = look.stack.source(target, "rule", EVENT_RULE).collect();
    let mut permissions = look.stack.of_type(PERMISSION);
    let lets = permissions.any(|permission| {
        // A permission of an alias names it as its qualifier.
        let of_it = comes_from(permission, "function", function)
            || comes_from(permission, "qualifier", function);
        let for_rule = permission.input("sourceArn").is_null()
            || rules
                .iter()
                .any(|rule| comes_from(permission, "sourceArn", *rule));
        of_it && for_rule && permission.input("principal").text() == Some(SERVICE)
    });
    if !lets {
        checked.trap(
            target,
            format!(
                "Nothing lets EventBridge invoke `{}` for this rule: it drops every event without a word. Give it an `aws.lambda.Permission` with the principal {SERVICE} and the rule's ARN as `sourceArn`.",
                function.name
            ),
        );
    }
}

fn comes_from(resource: Declared<'_>, input: &str, source: Declared<'_>) -> bool {
    let sources = resource.state.property_dependencies.get(input);
    sources.is_some_and(|sources| sources.contains(source.urn))
}
