//! User pools, their clients and their domains: what is served of them, and what is refused.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

use std::time::Duration;

use serde_json::{Map, Value, json};
use tidegate_local_cloud::system::{AppClient, PasswordPolicy, UserPool};
use tidegate_local_cloud::{Cloud, Created, Endpoints, NewResource, Refusal};

const POOL: &str = "aws:cognito/userPool:UserPool";
const CLIENT: &str = "aws:cognito/userPoolClient:UserPoolClient";
const DOMAIN: &str = "aws:cognito/userPoolDomain:UserPoolDomain";

fn cloud() -> Cloud {
    Cloud::new(Endpoints {
        region: "eu-central-1".to_owned(),
        account: "000000000000".to_owned(),
        websocket_apis: Vec::new(),
        http_apis: Vec::new(),
        distributions: Vec::new(),
        queues: "http://127.0.0.1:4004".to_owned(),
        identity: "127.0.0.1:4001".to_owned(),
        program_directory: "/".into(),
    })
}

fn create(cloud: &mut Cloud, type_token: &str, inputs: &Value) -> Result<Created, Refusal> {
    let inputs: Map<String, Value> = inputs.as_object().unwrap().clone();
    cloud.create(&NewResource {
        urn: &format!("urn:pulumi:dev::tidegate::{type_token}::it"),
        type_token,
        name: "it",
        inputs: &inputs,
    })
}

fn with_pool() -> (Cloud, String) {
    let mut cloud = cloud();
    let pool = create(&mut cloud, POOL, &json!({})).unwrap();
    (cloud, pool.id)
}

fn only_pool(cloud: &Cloud) -> UserPool {
    cloud.system().user_pools.into_values().next().unwrap()
}

/// The client that these inputs make.
fn client(inputs: &Value) -> Result<AppClient, String> {
    let (mut cloud, pool) = with_pool();
    let mut inputs = inputs.clone();
    inputs["userPoolId"] = json!(pool);
    create(&mut cloud, CLIENT, &inputs).map_err(|refusal| refusal.to_string())?;
    Ok(only_pool(&cloud).clients.into_values().next().unwrap())
}

fn signing_in(changed: &Value) -> Value {
    let mut inputs = json!({
        "allowedOauthFlowsUserPoolClient": true,
        "allowedOauthFlows": ["code"],
        "allowedOauthScopes": ["openid"],
        "callbackUrls": ["http://localhost:8976/callback"],
        "supportedIdentityProviders": ["COGNITO"],
    });
    for (name, value) in changed.as_object().unwrap() {
        inputs[name] = value.clone();
    }
    inputs
}

#[test]
fn a_client_that_says_nothing_has_cognitos_lifetimes_and_no_sign_in() {
    let hour = Duration::from_secs(3600);
    let expected = AppClient {
        access_token: hour,
        id_token: hour,
        refresh_token: 720 * hour,
        revokes: true,
        oauth: None,
    };
    assert_eq!(client(&json!({})), Ok(expected));
}

#[test]
fn a_clients_lifetimes_are_in_its_own_units() {
    let made = client(&json!({
        "accessTokenValidity": 15,
        "refreshTokenValidity": 12,
        "tokenValidityUnits": {"accessToken": "minutes", "refreshToken": "hours", "idToken": "days"},
    }));
    let made = made.unwrap();
    assert_eq!(made.access_token, Duration::from_secs(900));
    assert_eq!(made.refresh_token, Duration::from_secs(12 * 3600));
    assert_eq!(made.id_token, Duration::from_secs(3600));
}

#[test]
fn what_a_client_says_of_signing_in_is_served() {
    let inputs = signing_in(&json!({"logoutUrls": ["https://app.test/bye"]}));
    let oauth = client(&inputs).unwrap().oauth.unwrap();
    assert_eq!(oauth.callback_urls, ["http://localhost:8976/callback"]);
    assert_eq!(oauth.logout_urls, ["https://app.test/bye"]);
    assert!(oauth.scopes.contains("openid") && oauth.own_users);
}

