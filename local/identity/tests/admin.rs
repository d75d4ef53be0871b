//! The API for administrators, as Cognito answers it.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

mod support;

use http::{Method, StatusCode};
use serde_json::{Value, json};
use support::served::{Served, request};
use support::{ACCESS_KEY_ID, POOL, clock, identity};

fn signed_with(key: &str, service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential={key}/20261122/eu-central-1/{service}/aws4_request, \
         SignedHeaders=host;x-amz-target, Signature={}",
        "0".repeat(64)
    )
}

async fn ask(
    served: &Served,
    operation: &str,
    body: &str,
    authorization: Option<&str>,
) -> (StatusCode, Value) {
    let mut request = request(Method::POST, "/", body);
    let headers = request.headers_mut();
    let target = format!("AWSCognitoIdentityProviderService.{operation}");
    headers.insert("x-amz-target", target.parse().unwrap());
    if let Some(authorization) = authorization {
        headers.insert("authorization", authorization.parse().unwrap());
    }
    let (response, body) = served.ask(request).await;
    assert_eq!(
        response.headers()["content-type"],
        "application/x-amz-json-1.1"
    );
    (response.status(), body)
}

async fn does(served: &Served, operation: &str, mut body: Value) -> Result<Value, String> {
    if body["UserPoolId"].is_null() {
        body["UserPoolId"] = json!(POOL);
    }
    let key = signed_with(ACCESS_KEY_ID, "cognito-idp");
    let (status, answer) = ask(served, operation, &body.to_string(), Some(&key)).await;
    if status == StatusCode::OK {
        Ok(answer)
    } else {
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(answer["message"].is_string(), "{answer}");
        Err(answer["__type"].as_str().unwrap().to_owned())
    }
}

async fn served() -> Served {
    Served::start(identity(&clock())).await
}

fn user(name: &str) -> Value {
    json!({"Username": name, "MessageAction": "SUPPRESS"})
}

#[tokio::test]
async fn a_user_is_made_shown_changed_and_deleted() {
    let served = served().await;
    let mut asked = user("alice");
    asked["TemporaryPassword"] = json!("Correct-horse-1");
    asked["UserAttributes"] = json!([{"Name": "email", "Value": "alice@example.test"}]);
    let made = does(&served, "AdminCreateUser", asked.clone())
        .await
        .unwrap();
    assert_eq!(made["User"]["UserStatus"], "FORCE_CHANGE_PASSWORD");
    assert_eq!(made["User"]["UserCreateDate"], 1_790_000_000.0);
    let attributes = json!([
        {"Name": "sub", "Value": "alice"},
        {"Name": "email", "Value": "alice@example.test"},
    ]);
    assert_eq!(made["User"]["Attributes"], attributes);
    let again = does(&served, "AdminCreateUser", asked).await;
    assert_eq!(again, Err("UsernameExistsException".to_owned()));

    let alice = || json!({"Username": "alice"});
    let password = json!({"Username": "alice", "Password": "Another-horse-2", "Permanent": true});
    does(&served, "AdminSetUserPassword", password)
        .await
        .unwrap();
    does(&served, "AdminDisableUser", alice()).await.unwrap();
    let shown = does(&served, "AdminGetUser", alice()).await.unwrap();
    assert_eq!(
        (&shown["UserStatus"], &shown["Enabled"]),
        (&json!("CONFIRMED"), &json!(false))
    );
    assert_eq!(
        (&shown["UserAttributes"], &shown["Attributes"]),
        (&attributes, &Value::Null)
    );
    does(&served, "AdminEnableUser", alice()).await.unwrap();
    does(&served, "AdminUserGlobalSignOut", alice())
        .await
        .unwrap();
    does(&served, "AdminDeleteUser", alice()).await.unwrap();
    for operation in [
        "AdminGetUser",
        "AdminDisableUser",
        "AdminEnableUser",
        "AdminDeleteUser",
        "AdminUserGlobalSignOut",
        "AdminListGroupsForUser",
    ] {
        let gone = does(&served, operation, alice()).await;
        assert_eq!(gone, Err("UserNotFoundException".to_owned()), "{operation}");
    }
}

#[tokio::test]
async fn users_are_listed_a_page_at_a_time() {
    let served = served().await;
    for number in 0..7 {
        let asked = user(&format!("user-{number}"));
        does(&served, "AdminCreateUser", asked).await.unwrap();
    }
    let mut names = Vec::new();
    let mut asked = json!({"Limit": 3});
    let mut pages = 0;
    loop {
        let page = does(&served, "ListUsers", asked.clone()).await.unwrap();
        pages += 1;
        let users = page["Users"].as_array().unwrap().iter();
        names.extend(users.map(|user| user["Username"].as_str().unwrap().to_owned()));
        if page["PaginationToken"].is_null() {
            break;
        }
        asked["PaginationToken"] = page["PaginationToken"].clone();
    }
    let expected: Vec<_> = (0..7).map(|number| format!("user-{number}")).collect();
    assert_eq!((pages, names), (3, expected));
    for wrong in [
        json!({"Limit": 61}),
        json!({"PaginationToken": "!"}),
        json!({"Filter": "x"}),
    ] {
        let refused = does(&served, "ListUsers", wrong).await;
        assert_eq!(refused, Err("InvalidParameterException".to_owned()));
    }
}

