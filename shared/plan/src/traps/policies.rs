//! Who may do what: no more than is needed.

use serde_json::Value;

use super::types::{
    POLICY, QUEUE, QUEUE_POLICY, ROLE, ROLE_POLICY, ROLE_POLICY_ATTACHMENT, TOPIC, TOPIC_POLICY,
};
use super::{Checked, Look, Rule};
use crate::plan::Declared;
use crate::property::Property;

/// A pattern in a resource that AWS itself asks for.
struct Allowed {
    actions: &'static [&'static str],
    /// What the resource may end with, or be.
    pattern: &'static str,
}

/// Every such pattern, and why.
const ALLOWED: [Allowed; 4] = [
    // The streams of a log group: Lambda makes their names.
    Allowed {
        actions: &["logs:CreateLogStream", "logs:PutLogEvents"],
        pattern: ":*",
    },
    // Connections: nobody knows their ids beforehand.
    Allowed {
        actions: &["execute-api:ManageConnections"],
        pattern: "/@connections/*",
    },
    // Segments belong to no resource: X-Ray takes no other.
    Allowed {
        actions: &["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
        pattern: "*",
    },
    // Composite alarms are told only to who may see all alarms.
    Allowed {
        actions: &["cloudwatch:DescribeAlarms"],
        pattern: "*",
    },
];

/// Managed policies that cannot be written shorter by hand: API Gateway checks that its role has just this.
const MANAGED: [&str; 1] =
    ["arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"];

pub(super) const PATTERNS: Rule = Rule {
    id: "iam-patterns",
    title: "No role may do more than it needs: no pattern in an action, none in a resource but those that AWS asks for",
    look: |look, checked| {
        for (policy, document) in documents(look) {
            checked.seen += 1;
            for statement in statements(checked, policy, document) {
                allowed(checked, policy, &statement);
            }
        }
        for attachment in look.stack.of_type(ROLE_POLICY_ATTACHMENT) {
            checked.seen += 1;
            match attachment.input("policyArn").text() {
                Some(arn) if !arn.contains(":aws:policy/") || MANAGED.contains(&arn) => {}
                Some(arn) => checked.trap(
                    attachment,
                    format!(
                        "It gives the role AWS's policy {arn}, which allows more than any one role needs, and what it allows changes without you. Write down what the role does."
                    ),
                ),
                // One of this plan, which is looked at itself.
                None => {}
            }
        }
    },
};

/// What roles of the plan are allowed.
fn documents<'a>(look: &Look<'a>) -> Vec<(Declared<'a>, &'a Property)> {
    let mut found = Vec::new();
    for kind in [ROLE_POLICY, POLICY] {
        let policies = look.stack.of_type(kind);
        found.extend(policies.map(|policy| (policy, policy.input("policy"))));
    }
    for role in look.stack.of_type(ROLE) {
        let inline = role.input("inlinePolicies").items();
        found.extend(inline.iter().map(|inline| (role, &inline["policy"])));
    }
    found
}

/// The statements of a document; none if it is not known yet.
fn statements(checked: &mut Checked, policy: Declared<'_>, document: &Property) -> Vec<Value> {
    let Some(text) = document.text() else {
        if document.is_hidden() {
            checked.unknown(policy);
        }
        return Vec::new();
    };
    let Ok(mut document) = serde_json::from_str::<Value>(text) else {
        checked.trap(policy, "Its document is not JSON: IAM refuses it.");
        return Vec::new();
    };
    match document["Statement"].take() {
        Value::Array(statements) => statements,
        one => vec![one],
    }
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        value => value.as_str().into_iter().collect(),
    }
}

fn allowed(checked: &mut Checked, policy: Declared<'_>, statement: &Value) {
    if statement["Effect"] != "Allow" {
        return;
    }
    for key in ["NotAction", "NotResource"] {
        if !statement[key].is_null() {
            checked.trap(
                policy,
                format!(
                    "It allows by `{key}`: all but a few, and whatever AWS adds later. Name what is allowed."
                ),
            );
        }
    }
    let actions = texts(&statement["Action"]);
    for action in &actions {
        if action.contains(['*', '?']) {
            checked.trap(
                policy,
                format!(
                    "It allows the pattern {action}: who takes the function over may do all of that, and whatever AWS adds to it. Name the actions."
                ),
            );
        }
    }
    for resource in texts(&statement["Resource"]) {
        let asked_for = ALLOWED.iter().find(|allowed| {
            let all_of_it = actions
                .iter()
                .all(|action| allowed.actions.contains(action));
            all_of_it && resource.ends_with(allowed.pattern)
        });
        let rest = asked_for.and_then(|allowed| resource.strip_suffix(allowed.pattern));
        if rest.unwrap_or(resource).contains(['*', '?']) {
            checked.trap(
                policy,
                format!(
                    "It allows {} on {resource}: that reaches beyond this stack. Name the resource.",
                    actions.join(", ")
                ),
            );
        }
    }
}

pub(super) const ANYBODY: Rule = Rule {
    id: "iam-anybody",
    title: "Nothing lets in everybody",
    look: |look, checked| {
        let sources = [
            (ROLE, "assumeRolePolicy"),
            (QUEUE, "policy"),
            (QUEUE_POLICY, "policy"),
            (TOPIC, "policy"),
            (TOPIC_POLICY, "policy"),
        ];
        for (kind, input) in sources {
            for resource in look.stack.of_type(kind) {
                let document = resource.input(input);
                if document.is_null() {
                    continue;
                }
                checked.seen += 1;
                for statement in statements(checked, resource, document) {
                    let conditions = statement["Condition"].as_object();
                    let is_bound = conditions.is_some_and(|it| !it.is_empty());
                    if statement["Effect"] != "Allow" || is_bound {
                        continue;
                    }
                    // Whose role it is that a service takes, it says itself when it does.
                    if kind != ROLE && is_service(&statement) {
                        checked.trap(
                            resource,
                            "Its policy lets a service of AWS send, for whomever: a rule or a topic of any account can have it do so. Name that which may, with `aws:SourceArn` as a condition.",
                        );
                    }
                    if is_anybody(&statement) {
                        checked.trap(
                            resource,
                            "Its policy lets in everybody (`Principal` is `*`, without a condition): any account of AWS may use it. Name the service or the role, with `aws:SourceArn` or `aws:SourceAccount` as a condition.",
                        );
                    }
                }
            }
        }
    },
};

fn is_service(statement: &Value) -> bool {
    !statement["Principal"]["Service"].is_null()
}

fn is_anybody(statement: &Value) -> bool {
    let principal = &statement["Principal"];
    let of_aws = || texts(&principal["AWS"]).contains(&"*");
    !statement["NotPrincipal"].is_null() || principal.as_str() == Some("*") || of_aws()
}