#[test]
fn what_of_a_client_is_not_emulated_is_refused_by_its_name() {
    let cases = [
        (json!({"generateSecret": true}), "generateSecret"),
        (json!({"accessTokenValidity": 25}), "accessTokenValidity"),
        (json!({"idTokenValidity": 0}), "idTokenValidity"),
        (
            json!({"refreshTokenValidity": 3651}),
            "refreshTokenValidity",
        ),
        (
            json!({"idTokenValidity": 1, "tokenValidityUnits": {"idToken": "weeks"}}),
            "tokenValidityUnits",
        ),
        (
            json!({"explicitAuthFlows": ["ALLOW_USER_SRP_AUTH"]}),
            "ALLOW_USER_SRP_AUTH",
        ),
        (
            json!({"refreshTokenRotation": {"feature": "ENABLED"}}),
            "refreshTokenRotation",
        ),
        (
            json!({"callbackUrls": ["https://app.test"]}),
            "callbackUrls",
        ),
        (
            signing_in(&json!({"allowedOauthFlows": ["implicit"]})),
            "`implicit`",
        ),
        (
            signing_in(&json!({"allowedOauthFlows": []})),
            "are required",
        ),
        (
            signing_in(&json!({"allowedOauthScopes": ["api/read"]})),
            "`api/read`",
        ),
        (signing_in(&json!({"callbackUrls": []})), "callbackUrls"),
        (
            signing_in(&json!({"callbackUrls": ["http://127.0.0.1/x"]})),
            "127.0.0.1",
        ),
        (
            signing_in(&json!({"callbackUrls": ["http://localhost.evil.test/x"]})),
            "localhost.evil.test",
        ),
        (
            signing_in(&json!({"logoutUrls": ["https://app.test/#x"]})),
            "logoutUrls",
        ),
        (
            signing_in(&json!({"supportedIdentityProviders": ["Google"]})),
            "`Google`",
        ),
    ];
    for (inputs, named) in cases {
        let refused = client(&inputs).unwrap_err();
        assert!(refused.contains(named), "{inputs}: {refused}");
    }
}

#[test]
fn a_pool_has_one_domain_whose_prefix_cognito_would_take() {
    let (mut cloud, pool) = with_pool();
    for (domain, problem) in [
        ("", "prefix"),
        ("Tidegate", "prefix"),
        ("-tidegate", "prefix"),
        ("auth.example.test", "domains of one's own"),
        ("my-aws-chat", "reserved word: aws"),
    ] {
        let inputs = json!({"userPoolId": pool, "domain": domain});
        let refused = create(&mut cloud, DOMAIN, &inputs).unwrap_err().to_string();
        assert!(refused.contains(problem), "{domain}: {refused}");
    }
    for (name, value) in [
        ("managedLoginVersion", json!(2)),
        ("certificateArn", json!("arn:aws:acm:…")),
    ] {
        let mut inputs = json!({"userPoolId": pool, "domain": "tidegate"});
        inputs[name] = value;
        let refused = create(&mut cloud, DOMAIN, &inputs).unwrap_err().to_string();
        assert!(refused.contains(name), "{refused}");
    }
    let inputs = json!({"userPoolId": pool, "domain": "tidegate"});
    let made = create(&mut cloud, DOMAIN, &inputs).unwrap();
    assert_eq!(made.id, "tidegate");
    assert_eq!(made.outputs["managedLoginVersion"], 1);
    assert_eq!(only_pool(&cloud).domain.as_deref(), Some("tidegate"));
    let again = create(&mut cloud, DOMAIN, &inputs).unwrap_err();
    assert!(again.to_string().contains("already"), "{again}");
    let nowhere = json!({"userPoolId": "eu-central-1_none", "domain": "other"});
    let refused = create(&mut cloud, DOMAIN, &nowhere).unwrap_err();
    assert!(
        refused.to_string().contains("eu-central-1_none"),
        "{refused}"
    );
}

#[test]
fn a_pools_password_policy_is_served_and_what_would_be_noticed_is_refused() {
    let (cloud_without, _) = with_pool();
    assert_eq!(
        only_pool(&cloud_without).password_policy,
        PasswordPolicy::default()
    );
    let mut cloud = cloud();
    let inputs = json!({"passwordPolicy": {"minimumLength": 12, "requireNumbers": true}});
    create(&mut cloud, POOL, &inputs).unwrap();
    let policy = only_pool(&cloud).password_policy;
    assert_eq!((policy.minimum_length, policy.numbers), (12, true));
    assert!(!policy.symbols && !policy.lowercase && !policy.uppercase);
    for (inputs, named) in [
        (json!({"mfaConfiguration": "ON"}), "mfaConfiguration"),
        (
            json!({"usernameAttributes": ["email"]}),
            "usernameAttributes",
        ),
        (
            json!({"passwordPolicy": {"minimumLength": 5}}),
            "minimumLength",
        ),
    ] {
        let refused = create(&mut self::cloud(), POOL, &inputs).unwrap_err();
        assert!(refused.to_string().contains(named), "{refused}");
    }
}
