//! Frames: what comes back, and that the socket stays whatever happens to a function.

use std::collections::BTreeSet;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tidegate_e2e::{Client, eventually};
use tidegate_local_cloud::system::{Integration, Throttle};
use tidegate_local_cloud::template::Template;

use crate::bench::{Bench, Plan, assert_error_frame, forbidden, function, within};

const INTERNAL: &str = "Internal server error";

/// A bench whose `$default` answers, and whose `$default` function is `$default`.
async fn answering() -> (Bench, Client) {
    let bench = Plan::new().two_way("$default").serve().await;
    let client = bench.client().await;
    (bench, client)
}

async fn still_answers(client: &mut Client) {
    client.send("hello").await;
    assert_eq!(client.receive_text().await, "hello");
}

#[tokio::test]
async fn a_frame_without_a_route_is_forbidden_and_the_socket_stays() {
    let bench = Plan::new().two_way("known").serve().await;
    let mut client = bench.client().await;
    for frame in [
        r#"{"action":"unknown"}"#,
        r#"{"action":"$connect"}"#,
        r#"{"action":["known"]}"#,
        r#"{}"#,
        "no json",
    ] {
        client.send(frame).await;
        assert_error_frame(&client.receive_text().await, "Forbidden");
    }
    client.send(r#"{"action":"known"}"#).await;
    assert_eq!(client.receive_text().await, r#"{"action":"known"}"#);
    bench.stop().await;
}

#[tokio::test]
async fn a_function_that_fails_is_an_internal_server_error_and_the_next_frame_works() {
    let (bench, mut client) = answering().await;
    for frame in [
        "crash",
        "abort",
        "panic",
        "error:Some.Type:some message",
        "error:Error:Unauthorized",
        // More than Lambda takes as a response, and more than a message may have.
        "big:6400000",
        "big:131073",
        // No proxy answers.
        "raw:null",
        "raw:7",
        r#"raw:"text""#,
        r#"raw:{"body":"no status"}"#,
        r#"raw:{"statusCode":200,"body":{"no":"text"}}"#,
    ] {
        client.send(frame).await;
        assert_error_frame(&client.receive_text().await, INTERNAL);
        still_answers(&mut client).await;
    }
    bench.stop().await;
}

#[tokio::test]
async fn an_answer_may_have_128_kilobytes() {
    let (bench, mut client) = answering().await;
    client.send("big:131072").await;
    assert_eq!(client.receive_text().await.len(), 131_072);
    bench.stop().await;
}

#[tokio::test]
async fn a_process_that_is_killed_in_mid_invocation_is_an_error_at_once() {
    let (bench, mut client) = answering().await;
    client.send("hold").await;
    let holder = Pid::from_raw(bench.holder().await).unwrap();
    kill_process(holder, Signal::KILL).unwrap();
    assert_error_frame(&client.receive_text().await, INTERNAL);
    still_answers(&mut client).await;
    assert_eq!(bench.function("$default").stats().errors, 1);
    bench.stop().await;
}

#[tokio::test]
async fn a_function_beyond_its_own_time_is_an_internal_server_error() {
    let bench = Plan::new()
        .two_way("$default")
        .with_function("$default", |spec| {
            spec.timeout = Duration::from_millis(300);
        })
        .serve()
        .await;
    let mut client = bench.client().await;
    client.send("hold").await;
    assert_error_frame(&client.receive_text().await, INTERNAL);
    bench.stop().await;
}

#[tokio::test]
async fn an_integration_beyond_its_time_is_a_timeout_and_the_function_goes_on() {
    let bench = Plan::new()
        .misbehaving("slow", "")
        .route("$default", Some(within("slow", 100)), true)
        .two_way("known")
        .serve()
        .await;
    let mut client = bench.client().await;
    client.send("hold").await;
    assert_error_frame(&client.receive_text().await, "Endpoint request timed out");
    bench.holder().await;
    let stats = bench.function("slow").stats();
    assert_eq!((stats.busy, stats.errors), (1, 0), "{stats:?}");
    client.send(r#"{"action":"known"}"#).await;
    assert_eq!(client.receive_text().await, r#"{"action":"known"}"#);

    client.send("sleep:600").await;
    assert_error_frame(&client.receive_text().await, "Endpoint request timed out");
    eventually("the end of what slept", || async {
        let stats = bench.function("slow").stats();
        (stats.invocations == 2 && stats.idle == 1 && stats.errors == 0).then_some(())
    })
    .await;
    bench.stop().await;
}

#[tokio::test]
async fn a_one_way_route_gives_no_reply_but_tells_errors() {
    let bench = Plan::new()
        .misbehaving("one-way", "")
        .route("$default", Some(function("one-way")), false)
        .two_way("known")
        .serve()
        .await;
    let mut client = bench.client().await;
    client.send("stdout:an answer").await;
    eventually("the invocation's end", || async {
        let stats = bench.function("one-way").stats();
        (stats.invocations == 1 && stats.idle == 1).then_some(())
    })
    .await;
    // Whatever would have come of the first comes before.
    client.send(r#"{"action":"known"}"#).await;
    assert_eq!(client.receive_text().await, r#"{"action":"known"}"#);
    client.send("crash").await;
    assert_error_frame(&client.receive_text().await, INTERNAL);
    bench.stop().await;
}

#[tokio::test]
async fn an_empty_body_or_none_is_no_reply() {
    let (bench, mut client) = answering().await;
    client.send(r#"raw:{"statusCode":200,"body":""}"#).await;
    client.send(r#"raw:{"statusCode":200}"#).await;
    eventually("the invocations' ends", || async {
        let stats = bench.function("$default").stats();
        (stats.invocations == 2 && stats.busy == 0 && stats.queued == 0).then_some(())
    })
    .await;
    still_answers(&mut client).await;
    bench.stop().await;
}

#[tokio::test]
async fn a_mock_answers_with_its_template_only_where_the_route_answers() {
    let mock = |status| {
        Some(Integration::Mock {
            status,
            response: Some(
                Template::parse(
                    r#"{"type":"pong","route":"$context.routeKey","at":$context.requestTimeEpoch}"#,
                )
                .unwrap(),
            ),
        })
    };
    let bench = Plan::new()
        .route("ping", mock(200), true)
        .route("silent", mock(200), false)
        .route("broken", mock(500), true)
        .serve()
        .await;
    let mut client = bench.client().await;
    client.send(r#"{"action":"silent"}"#).await;
    client.send(r#"{"action":"ping"}"#).await;
    let pong = client.receive().await;
    assert_eq!(
        (&pong["type"], &pong["route"]),
        (&"pong".into(), &"ping".into())
    );
    assert!(pong["at"].as_u64().is_some_and(|at| at > 1_700_000_000_000));
    client.send(r#"{"action":"broken"}"#).await;
    assert_error_frame(&client.receive_text().await, INTERNAL);
    bench.stop().await;
}

#[tokio::test]
async fn a_route_that_can_invoke_nothing_is_an_internal_server_error() {
    let bench = Plan::new()
        .route("empty", None, true)
        .misbehaving("there", "")
        .route("not-permitted", Some(forbidden("there")), true)
        .route("missing", Some(function("not-there")), true)
        .serve()
        .await;
    let mut client = bench.client().await;
    for action in ["empty", "not-permitted", "missing"] {
        client.send(format!(r#"{{"action":"{action}"}}"#)).await;
        assert_error_frame(&client.receive_text().await, INTERNAL);
    }
    assert_eq!(bench.function("there").stats().invocations, 0);
    bench.stop().await;
}

#[tokio::test]
async fn frames_of_one_connection_run_in_parallel_up_to_the_limit() {
    let bench = Plan::new()
        .two_way("$default")
        .with_function("$default", |spec| spec.max_processes = 8)
        .limits(|limits| limits.frames_in_flight = 3)
        .serve()
        .await;
    let mut client = bench.client().await;
    let function = bench.function("$default");
    for _ in 0..5 {
        client.send("hold").await;
    }
    client.send("last").await;
    let holders = || {
        let lines = bench.lines();
        let pids = lines
            .iter()
            .filter_map(|line| line.strip_prefix("holding "));
        pids.map(|pid| pid.parse::<i32>().unwrap())
            .collect::<BTreeSet<_>>()
    };
    for killed in 0..5_usize {
        let running = (5 - killed).min(3);
        let pids = eventually("as many as may run", || async {
            let pids = holders();
            (pids.len() == killed + running).then_some(pids)
        })
        .await;
        if killed < 3 {
            assert_eq!(function.stats().invocations, 3 + killed as u64);
        }
        // The oldest of those that run: all before are dead.
        let alive =
            |pid: &&i32| rustix::process::test_kill_process(Pid::from_raw(**pid).unwrap()).is_ok();
        let pid = *pids.iter().find(alive).unwrap();
        kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
        let mut frame = client.receive_text().await;
        if frame == "last" {
            frame = client.receive_text().await;
        }
        assert_error_frame(&frame, INTERNAL);
    }
    bench.stop().await;
}

#[tokio::test]
async fn all_replies_come_in_whatever_order() {
    let (bench, mut client) = answering().await;
    let sent: BTreeSet<String> = (0..200).map(|number| format!("frame {number}")).collect();
    for frame in &sent {
        client.send(frame.clone()).await;
    }
    let mut received = BTreeSet::new();
    for _ in 0..sent.len() {
        received.insert(client.receive_text().await);
    }
    assert_eq!(received, sent);
    bench.stop().await;
}

#[tokio::test]
async fn a_throttled_route_gives_an_error_frame_and_others_go_on() {
    let mut plan = Plan::new().two_way("$default").two_way("rare");
    let none = Throttle {
        rate: 0.0,
        burst: 0.0,
    };
    plan.route_throttles.insert("rare".to_owned(), none);
    let bench = plan.serve().await;
    let mut client = bench.client().await;
    client.send(r#"{"action":"rare"}"#).await;
    assert_error_frame(&client.receive_text().await, "Too Many Requests");
    still_answers(&mut client).await;
    assert_eq!(bench.function("rare").stats().invocations, 0);
    bench.stop().await;
}

#[tokio::test]
async fn the_least_function_echoes() {
    let bench = Plan::new()
        .two_way("$default")
        .with_function("$default", |spec| {
            spec.binary = tidegate_e2e::binary("tidegate-noop");
        })
        .serve()
        .await;
    let mut client = bench.client().await;
    still_answers(&mut client).await;
    bench.stop().await;
}
