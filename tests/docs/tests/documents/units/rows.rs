//! The lines of the table, each measured.

use tidegate_aws::Units;
use tidegate_contract_tests::samples::{
    self, EXPIRES_AT, ISSUED_AT, NOW_MS, connection, connection_in,
};
use tidegate_core::broker::{Author, Which};
use tidegate_core::connection::Subscriber;
use tidegate_core::history::{Draft, Known, append};
use tidegate_core::limits::{Rate, Spender, spend};
use tidegate_core::protocol::{Bound, GoodbyeReason};
use tidegate_core::rights::Rights;
use tidegate_core::store::{Histories, Sessions, Subscriptions, Ticket, Tickets};

use super::Row;
use super::bench::{Bench, named};

/// How many of something are measured, to tell what each costs.
const SOME: [usize; 3] = [1, 2, 4];

pub(super) async fn all() -> Vec<Row> {
    let mut rows = connections().await;
    rows.extend(subscriptions().await);
    rows.extend(publications().await);
    rows.extend(readings().await);
    rows.extend(rights_and_limits().await);
    rows.extend(presence().await);
    rows
}

async fn connections() -> Vec<Row> {
    let bench = Bench::new().await;
    let mut rows = Vec::new();
    let broker = bench.broker();
    broker.connect(&connection("alice", "a=")).await.unwrap();
    rows.push(Row::fixed("connect", bench.spent()));
    let new = connection_in("bob", "b=", "plain:lobby", false);
    let join = broker.join_of(named("plain:lobby"), &new.connection).await;
    assert_eq!(join.unwrap(), new.joins.clone().unwrap());
    broker.connect(&new).await.unwrap();
    rows.push(Row::fixed("connect with `room_id`", bench.spent()));

    let ticket = Ticket {
        rights: connection("alice", "a=").rights,
        valid_until: EXPIRES_AT,
    };
    bench.store.put_ticket("digest", &ticket).await.unwrap();
    rows.push(Row::fixed("`POST /ticket`", bench.spent()));
    bench.store.take_ticket("digest").await.unwrap().unwrap();
    let taken = bench.spent();
    broker.connect(&connection("carol", "c=")).await.unwrap();
    let with_ticket = sum(taken, bench.spent());
    rows.push(Row::fixed("connect with a ticket", with_ticket));

    let mut limited = Bench::new().await;
    limited.rules.limits.connections_per_user = Some(3);
    let new = connection("alice", "a=");
    limited.broker().connect(&new).await.unwrap();
    let operation = "connect where `limits.connectionsPerUser` is set";
    rows.push(Row::fixed(operation, limited.spent()));

    let mut measured = [Units::default(); 3];
    for (channels, units) in SOME.into_iter().zip(&mut measured) {
        let user = format!("user-{channels}");
        let caller = bench.joined(&user, channels).await;
        let broker = bench.broker();
        broker
            .disconnect(&caller.key, &caller.connection)
            .await
            .unwrap();
        *units = bench.spent();
    }
    rows.push(Row::linear("disconnect", "subscription", measured));
    rows
}

