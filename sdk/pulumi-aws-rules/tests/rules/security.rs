//! Who may do what, and who is who.

use serde_json::{Value, json};

use crate::refuses;

fn policy(statement: &Value) -> String {
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

#[test]
fn a_policy_is_of_the_kind_that_its_place_asks_for() {
    let allow = json!({"Effect": "Allow", "Action": "sts:AssumeRole"});
    let trusting = json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"});
    refuses(
        "aws:iam/role:Role",
        &[
            (
                json!({"assumeRolePolicy": "{"}),
                "assumeRolePolicy",
                "must be a JSON document",
            ),
            (
                json!({"assumeRolePolicy": policy(&allow)}),
                "assumeRolePolicy",
                "must have a Principal, in Statement 0",
            ),
            (json!({"path": "a"}), "path", "must match"),
        ],
    );
    refuses(
        "aws:iam/rolePolicy:RolePolicy",
        &[
            (
                json!({"policy": policy(&allow)}),
                "policy",
                "must have a Resource",
            ),
            (
                json!({"policy": policy(&trusting)}),
                "policy",
                "must have no Principal",
            ),
            (
                json!({"policy": policy(&json!({}))}),
                "policy",
                "the Effect Allow or Deny",
            ),
        ],
    );
}

#[test]
fn a_policy_is_counted_without_its_white_space() {
    let long = |resources: usize| {
        let resources = vec!["arn:aws:sqs:eu-central-1:0:q"; resources];
        policy(&json!({"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": resources}))
    };
    refuses(
        "aws:iam/rolePolicy:RolePolicy",
        &[(
            json!({"policy": long(340)}),
            "policy",
            "at most 10240 characters",
        )],
    );
    refuses(
        "aws:iam/policy:Policy",
        &[(
            json!({"policy": long(200)}),
            "policy",
            "at most 6144 characters",
        )],
    );
    let spaced = format!("{}{}", " ".repeat(20_000), long(1));
    let inputs = json!({"role": "r", "policy": spaced});
    assert_eq!(crate::checked("aws:iam/rolePolicy:RolePolicy", &inputs), []);
}

#[test]
fn a_user_pool_and_its_clients_are_of_one_piece() {
    refuses(
        "aws:cognito/userPool:UserPool",
        &[
            (
                json!({"aliasAttributes": ["email"]}),
                "aliasAttributes",
                "must not be given",
            ),
            (
                json!({"mfaConfiguration": "ON"}),
                "mfaConfiguration",
                "must be OFF without any",
            ),
        ],
    );
    refuses(
        "aws:cognito/userPoolClient:UserPoolClient",
        &[
            (
                json!({"accessTokenValidity": 4}),
                "accessTokenValidity",
                "5 to 1440 minutes",
            ),
            (
                json!({"refreshTokenValidity": 3651}),
                "refreshTokenValidity",
                "minutes",
            ),
            (
                json!({"callbackUrls": ["https://a.example/", "http://a.example/"]}),
                "callbackUrls[1]",
                "must be https",
            ),
            (
                json!({"defaultRedirectUri": "https://b.example/"}),
                "defaultRedirectUri",
                "one of `callbackUrls`",
            ),
            (
                json!({
                    "refreshTokenRotation": {"feature": "ENABLED"},
                    "explicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"],
                }),
                "explicitAuthFlows",
                "where refresh tokens rotate",
            ),
            (
                json!({"allowedOauthFlows": ["client_credentials"]}),
                "generateSecret",
                "must be given",
            ),
        ],
    );
}

#[test]
fn a_domain_of_ones_own_has_a_certificate_of_cloudfront() {
    let here = "arn:aws:acm:eu-central-1:000000000000:certificate/a";
    refuses(
        "aws:cognito/userPoolDomain:UserPoolDomain",
        &[
            (
                json!({"domain": "auth.example.com"}),
                "certificateArn",
                "must be given",
            ),
            (
                json!({"domain": "auth.example.com", "certificateArn": here}),
                "certificateArn",
                "must be a certificate in us-east-1",
            ),
            (
                json!({"certificateArn": here}),
                "certificateArn",
                "must not be given",
            ),
            (
                json!({"domain": "my-cognito"}),
                "domain",
                "the word `cognito`",
            ),
            (json!({"domain": "People"}), "domain", "lower-case"),
        ],
    );
}
