//! What those whom a function asks cost it when they misbehave: how many requests, how long, and what it says of them.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use serde_json::{Value, json};
use tidegate_aws::{
    Connections, ConnectionsOptions, HttpKeySource, ManagementUrls, Meter, SqsQueue,
    SqsQueueOptions, Trouble,
};
use tidegate_contract::metrics::Downstream;
use tidegate_contract_tests::management::{Answer, Management};
use tidegate_contract_tests::misbehaving::Misbehaving;
use tidegate_contract_tests::samples::{NOW_MS, connection};
use tidegate_contract_tests::table::{self, credentials, environment, surroundings};
use tidegate_core::broker::Rules;
use tidegate_core::connection::{ConnectionId, Endpoint, Shard};
use tidegate_core::downstream::retry_after;
use tidegate_core::fanout::{FanoutQueue, Publication, Receiver, Slice, Version};
use tidegate_core::sender::{SendError, Sender};
use tidegate_core::store::{Sessions, StoreError};
use tidegate_lambda::{Backend, Report};
use tidegate_message::Service;
use tidegate_test_backend::{Keys, World};
use tidegate_test_events::{fixture, parsed};
use tidegate_tokens::KeySource;
use tokio::time::timeout;

const API: &str = "abcdef1234";
const OTHER_API: &str = "other56789";
/// More than any call may take.
const SOON: Duration = Duration::from_secs(10);
/// Attempts of a sender to a server that says nothing.
const SILENCE_MS: u64 = 100;

fn sender(apis: &[(&str, &str)]) -> (Connections, Arc<Meter>) {
    let urls: BTreeMap<_, _> = apis.iter().copied().collect();
    let (surroundings, meter) = surroundings();
    let options = ConnectionsOptions {
        urls: ManagementUrls::parse(&serde_json::to_string(&urls).unwrap()).unwrap(),
        region: "eu-central-1".to_owned(),
        credentials: credentials(),
        surroundings,
    };
    let limit = Duration::from_millis(SILENCE_MS);
    (Connections::new(options).with_attempt_timeout(limit), meter)
}

async fn post(sender: &Connections, api: &str, connection: &str) -> Result<(), SendError> {
    let (api, connection) = (Endpoint::new(api), ConnectionId::new(connection));
    sender.send(&api, &connection, "hello").await
}

fn queue(url: &str) -> (SqsQueue, Arc<Meter>) {
    let (surroundings, meter) = surroundings();
    let options = SqsQueueOptions {
        queue_url: format!("{url}/queue"),
        surroundings,
    };
    let limit = Duration::from_millis(SILENCE_MS);
    let queue = SqsQueue::new(&environment(url), options).unwrap();
    (queue.with_attempt_timeout(limit), meter)
}

fn slice() -> Slice {
    Slice {
        version: Version,
        publication: Publication {
            channel: "room:lobby".parse().unwrap(),
            publication_id: "p".to_owned(),
            accepted_at_ms: 1,
            frame: "{}".to_owned(),
        },
        receivers: vec![Receiver {
            connection: ConnectionId::new("c="),
            endpoint: Endpoint::new(API),
            shard: Shard(0),
            expires_at: 1,
            since_ms: 1,
        }],
        attempt: 0,
        given_up: None,
    }
}

fn trouble(meter: &Meter, of: Downstream) -> Trouble {
    meter.take_troubles().remove(&of).unwrap_or_default()
}

async fn session(store: &dyn Sessions) -> Result<(), StoreError> {
    let key = connection("alice", "a1=").key;
    store.session(&key).await.map(|_session| ())
}

#[tokio::test]
async fn of_a_thousand_calls_of_a_table_that_is_down_hardly_any_are_made() {
    for fault in [Answer::Status(500), Answer::Status(503)] {
        let server = Management::always(fault).await;
        let (store, meter) = table::store(&server.url);
        for _ in 0..1_000 {
            assert!(session(&store).await.is_err());
        }
        let asked = server.asked().len();
        assert_eq!(asked, 5, "{fault:?}: the breaker opens after five");
        let Trouble {
            failures,
            throttles,
            retries,
            refused,
        } = trouble(&meter, Downstream::DynamoDb);
        assert_eq!((failures, throttles, retries), (5, 0, 3), "{fault:?}");
        assert_eq!(
            refused, 998,
            "{fault:?}: two calls were made of five requests"
        );
    }
}

#[tokio::test]
async fn who_is_refused_by_a_breaker_hears_at_once_who_is_down_and_when_to_come_back() {
    let server = Management::always(Answer::Status(500)).await;
    let (store, _) = table::store(&server.url);
    for _ in 0..2 {
        let error = session(&store).await.unwrap_err();
        assert_eq!(retry_after(&error), None, "it was asked");
    }
    let error = session(&store).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
    assert_eq!(retry_after(&error), Some(Duration::from_secs(1)));
    assert!(format!("{error:?}").contains("dynamodb"), "{error:?}");
}

