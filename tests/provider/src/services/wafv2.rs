//! WAF: web ACLs and what they guard.

use serde_json::json;

use super::cloudfront::DISTRIBUTION;
use super::kind::{Kind, Made, Making, Parent, Proposal, Refusal};
use crate::cloud::{Cloud, Record};
use crate::naming::AutoName;

pub(super) const WEB_ACL: &str = "aws:wafv2/webAcl:WebAcl";
const ASSOCIATION: &str = "aws:wafv2/webAclAssociation:WebAclAssociation";

/// Where everything that is global for CloudFront has to be made.
const CLOUDFRONT_REGION: &str = "us-east-1";

pub(super) const KINDS: &[Kind] = &[
    Kind {
        token: WEB_ACL,
        noun: "WAFv2 WebACL",
        name: AutoName::name(128),
        allow: allow_acl,
        make: make_acl,
        release: release_acl,
        ..Kind::PLAIN
    },
    Kind {
        token: ASSOCIATION,
        noun: "WAFv2 WebACL Association",
        parents: &[Parent {
            property: "webAclArn",
            token: WEB_ACL,
            is: |acl, named| acl.text("arn") == named,
            missing: |_| {
                Refusal::new(
                    "WAFNonexistentItemException",
                    "AWS WAF couldn't perform the operation because your resource doesn't exist.",
                )
            },
        }],
        allow: allow_association,
        make: |making| {
            let (acl, resource) = (making.text("webAclArn"), making.text("resourceArn"));
            Made::new(format!("{acl},{resource}"), [])
        },
        ..Kind::PLAIN
    },
];

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new("WAFInvalidParameterException", message)
}

fn allow_acl(proposal: &Proposal<'_>) -> Result<(), Refusal> {
    let scope = proposal.text("scope");
    if scope == "CLOUDFRONT" && proposal.region != CLOUDFRONT_REGION {
        return Err(invalid(
            "Error reason: The scope is not valid., field: SCOPE_VALUE, parameter: CLOUDFRONT",
        ));
    }
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
