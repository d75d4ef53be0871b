//! Signing in with a browser, as an app and as somebody who would like to be one.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use http::{Method, Response, StatusCode};
use jsonwebtoken::dangerous::insecure_decode;
use serde_json::{Value, json};
use support::served::{Served, request};
use support::{
    ACCESS_KEY_ID, BASE_URL, BYE, CALLBACK, POOL, START_MS, SetClock, clock, identity_of,
    pools_with_pages, verifier,
};

/// A verifier and its SHA-256 (RFC 7636, appendix B).
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

struct Pages {
    served: Served,
    clock: Arc<SetClock>,
}

fn encoded(parameters: &[(&str, &str)]) -> String {
    let mut encoded = form_urlencoded::Serializer::new(String::new());
    encoded.extend_pairs(parameters).finish()
}

fn location(response: &Response<()>) -> &str {
    response.headers()["location"].to_str().unwrap()
}

/// A parameter of the place that a browser is sent to.
fn parameter(location: &str, name: &str) -> Option<String> {
    let (_, query) = location.split_once('?')?;
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
}

/// The request of a well-made app, but for `changed`; a parameter that is changed to nothing is left out.
fn query(changed: &[(&str, &str)]) -> String {
    let mut parameters = vec![
        ("response_type", "code"),
        ("client_id", "client"),
        ("redirect_uri", CALLBACK),
        ("scope", "openid"),
        ("state", "a state"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in changed {
        parameters.retain(|(known, _)| known != name);
        if !value.is_empty() {
            parameters.push((name, value));
        }
    }
    encoded(&parameters)
}

impl Pages {
    async fn start() -> Self {
        let clock = clock();
        let served = Served::start(identity_of(pools_with_pages(), &clock)).await;
        let pages = Self { served, clock };
        pages
            .admin(
                "AdminCreateUser",
                json!({"Username": "alice", "MessageAction": "SUPPRESS"}),
            )
            .await;
        pages
    }

    async fn admin(&self, operation: &str, mut body: Value) -> Value {
        body["UserPoolId"] = json!(POOL);
        let mut request = request(Method::POST, "/", &body.to_string());
        let headers = request.headers_mut();
        let target = format!("AWSCognitoIdentityProviderService.{operation}");
        headers.insert("x-amz-target", target.parse().unwrap());
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={ACCESS_KEY_ID}/20261122/eu-central-1/cognito-idp/aws4_request, \
             SignedHeaders=host;x-amz-target, Signature={}",
            "0".repeat(64)
        );
        headers.insert("authorization", authorization.parse().unwrap());
        let (response, body) = self.served.ask(request).await;
        assert_eq!(response.status(), StatusCode::OK, "{body}");
        body
    }

    async fn visit(&self, path: &str, cookie: Option<&str>) -> (Response<()>, String) {
        let mut request = request(Method::GET, &format!("/{POOL}/{path}"), "");
        if let Some(cookie) = cookie {
            let headers = request.headers_mut();
            headers.insert("cookie", format!("a=b; {cookie}").parse().unwrap());
        }
        self.served.ask_for_text(request).await
    }

    async fn post(&self, path: &str, form: &[(&str, &str)]) -> (Response<()>, Value) {
        let path = format!("/{POOL}/{path}");
        let request = request(Method::POST, &path, &encoded(form));
        self.served.ask(request).await
    }

    /// Signs in as a browser does; gives where it is sent, and its cookie.
    async fn sign_in(&self, user: &str, query: &str) -> (String, String) {
        let (asked, _) = self.visit(&format!("oauth2/authorize?{query}"), None).await;
        assert_eq!(asked.status(), StatusCode::FOUND);
        let form = location(&asked)
            .strip_prefix(&format!("{BASE_URL}/{POOL}/"))
            .unwrap();
        let (page, html) = self.visit(form, None).await;
        assert_eq!(page.status(), StatusCode::OK);
        assert!(
            html.contains("no password is needed") && html.contains("<form method=\"post\">"),
            "{html}"
        );
        let (sent, _) = self.post(form, &[("user", user)]).await;
        assert_eq!(sent.status(), StatusCode::FOUND);
        let cookie = sent.headers()["set-cookie"].to_str().unwrap();
        assert!(
            cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
            "{cookie}"
        );
        let cookie = cookie.split(';').next().unwrap().to_owned();
        (location(&sent).to_owned(), cookie)
    }

    async fn code(&self, changed: &[(&str, &str)]) -> String {
        let (sent, _) = self.sign_in("alice", &query(changed)).await;
        parameter(&sent, "code").unwrap()
    }

    /// Exchanges a code as the app that asked for it, but for `changed`.
    async fn exchange(&self, code: &str, changed: &[(&str, &str)]) -> (StatusCode, Value) {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("client_id", "client"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        for (name, value) in changed {
            form.retain(|(known, _)| known != name);
            if !value.is_empty() {
                form.push((name, value));
            }
        }
        let (response, body) = self.post("oauth2/token", &form).await;
        (response.status(), body)
    }

    async fn tokens(&self) -> Value {
        let code = self.code(&[]).await;
        let (status, tokens) = self.exchange(&code, &[]).await;
        assert_eq!(status, StatusCode::OK, "{tokens}");
        tokens
    }

    async fn refresh(&self, token: &str, client: &str) -> (StatusCode, Value) {
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", client),
            ("refresh_token", token),
        ];
        let (response, body) = self.post("oauth2/token", &form).await;
        (response.status(), body)
    }
}

fn refused(error: &str) -> (StatusCode, Value) {
    (StatusCode::BAD_REQUEST, json!({ "error": error }))
}

fn claims(token: &Value) -> Value {
    let token = token.as_str().unwrap();
    insecure_decode::<Value>(token.as_bytes()).unwrap().claims
}

#[tokio::test]
async fn who_signs_in_gets_tokens_that_the_authorizer_takes() {
    let pages = Pages::start().await;
    pages
        .admin("CreateGroup", json!({"GroupName": "team:red"}))
        .await;
    pages
        .admin(
            "AdminAddUserToGroup",
            json!({"Username": "alice", "GroupName": "team:red"}),
        )
        .await;
    let asked = query(&[("nonce", "n-1")]);
    let (sent, _) = pages.sign_in("alice", &asked).await;
    assert!(sent.starts_with(&format!("{CALLBACK}?code=")), "{sent}");
    assert_eq!(parameter(&sent, "state").as_deref(), Some("a state"));
    let code = parameter(&sent, "code").unwrap();
    let (status, tokens) = pages.exchange(&code, &[]).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    assert_eq!(
        (&tokens["token_type"], &tokens["expires_in"]),
        (&json!("Bearer"), &json!(900))
    );

    let (_, keys) = pages
        .served
        .get(&format!("/{POOL}/.well-known/jwks.json"))
        .await;
    let verifier = verifier(serde_json::from_value(keys).unwrap());
    let token = tokens["access_token"].as_str().unwrap();
    let accepted = verifier.verify(token, START_MS).await.unwrap();
    assert_eq!((&*accepted.sub, accepted.groups.len()), ("alice", 1));

    let mut access = claims(&tokens["access_token"]);
    let (jti, origin) = (access["jti"].take(), access["origin_jti"].take());
    assert_ne!(jti, origin);
    let now = START_MS / 1000;
    assert_eq!(
        access,
        json!({
            "sub": "alice", "cognito:groups": ["team:red"], "iss": format!("{BASE_URL}/{POOL}"), "version": 2,
            "client_id": "client", "origin_jti": null, "token_use": "access", "scope": "openid", "auth_time": now,
            "exp": now + 900, "iat": now, "jti": null, "username": "alice",
        })
    );
    let id = claims(&tokens["id_token"]);
    assert_eq!(
        (&id["aud"], &id["token_use"], &id["nonce"]),
        (&json!("client"), &json!("id"), &json!("n-1"))
    );
    assert_eq!(
        (&id["cognito:username"], &id["origin_jti"]),
        (&json!("alice"), &origin)
    );
    assert_eq!(id["email"], Value::Null, "it was not asked for");
    assert!(
        verifier
            .verify(tokens["id_token"].as_str().unwrap(), START_MS)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_code_is_good_once_for_five_minutes_and_for_who_asked() {
    let pages = Pages::start().await;
    let code = pages.code(&[]).await;
    assert_eq!(pages.exchange(&code, &[]).await.0, StatusCode::OK);
    assert_eq!(pages.exchange(&code, &[]).await, refused("invalid_grant"));
    for (changed, error) in [
        (("code_verifier", "x".repeat(43)), "invalid_grant"),
        (("code_verifier", String::new()), "invalid_grant"),
        (("code_verifier", CHALLENGE.to_owned()), "invalid_grant"),
        (
            ("redirect_uri", "https://app.test/in?from=us".to_owned()),
            "invalid_grant",
        ),
        (("client_id", "other".to_owned()), "invalid_grant"),
        (("client_id", "machine".to_owned()), "unauthorized_client"),
        (("client_id", "nobody".to_owned()), "invalid_client"),
        (
            ("grant_type", "password".to_owned()),
            "unsupported_grant_type",
        ),
        (
            ("grant_type", "client_credentials".to_owned()),
            "unauthorized_client",
        ),
        (("code", String::new()), "invalid_request"),
    ] {
        let code = pages.code(&[]).await;
        let (name, value) = &changed;
        let answered = pages.exchange(&code, &[(name, value)]).await;
        assert_eq!(answered, refused(error), "{changed:?}");
        if error == "invalid_grant" {
            assert_eq!(
                pages.exchange(&code, &[]).await,
                refused("invalid_grant"),
                "no second try"
            );
        }
    }
    let code = pages.code(&[]).await;
    pages.clock.advance(Duration::from_secs(300));
    assert_eq!(pages.exchange(&code, &[]).await, refused("invalid_grant"));
}

#[tokio::test]
async fn nothing_is_sent_to_a_place_that_is_not_the_clients() {
    let pages = Pages::start().await;
    for (changed, said) in [
        (("redirect_uri", "https://evil.test/"), "redirect_mismatch"),
        (
            ("redirect_uri", "http://localhost:8976/callback/"),
            "redirect_mismatch",
        ),
        (
            ("redirect_uri", "http://localhost:8976/callback?x"),
            "redirect_mismatch",
        ),
        (
            ("redirect_uri", "https://other.test/in"),
            "redirect_mismatch",
        ),
        (("redirect_uri", ""), "redirect_mismatch"),
        (("client_id", "nobody"), "Client does not exist"),
        (("client_id", "machine"), "not enabled for OAuth2.0"),
        (("client_id", ""), "Client does not exist"),
    ] {
        let query = query(&[changed]);
        for place in ["oauth2/authorize", "login"] {
            let (answer, html) = pages.visit(&format!("{place}?{query}"), None).await;
            assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{changed:?}");
            assert!(
                answer.headers().get("location").is_none() && html.contains(said),
                "{html}"
            );
        }
        let (answer, _) = pages
            .post(&format!("login?{query}"), &[("user", "alice")])
            .await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{changed:?}");
    }
    let twice = format!("{}&redirect_uri=https%3A%2F%2Fevil.test%2F", query(&[]));
    let (answer, _) = pages
        .visit(&format!("oauth2/authorize?{twice}"), None)
        .await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_else_is_wrong_is_told_to_the_app() {
    let pages = Pages::start().await;
    for (changed, error) in [
        (("response_type", "token"), "unauthorized_client"),
        (("response_type", ""), "invalid_request"),
        (("scope", "openid phone"), "invalid_scope"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("code_challenge_method", ""), "invalid_request"),
        (("code_challenge", "short"), "invalid_request"),
    ] {
        let asked = format!("oauth2/authorize?{}", query(&[changed]));
        let (answer, _) = pages.visit(&asked, None).await;
        let sent = location(&answer);
        assert!(sent.starts_with(&format!("{CALLBACK}?")), "{sent}");
        assert_eq!(
            parameter(sent, "error").as_deref(),
            Some(error),
            "{changed:?}"
        );
        assert_eq!(parameter(sent, "state").as_deref(), Some("a state"));
    }
    let form = format!("login?{}", query(&[]));
    let (sent, _) = pages.post(&form, &[("cancel", "1")]).await;
    assert_eq!(
        parameter(location(&sent), "error").as_deref(),
        Some("access_denied")
    );
}

#[tokio::test]
async fn only_users_of_the_pool_sign_in_and_only_on_its_own_page() {
    let pages = Pages::start().await;
    let form = format!("login?{}", query(&[]));
    let (answer, _) = pages.post(&form, &[("user", "mallory")]).await;
    assert_eq!(answer.status(), StatusCode::OK, "the page again");
    pages
        .admin("AdminDisableUser", json!({"Username": "alice"}))
        .await;
    let (answer, _) = pages.post(&form, &[("user", "alice")]).await;
    assert!(answer.headers().get("location").is_none());
    pages
        .admin("AdminEnableUser", json!({"Username": "alice"}))
        .await;

    let path = format!("/{POOL}/{form}");
    for origin in ["https://evil.test", "null", "http://127.0.0.1:4002"] {
        let mut request = request(Method::POST, &path, "user=alice");
        request
            .headers_mut()
            .insert("origin", origin.parse().unwrap());
        let (answer, _) = pages.served.ask(request).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{origin}");
    }
    let mut request = request(Method::POST, &path, "user=alice");
    request
        .headers_mut()
        .insert("origin", BASE_URL.parse().unwrap());
    let (answer, _) = pages.served.ask(request).await;
    assert_eq!(answer.status(), StatusCode::FOUND);
    let (_, page) = pages.visit(&form, None).await;
    assert!(page.contains("value=\"alice\""), "{page}");
}

#[tokio::test]
async fn a_browser_stays_signed_in_for_an_hour_or_until_it_signs_out() {
    let pages = Pages::start().await;
    let asked = format!("oauth2/authorize?{}", query(&[]));
    let (_, cookie) = pages.sign_in("alice", &query(&[])).await;
    let is_signed_in = async |cookie: &str| {
        let (answer, _) = pages.visit(&asked, Some(cookie)).await;
        parameter(location(&answer), "code").is_some()
    };
    assert!(is_signed_in(&cookie).await);
    assert!(!is_signed_in("cognito=guessed").await);

    pages
        .admin("AdminDisableUser", json!({"Username": "alice"}))
        .await;
    assert!(!is_signed_in(&cookie).await);
    pages
        .admin("AdminEnableUser", json!({"Username": "alice"}))
        .await;

    let (wrong, _) = pages
        .visit(
            "logout?client_id=client&logout_uri=https://evil.test",
            Some(&cookie),
        )
        .await;
    assert_eq!(wrong.status(), StatusCode::BAD_REQUEST);
    let (out, _) = pages
        .visit(
            &format!("logout?client_id=client&logout_uri={BYE}"),
            Some(&cookie),
        )
        .await;
    assert_eq!(location(&out), BYE);
    assert!(
        out.headers()["set-cookie"]
            .to_str()
            .unwrap()
            .contains("Max-Age=0")
    );
    assert!(!is_signed_in(&cookie).await);

    let (_, cookie) = pages.sign_in("alice", &query(&[])).await;
    pages.clock.advance(Duration::from_secs(3600));
    assert!(!is_signed_in(&cookie).await);
}

#[tokio::test]
async fn a_refresh_token_gives_new_tokens_until_it_ends_or_is_revoked() {
    let pages = Pages::start().await;
    let tokens = pages.tokens().await;
    let token = tokens["refresh_token"].as_str().unwrap();
    pages.clock.advance(Duration::from_secs(3600));
    let (status, again) = pages.refresh(token, "client").await;
    assert_eq!(
        (status, &again["refresh_token"]),
        (StatusCode::OK, &Value::Null)
    );
    let (before, after) = (
        claims(&tokens["access_token"]),
        claims(&again["access_token"]),
    );
    assert_eq!(before["auth_time"], after["auth_time"]);
    assert_eq!(before["origin_jti"], after["origin_jti"]);
    assert_ne!(before["jti"], after["jti"]);
    assert_eq!(
        pages.refresh(token, "other").await,
        refused("invalid_grant")
    );
    assert_eq!(
        pages.refresh("guessed", "client").await,
        refused("invalid_grant")
    );

    let revoke = async |token: &str, client: &str| {
        let form = [("token", token), ("client_id", client)];
        let (response, body) = pages.post("oauth2/revoke", &form).await;
        (response.status(), body)
    };
    assert_eq!(revoke(token, "other").await, refused("unauthorized_client"));
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(
        revoke(access, "client").await,
        refused("unsupported_token_type")
    );
    assert_eq!(revoke(token, "client").await.0, StatusCode::OK);
    assert_eq!(
        pages.refresh(token, "client").await,
        refused("invalid_grant")
    );

    let tokens = pages.tokens().await;
    pages.clock.advance(Duration::from_secs(24 * 3600));
    let token = tokens["refresh_token"].as_str().unwrap();
    assert_eq!(
        pages.refresh(token, "client").await,
        refused("invalid_grant")
    );
}

#[tokio::test]
async fn who_is_disabled_signed_out_or_deleted_gets_no_new_tokens() {
    for operation in [
        "AdminDisableUser",
        "AdminUserGlobalSignOut",
        "AdminDeleteUser",
    ] {
        let pages = Pages::start().await;
        let tokens = pages.tokens().await;
        let code = pages.code(&[]).await;
        pages.admin(operation, json!({"Username": "alice"})).await;
        let token = tokens["refresh_token"].as_str().unwrap();
        assert_eq!(
            pages.refresh(token, "client").await,
            refused("invalid_grant"),
            "{operation}"
        );
        assert_eq!(
            pages.exchange(&code, &[]).await,
            refused("invalid_grant"),
            "{operation}"
        );
        let asked = json!({"user": "alice", "clientId": "client"}).to_string();
        let (status, said) = pages
            .served
            .post(&format!("/{POOL}/local/token"), &asked)
            .await;
        let expected = if operation == "AdminDisableUser" {
            403
        } else {
            200
        };
        assert_eq!(status, expected, "{operation}: {said}");
    }
}

#[tokio::test]
async fn the_configuration_names_endpoints_that_exist() {
    let pages = Pages::start().await;
    let (_, configuration) = pages
        .served
        .get(&format!("/{POOL}/.well-known/openid-configuration"))
        .await;
    for (name, method) in [
        ("authorization_endpoint", Method::POST),
        ("token_endpoint", Method::GET),
        ("revocation_endpoint", Method::GET),
        ("end_session_endpoint", Method::POST),
    ] {
        let path = configuration[name]
            .as_str()
            .unwrap()
            .strip_prefix(BASE_URL)
            .unwrap();
        let (answer, _) = pages.served.ask(request(method, path, "")).await;
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{name}");
    }
    assert_eq!(
        configuration["code_challenge_methods_supported"],
        json!(["S256"])
    );
}
