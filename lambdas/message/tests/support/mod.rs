//! What the tests share: the function over a stack in memory, and what its clients send.

#![allow(dead_code, reason = "each test binary uses its own part")]
#![expect(
    clippy::unwrap_used,
    reason = "only tests call this, and a failure here is theirs"
)]

use std::ops::Deref;

use serde_json::{Value, json};
use tidegate_core::broker::Rules;
use tidegate_lambda::{Reply, Report};
use tidegate_message::Service;
use tidegate_test_backend::{ALICE, EXPIRES_AT, Keys, World, key};
use tidegate_test_events::{fixture, parsed};
use tidegate_tokens::Verifier;

pub(crate) const DIRECT_RECEIVERS: usize = 5;

pub(crate) const NAMESPACES: &str = r#"{
    "room": {"subscribe": "signedIn", "publish": "signedIn"},
    "chat": {"subscribe": "signedIn", "publish": "signedIn", "history": {"size": 100, "ageSeconds": 300},
        "presence": "full"},
    "value": {"subscribe": "signedIn", "publish": "signedIn", "history": {"size": 1, "ageSeconds": 300},
        "latest": true, "presence": "count"},
    "slow": {"subscribe": "signedIn", "publish": "signedIn", "rate": {"count": 2}},
    "team": {"subscribe": "member", "publish": "member"},
    "user": {"subscribe": "owner", "publish": "server"}
}"#;

/// A stack in memory, and its function `message`.
pub(crate) struct Stack {
    world: World,
    service: Service,
}

impl Deref for Stack {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

/// A stack in which the connection of the fixtures is registered.
pub(crate) async fn stack() -> Stack {
    let stack = empty_stack();
    stack.connect("alice", ALICE, EXPIRES_AT).await;
    stack
}

pub(crate) fn empty_stack() -> Stack {
    stack_with(rules())
}

pub(crate) fn rules() -> Rules {
    Rules {
        namespaces: serde_json::from_str(NAMESPACES).unwrap(),
        direct_receivers: DIRECT_RECEIVERS,
        ..Rules::default()
    }
}

/// A stack with these rules, whose issuer cannot be reached.
pub(crate) fn stack_with(rules: Rules) -> Stack {
    stack_of(rules, Keys(None).verifier())
}

pub(crate) fn stack_of(rules: Rules, verifier: Verifier) -> Stack {
    let world = World::new(rules);
    Stack {
        service: Service::new(world.backend(), verifier),
        world,
    }
}

/// One answer, with the frame parsed.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) reply: Result<Reply, String>,
    pub(crate) report: Report,
}

impl Answered {
    pub(crate) fn frame(&self) -> Value {
        let reply = self.reply.as_ref().unwrap();
        assert_eq!(reply.status_code, 200);
        serde_json::from_str(reply.body.as_deref().unwrap()).unwrap()
    }
}

impl Stack {
    /// Registers a connection, whose session has its name.
    pub(crate) async fn connect(&self, user: &str, connection: &str, expires_at: u64) {
        let key = key(user, connection);
        self.world.open(&key, connection, expires_at).await;
    }

    /// A frame from the connection of the fixtures, as the route `route` gets it.
    pub(crate) async fn send(&self, route: &str, frame: &str) -> Answered {
        let mut event = fixture("message-default");
        event["requestContext"]["routeKey"] = json!(route);
        event["body"] = json!(frame);
        self.handle(event).await
    }

    /// A frame from a connection that was registered by [`connect`](Self::connect).
    pub(crate) async fn send_from(&self, user: &str, connection: &str, frame: &Value) -> Answered {
        self.send_of(user, connection, connection, frame).await
    }

    /// A frame from a connection of a session of a user.
    pub(crate) async fn send_of(
        &self,
        user: &str,
        session: &str,
        connection: &str,
        frame: &Value,
    ) -> Answered {
        let mut event = fixture("message-default");
        let context = &mut event["requestContext"];
        context["routeKey"] = frame["action"].clone();
        context["connectionId"] = json!(connection);
        context["authorizer"]["user"] = json!(user);
        context["authorizer"]["session"] = json!(session);
        event["body"] = json!(frame.to_string());
        self.handle(event).await
    }

    /// A frame from the connection of the fixtures, and the frame that answers it.
    pub(crate) async fn ask(&self, frame: &Value) -> Value {
        self.send_from("alice", ALICE, frame).await.frame()
    }

    pub(crate) async fn handle(&self, event: Value) -> Answered {
        let moment = self.world.moment();
        let (reply, report) = self.service.handle(&parsed(event), moment).await;
        Answered { reply, report }
    }

    pub(crate) async fn handle_at(&self, event: Value, now_ms: u64) -> Answered {
        self.world.set_now_ms(now_ms);
        self.handle(event).await
    }

    /// The frames that a connection was sent.
    pub(crate) fn frames(&self, connection: &str) -> Vec<Value> {
        let sent = self.sender.sent_to(connection);
        let frames = sent.iter().map(|frame| serde_json::from_str(frame));
        frames.collect::<Result<_, _>>().unwrap()
    }
}
