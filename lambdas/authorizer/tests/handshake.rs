//! The authorizer as a function of the handshake and the issuer's keys.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

mod support;

use serde_json::{Value, json};
use support::{CLOSED, NAMESPACES, authorizer, issuer};
use tidegate_authorizer::Authorizer;
use tidegate_lambda::{AuthorizerContext, AuthorizerRequest, AuthorizerResponse, Report};
use tidegate_test_events::{fixture, parsed};
use tidegate_test_issuer::{EXPIRES_AT, ISSUED_AT, ISSUER, NOW_MS, bearing, verifier};

const METHOD_ARN: &str = "arn:aws:execute-api:eu-central-1:111122223333:abcdef1234/prod/$connect";
const CONNECTION: &str = "RYGzEcSNvHcCH8A=";

async fn ask(
    authorizer: &Authorizer,
    event: Value,
) -> (Result<AuthorizerResponse, String>, Report) {
    authorizer.handle(&parsed(event), NOW_MS).await
}

async fn answer(authorizer: &Authorizer, event: Value) -> Value {
    let (answer, _) = ask(authorizer, event).await;
    serde_json::to_value(answer.unwrap()).unwrap()
}

fn effect(answer: &Value) -> &str {
    answer["policyDocument"]["Statement"][0]["Effect"]
        .as_str()
        .unwrap()
}

fn in_room(token: &str, room: &str) -> Value {
    let mut event = bearing("authorizer-with-room", token);
    event["multiValueQueryStringParameters"]["room_id"] = json!([room]);
    event
}

#[tokio::test]
async fn a_good_token_is_let_in_for_exactly_what_was_asked() {
    let issuer = issuer();
    let event = bearing("authorizer-with-subprotocol", &issuer.token(&json!({})));
    let (answer, report) = ask(&authorizer(issuer.verifier(), NAMESPACES), event).await;
    assert_eq!(
        serde_json::to_value(answer.unwrap()).unwrap(),
        json!({
            "principalId": "alice",
            "policyDocument": {
                "Version": "2012-10-17",
                "Statement": [{"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": METHOD_ARN}],
            },
            "context": {
                "user": "alice",
                "session": CONNECTION,
                "groups": r#"["team:red"]"#,
                "issuedAt": ISSUED_AT.to_string(),
                "expiresAt": EXPIRES_AT.to_string(),
            },
        })
    );
    assert_eq!(
        (&*report.route, &*report.connection, report.outcome),
        ("authorizer", CONNECTION, "ok")
    );
}

#[tokio::test]
async fn a_session_is_the_clients_own_and_else_the_connection() {
    let issuer = issuer();
    let authorizer = authorizer(issuer.verifier(), NAMESPACES);
    let token = issuer.token(&json!({}));
    for (named, session) in [
        (json!(["tab-1234"]), "tab-1234"),
        (json!(["tab-1234", "tab-5678"]), "tab-5678"),
        // `$connect` refuses it, and says why.
        (json!(["short"]), CONNECTION),
        (json!(["a#b:c d-1"]), CONNECTION),
    ] {
        let mut event = bearing("authorizer-with-subprotocol", &token);
        event["multiValueQueryStringParameters"] = json!({"session": named});
        let (answer, report) = ask(&authorizer, event).await;
        let answer = serde_json::to_value(answer.unwrap()).unwrap();
        assert_eq!(answer["context"]["session"], session);
        assert_eq!(report.session.as_deref(), Some(session));
    }
}

