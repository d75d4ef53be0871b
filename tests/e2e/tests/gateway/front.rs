//! A distribution before the gateway: the same handshakes, but for what CloudFront does to them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use http::Method;
use serde_json::Value;
use tidegate_e2e::{Client, call, eventually};
use tidegate_local_cloud::clock::Clock;
use tidegate_local_cloud::faults::Faults;
use tidegate_local_cloud::limits::Limits;
use tidegate_local_cloud::selection::SelectionExpression;
use tidegate_local_cloud::system::{
    Comparison, Deployment, Distribution, Field, OriginHeaders, RuleAction, Stage, Statement,
    Throttle, WebAcl, WebAclRule, WebSocketApi,
};
use tidegate_local_gateway::{Gateway, GatewayOptions};
use tidegate_local_metrics::Metrics;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::bench::{Bench, EXECUTION_ARN, Plan, signed};

const ORIGIN: &str = "abc.execute-api.eu-central-1.amazonaws.com";

fn distribution(web_acl: Option<WebAcl>) -> Distribution {
    Distribution {
        id: "E1".to_owned(),
        domain_name: String::new(),
        api_id: "abc".to_owned(),
        origin_host: ORIGIN.to_owned(),
        origin_path: "/dev".to_owned(),
        origin_headers: OriginHeaders(vec![("X-Origin-Verify".to_owned(), "secret".to_owned())]),
        allowed_methods: vec!["GET".to_owned(), "HEAD".to_owned()],
        web_acl,
    }
}

fn acl(statement: Statement) -> WebAcl {
    WebAcl {
        name: "acl".to_owned(),
        blocks_by_default: false,
        rules: vec![WebAclRule {
            name: "rule".to_owned(),
            statement,
            action: RuleAction::Block,
        }],
    }
}

/// Serves a distribution before a gateway until the returned guard is dropped: the address, and the guard.
async fn front(
    gateway: &Gateway,
    web_acl: Option<WebAcl>,
) -> (String, tokio_util::sync::DropGuard) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let shutdown = CancellationToken::new();
    let front = gateway.front(distribution(web_acl));
    let until = shutdown.clone();
    tokio::spawn(async move { front.serve(listener, until).await });
    (address, shutdown.drop_guard())
}

/// The events of the `$connect`s, once there are so many.
async fn connects(bench: &Bench, count: usize) -> Vec<Value> {
    eventually("the connects", || async {
        let lines = bench.lines();
        let events = lines
            .iter()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|event| event["requestContext"]["eventType"] == "CONNECT");
        let events: Vec<_> = events.collect();
        (events.len() >= count).then_some(events)
    })
    .await
}

#[tokio::test]
async fn a_handshake_through_it_has_its_headers_whatever_the_client_sent() {
    let bench = Plan::new().connect("event").serve().await;
    let (address, _serving) = front(&bench.gateway, None).await;
    let forged = [
        ("x-origin-verify", "forged"),
        ("X-Forwarded-For", "198.51.100.9"),
        ("x-edge-location", "forged"),
        ("x-amz-cf-id", "forged"),
        ("x-mine", "kept"),
    ];
    let url = format!("ws://{address}/?room_id=lobby");
    let _through = Client::connect(&url, &forged).await.unwrap();
    let _direct = bench.handshake(&forged).await.unwrap();
    let events = connects(&bench, 2).await;
    let (through, direct) = (&events[0], &events[1]);

    let headers = &through["headers"];
    assert_eq!(headers["X-Origin-Verify"], "secret");
    assert_eq!(
        through["multiValueHeaders"]["X-Origin-Verify"],
        serde_json::json!(["secret"])
    );
    assert_eq!(headers["Host"], ORIGIN);
    assert_eq!(headers["X-Mine"], "kept");
    assert_eq!(headers.get("X-Edge-Location"), None);
    assert_ne!(headers["X-Amz-Cf-Id"], "forged");
    assert!(headers["Via"].as_str().unwrap().ends_with("(CloudFront)"));
    // The viewer, as CloudFront saw it, and then CloudFront, as the gateway saw it.
    assert_eq!(
        headers["X-Forwarded-For"],
        "198.51.100.9, 127.0.0.1, 127.0.0.1"
    );
    assert_eq!(through["requestContext"]["domainName"], ORIGIN);
    assert_eq!(through["requestContext"]["stage"], "dev");
    assert_eq!(through["queryStringParameters"]["room_id"], "lobby");

    assert_eq!(direct["headers"]["X-Origin-Verify"], "forged");
    assert_eq!(
        direct["headers"]["X-Forwarded-For"],
        "198.51.100.9, 127.0.0.1"
    );
    bench.stop().await;
}

