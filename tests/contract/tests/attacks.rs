//! A list of attacks on the whole way in, from the handshake to the frames: each is refused with its typed answer, and
//! leaves nothing behind. What is wrong with tokens alone is in `shared/tokens/tests/attacks.rs`, and what a `refresh` must
//! not do in `lambdas/message/tests/refresh.rs`.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

use serde_json::{Value, json};
use tidegate_access::AccessControl;
use tidegate_authorizer::{Authorizer, Origin};
use tidegate_core::broker::Rules;
use tidegate_core::store::Sessions;
use tidegate_message::Service;
use tidegate_test_backend::{ALICE as CONNECTION, EXPIRES_AT, Issuer, World, key, unsigned};
use tidegate_test_events::{fixture, parsed};

const NAMESPACES: &str = r#"{
    "room": {"subscribe": "signedIn", "publish": "signedIn"},
    "team": {"subscribe": "member", "publish": "member", "presence": "full",
        "history": {"size": 10, "ageSeconds": 300}},
    "user": {"subscribe": "owner", "publish": "server", "presence": "full",
        "history": {"size": 10, "ageSeconds": 300}},
    "news": {"subscribe": "signedIn", "publish": "server"},
    "hidden": {"subscribe": "server", "publish": "server"}
}"#;

/// The functions of a stack, one after another as the gateway calls them.
struct Front {
    world: World,
    authorizer: Authorizer,
    service: Service,
}

impl Front {
    fn new(issuer: &Issuer) -> Self {
        let rules = Rules {
            namespaces: serde_json::from_str(NAMESPACES).unwrap(),
            ..Rules::default()
        };
        let world = World::new(rules);
        let access = AccessControl::new(issuer.verifier(), world.rules.namespaces.clone());
        let tickets = Box::new(world.store.clone());
        Self {
            authorizer: Authorizer::new(Origin::read("").unwrap(), access, tickets),
            service: Service::new(world.backend(), issuer.verifier()),
            world,
        }
    }

    /// The status of a handshake with these changes, and the context that later events have.
    async fn handshake(&self, change: impl Fn(&mut Value)) -> (u16, Value) {
        let mut request = fixture("authorizer-without-token");
        change(&mut request);
        let asked = parsed(request.clone());
        let answer = self.authorizer.handle(&asked, self.world.now_ms());
        let response = match answer.await.0 {
            Ok(response) => serde_json::to_value(response).unwrap(),
            Err(error) if error == "Unauthorized" => return (401, Value::Null),
            Err(_) => return (500, Value::Null),
        };
        let effect = &response["policyDocument"]["Statement"][0]["Effect"];
        if effect != "Allow" {
            return (403, Value::Null);
        }
        let context = response["context"].clone();
        let mut connect = fixture("connect-without-query");
        connect["multiValueQueryStringParameters"] =
            request["multiValueQueryStringParameters"].clone();
        connect["requestContext"]["authorizer"] = context.clone();
        connect["requestContext"]["connectionId"] = json!(CONNECTION);
        let (backend, moment) = (self.world.backend(), self.world.moment());
        let (reply, _) = tidegate_connect::handle(&backend, &parsed(connect), moment).await;
        (reply.unwrap().status_code, context)
    }

    /// A handshake with this token.
    async fn enter(&self, token: &str) -> (u16, Value) {
        let bearer = json!([format!("Bearer {token}")]);
        self.handshake(|request| request["multiValueHeaders"]["Authorization"] = bearer.clone())
            .await
    }

    /// The answer to a frame on the socket that was opened with this context.
    async fn ask(&self, context: &Value, frame: &Value) -> Value {
        self.world.pass(10);
        let mut event = fixture("message-default");
        event["requestContext"]["routeKey"] = frame["action"].clone();
        event["requestContext"]["authorizer"] = context.clone();
        event["body"] = json!(frame.to_string());
        let (reply, _) = self
            .service
            .handle(&parsed(event), self.world.moment())
            .await;
        serde_json::from_str(reply.unwrap().body.as_deref().unwrap()).unwrap()
    }
}