#[tokio::test]
async fn the_context_is_flat_texts_that_the_other_functions_read_back() {
    let issuer = issuer();
    let groups = json!({"cognito:groups": ["team:red", "a \"quoted\" one", "caf\u{e9}"]});
    let event = bearing("authorizer-with-subprotocol", &issuer.token(&groups));
    let mut context =
        answer(&authorizer(issuer.verifier(), NAMESPACES), event).await["context"].take();
    let fields = context.as_object_mut().unwrap();
    assert!(fields.values().all(Value::is_string), "{fields:?}");
    // API Gateway adds what it adds.
    fields.insert("principalId".to_owned(), json!("alice"));
    let read: AuthorizerContext = parsed(context);
    assert_eq!(read.key().user, "alice");
    assert_eq!(read.key().session, CONNECTION);
    let rights = read.rights().unwrap();
    assert_eq!(rights.expires_at, EXPIRES_AT);
    assert_eq!(
        json!(rights.groups),
        json!(["a \"quoted\" one", "caf\u{e9}", "team:red"])
    );

    // What the events of the other functions have is what this one writes.
    let connect = fixture("connect-with-room");
    let names = |value: &Value| {
        value
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    let event = bearing("authorizer-with-subprotocol", &issuer.token(&json!({})));
    let mut written =
        answer(&authorizer(issuer.verifier(), NAMESPACES), event).await["context"].take();
    written["principalId"] = json!("alice");
    assert_eq!(
        names(&connect["requestContext"]["authorizer"]),
        names(&written)
    );
}

#[tokio::test]
async fn whoever_has_no_good_token_gets_exactly_unauthorized() {
    let (issuer, stranger) = (issuer(), issuer());
    let authorizer = authorizer(issuer.verifier(), NAMESPACES);
    let with = |changed: Value| bearing("authorizer-with-subprotocol", &issuer.token(&changed));
    let protocols = |line: &str| {
        let mut event = fixture("authorizer-without-token");
        event["multiValueHeaders"]["Sec-WebSocket-Protocol"] = json!([line]);
        event
    };
    let authorization = |line: &str| {
        let mut event = fixture("authorizer-without-token");
        event["multiValueHeaders"]["Authorization"] = json!([line]);
        event
    };
    let token = issuer.token(&json!({}));
    let mut no_headers = fixture("authorizer-without-token");
    no_headers["multiValueHeaders"] = Value::Null;
    let mut in_query = fixture("authorizer-without-token");
    in_query["multiValueQueryStringParameters"] = json!({"token": [token]});
    let cases = [
        ("no token at all", fixture("authorizer-without-token")),
        ("no headers at all", no_headers),
        ("in the query, where proxies log it", in_query),
        ("only the protocol", protocols("tidegate.v1")),
        ("an empty token", protocols("tidegate.v1, bearer.")),
        ("no JWT", protocols("tidegate.v1, bearer.hello")),
        (
            "a prefix in capitals",
            protocols(&format!("tidegate.v1, Bearer.{token}")),
        ),
        ("another scheme", authorization(&format!("Basic {token}"))),
        ("no scheme", authorization(&token)),
        ("an empty bearer", authorization("Bearer ")),
        (
            "of a stranger",
            bearing("authorizer-with-subprotocol", &stranger.token(&json!({}))),
        ),
        ("expired", with(json!({"exp": NOW_MS / 1000}))),
        ("not yet valid", with(json!({"nbf": NOW_MS / 1000 + 1}))),
        (
            "of another issuer",
            with(json!({"iss": format!("{ISSUER}2")})),
        ),
        ("of another client", with(json!({"client_id": "other"}))),
        ("an ID token", with(json!({"token_use": "id"}))),
    ];
    for (name, event) in cases {
        let (answer, report) = ask(&authorizer, event).await;
        assert_eq!(answer, Err("Unauthorized".to_owned()), "{name}");
        assert_eq!(report.outcome, "unauthorized", "{name}");
    }
}

#[tokio::test]
async fn a_room_that_is_not_allowed_is_denied_without_a_context() {
    let issuer = issuer();
    let event = in_room(&issuer.token(&json!({})), "lobby");
    let (answer, report) = ask(&authorizer(issuer.verifier(), CLOSED), event).await;
    assert_eq!(
        serde_json::to_value(answer.unwrap()).unwrap(),
        json!({
            "principalId": "alice",
            "policyDocument": {
                "Version": "2012-10-17",
                "Statement": [{"Action": "execute-api:Invoke", "Effect": "Deny", "Resource": METHOD_ARN}],
            },
        })
    );
    assert_eq!(report.outcome, "denied");
}

#[tokio::test]
async fn a_member_is_let_into_the_room_and_a_stack_without_rooms_denies_all() {
    let issuer = issuer();
    let member = issuer.token(&json!({"cognito:groups": ["room:lobby"]}));
    let to_lobby = answer(
        &authorizer(issuer.verifier(), CLOSED),
        in_room(&member, "lobby"),
    )
    .await;
    assert_eq!(effect(&to_lobby), "Allow");
    let to_attic = answer(
        &authorizer(issuer.verifier(), CLOSED),
        in_room(&member, "attic"),
    )
    .await;
    assert_eq!(effect(&to_attic), "Deny");
    let roomless = answer(
        &authorizer(issuer.verifier(), "{}"),
        in_room(&member, "lobby"),
    )
    .await;
    assert_eq!(effect(&roomless), "Deny");
    let no_room = bearing("authorizer-with-subprotocol", &member);
    assert_eq!(
        effect(&answer(&authorizer(issuer.verifier(), "{}"), no_room).await),
        "Allow"
    );
}

#[tokio::test]
async fn of_several_rooms_the_last_decides_as_it_does_at_connect() {
    let issuer = issuer();
    let member = issuer.token(&json!({"cognito:groups": ["room:lobby"]}));
    let mut event = bearing("authorizer-with-room", &member);
    for (rooms, expected) in [
        (json!(["lobby", "attic"]), "Deny"),
        (json!(["attic", "lobby"]), "Allow"),
    ] {
        event["multiValueQueryStringParameters"]["room_id"] = rooms;
        let answer = answer(&authorizer(issuer.verifier(), CLOSED), event.clone()).await;
        assert_eq!(effect(&answer), expected);
    }
}

#[tokio::test]
async fn a_room_whose_name_is_no_name_is_left_to_connect_which_can_say_so() {
    let issuer = issuer();
    for room in ["", "a b", "a#0"] {
        let event = in_room(&issuer.token(&json!({})), room);
        assert_eq!(
            effect(&answer(&authorizer(issuer.verifier(), CLOSED), event).await),
            "Allow",
            "{room:?}"
        );
    }
}

#[tokio::test]
async fn an_issuer_that_is_down_is_neither_401_nor_403() {
    let issuer = issuer();
    let event = bearing("authorizer-with-subprotocol", &issuer.token(&json!({})));
    let (answer, report) = ask(&authorizer(verifier(None), NAMESPACES), event).await;
    let error = answer.unwrap_err();
    assert_ne!(error, "Unauthorized");
    assert!(error.contains(ISSUER) && error.contains("down"), "{error}");
    assert_eq!(report.outcome, "unavailable");
}

#[tokio::test]
async fn the_authorization_header_is_taken_however_it_is_written() {
    let issuer = issuer();
    let token = issuer.token(&json!({}));
    let event = bearing("authorizer-with-authorization-header-in-odd-case", &token);
    assert_eq!(
        effect(&answer(&authorizer(issuer.verifier(), NAMESPACES), event).await),
        "Allow"
    );
    for line in [format!("Bearer {token}"), format!("BEARER   {token} ")] {
        let mut event = fixture("authorizer-without-token");
        event["multiValueHeaders"]["authorization"] = json!([line]);
        assert_eq!(
            effect(&answer(&authorizer(issuer.verifier(), NAMESPACES), event).await),
            "Allow"
        );
    }
}

#[tokio::test]
async fn a_token_among_the_protocols_goes_before_one_in_the_header() {
    let issuer = issuer();
    let both = |protocol: &str, header: &str| {
        let mut event = bearing("authorizer-with-subprotocol", protocol);
        event["multiValueHeaders"]["Authorization"] = json!([format!("Bearer {header}")]);
        event
    };
    let (alice, bob) = (
        issuer.token(&json!({})),
        issuer.token(&json!({"sub": "bob"})),
    );
    let authorizer = authorizer(issuer.verifier(), NAMESPACES);
    assert_eq!(
        answer(&authorizer, both(&alice, &bob)).await["principalId"],
        "alice"
    );
    let (refused, _) = ask(&authorizer, both("wrong", &bob)).await;
    assert_eq!(
        refused,
        Err("Unauthorized".to_owned()),
        "the other one is no second try"
    );
}

#[tokio::test]
async fn an_event_with_more_and_with_less_than_documented_is_read() {
    let issuer = issuer();
    let token = issuer.token(&json!({}));
    let event = bearing("authorizer-with-noise-and-without-connected-at", &token);
    assert_eq!(
        effect(&answer(&authorizer(issuer.verifier(), NAMESPACES), event).await),
        "Allow"
    );
}

#[tokio::test]
async fn no_report_and_no_debug_output_has_the_token() {
    let issuer = issuer();
    for changed in [
        json!({}),
        json!({"exp": 1}),
        json!({"iss": "https://evil.test"}),
    ] {
        let token = issuer.token(&changed);
        let event = bearing("authorizer-with-subprotocol", &token);
        let request: AuthorizerRequest = parsed(event);
        let authorizer = authorizer(issuer.verifier(), NAMESPACES);
        let decision = authorizer.decide(&request, NOW_MS).await;
        let answer = authorizer.handle(&request, NOW_MS).await;
        let shown = format!("{request:?} {decision:?} {answer:?}");
        for part in token.split('.') {
            assert!(!shown.contains(part), "{shown}");
        }
    }
}