async fn subscriptions() -> Vec<Row> {
    let bench = Bench::new().await;
    let mut rows = Vec::new();
    let alice = bench.caller("alice").await;
    bench.store.session(&alice.key).await.unwrap();
    let operation = "every frame but `ping`, before what it asks for";
    rows.push(Row::fixed(operation, bench.spent()));
    let lobby = named("plain:lobby");
    bench
        .broker()
        .subscribe(&alice, &lobby, None)
        .await
        .unwrap();
    rows.push(Row::fixed("`subscribe`", bench.spent()));
    let alice = bench.known(&connection("alice", "alice=")).await;
    bench.broker().unsubscribe(&alice, &lobby).await.unwrap();
    rows.push(Row::fixed("`unsubscribe`", bench.spent()));
    bench
        .publish(Author::Server, "kept:a", "1", (None, "p1"))
        .await;
    let _ = bench.spent();
    let kept = named("kept:a");
    let joined = bench.broker().subscribe(&alice, &kept, None).await.unwrap();
    rows.push(Row::fixed("`subscribe`, with a history", bench.spent()));
    let since = joined.position;
    let again = bench
        .broker()
        .subscribe(&alice, &kept, since)
        .await
        .unwrap();
    assert_eq!(again.recovered, Some(true));
    let operation = "`subscribe` with `since`, and nothing was missed";
    rows.push(Row::fixed(operation, bench.spent()));
    for number in 0..20 {
        let id = format!("m{number}");
        bench
            .publish(Author::Server, "kept:a", "1", (None, &id))
            .await;
    }
    let _ = bench.spent();
    let again = bench
        .broker()
        .subscribe(&alice, &kept, since)
        .await
        .unwrap();
    assert_eq!(again.publications.len(), 20);
    let operation = "`subscribe` with `since`, and 20 small publications were missed";
    rows.push(Row::fixed(operation, bench.spent()));
    rows
}

async fn publications() -> Vec<Row> {
    let bench = Bench::new().await;
    let mut rows = Vec::new();
    let alice = bench.caller("alice").await;
    let author = Author::Caller(&alice);
    bench.publish(author, "plain:a", "1", (None, "p1")).await;
    let operation = "`publish` without a history, to 20 receivers or fewer";
    rows.push(Row::fixed(operation, bench.spent()));
    bench.publish(author, "slow:a", "1", (None, "p2")).await;
    let operation = "`publish`, where the namespace declares a rate";
    rows.push(Row::fixed(operation, bench.spent()));
    bench
        .publish(author, "plain:a", "1", (Some("k1"), "p3"))
        .await;
    rows.push(Row::fixed("`publish` with a `key`", bench.spent()));
    bench.publish(author, "kept:a", "1", (None, "p4")).await;
    let operation = "`publish` with a history, the first of an epoch";
    rows.push(Row::fixed(operation, bench.spent()));
    bench.publish(author, "kept:a", "1", (None, "p5")).await;
    rows.push(Row::fixed("`publish` with a history", bench.spent()));
    let keyed = bench
        .publish(author, "kept:a", "1", (Some("k2"), "p6"))
        .await;
    let operation = "`publish` with a history and a `key`";
    rows.push(Row::fixed(operation, bench.spent()));
    let again = bench
        .publish(author, "kept:a", "1", (Some("k2"), "p7"))
        .await;
    assert!(again.duplicate && again.position == keyed.position);
    rows.push(Row::fixed("the same sent again", bench.spent()));

    // Below a kilobyte of data, and that of some more: the item has a few dozen bytes of its own.
    let mut measured = [Units::default(); 3];
    for (kilobytes, units) in SOME.into_iter().zip(&mut measured) {
        let data = format!("\"{}\"", "x".repeat(kilobytes * 1024 - 512));
        let id = format!("k{kilobytes}");
        bench.publish(author, "kept:b", "1", (None, "seal")).await;
        let _ = bench.spent();
        bench.publish(author, "kept:b", &data, (None, &id)).await;
        *units = bench.spent();
        // What was read to find the end is as large as what was published last.
        units.read = 0.0;
    }
    let mut larger = Row::linear(
        "the item of a publication with a history, by its length",
        "KB",
        measured,
    );
    larger.reads.fixed = 0.0;
    rows.push(larger);
    rows.push(Row::fixed(
        "each other writer that was faster",
        collision(&bench).await,
    ));

    for (receivers, operation) in [
        (100, "`publish` without a history, to 100 receivers"),
        (1_000, "`publish` without a history, to 1,000 receivers"),
    ] {
        let bench = Bench::new().await;
        let channel = named("plain:a");
        for number in 0..receivers {
            let row = subscriber(number);
            bench.store.put_subscription(&channel, &row).await.unwrap();
        }
        let _ = bench.spent();
        bench
            .publish(Author::Server, "plain:a", "1", (None, "p"))
            .await;
        rows.push(Row::fixed(operation, bench.spent()));
    }
    rows
}

