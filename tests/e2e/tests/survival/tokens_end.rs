//! Tokens end while their clients are connected.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tidegate_client::{Token, TokenError, TokenReason};
use tidegate_e2e::{PATIENCE, Stack, eventually};

use crate::log::Log;
use crate::party::{Party, quick};
use crate::plain::Plain;
use crate::scene::{CHANNEL, alone, joined, keep_promise, options};
use crate::tokens::Tokens;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_ends_is_renewed_on_the_live_connection_or_after_it_and_nothing_is_lost() {
    let _alone = alone().await;
    let stack = Stack::start(options()).await;
    let tokens = Tokens::of_stack(&stack);
    let short = tokens.lives_s(20);
    let alice = Party::join("alice", stack.url(), CHANNEL, &short);
    // His application has no token for him for a while: the one that he has ends meanwhile.
    let (has_tokens, asked) = (
        Arc::new(AtomicBool::new(true)),
        Arc::new(AtomicUsize::new(0)),
    );
    let (gives, counts, of_bob) = (
        Arc::clone(&has_tokens),
        Arc::clone(&asked),
        tokens.lives_s(12),
    );
    let provider = move |_: TokenReason| {
        counts.fetch_add(1, Ordering::Relaxed);
        let (gives, tokens) = (gives.load(Ordering::Relaxed), of_bob.clone());
        async move {
            if gives {
                Ok(Token::new(tokens.of("bob").await))
            } else {
                Err(TokenError::Unavailable)
            }
        }
    };
    let bob = Party::with("bob", stack.url(), CHANNEL, provider, quick());
    let carol = Plain::join("carol", stack.url(), CHANNEL, tokens.lives_s(8));
    let logs: [&Log; 3] = [&alice.log, &bob.log, &carol.log];
    joined(&logs).await;
    has_tokens.store(false, Ordering::Relaxed);
    let lapses = async {
        while bob.is_online() {
            alice.publish();
            carol.publish();
            eventually("the answers", || async {
                (alice.log.unanswered() + carol.log.unanswered() == 0).then_some(())
            })
            .await;
        }
    };
    tokio::time::timeout(PATIENCE, lapses).await.unwrap();
    bob.publish();
    eventually("that he asks for another one, and again", || async {
        (asked.load(Ordering::Relaxed) >= 3).then_some(())
    })
    .await;
    assert!(!bob.is_online());
    has_tokens.store(true, Ordering::Relaxed);
    eventually("his return", || async { bob.is_online().then_some(()) }).await;
    // She renews hers as it goes on: on the connection that she has.
    eventually("her new token", || async {
        let refreshed = stack.reports("refresh");
        let session = alice.client.session().as_str();
        let own = refreshed.iter().find(|it| it["session"] == session)?;
        (own["outcome"] == "ok").then_some(())
    })
    .await;
    let connects = stack.reports("$connect");
    let session = alice.client.session().as_str();
    let own = connects.iter().filter(|it| it["session"] == session);
    assert_eq!(own.count(), 1, "{connects:?}");
    keep_promise(&stack, &logs).await;
    drop((alice, bob, carol));
    stack.stop().await;
}