#[tokio::test]
async fn throttles_never_open_a_breaker_and_a_thousand_of_them_are_ten_retries() {
    let code = Answer::Refusal("ThrottlingException");
    let server = Management::always(code).await;
    let (store, meter) = table::store(&server.url);
    for _ in 0..1_000 {
        let error = session(&store).await.unwrap_err();
        assert!(matches!(error, StoreError::Throttled { .. }), "{error:?}");
    }
    assert_eq!(server.asked().len(), 1_010);
    let Trouble {
        failures,
        throttles,
        retries,
        refused,
    } = trouble(&meter, Downstream::DynamoDb);
    assert_eq!((failures, throttles, retries, refused), (0, 1_010, 10, 0));
}

#[tokio::test]
async fn a_failed_condition_is_neither_a_failure_nor_tried_again() {
    let code = Answer::Refusal("ConditionalCheckFailedException");
    let server = Management::always(code).await;
    let (store, meter) = table::store(&server.url);
    for _ in 0..50 {
        let new = connection("alice", "a1=");
        assert!(store.open(&new, false, NOW_MS).await.is_err());
    }
    assert_eq!(server.asked().len(), 50);
    assert!(meter.take_troubles().is_empty());
}

#[tokio::test]
async fn an_api_that_is_down_is_left_alone_and_another_is_still_posted_to() {
    let (down, well) = (
        Management::always(Answer::Status(500)).await,
        Management::answering(&[]).await,
    );
    let (sender, meter) = sender(&[(API, &down.url), (OTHER_API, &well.url)]);
    for _ in 0..1_000 {
        let error = post(&sender, API, "a=").await.unwrap_err();
        assert!(error.is_passing(), "it is left to the queue: {error}");
        post(&sender, OTHER_API, "b=").await.unwrap();
    }
    assert_eq!((down.asked().len(), well.asked().len()), (10, 1_000));
    let refused = trouble(&meter, Downstream::Connections).refused;
    assert_eq!(refused, 995, "five calls were made of ten requests");
}

#[tokio::test]
async fn dead_and_silent_receivers_never_keep_others_from_being_reached() {
    for fault in [Answer::Status(410), Answer::Status(429), Answer::Never] {
        let api = Management::deciding(move |request| {
            let is_dead = request.uri().path().contains("dead");
            if is_dead { fault } else { Answer::Status(200) }
        })
        .await;
        let (sender, meter) = sender(&[(API, &api.url)]);
        let dead = (0..100).map(|_| post(&sender, API, "dead"));
        let dead = timeout(SOON, join_all(dead)).await.unwrap();
        assert!(dead.iter().all(Result::is_err), "{fault:?}");
        for _ in 0..10 {
            post(&sender, API, "well").await.unwrap();
        }
        let Trouble {
            failures, refused, ..
        } = trouble(&meter, Downstream::Connections);
        assert_eq!((failures, refused), (0, 0), "{fault:?}");
    }
}

#[tokio::test]
async fn a_thousand_silent_receivers_are_posted_to_once_but_for_ten() {
    let api = Management::always(Answer::Never).await;
    let (sender, meter) = sender(&[(API, &api.url)]);
    let posts = (0..1_000).map(|_| post(&sender, API, "silent"));
    let posts = timeout(6 * SOON, join_all(posts)).await.unwrap();
    assert!(posts.iter().all(Result::is_err));
    assert_eq!(trouble(&meter, Downstream::Connections).retries, 10);
}

#[tokio::test]
async fn connections_that_are_refused_reset_or_cut_short_count_as_failures() {
    for server in [
        Misbehaving::gone(),
        Misbehaving::resetting().await,
        Misbehaving::cutting_short().await,
    ] {
        let (sender, meter) = sender(&[(API, &server.url)]);
        for _ in 0..100 {
            assert!(post(&sender, API, "a=").await.is_err());
        }
        let trouble = trouble(&meter, Downstream::Connections);
        assert_eq!((trouble.failures, trouble.refused), (10, 95), "{server:?}");
    }
}

#[tokio::test]
async fn a_queue_that_is_down_costs_few_requests_and_the_slices_are_not_taken() {
    for (fault, most) in [
        (Answer::Status(500), 5),
        (Answer::Never, 5),
        (Answer::Status(429), 110),
    ] {
        let server = Management::always(fault).await;
        let (queue, meter) = queue(&server.url);
        for _ in 0..100 {
            let sent = timeout(SOON, queue.send(&[slice()], 0, None))
                .await
                .unwrap();
            assert!(sent.iter().all(Result::is_err), "{fault:?}");
        }
        let asked = server.asked().len();
        assert!(asked <= most, "{fault:?}: {asked} requests");
        let is_open = trouble(&meter, Downstream::Sqs).refused > 0;
        assert_eq!(is_open, most == 5, "{fault:?}");
    }
}