/// With ids as long as those of Cognito's users and of the Rust client's sessions are.
fn subscriber(number: u32) -> Subscriber {
    let new = connection(
        &format!("6f1a2b3c-4d5e-6f70-8192-{number:012}"),
        &format!("RYGzEcSNvH{number:05}="),
    );
    let mut row = samples::subscriber(&new);
    row.key.session = format!("3f7c9a1b2d4e6f8091a2b3c4{number:08}");
    row
}

/// What it costs more to append after somebody was faster.
async fn collision(bench: &Bench) -> Units {
    let channel = named("kept:c");
    let rules = bench
        .rules
        .namespaces
        .of(&channel)
        .unwrap()
        .history
        .unwrap();
    let draft = |publication_id| Draft {
        publication_id,
        user: Some("alice"),
        data: "1",
    };
    let put = async |id, known| {
        let put = append(&bench.store, &channel, draft(id), &rules, known, NOW_MS);
        put.await.unwrap()
    };
    put("p1", Known::Nothing).await;
    let head = bench.store.head(&channel).await.unwrap();
    put("p2", Known::Head(head.clone())).await;
    let newer = bench.store.head(&channel).await.unwrap();
    let _ = bench.spent();
    assert_eq!(put("p3", Known::Head(newer)).await.collisions, 0);
    let undisturbed = bench.spent();
    assert_eq!(put("p4", Known::Head(head)).await.collisions, 1);
    let disturbed = bench.spent();
    Units {
        read: disturbed.read - undisturbed.read,
        write: disturbed.write - undisturbed.write,
    }
}

async fn readings() -> Vec<Row> {
    let bench = Bench::new().await;
    let mut rows = Vec::new();
    let alice = bench.caller("alice").await;
    let kept = named("kept:a");
    bench.broker().subscribe(&alice, &kept, None).await.unwrap();
    for number in 0..60 {
        let id = format!("0193f0c2-0000-7000-8000-{number:012}");
        let data = r#"{"text":"a small publication, about as long as one line of a chat"}"#;
        bench
            .publish(Author::Server, "kept:a", data, (None, &id))
            .await;
    }
    let alice = bench.known(&connection("alice", "alice=")).await;
    let broker = bench.broker();
    let page = broker.history(Some(&alice), &kept, Bound::Newest, 50).await;
    assert_eq!(page.unwrap().publications.len(), 50);
    rows.push(Row::fixed(
        "`history`, a page of 50 small publications",
        bench.spent(),
    ));
    let mut measured = [Units::default(); 3];
    for (channels, units) in SOME.into_iter().zip(&mut measured) {
        let user = format!("user-{channels}");
        let caller = bench.caller(&user).await;
        let names: Vec<_> = (0..channels)
            .map(|number| named(&format!("kept:{number}")))
            .collect();
        for channel in &names {
            bench
                .broker()
                .subscribe(&caller, channel, None)
                .await
                .unwrap();
            bench
                .publish(Author::Server, channel.as_str(), "1", (None, &user))
                .await;
        }
        let caller = bench.known(&connection(&user, &format!("{user}="))).await;
        let heads = bench.broker().heads(&caller, &names).await.unwrap();
        assert_eq!(heads.len(), channels);
        *units = bench.spent();
    }
    rows.push(Row::linear("`heads`", "channel", measured));
    rows
}

