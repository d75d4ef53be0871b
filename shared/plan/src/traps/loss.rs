//! What is lost when a resource goes.

use super::types::{TABLE, USER_POOL};
use super::{Rule, Severity};
use crate::plan::Operation;

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
    title: "Nothing that holds data, and nothing protected, goes",
    look: |look, checked| {
        let resources = look.plan.resources.iter().filter(|it| it.custom);
        for resource in resources {
            let how = match resource.operation {
                Operation::Delete => "deleted",
                Operation::Replace => "replaced",
                _ => continue,
            };
            checked.seen += 1;
            let held = STATEFUL
                .iter()
                .find(|(kind, _)| *kind == resource.type_token);
            if let Some((_, held)) = held {
                checked.found(
                    Severity::Warning,
                    &resource.urn,
                    format!(
                        "It is {how}: {held} is lost. Keep a copy first, or keep the resource."
                    ),
                );
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
