//! WAF: web ACLs and what they guard.

use serde_json::{Value, json};

use super::cloudfront::DISTRIBUTION;
use super::kind::{Kind, Made, Making, Parent, Proposal, Refusal};
use super::logs::GROUP;
use crate::cloud::{Cloud, Record};
use crate::naming::AutoName;

pub(super) const WEB_ACL: &str = "aws:wafv2/webAcl:WebAcl";
const LOGGING: &str = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration";
const ASSOCIATION: &str = "aws:wafv2/webAclAssociation:WebAclAssociation";

pub(super) const KINDS: &[Kind] = &[
    Kind {
        token: WEB_ACL,
        noun: "WAFv2 WebACL",
        name: AutoName::name(128),
        allow: allow_acl,
        children: &[(LOGGING, "resourceArn")],
        make: make_acl,
        release: release_acl,
        ..Kind::PLAIN
    },
    Kind {
        token: LOGGING,
        noun: "WAFv2 WebACL Logging Configuration",
        parents: &[Parent {
            property: "resourceArn",
            token: WEB_ACL,
            is: |acl, named| acl.text("arn") == named,
            missing: |_| nonexistent(),
        }],
        allow: allow_logging,
        make: |making| Made::new(making.text("resourceArn"), []),
        ..Kind::PLAIN
    },
    Kind {
        token: ASSOCIATION,
        noun: "WAFv2 WebACL Association",
        parents: &[Parent {
            property: "webAclArn",
            token: WEB_ACL,
            is: |acl, named| acl.text("arn") == named,
            missing: |_| nonexistent(),
        }],
        allow: allow_association,
        make: |making| {
            let (acl, resource) = (making.text("webAclArn"), making.text("resourceArn"));
            Made::new(format!("{acl},{resource}"), [])
        },
        ..Kind::PLAIN
    },
];

fn nonexistent() -> Refusal {
    Refusal::new(
        "WAFNonexistentItemException",
        "AWS WAF couldn't perform the operation because your resource doesn't exist.",
    )
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new("WAFInvalidParameterException", message)
}

fn allow_acl(proposal: &Proposal<'_>) -> Result<(), Refusal> {
    let scope = proposal.text("scope");
    let name = proposal.text("name");
    let twice = proposal
        .others(WEB_ACL)
        .any(|other| other.text("name") == name && other.text("scope") == scope);
    if twice {
        return Err(Refusal::new(
            "WAFDuplicateItemException",
            "AWS WAF couldn't perform the operation because some resource in your request is a duplicate of an \
             existing one.",
        ));
    }
    Ok(())
}

fn make_acl(making: &Making<'_>) -> Made {
    let id = making.ids.uuid("acl");
    let scope = match making.text("scope") {
        "CLOUDFRONT" => "global",
        _ => "regional",
    };
    let name = making.text("name");
    let arn = making.arn("wafv2", &format!("{scope}/webacl/{name}/{id}"));
    Made::new(
        id,
        [
            ("arn", json!(arn)),
            ("lockToken", json!(making.ids.uuid("lock"))),
        ],
    )
}

fn release_acl(cloud: &Cloud, acl: &Record) -> Result<(), Refusal> {
    let arn = acl.text("arn");
    let used = cloud.with(DISTRIBUTION, "webAclId", arn).is_some()
        || cloud.with(ASSOCIATION, "webAclArn", arn).is_some();
    if used {
        return Err(Refusal::new(
            "WAFAssociatedItemException",
            "AWS WAF couldn't perform the operation because your resource is being used by another resource or it's \
             associated with another resource.",
        ));
    }
    Ok(())
}

/// Stages of REST APIs can be guarded, and those of WebSocket and HTTP APIs cannot.
fn allow_association(proposal: &Proposal<'_>) -> Result<(), Refusal> {
    let resource = proposal.text("resourceArn");
    if resource.contains(":apigateway:") && resource.contains("::/apis/") {
        return Err(invalid(format!(
            "Error reason: The ARN isn't valid. A valid ARN begins with arn: and includes other information separated \
             by colons or slashes., field: RESOURCE_ARN, parameter: {resource}"
        )));
    }
    Ok(())
}

/// A log group has to be there, with any other destination nobody here is familiar.
fn allow_logging(proposal: &Proposal<'_>) -> Result<(), Refusal> {
    let destinations = proposal.inputs.get("logDestinationConfigs");
    let destinations = destinations.and_then(Value::as_array).into_iter().flatten();
    for arn in destinations.filter_map(Value::as_str) {
        let group = arn.trim_end_matches(":*");
        let of_logs = arn.contains(":log-group:");
        if of_logs && proposal.cloud.with(GROUP, "arn", group).is_none() {
            return Err(invalid(format!(
                "Error reason: The ARN isn't valid. A valid ARN begins with arn: and includes other information \
                 separated by colons or slashes., field: LOG_DESTINATION, parameter: {arn}"
            )));
        }
    }
    Ok(())
}
