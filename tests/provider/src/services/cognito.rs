//! Cognito: user pools, their clients, domains and resource servers.

use serde_json::{Value, json};

use super::acm;
use super::kind::{Kind, Made, Making, Parent, Proposal, Refusal, by_id};
use crate::cloud::{Cloud, Record};
use crate::naming::AutoName;

const POOL: &str = "aws:cognito/userPool:UserPool";
const CLIENT: &str = "aws:cognito/userPoolClient:UserPoolClient";
pub(super) const DOMAIN: &str = "aws:cognito/userPoolDomain:UserPoolDomain";
const RESOURCE_SERVER: &str = "aws:cognito/resourceServer:ResourceServer";

const IN_POOL: Parent = Parent {
    property: "userPoolId",
    token: POOL,
    is: by_id,
    missing: |id| {
        let message = format!("User pool {id} does not exist.");
        Refusal::new("ResourceNotFoundException", message)
    },
};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        token: POOL,
        noun: "Cognito User Pool",
        name: AutoName::name(128),
        children: &[(CLIENT, "userPoolId"), (RESOURCE_SERVER, "userPoolId")],
        make: make_pool,
        release: release_pool,
        ..Kind::PLAIN
    },
    Kind {
        token: CLIENT,
        noun: "Cognito User Pool Client",
        within: &["userPoolId"],
        name: AutoName::name(128),
        parents: &[IN_POOL],
        allow: allow_client,
        make: make_client,
        ..Kind::PLAIN
    },
    Kind {
        token: DOMAIN,
        noun: "Cognito User Pool Domain",
        parents: &[IN_POOL],
        allow: |proposal| {
            if proposal.taken(DOMAIN, "domain") {
                return Err(invalid("Domain already exists."));
            }
            let arn = proposal.text("certificateArn");
            if arn.is_empty() {
                return Ok(());
            }
            acm::issued(proposal.cloud, arn, &[proposal.text("domain")])
                .map_err(|fault| invalid(format!("The certificate {arn} {fault}.")))
        },
        make: make_domain,
        ..Kind::PLAIN
    },
    Kind {
        token: RESOURCE_SERVER,
        noun: "Cognito Resource Server",
        parents: &[IN_POOL],
        make: make_resource_server,
        ..Kind::PLAIN
    },
];

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new("InvalidParameterException", message)
}

fn make_pool(making: &Making<'_>) -> Made {
    let region = making.region;
    let id = format!("{region}_{}", making.ids.base36("pool", 9));
    Made::new(
        id.clone(),
        [
            (
                "arn",
                json!(making.arn("cognito-idp", &format!("userpool/{id}"))),
            ),
            (
                "endpoint",
                json!(format!("cognito-idp.{region}.amazonaws.com/{id}")),
            ),
        ],
    )
}

fn release_pool(cloud: &Cloud, pool: &Record) -> Result<(), Refusal> {
    if cloud.with(DOMAIN, "userPoolId", &pool.id).is_some() {
        return Err(invalid(
            "User pool cannot be deleted. It has a domain configured that should be deleted first.",
        ));
    }
    if pool.text("deletionProtection") == "ACTIVE" {
        return Err(invalid(
            "The user pool cannot be deleted because deletion protection is activated. Deletion protection must be \
             inactivated first.",
        ));
    }
    Ok(())
}

fn allow_client(proposal: &Proposal<'_>) -> Result<(), Refusal> {
    let scopes = proposal
        .inputs
        .get("allowedOauthScopes")
        .and_then(Value::as_array);
    for scope in scopes.into_iter().flatten().filter_map(Value::as_str) {
        let Some((server, _)) = scope.rsplit_once('/') else {
            continue;
        };
        let there = proposal.cloud.all(RESOURCE_SERVER).any(|record| {
            record.text("userPoolId") == proposal.text("userPoolId")
                && record.text("identifier") == server
        });
        if !there {
            let message = format!("Invalid scope requested: {scope}");
            return Err(Refusal::new("ScopeDoesNotExistException", message));
        }
    }
    Ok(())
}

fn make_client(making: &Making<'_>) -> Made {
    let secret = making.inputs.get("generateSecret") == Some(&json!(true));
    let secret = if secret {
        making.ids.base36("secret", 52)
    } else {
        String::new()
    };
    Made::new(
        making.ids.base36("client", 26),
        [("clientSecret", json!(secret))],
    )
}

fn make_domain(making: &Making<'_>) -> Made {
    let domain = making.text("domain");
    let distribution = format!("{}.cloudfront.net", making.ids.base36("distribution", 14));
    Made::new(
        domain,
        [
            ("awsAccountId", json!(crate::environment::ACCOUNT)),
            ("cloudfrontDistribution", json!(distribution)),
            ("cloudfrontDistributionArn", json!(distribution)),
            ("cloudfrontDistributionZoneId", json!("Z2FDTNDATAQYW2")),
            (
                "s3Bucket",
                json!(format!("aws-cognito-prod-{}-assets", making.region)),
            ),
            ("version", json!("20260101000000")),
        ],
    )
}

fn make_resource_server(making: &Making<'_>) -> Made {
    let (pool, identifier) = (making.text("userPoolId"), making.text("identifier"));
    let scopes = making.inputs.get("scopes").and_then(Value::as_array);
    let scopes = scopes.into_iter().flatten();
    let identifiers: Vec<String> = scopes
        .filter_map(|scope| {
            Some(format!(
                "{identifier}/{}",
                scope.get("scopeName")?.as_str()?
            ))
        })
        .collect();
    Made::new(
        format!("{pool}|{identifier}"),
        [("scopeIdentifiers", json!(identifiers))],
    )
}
