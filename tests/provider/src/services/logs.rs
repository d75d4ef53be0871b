//! CloudWatch Logs: log groups, and metrics made of what is in them.

use serde_json::json;

use super::kind::{Kind, Made, Making, Parent, Proposal, Refusal};
use crate::naming::AutoName;

pub(super) const GROUP: &str = "aws:cloudwatch/logGroup:LogGroup";
const METRIC_FILTER: &str = "aws:cloudwatch/logMetricFilter:LogMetricFilter";

pub(super) const KINDS: &[Kind] = &[
    Kind {
        token: GROUP,
        noun: "CloudWatch Logs Log Group",
        name: AutoName::name(512),
        children: &[(METRIC_FILTER, "logGroupName")],
        allow: allow_group,
        make: make_group,
        release: |_, group| {
            if group.properties.get("deletionProtectionEnabled") == Some(&json!(true)) {
                let message = "The log group is protected against deletion.";
                return Err(Refusal::new("ValidationException", message));
            }
            Ok(())
        },
        ..Kind::PLAIN
    },
    Kind {
        token: METRIC_FILTER,
        noun: "CloudWatch Logs Metric Filter",
        within: &["logGroupName"],
        name: AutoName::name(512),
        parents: &[Parent {
            property: "logGroupName",
            token: GROUP,
            is: |group, named| group.text("name") == named,
            missing: |_| {
                let message = "The specified log group does not exist.";
                Refusal::new("ResourceNotFoundException", message)
            },
        }],
        make: |making| Made::new(making.text("name"), []),
        ..Kind::PLAIN
    },
];

fn allow_group(proposal: &Proposal<'_>) -> Result<(), Refusal> {
    if proposal.taken(GROUP, "name") {
        let message = "The specified log group already exists";
        return Err(Refusal::new("ResourceAlreadyExistsException", message));
    }
    Ok(())
}

fn make_group(making: &Making<'_>) -> Made {
    let name = making.text("name");
    Made::new(
        name,
        [(
            "arn",
            json!(making.arn("logs", &format!("log-group:{name}"))),
        )],
    )
}
