//! IAM: roles and their policies.

use serde_json::json;

use super::kind::{Kind, Made, Making, Parent, Proposal, Refusal, by_name_or_arn};
use crate::cloud::{Cloud, Record};
use crate::environment::ACCOUNT;
use crate::naming::AutoName;

pub(super) const ROLE: &str = "aws:iam/role:Role";
pub(super) const ROLE_POLICY: &str = "aws:iam/rolePolicy:RolePolicy";
const POLICY: &str = "aws:iam/policy:Policy";
pub(super) const ATTACHMENT: &str = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";

const OF_ROLE: Parent = Parent {
    property: "role",
    token: ROLE,
    is: by_name_or_arn,
    missing: |role| no_such_entity(format!("The role with name {role} cannot be found.")),
};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        token: ROLE,
        noun: "IAM Role",
        name: AutoName::name(64),
        allow: |proposal| named_once(proposal, ROLE, "Role"),
        make: make_role,
        release: release_role,
        ..Kind::PLAIN
    },
    Kind {
        token: ROLE_POLICY,
        noun: "IAM Role Policy",
        name: AutoName::name(128),
        parents: &[OF_ROLE],
        make: |making| {
            Made::new(
                format!("{}:{}", making.text("role"), making.text("name")),
                [],
            )
        },
        ..Kind::PLAIN
    },
    Kind {
        token: POLICY,
        noun: "IAM Policy",
        name: AutoName::name(128),
        allow: |proposal| named_once(proposal, POLICY, "A policy"),
        make: make_policy,
        release: release_policy,
        ..Kind::PLAIN
    },
    Kind {
        token: ATTACHMENT,
        noun: "IAM Role Policy Attachment",
        parents: &[OF_ROLE],
        allow: allow_attachment,
        make: |making| {
            Made::new(
                format!("{}/{}", making.text("role"), making.text("policyArn")),
                [],
            )
        },
        ..Kind::PLAIN
    },
];

fn no_such_entity(message: String) -> Refusal {
    Refusal::new("NoSuchEntity", message)
}

fn named_once(proposal: &Proposal<'_>, token: &'static str, what: &str) -> Result<(), Refusal> {
    if !proposal.taken(token, "name") {
        return Ok(());
    }
    let name = proposal.text("name");
    let message = match token {
        ROLE => format!("Role with name {name} already exists."),
        _ => format!("{what} called {name} already exists. Duplicate names are not allowed."),
    };
    Err(Refusal::new("EntityAlreadyExists", message))
}

fn make_role(making: &Making<'_>) -> Made {
    let (name, path) = (making.text("name"), making.text("path"));
    let path = if path.is_empty() { "/" } else { path };
    Made::new(
        name,
        [
            (
                "arn",
                json!(format!("arn:aws:iam::{ACCOUNT}:role{path}{name}")),
            ),
            (
                "uniqueId",
                json!(format!("AROA{}", making.ids.capitals("role", 17))),
            ),
        ],
    )
}

fn release_role(cloud: &Cloud, role: &Record) -> Result<(), Refusal> {
    let of_role = |record: &&Record| by_name_or_arn(role, record.text("role"));
    let conflict = |message| Err(Refusal::new("DeleteConflict", message));
    if cloud.all(ATTACHMENT).any(|record| of_role(&record)) {
        return conflict("Cannot delete entity, must detach all policies first.");
    }
    if cloud.all(ROLE_POLICY).any(|record| of_role(&record)) {
        return conflict("Cannot delete entity, must delete policies first.");
    }
    Ok(())
}

fn make_policy(making: &Making<'_>) -> Made {
    let (name, path) = (making.text("name"), making.text("path"));
    let path = if path.is_empty() { "/" } else { path };
    let arn = format!("arn:aws:iam::{ACCOUNT}:policy{path}{name}");
    let policy_id = format!("ANPA{}", making.ids.capitals("policy", 17));
    let computed = [("arn", json!(arn)), ("policyId", json!(policy_id))];
    Made::new(arn, computed)
}

fn release_policy(cloud: &Cloud, policy: &Record) -> Result<(), Refusal> {
    let attached = cloud
        .all(ATTACHMENT)
        .any(|record| record.text("policyArn") == policy.text("arn"));
    if attached {
        let message = "Cannot delete a policy attached to entities.";
        return Err(Refusal::new("DeleteConflict", message));
    }
    Ok(())
}

fn allow_attachment(proposal: &Proposal<'_>) -> Result<(), Refusal> {
    let arn = proposal.text("policyArn");
    let of_aws = arn.starts_with("arn:aws:iam::aws:policy/");
    if of_aws || proposal.cloud.with(POLICY, "arn", arn).is_some() {
        return Ok(());
    }
    Err(no_such_entity(format!(
        "Policy {arn} does not exist or is not attachable."
    )))
}

/// The policies of a role, as texts.
pub(super) fn policies<'c>(cloud: &'c Cloud, role: &'c Record) -> impl Iterator<Item = &'c str> {
    let inline = cloud.all(ROLE_POLICY);
    let inline = inline
        .filter(|policy| by_name_or_arn(role, policy.text("role")))
        .map(|policy| policy.text("policy"));
    let attached = cloud.all(ATTACHMENT);
    let attached = attached
        .filter(|attachment| by_name_or_arn(role, attachment.text("role")))
        .filter_map(|attachment| cloud.with(POLICY, "arn", attachment.text("policyArn")))
        .map(|policy| policy.text("policy"));
    inline.chain(attached)
}