#[tokio::test]
async fn frames_and_refusals_are_those_of_the_gateway() {
    let bench = Plan::new()
        .connect(r#"raw:{"statusCode":403}"#)
        .serve()
        .await;
    let (address, _serving) = front(&bench.gateway, None).await;
    let Err(refusal) = Client::connect(&format!("ws://{address}/"), &[]).await else {
        panic!("the handshake was not refused")
    };
    assert_eq!(refusal.status, 403);
    bench.stop().await;

    let bench = Plan::new().two_way("echo").serve().await;
    let (address, _serving) = front(&bench.gateway, None).await;
    let mut client = Client::connect(&format!("ws://{address}"), &[])
        .await
        .unwrap();
    client.send(r#"{"action":"echo"}"#).await;
    assert_eq!(client.receive_text().await, r#"{"action":"echo"}"#);
    // The stage's name is not a path here: the origin's own path comes before every path.
    let Err(refusal) = Client::connect(&format!("ws://{address}/dev"), &[]).await else {
        panic!("there is no such path")
    };
    assert_eq!(refusal.status, 403);
    bench.stop().await;
}

#[tokio::test]
async fn the_management_api_is_not_to_be_had_through_it() {
    let bench = Plan::new().two_way("echo").serve().await;
    let (address, _serving) = front(&bench.gateway, None).await;
    let (_client, id) = bench.known_client().await;
    let url = format!(
        "http://{address}/@connections/{}",
        crate::bench::encoded(&id)
    );
    let signature = signed();
    let headers = [("authorization", signature.as_str())];
    let answer = call(Method::GET, &url, &headers, "").await.unwrap();
    assert_eq!(answer.status, 403);
    assert!(answer.body.contains("signature"), "{}", answer.body);
    let answer = call(Method::POST, &url, &headers, "hi").await.unwrap();
    assert_eq!(answer.status, 403);
    assert_eq!(answer.headers["server"], "CloudFront");
    bench.stop().await;
}

#[tokio::test]
async fn what_the_web_acl_blocks_reaches_nothing() {
    let bench = Plan::new().connect("event").serve().await;
    let long = Statement::Size {
        field: Field::QueryString,
        comparison: Comparison::Gt,
        bytes: 20,
    };
    let (address, _serving) = front(&bench.gateway, Some(acl(long))).await;
    let url = |query: &str| format!("ws://{address}/?{query}");
    let Err(refusal) = Client::connect(&url("room_id=aaaaaaaaaaaaaaaaaaaa"), &[]).await else {
        panic!("the handshake was not blocked")
    };
    assert_eq!(refusal.status, 403);
    assert!(refusal.body.contains("Request blocked."), "{refusal:?}");
    let _let_in = Client::connect(&url("room_id=a"), &[]).await.unwrap();
    assert_eq!(connects(&bench, 1).await.len(), 1);
    bench.stop().await;
}

/// A clock that stands where it is put.
#[derive(Debug, Default)]
struct Standing(AtomicU64);

#[async_trait]
impl Clock for Standing {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    async fn sleep_until(&self, _at_ms: u64) {
        std::future::pending::<()>().await;
    }
}

#[tokio::test]
async fn an_address_that_floods_is_blocked_and_let_in_again_when_the_window_has_passed() {
    let clock = Arc::new(Standing::default());
    let plenty = Throttle {
        rate: 1_000.0,
        burst: 1_000.0,
    };
    let stage = Stage {
        name: "dev".to_owned(),
        execution_arn: EXECUTION_ARN.to_owned(),
        deployment: Arc::new(Deployment {
            id: "d1".to_owned(),
            selection: SelectionExpression::parse("$request.body.action").unwrap(),
            routes: BTreeMap::new(),
        }),
        throttle: plenty,
        route_throttles: BTreeMap::new(),
        detailed_metrics: false,
        variables: BTreeMap::new(),
    };
    let gateway = Gateway::new(
        WebSocketApi {
            id: "abc".to_owned(),
            name: "test".to_owned(),
            endpoint: String::new(),
            stages: BTreeMap::from([("dev".to_owned(), stage)]),
        },
        GatewayOptions {
            functions: HashMap::new(),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            limits: Limits::default(),
            faults: Faults::none(),
            access_key_id: String::new(),
            seed: 7,
            metrics: Metrics::new(Arc::clone(&clock) as Arc<dyn Clock>),
        },
    );
    let rate = Statement::Rate {
        limit: 10,
        window_s: 60,
    };
    let (address, _serving) = front(&gateway, Some(acl(rate))).await;
    let url = format!("ws://{address}/");
    let let_in = async || Client::connect(&url, &[]).await.is_ok();
    for _ in 0..20 {
        assert!(let_in().await, "WAF looks every ten seconds");
    }
    clock.0.store(10_000, Ordering::Relaxed);
    assert!(!let_in().await);
    clock.0.store(70_000, Ordering::Relaxed);
    assert!(let_in().await);
}