async fn rights_and_limits() -> Vec<Row> {
    let bench = Bench::new().await;
    let mut rows = Vec::new();
    let mut measured = [Units::default(); 3];
    for (channels, units) in SOME.into_iter().zip(&mut measured) {
        let user = format!("user-{channels}");
        let caller = bench.joined(&user, channels).await;
        let rights = Rights {
            issued_at: ISSUED_AT + 600,
            expires_at: EXPIRES_AT + 600,
            ..caller.session.rights.clone()
        };
        bench.broker().refresh(&caller, &rights).await.unwrap();
        *units = bench.spent();
    }
    rows.push(Row::linear("`refresh`", "subscription", measured));
    let rate = Rate {
        count: 10,
        per_seconds: 1,
        burst: None,
    };
    let bucket = ("messages", &rate);
    let taken = spend(
        &bench.store,
        Spender::User("alice"),
        bucket,
        1,
        None,
        NOW_MS,
    )
    .await;
    let operation = "each of `limits.messages`, `bytes` and `subscribes`, where it is set";
    let first = bench.spent();
    spend(
        &bench.store,
        Spender::User("alice"),
        bucket,
        1,
        taken.ok(),
        NOW_MS,
    )
    .await
    .unwrap();
    assert_eq!(bench.spent(), first);
    rows.push(Row::fixed(operation, first));
    let alice = bench.caller("alice").await;
    let broker = bench.broker();
    broker
        .strike(&alice.key, &alice.connection, &alice.endpoint)
        .await
        .unwrap();
    rows.push(Row::fixed(
        "a frame that is refused with `rate_limited`",
        bench.spent(),
    ));
    let mut measured = [Units::default(); 3];
    for (connections, units) in SOME.into_iter().zip(&mut measured) {
        let user = format!("many-{connections}");
        for number in 0..connections {
            let new = connection(&user, &format!("{user}-{number}="));
            bench.broker().connect(&new).await.unwrap();
        }
        let _ = bench.spent();
        let out = bench
            .broker()
            .put_out(&Which::User(user), GoodbyeReason::Kicked)
            .await;
        assert_eq!(out.unwrap().connections, connections);
        *units = bench.spent();
    }
    rows.push(Row::linear(
        "putting a user out, without subscriptions",
        "connection",
        measured,
    ));
    rows
}

async fn presence() -> Vec<Row> {
    let bench = Bench::new().await;
    let mut rows = Vec::new();
    let alice = bench.caller("alice").await;
    let lobby = named("there:lobby");
    bench
        .broker()
        .subscribe(&alice, &lobby, None)
        .await
        .unwrap();
    let operation = "`subscribe` in a channel with presence, the first of a connection";
    rows.push(Row::fixed(operation, bench.spent()));
    let alice = bench.known(&connection("alice", "alice=")).await;
    let attic = named("there:attic");
    bench
        .broker()
        .subscribe(&alice, &attic, None)
        .await
        .unwrap();
    rows.push(Row::fixed("and each further one", bench.spent()));
    let there = bench
        .broker()
        .presence(Some(&alice), &lobby, None)
        .await
        .unwrap();
    assert_eq!(there.count, Some(1));
    let operation = "`presence`, of a channel with 20 connections or fewer";
    rows.push(Row::fixed(operation, bench.spent()));
    rows.push(sweep().await);
    rows
}

/// A minute of the sweep, in which the leases of some connections are due.
async fn sweep() -> Row {
    let mut measured = [Units::default(); 3];
    for (connections, units) in SOME.into_iter().zip(&mut measured) {
        let mut bench = Bench::new().await;
        for number in 0..connections {
            let new = connection_in(
                &format!("u{number}"),
                &format!("c{number}="),
                "there:a",
                true,
            );
            bench.broker().connect(&new).await.unwrap();
        }
        let _ = bench.spent();
        bench.now_ms += 60_000 * u64::from(bench.rules.presence.lease_minutes);
        assert_eq!(bench.broker().sweep().await.unwrap().alive, connections);
        *units = bench.spent();
    }
    Row::linear(
        "the sweep of presence, each minute",
        "connection whose lease is due",
        measured,
    )
}

fn sum(one: Units, other: Units) -> Units {
    Units {
        read: one.read + other.read,
        write: one.write + other.write,
    }
}