/// A token of mallory, who is in no group.
fn mallory() -> Value {
    json!({"sub": "mallory", "cognito:groups": []})
}

#[tokio::test]
async fn no_forged_token_opens_a_socket_wherever_it_is_put() {
    let (issuer, stranger) = (Issuer::new(), Issuer::new());
    let claims = Issuer::claims(&json!({}));
    let now = 1_742_085_982;
    let attacks = [
        (
            "alg none",
            unsigned(&json!({"alg": "none", "kid": "k1"}), &claims),
        ),
        (
            "alg None",
            unsigned(&json!({"alg": "None", "kid": "k1"}), &claims),
        ),
        ("no algorithm", unsigned(&json!({"kid": "k1"}), &claims)),
        (
            "no signature",
            unsigned(&json!({"alg": "RS256", "kid": "k1"}), &claims),
        ),
        ("key confusion", issuer.confused(&claims)),
        ("no kid", issuer.sign(&json!({}), &claims)),
        ("an empty kid", issuer.sign(&json!({"kid": ""}), &claims)),
        (
            "a path as kid",
            issuer.sign(&json!({"kid": "../../../dev/null"}), &claims),
        ),
        (
            "a query as kid",
            issuer.sign(&json!({"kid": "k1' UNION SELECT 'k"}), &claims),
        ),
        (
            "a URL as kid",
            issuer.sign(&json!({"kid": "https://evil.test/k1"}), &claims),
        ),
        (
            "keys of its own",
            stranger.sign(&json!({"kid": "k1", "jku": "https://evil.test"}), &claims),
        ),
        (
            "another issuer",
            issuer.token(&json!({"iss": "https://evil.test"})),
        ),
        (
            "an issuer that begins alike",
            issuer.token(&json!({"iss": "https://issuer.test/pool2"})),
        ),
        (
            "another client",
            issuer.token(&json!({"client_id": "other"})),
        ),
        (
            "a client in `aud` only",
            issuer.token(&json!({"client_id": null, "aud": "client"})),
        ),
        ("an ID token", issuer.token(&json!({"token_use": "id"}))),
        (
            "a refresh token",
            issuer.token(&json!({"token_use": "refresh"})),
        ),
        ("expired", issuer.token(&json!({"exp": now}))),
        ("without an end", issuer.token(&json!({"exp": null}))),
        (
            "with an end that is a text",
            issuer.token(&json!({"exp": "4102444800"})),
        ),
        ("not yet valid", issuer.token(&json!({"nbf": now + 60}))),
    ];
    for (attack, token) in attacks {
        let front = Front::new(&issuer);
        assert_eq!(front.enter(&token).await.0, 401, "{attack}");
        let offers = json!([format!("tidegate.v1, bearer.{token}")]);
        let offered = front.handshake(|request| {
            request["multiValueHeaders"]["Sec-WebSocket-Protocol"] = offers.clone()
        });
        assert_eq!(offered.await.0, 401, "{attack}, among the protocols");
        for parameter in ["token", "access_token", "ticket"] {
            let queried = front.handshake(|request| {
                request["multiValueQueryStringParameters"] = json!({parameter: [token]});
            });
            assert_eq!(queried.await.0, 401, "{attack}, as `{parameter}`");
        }
        assert!(
            front
                .world
                .store
                .sessions_of("alice")
                .await
                .unwrap()
                .is_empty(),
            "{attack}"
        );
    }
    assert_eq!(
        Front::new(&issuer).enter(&issuer.token(&json!({}))).await.0,
        200
    );
}

