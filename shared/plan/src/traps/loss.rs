//! What is lost when a resource goes, and what may be once its protection is gone.

use super::types::{API, STAGE, TABLE, USER_POOL};
use super::{Rule, Severity};
use crate::plan::{Operation, Resource, State};

/// What holds something that nobody can make again, and what that is.
const STATEFUL: [(&str, &str); 7] = [
    (TABLE, "every item of the table"),
    (USER_POOL, "every user of the pool, with their passwords"),
    ("aws:cloudwatch/logGroup:LogGroup", "every line of the log"),
    ("aws:kms/key:Key", "all that was encrypted with the key"),
    ("aws:s3/bucket:Bucket", "every object of the bucket"),
    (
        "aws:secretsmanager/secret:Secret",
        "every version of the secret",
    ),
    (
        "aws:sqs/queue:Queue",
        "every message that waits in the queue",
    ),
];

pub(super) const LOSS: Rule = Rule {
    id: "data-loss",
    title: "Nothing that holds data or connections, and nothing protected, goes",
    look: |look, checked| {
        let resources = look.plan.resources.iter().filter(|it| it.custom);
        for resource in resources {
            let how = match resource.operation {
                Operation::Delete => "deleted",
                Operation::Replace => "replaced",
                _ => continue,
            };
            checked.seen += 1;
            if let Some(lost) = lost(resource) {
                let message = format!("It is {how}: {lost}");
                checked.found(Severity::Warning, &resource.urn, message);
            }
            if resource.before.as_ref().is_some_and(|it| it.protect) {
                checked.found(
                    Severity::Trap,
                    &resource.urn,
                    format!(
                        "It is protected and would be {how}: the update stops there, half-way. Take its protection back in an update of its own, if it must go."
                    ),
                );
            }
        }
    },
};

fn lost(resource: &Resource) -> Option<String> {
    let kind = resource.type_token.as_str();
    if kind == API || kind == STAGE {
        return Some(
            "every open connection is closed, and clients that know its address find nothing there. Make the new one beside it, and move clients first.".to_owned(),
        );
    }
    let (_, held) = STATEFUL.iter().find(|(stateful, _)| *stateful == kind)?;
    Some(format!(
        "{held} is lost. Keep a copy first, or keep the resource."
    ))
}

pub(super) const PROTECTION: Rule = Rule {
    id: "protection",
    title: "What is protected stays so",
    look: |look, checked| {
        for resource in &look.plan.resources {
            let (Some(before), Some(after)) = (&resource.before, &resource.after) else {
                continue;
            };
            checked.seen += 1;
            for (what, protects) in PROTECTIONS {
                if protects(before) && !protects(after) {
                    checked.found(
                        Severity::Warning,
                        &resource.urn,
                        format!(
                            "{what} is taken back: after this update, whatever deletes it deletes what it holds."
                        ),
                    );
                }
            }
        }
    },
};

type Protects = fn(&State) -> bool;

/// What keeps a resource or what it holds, and whether it is on.
const PROTECTIONS: [(&str, Protects); 4] = [
    ("Its protection in the stack", |state| state.protect),
    ("The deletion protection of the table", |state| {
        state.inputs["deletionProtectionEnabled"].is_true()
    }),
    ("The deletion protection of the user pool", |state| {
        state.inputs["deletionProtection"].text() == Some("ACTIVE")
    }),
    ("Point-in-time recovery", |state| {
        state.inputs["pointInTimeRecovery"]["enabled"].is_true()
    }),
];