#[tokio::test]
async fn users_are_in_groups_that_there_are() {
    let served = served().await;
    does(&served, "AdminCreateUser", user("alice"))
        .await
        .unwrap();
    let join = || json!({"Username": "alice", "GroupName": "team:red"});
    let early = does(&served, "AdminAddUserToGroup", join()).await;
    assert_eq!(early, Err("ResourceNotFoundException".to_owned()));
    let group = || json!({"GroupName": "team:red", "Description": "the reds"});
    does(&served, "CreateGroup", group()).await.unwrap();
    let again = does(&served, "CreateGroup", group()).await;
    assert_eq!(again, Err("GroupExistsException".to_owned()));
    does(&served, "AdminAddUserToGroup", join()).await.unwrap();
    let listed = does(
        &served,
        "AdminListGroupsForUser",
        json!({"Username": "alice"}),
    )
    .await;
    let listed = listed.unwrap();
    assert_eq!(listed["Groups"][0]["GroupName"], "team:red");
    assert_eq!(listed["Groups"][0]["Description"], "the reds");

    let asked = json!({"user": "alice", "groups": ["team:blue"]}).to_string();
    let (_, token) = served.post(&format!("/{POOL}/local/token"), &asked).await;
    let token = token["accessToken"].as_str().unwrap().as_bytes();
    let claims = jsonwebtoken::dangerous::insecure_decode::<Value>(token)
        .unwrap()
        .claims;
    assert_eq!(claims["cognito:groups"], json!(["team:blue", "team:red"]));
}

#[tokio::test]
async fn what_cognito_or_the_emulation_does_not_take_is_refused() {
    let served = served().await;
    does(&served, "AdminCreateUser", user("alice"))
        .await
        .unwrap();
    let changed = |name: &str, value: Value| {
        let mut asked = user("bob");
        asked[name] = value;
        asked
    };
    let parameter = "InvalidParameterException";
    let cases = [
        (
            "AdminCreateUser",
            changed("Username", json!("a b")),
            parameter,
        ),
        (
            "AdminCreateUser",
            changed("MessageAction", json!("RESEND")),
            parameter,
        ),
        (
            "AdminCreateUser",
            changed("MessageAction", Value::Null),
            parameter,
        ),
        (
            "AdminCreateUser",
            changed("ClientMetadata", json!({})),
            parameter,
        ),
        (
            "AdminCreateUser",
            changed("UserAttributes", json!([{"Name": "sub", "Value": "x"}])),
            parameter,
        ),
        (
            "AdminCreateUser",
            changed("TemporaryPassword", json!("short")),
            "InvalidPasswordException",
        ),
        ("AdminCreateUser", json!({}), "SerializationException"),
        (
            "AdminSetUserPassword",
            json!({"Username": "alice", "Password": "no-capitals-1"}),
            "InvalidPasswordException",
        ),
        (
            "AdminGetUser",
            json!({"Username": "alice", "UserPoolId": "eu-central-1_none"}),
            "ResourceNotFoundException",
        ),
        ("CreateGroup", json!({"GroupName": "a b"}), parameter),
        ("AdminInitiateAuth", json!({}), "UnknownOperationException"),
        ("", json!({}), "UnknownOperationException"),
    ];
    for (operation, body, expected) in cases {
        let shown = body.to_string();
        let refused = does(&served, operation, body).await;
        assert_eq!(refused, Err(expected.to_owned()), "{operation} {shown}");
    }
}

#[tokio::test]
async fn nobody_without_the_access_key_and_no_web_page_administers() {
    let served = served().await;
    let cases = [
        (None, "MissingAuthenticationTokenException"),
        (Some("Bearer x".to_owned()), "IncompleteSignatureException"),
        (
            Some(signed_with("AKIASOMEBODYELSE0000", "cognito-idp")),
            "UnrecognizedClientException",
        ),
        (
            Some(signed_with(ACCESS_KEY_ID, "dynamodb")),
            "InvalidSignatureException",
        ),
        (
            Some(signed_with(ACCESS_KEY_ID, "cognito-idp").replace(";x-amz-target", "")),
            "InvalidSignatureException",
        ),
    ];
    let body = json!({"UserPoolId": POOL}).to_string();
    for (authorization, expected) in cases {
        let (status, refused) = ask(&served, "ListUsers", &body, authorization.as_deref()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!(refused["__type"], expected);
    }
    let mut request = request(Method::POST, "/", &body);
    let headers = request.headers_mut();
    let target = "AWSCognitoIdentityProviderService.ListUsers";
    headers.insert("x-amz-target", target.parse().unwrap());
    let key = signed_with(ACCESS_KEY_ID, "cognito-idp");
    headers.insert("authorization", key.parse().unwrap());
    headers.insert("origin", "https://evil.test".parse().unwrap());
    let (response, _) = served.ask(request).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
}
