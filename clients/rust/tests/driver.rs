//! The client over real connections, to a server that behaves and misbehaves as it is told.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "test code: a panic is how a test fails"
)]

#[path = "driver/server.rs"]
mod server;

use std::future::Future;
use std::time::Duration;

use serde_json::json;
use tidegate_client::{
    ChannelEvent, Client, ClientBuilder, CloseReason, Config, DropReason, Error, FixedToken,
    RequestError, State, Subscription, Token, TokenReason,
};

use self::server::{Act, Server};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(10);

async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    let done = tokio::time::timeout(PATIENCE, future).await;
    done.unwrap_or_else(|_| panic!("{what} did not come"))
}

/// A client that does everything a hundred times as fast.
fn builder(server: &Server) -> ClientBuilder {
    let mut config = Config::default();
    config.backoff_base_ms = 5;
    config.backoff_cap_ms = 20;
    config.connect_timeout_ms = 1_000;
    config.ping_interval_ms = 200;
    config.pong_timeout_ms = 200;
    config.request_timeout_ms = 300;
    config.drain_ms = 20;
    Client::builder(server.url())
        .token(FixedToken::new(Token::new("t1")))
        .config(config)
}

async fn state(client: &Client, wanted: impl Fn(&State) -> bool) -> State {
    let mut states = client.state();
    soon("the state", async move {
        states
            .wait_for(|state| wanted(state))
            .await
            .unwrap()
            .clone()
    })
    .await
}

async fn closed(client: &Client) -> CloseReason {
    match state(client, |state| matches!(state, State::Closed { .. })).await {
        State::Closed { reason } => reason,
        other => panic!("{other:?}"),
    }
}

async fn joined(client: &Client, channel: &str) -> Subscription {
    let mut subscription = client.subscribe(channel).unwrap();
    let event = soon("the subscription", subscription.next()).await;
    assert!(
        matches!(event, Some(ChannelEvent::Subscribed { .. })),
        "{event:?}"
    );
    subscription
}

async fn publication(subscription: &mut Subscription) -> String {
    let next = async {
        loop {
            match subscription.next().await {
                Some(ChannelEvent::Publication(publication)) => {
                    return publication.data.get().to_owned();
                }
                Some(_) => {}
                None => panic!("the subscription ended"),
            }
        }
    };
    soon("a publication", next).await
}

