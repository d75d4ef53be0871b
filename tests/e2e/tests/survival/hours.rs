//! Hours pass: the gateway ends each connection after two.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;
use tidegate_client::{Config, State};
use tidegate_e2e::{Stack, StackOptions};
use tidegate_local_cloud::limits::Limits;

use crate::log::Log;
use crate::party::Party;
use crate::plain::Plain;
use crate::scene::{CHANNEL, alone, joined, keep_promise, options, wire};
use crate::time::Time;
use crate::tokens::Tokens;

const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);

fn join(name: &str, url: &str, tokens: &Tokens) -> Party {
    let (tokens, user) = (tokens.clone(), name.to_owned());
    let provider = move |_: tidegate_client::TokenReason| {
        let (tokens, user) = (tokens.clone(), user.clone());
        async move { Ok(tidegate_client::Token::new(tokens.of(&user).await)) }
    };
    // Everything as by default, but that a frame takes more of this time than of any other.
    let mut config = Config::default();
    config.pong_timeout_ms = 60_000;
    config.request_timeout_ms = 60_000;
    Party::with(name, url, CHANNEL, provider, config)
}

/// The connections that were made in a session so far.
fn connects(stack: &Stack, party: &Party) -> usize {
    let session = party.client.session().as_str();
    let reports = stack.reports("$connect");
    let own = |report: &&Value| report["session"] == session && report["outcome"] == "ok";
    reports.iter().filter(own).count()
}

/// Whether a client was ever not connected since now.
fn watch(party: &Party) -> Arc<AtomicBool> {
    let broke = Arc::new(AtomicBool::new(false));
    let note = Arc::clone(&broke);
    let mut states = party.client.state();
    tokio::spawn(async move {
        while states.changed().await.is_ok() {
            let online = *states.borrow_and_update() == State::Online;
            note.fetch_or(!online, Ordering::Relaxed);
        }
    });
    broke
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hours_and_more_pass_and_nothing_is_lost_with_a_hand_over_and_without() {
    let _alone = alone().await;
    let time = Time::begin().await;
    let mut limits = Limits::default();
    // Functions say by the machine's clock how long an item lives, and would have it removed at once.
    limits.ttl_delay_ms = 24 * 3600 * 1000;
    // A process takes more of this time than of any other, too.
    limits.invocation_wait_ms = 10 * 60 * 1000;
    let stack = Stack::start(StackOptions {
        clock: Some(time.clock()),
        limits,
        ..options()
    })
    .await;
    let (wire, tokens) = (wire(&stack).await, Tokens::of_stack(&stack));
    let alice = time.within(|| join("alice", stack.url(), &tokens));
    // He cannot hand over: no second connection comes through.
    let bob = time.within(|| join("bob", &wire.url(stack.url()), &tokens));
    let carol = Plain::join("carol", stack.url(), CHANNEL, tokens.clone());
    let logs: [&Log; 3] = [&alice.log, &bob.log, &carol.log];
    joined(&logs).await;
    wire.accept(false);
    let broke = watch(&alice);
    for turn in 0..(2 * HOUR + 20 * MINUTE).as_secs() / (5 * 60) {
        alice.publish();
        carol.publish();
        // What he says in the moment in which his connection ends may have no answer for as long as he tries.
        let ends_now = turn * 5 * 60 == (2 * HOUR).as_secs();
        if bob.is_online() && !ends_now {
            bob.publish();
        }
        time.pass(&stack, 5 * MINUTE).await;
        if !bob.is_online() {
            wire.accept(true);
        }
    }
    time.until(&stack, "his return", || bob.is_online().then_some(()))
        .await;
    assert!(connects(&stack, &alice) >= 2, "she has handed over");
    assert!(!broke.load(Ordering::Relaxed), "and was always connected");
    assert!(connects(&stack, &bob) >= 2, "his connection has ended");
    // Their timers go by this time, which has to go on for them to find what they miss.
    time.until(&stack, "all publications", || {
        let newest = logs.map(Log::newest);
        let unanswered: u64 = logs.iter().map(|log| log.unanswered()).sum();
        (unanswered == 0 && newest.iter().all(|it| *it == newest[0])).then_some(())
    })
    .await;
    keep_promise(&stack, &logs).await;
    drop((alice, bob, carol));
    stack.stop().await;
}
