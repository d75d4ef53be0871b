//! The edge, beside the traps that `traps` looks for.

use std::collections::BTreeMap;

use pulumi::testing::Deployment;
use serde_json::{Value, json};

use crate::support::{every_plan, input, run};

const DISTRIBUTION: &str = "aws:cloudfront/distribution:Distribution";
const LOGGING: &str = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration";
const WEB_ACL: &str = "aws:wafv2/webAcl:WebAcl";
const SECRETS: &str = r#"{"newest": "0123456789abcdef0123456789abcdef", "previous": "fedcba9876543210fedcba9876543210"}"#;

fn with_edge(edge: &str) -> Deployment {
    run(&BTreeMap::from([
        ("originSecrets", SECRETS),
        ("edge", edge),
    ]))
    .unwrap()
}

/// The rules of the web ACL, by their names.
fn rules(deployment: &Deployment) -> BTreeMap<String, Value> {
    let acl = deployment.of_type(WEB_ACL).next().unwrap();
    let rules = input(acl, "ruleJson");
    let rules: Vec<Value> = serde_json::from_str(rules.as_str().unwrap()).unwrap();
    rules
        .into_iter()
        .map(|rule| (rule["Name"].as_str().unwrap().to_owned(), rule))
        .collect()
}

#[test]
fn the_gateway_never_gets_the_hosts_name_of_the_edge_for_it_would_answer_403() {
    every_plan(|deployment| {
        for distribution in deployment.of_type(DISTRIBUTION) {
            let behavior = input(distribution, "defaultCacheBehavior");
            // AWS's managed policies AllViewerExceptHostHeader and CachingDisabled.
            assert_eq!(
                behavior["originRequestPolicyId"],
                "b689b0a8-53d0-40ab-baf2-68738e2966ac"
            );
            assert_eq!(
                behavior["cachePolicyId"],
                "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
            );
            assert_eq!(behavior["viewerProtocolPolicy"], "https-only");
        }
    });
}

#[test]
fn one_failed_handshake_is_not_kept_for_everybody() {
    every_plan(|deployment| {
        for distribution in deployment.of_type(DISTRIBUTION) {
            let kept = input(distribution, "customErrorResponses");
            let kept = kept.as_array().unwrap();
            let statuses: Vec<_> = kept.iter().map(|it| it["errorCode"].clone()).collect();
            assert_eq!(statuses, [500, 502, 503, 504].map(Value::from));
            assert!(kept.iter().all(|it| it["errorCachingMinTtl"] == 0));
        }
    });
}

#[test]
fn no_header_with_a_token_is_logged() {
    every_plan(|deployment| {
        for logging in deployment.of_type(LOGGING) {
            let redacted = input(logging, "redactedFields");
            for header in ["authorization", "sec-websocket-protocol"] {
                let field = json!({"singleHeader": {"name": header}});
                assert!(redacted.as_array().unwrap().contains(&field), "{redacted}");
            }
        }
        for acl in deployment.of_type(WEB_ACL) {
            assert_eq!(
                input(acl, "visibilityConfig")["sampledRequestsEnabled"],
                false
            );
        }
    });
}

#[test]
fn the_newest_secret_is_sent_and_the_digests_of_both_are_taken() {
    let deployment = with_edge("{}");
    let distribution = deployment.of_type(DISTRIBUTION).next().unwrap();
    let origin = &input(distribution, "origins")[0];
    let header = json!({"name": "X-Origin-Verify", "value": "0123456789abcdef0123456789abcdef"});
    assert_eq!(origin["customHeaders"], json!([header]));
    assert_eq!(origin["originPath"], "/dev");
    let authorizer = deployment
        .of_type("aws:lambda/function:Function")
        .find(|function| function.name == "authorizer")
        .unwrap();
    let digests = &input(authorizer, "environment")["variables"]["TIDEGATE_ORIGIN_SECRETS"];
    assert_eq!(digests.as_str().unwrap().split(',').count(), 2);
    assert!(
        !digests
            .as_str()
            .unwrap()
            .contains("0123456789abcdef0123456789abcdef")
    );
    // What is made of a secret is one, and is encrypted in the state.
    let secret = distribution.inputs["origins"].clone().unwrapped().secret;
    assert!(secret, "the header's value would be in the state in plain");
}

#[test]
fn without_an_edge_the_origin_is_open() {
    let deployment = run(&BTreeMap::from([("originSecrets", SECRETS)])).unwrap();
    assert_eq!(deployment.of_type(DISTRIBUTION).count(), 0);
    let authorizer = deployment
        .of_type("aws:lambda/function:Function")
        .find(|function| function.name == "authorizer")
        .unwrap();
    let variables = &input(authorizer, "environment")["variables"];
    assert_eq!(variables["TIDEGATE_ORIGIN_SECRETS"], "");
}

#[test]
fn managed_rules_count_until_they_are_told_to_block() {
    for (edge, action) in [
        ("{}", json!({"Count": {}})),
        (r#"{"managedRules": "block"}"#, json!({"None": {}})),
    ] {
        let rules = rules(&with_edge(edge));
        for name in ["Reputation", "Common", "KnownBadInputs"] {
            assert_eq!(rules[name]["OverrideAction"], action, "{name}");
        }
    }
}

#[test]
fn addresses_queries_and_countries_are_limited_as_configured() {
    let edge =
        r#"{"handshakesPerAddress": 50, "longestQueryBytes": 100, "countries": {"only": ["DE"]}}"#;
    let rules = rules(&with_edge(edge));
    let rate = &rules["HandshakesPerAddress"]["Statement"]["RateBasedStatement"];
    assert_eq!(
        (&rate["Limit"], &rate["AggregateKeyType"]),
        (&json!(50), &json!("IP"))
    );
    let size = &rules["LongQuery"]["Statement"]["SizeConstraintStatement"];
    assert_eq!(
        (&size["Size"], &size["ComparisonOperator"]),
        (&json!(100), &json!("GT"))
    );
    let outside = &rules["Countries"]["Statement"]["NotStatement"]["Statement"];
    assert_eq!(outside["GeoMatchStatement"]["CountryCodes"], json!(["DE"]));
    let priorities: Vec<_> = rules
        .values()
        .map(|rule| rule["Priority"].clone())
        .collect();
    assert_eq!(priorities.len(), 6);
    assert!(
        rules
            .values()
            .all(|rule| { rule["VisibilityConfig"]["SampledRequestsEnabled"] == false })
    );
}

#[test]
fn the_firewall_logs_what_it_blocks_or_counts_and_no_query() {
    let deployment = with_edge("{}");
    let logging = deployment.of_type(LOGGING).next().unwrap();
    let filter = input(logging, "loggingFilter");
    assert_eq!(filter["defaultBehavior"], "DROP");
    let action = |action| json!({"actionCondition": {"action": action}});
    assert_eq!(
        filter["filters"],
        json!([{
            "behavior": "KEEP",
            "conditions": [action("BLOCK"), action("COUNT")],
            "requirement": "MEETS_ANY",
        }])
    );
    let redacted = input(logging, "redactedFields");
    assert!(
        redacted
            .as_array()
            .unwrap()
            .contains(&json!({"queryString": {}})),
        "a query may hold a ticket: {redacted}"
    );
}