#[tokio::test]
async fn what_is_published_arrives_and_the_token_is_only_in_the_sub_protocol() {
    let server = Server::start(|_| Act::Serve).await;
    let client = builder(&server).build().unwrap();
    let mut lobby = joined(&client, "room:a").await;
    let ack = soon("the ack", client.publish("room:a", json!({"n": 1}))).await;
    assert!(ack.unwrap().position.is_some());
    assert_eq!(publication(&mut lobby).await, r#"{"n":1}"#);
    let handshake = server.handshakes()[0].clone();
    assert_eq!(handshake.protocols, "tidegate.v1, bearer.t1");
    let session = format!("session={}", client.session());
    assert_eq!(handshake.query, session);
    soon("the end", client.close()).await;
    server.is_empty().await;
}

#[tokio::test]
async fn a_connection_that_is_reset_is_come_back_from_and_nothing_is_missed_or_doubled() {
    let server = Server::start(|_| Act::Serve).await;
    let client = builder(&server).build().unwrap();
    let mut lobby = joined(&client, "room:a").await;
    for number in 1..=3 {
        server.reset_all().await;
        server.publish("room:a", &json!(number));
    }
    for number in 1..=3 {
        assert_eq!(publication(&mut lobby).await, number.to_string());
    }
    soon("the ack", client.publish("room:a", 4)).await.unwrap();
    assert_eq!(publication(&mut lobby).await, "4");
}

#[tokio::test]
async fn an_ack_that_is_lost_with_its_connection_makes_no_second_publication() {
    let server = Server::start(|number| match number {
        1 => Act::ResetInsteadOfAck,
        _ => Act::Serve,
    })
    .await;
    let client = builder(&server).build().unwrap();
    let ack = soon("the ack", client.publish("room:a", 1)).await.unwrap();
    assert!(ack.duplicate);
    assert_eq!(server.published(), 1);
}

#[tokio::test]
async fn a_server_that_falls_silent_is_left_for_another_connection() {
    let server = Server::start(|number| match number {
        1 => Act::Silence,
        _ => Act::Serve,
    })
    .await;
    let client = builder(&server).build().unwrap();
    let mut lobby = client.subscribe("room:a").unwrap();
    let event = soon("the subscription", lobby.next()).await;
    assert!(matches!(event, Some(ChannelEvent::Subscribed { .. })));
    assert_eq!(server.handshakes().len(), 2);
}

#[tokio::test]
async fn a_server_that_never_answers_the_handshake_is_given_up() {
    let server = Server::start(|number| match number {
        1 => Act::NoHandshake,
        _ => Act::Serve,
    })
    .await;
    let client = builder(&server).build().unwrap();
    joined(&client, "room:a").await;
}

#[tokio::test]
async fn a_server_that_never_reads_does_not_block_the_client() {
    let server = Server::start(|number| match number {
        1 => Act::NeverRead,
        _ => Act::Serve,
    })
    .await;
    let client = builder(&server).unordered().build().unwrap();
    let large = "x".repeat(30_000);
    let publishing = (0..100).map(|_| client.publish("room:a", &large));
    let acks = soon("the acks", futures::future::join_all(publishing)).await;
    assert!(acks.iter().all(Result::is_ok), "{:?}", acks[0]);
    assert_eq!(server.published(), 100);
}

#[tokio::test]
async fn garbage_and_frames_of_the_gateway_change_nothing() {
    let server = Server::start(|_| Act::Garbage).await;
    let client = builder(&server).build().unwrap();
    let mut lobby = joined(&client, "room:a").await;
    soon("the ack", client.publish("room:a", 1)).await.unwrap();
    assert_eq!(publication(&mut lobby).await, "1");
    assert_eq!(server.handshakes().len(), 1);
}

#[tokio::test]
async fn a_throttled_handshake_is_tried_again_and_a_forbidden_one_is_not() {
    let server = Server::start(|number| match number {
        1 => Act::Refuse(429),
        2 => Act::Refuse(503),
        _ => Act::Refuse(403),
    })
    .await;
    let client = builder(&server).build().unwrap();
    let mut lobby = client.subscribe("room:a").unwrap();
    assert_eq!(closed(&client).await, CloseReason::Forbidden);
    assert_eq!(server.handshakes().len(), 3);
    let event = lobby.next().await;
    let forbidden = DropReason::Closed {
        closed: CloseReason::Forbidden,
    };
    assert!(matches!(event, Some(ChannelEvent::Dropped(reason)) if reason == forbidden));
    assert!(lobby.next().await.is_none());
    let late = client.publish("room:a", 1).await;
    assert_eq!(
        late.unwrap_err(),
        Error::Request(RequestError::Closed {
            closed: CloseReason::Forbidden,
            maybe_done: false
        })
    );
}

#[tokio::test]
async fn a_refused_token_is_replaced_and_a_fixed_one_is_the_end() {
    let server = Server::start(|number| match number {
        1 => Act::Refuse(401),
        _ => Act::Serve,
    })
    .await;
    let fixed = builder(&server).build().unwrap();
    assert_eq!(closed(&fixed).await, CloseReason::Unauthorized);

    let server = Server::start(|number| match number {
        1 => Act::Refuse(401),
        _ => Act::Serve,
    })
    .await;
    let fresh = async |reason: TokenReason| {
        Ok(Token::new(if reason == TokenReason::First {
            "t1"
        } else {
            "t2"
        }))
    };
    let client = builder(&server).token(fresh).build().unwrap();
    state(&client, |state| *state == State::Online).await;
    assert_eq!(server.handshakes()[1].protocols, "tidegate.v1, bearer.t2");
}

#[tokio::test]
async fn a_hand_over_misses_and_doubles_nothing() {
    let server = Server::start(|_| Act::Serve).await;
    let mut config = Config::default();
    config.handover_earliest_ms = 20;
    config.handover_latest_ms = 40;
    config.drain_ms = 20;
    let client = builder(&server).config(config).build().unwrap();
    let mut lobby = joined(&client, "room:a").await;
    let mut chat = joined(&client, "chat:a").await;
    // Until it was handed over a few times, at least.
    let mut number = 0;
    while server.handshakes().len() < 5 {
        number += 1;
        assert!(number < 5_000, "it was not handed over");
        server.publish("room:a", &json!(number));
        server.publish("chat:a", &json!(number));
        assert_eq!(publication(&mut lobby).await, number.to_string());
        assert_eq!(publication(&mut chat).await, number.to_string());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    soon("the end", client.close()).await;
    server.is_empty().await;
}

#[tokio::test]
async fn dropping_the_client_ends_everything_even_while_a_subscription_is_held() {
    let server = Server::start(|_| Act::Serve).await;
    let client = builder(&server).build().unwrap();
    let mut lobby = joined(&client, "room:a").await;
    let states = client.state();
    drop(client);
    server.is_empty().await;
    let event = soon("the end", lobby.next()).await;
    assert!(matches!(event, Some(ChannelEvent::Dropped(_))), "{event:?}");
    let mut states = states;
    soon("the end of the task", async {
        while states.changed().await.is_ok() {}
    })
    .await;
}

#[tokio::test]
async fn a_full_outbox_fails_at_once_or_is_waited_for_as_asked() {
    let server = Server::start(|_| Act::NoHandshake).await;
    let client = builder(&server).outbox(1).build().unwrap();
    let short = Duration::from_millis(50);
    let one = client.publication("room:a", 1).unwrap();
    let first = one.expires_in(short).enqueue().await.unwrap();
    let refused = client.publication("room:a", 2).unwrap().try_enqueue();
    assert_eq!(refused.unwrap_err(), Error::Request(RequestError::Full));
    let third = client.publication("room:a", 3).unwrap().expires_in(short);
    let third = soon("room", third.enqueue()).await.unwrap();
    let expired = Error::Request(RequestError::Expired { maybe_done: false });
    assert_eq!(soon("the end", first.acked()).await.unwrap_err(), expired);
    assert_eq!(soon("the end", third.acked()).await.unwrap_err(), expired);
}

#[tokio::test]
async fn a_channel_has_one_subscription_at_a_time() {
    let server = Server::start(|_| Act::Serve).await;
    let client = builder(&server).build().unwrap();
    let lobby = joined(&client, "room:a").await;
    assert!(matches!(
        client.subscribe("room:a"),
        Err(Error::AlreadySubscribed { .. })
    ));
    assert!(matches!(
        client.subscribe("lobby"),
        Err(Error::InvalidChannel(_))
    ));
    drop(lobby);
    let again = async {
        loop {
            match client.subscribe("room:a") {
                Ok(subscription) => return subscription,
                Err(_) => tokio::task::yield_now().await,
            }
        }
    };
    let mut lobby = soon("the end of the first", again).await;
    let event = soon("the subscription", lobby.next()).await;
    assert!(matches!(event, Some(ChannelEvent::Subscribed { .. })));
}