#[tokio::test]
async fn no_frame_reaches_what_is_anothers_or_the_servers() {
    let issuer = Issuer::new();
    let front = Front::new(&issuer);
    let (status, context) = front.enter(&issuer.token(&mallory())).await;
    assert_eq!(status, 200);
    let attacks = [
        ("another user's channel", "subscribe", "user:alice"),
        ("its history", "history", "user:alice"),
        ("who is there", "presence", "user:alice"),
        ("to publish for the server there", "publish", "user:alice"),
        ("and in one's own", "publish", "user:mallory"),
        ("a user that begins alike", "subscribe", "user:mallory2"),
        ("a user of another case", "subscribe", "user:Mallory"),
        ("a team without being in it", "subscribe", "team:red"),
        ("its history", "history", "team:red"),
        ("its members", "presence", "team:red"),
        ("to publish in it", "publish", "team:red"),
        ("the server's news", "publish", "news:today"),
        ("what no client may", "subscribe", "hidden:a"),
        ("nor publish", "publish", "hidden:a"),
        ("what there is not", "subscribe", "admin:a"),
    ];
    for (attack, action, channel) in attacks {
        let frame = json!({"action": action, "id": "a", "channel": channel, "data": 1});
        let error = front.ask(&context, &frame).await;
        assert_eq!(error["code"], "forbidden", "{attack}: {error}");
        assert_eq!(
            (&error["id"], &error["fatal"]),
            (&json!("a"), &json!(false))
        );
        assert!(front.world.receivers(channel).await.is_empty(), "{attack}");
    }
    let frame = json!({"action": "heads", "id": "a", "channels": ["user:alice", "team:red"]});
    assert_eq!(front.ask(&context, &frame).await["heads"], json!({}));
    // Nothing tells what is forbidden from what there is not.
    let texts = ["hidden:a", "admin:a"].map(|channel| {
        let frame = json!({"action": "subscribe", "id": "a", "channel": channel});
        (channel, frame)
    });
    let mut told = Vec::new();
    for (channel, frame) in texts {
        let error = front.ask(&context, &frame).await.to_string();
        told.push(error.replace(channel, "it"));
    }
    assert_eq!(told[0], told[1]);
    let own = json!({"action": "subscribe", "id": "a", "channel": "user:mallory"});
    assert_eq!(front.ask(&context, &own).await["type"], "subscribed");
}

#[tokio::test]
async fn a_frame_cannot_say_who_sends_it() {
    let issuer = Issuer::new();
    let front = Front::new(&issuer);
    let (_, context) = front.enter(&issuer.token(&mallory())).await;
    let join = json!({"action": "subscribe", "id": "1", "channel": "room:a", "user": "alice", "groups": ["team:red"]});
    assert_eq!(front.ask(&context, &join).await["type"], "subscribed");
    let frame = json!({
        "action": "publish", "id": "2", "channel": "room:a", "data": 1, "user": "alice", "publicationId": "mine",
        "at": 0, "position": {"epoch": 1, "offset": 1}, "authorizer": {"user": "alice"},
    });
    let ack = front.ask(&context, &frame).await;
    assert_eq!(ack["publicationId"], "publication-1");
    let received = front.world.sender.sent_to(CONNECTION);
    let received: Value = serde_json::from_str(&received[0]).unwrap();
    assert_eq!(
        (
            &received["user"],
            &received["publicationId"],
            received.get("position")
        ),
        (&json!("mallory"), &json!("publication-1"), None)
    );
    assert_eq!(received["at"], front.world.now_ms());
}

#[tokio::test]
async fn a_session_named_like_anothers_is_ones_own() {
    let issuer = Issuer::new();
    let front = Front::new(&issuer);
    front
        .world
        .open(&key("alice", "alices-tab"), "a1=", EXPIRES_AT)
        .await;
    let bearer = json!([format!("Bearer {}", issuer.token(&mallory()))]);
    let entered = front.handshake(|request| {
        request["multiValueHeaders"]["Authorization"] = bearer.clone();
        request["multiValueQueryStringParameters"] = json!({"session": ["alices-tab"]});
    });
    let (status, context) = entered.await;
    assert_eq!((status, &context["user"]), (200, &json!("mallory")));
    assert_eq!(
        front.world.connections(&key("alice", "alices-tab")).await,
        ["a1="]
    );
    let own = json!({"action": "subscribe", "id": "1", "channel": "user:alice"});
    assert_eq!(front.ask(&context, &own).await["code"], "forbidden");
}