#[tokio::test]
async fn an_issuer_that_is_down_is_asked_three_times_and_is_named() {
    for fault in [Answer::Status(500), Answer::Status(503)] {
        let server = Management::always(fault).await;
        let (surroundings, meter) = surroundings();
        let keys = HttpKeySource::of_issuer(&server.url, surroundings);
        let mut problem = String::new();
        for _ in 0..100 {
            problem = keys.fetch().await.unwrap_err().to_string();
        }
        assert_eq!(server.asked().len(), 3, "{fault:?}");
        assert!(problem.contains(&server.url), "{problem}");
        assert!(problem.contains("try again in 1000 ms"), "{problem}");
        assert!(trouble(&meter, Downstream::Jwks).refused > 90);
    }
}

#[tokio::test]
async fn an_empty_set_of_keys_is_no_answer() {
    let server = Misbehaving::answering(r#"{"keys": []}"#).await;
    let (surroundings, _) = surroundings();
    let keys = HttpKeySource::of_issuer(&server.url, surroundings);
    let error = keys.fetch().await.unwrap_err();
    assert!(error.to_string().contains("empty set"), "{error}");
}

#[tokio::test]
async fn an_issuer_that_trickles_its_answer_is_given_up_in_time() {
    let server = Misbehaving::trickling().await;
    let (surroundings, meter) = surroundings();
    let keys = HttpKeySource::of_issuer(&server.url, surroundings);
    let fetched = timeout(SOON, keys.fetch()).await.unwrap();
    assert!(fetched.is_err());
    assert!(trouble(&meter, Downstream::Jwks).failures > 0);
}

/// A publication to one channel over this table; the reply, and the report.
async fn published(table: &str) -> (Value, Report) {
    let (store, _) = table::store(table);
    let rooms = json!({"room": {"subscribe": "signedIn", "publish": "signedIn"}});
    let world = World::new(Rules {
        namespaces: serde_json::from_value(rooms).unwrap(),
        ..Rules::default()
    });
    let backend = Backend {
        store: Box::new(store),
        ..world.backend()
    };
    let service = Service::new(backend, Keys(None).verifier());
    let mut event = fixture("message-publish");
    event["body"] = json!({"action": "publish", "id": "1", "channel": "room:lobby", "data": 1})
        .to_string()
        .into();
    let event = parsed(event);
    let handled = timeout(SOON, service.handle(&event, world.moment())).await;
    let (reply, report) = handled.unwrap();
    let body = reply.unwrap().body.unwrap();
    (serde_json::from_str(&body).unwrap(), report)
}

#[tokio::test]
async fn a_frame_is_answered_in_time_and_told_when_to_come_back_whatever_the_table_does() {
    let throttling = Management::always(Answer::Refusal("ThrottlingException")).await;
    let failing = Management::always(Answer::Status(500)).await;
    let silent = Management::always(Answer::Never).await;
    let cases = [
        (
            &throttling,
            "more is asked of the service than it can do now: try again",
        ),
        (
            &failing,
            "something behind the service does not answer: try again",
        ),
        (
            &silent,
            "something behind the service does not answer: try again",
        ),
    ];
    for (server, message) in cases {
        let (reply, report) = published(&server.url).await;
        let expected = json!({
            "type": "error", "id": "1", "code": "unavailable", "message": message,
            "retryAfterMs": 1000, "fatal": false,
        });
        assert_eq!(reply, expected);
        assert_eq!(report.outcome, "unavailable");
        assert!(server.asked().len() <= 3);
    }
}

#[tokio::test]
async fn one_that_is_down_does_not_slow_another() {
    let issuer = Management::always(Answer::Never).await;
    let (registry_server, _) = table::dynoxide_behind_a_proxy().await;
    let (store, _) = table::store(&registry_server.endpoint);
    let (at, meter) = surroundings();
    let keys = HttpKeySource::of_issuer(&issuer.url, at);
    let waiting = tokio::spawn(async move { keys.fetch().await.is_err() });
    let began = timeout(Duration::from_secs(1), async {
        for _ in 0..20 {
            session(&store).await.unwrap();
        }
    });
    began
        .await
        .unwrap_or_else(|_| panic!("the table waits for the issuer"));
    assert!(timeout(SOON, waiting).await.unwrap().unwrap());
    let troubles = meter.take_troubles();
    assert_eq!(troubles.keys().collect::<Vec<_>>(), [&Downstream::Jwks]);
}
