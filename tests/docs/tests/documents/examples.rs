//! The examples in the pages: JSON is what the types it is of read and write, and every kind of example has its test.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tidegate_load::Mix;
use tidegate_protocol::Incoming;
use tidegate_server_api::{
    ApiError, Batch, BatchOutcome, ChannelState, ConnectionList, Draft, Ended, HttpRoute, Published,
};
use tidegate_test_pages::{Block, blocks, blocks_in};

use crate::schemas::Schemas;

/// Who holds the blocks of a language to the code.
const TESTED: [(&str, &str); 5] = [
    ("json", "this file"),
    ("rust", "the documentation tests of this crate"),
    ("yaml", "program/tests/plan/documented.rs"),
    ("sh", "cli/src/documented.rs"),
    // Pictures of how something flows, and what is printed.
    ("text", "nobody, as it is no example"),
];
#[test]
fn every_example_is_of_a_kind_that_is_tested() {
    for block in blocks() {
        let known = TESTED
            .iter()
            .any(|(language, _)| *language == block.language());
        assert!(
            known,
            "{}: nobody tests `{}`; there are {TESTED:?}",
            block.place(),
            block.info
        );
    }
}

/// The compiled pages are listed in this crate's lib.rs: a page that is not would not be compiled.
#[test]
fn every_page_with_rust_in_it_is_compiled() {
    let compiled = include_str!("../../src/lib.rs");
    for block in blocks_in("rust") {
        let included = format!("docs/{}\")", block.page);
        assert!(compiled.contains(&included), "{}", block.place());
    }
}

/// The client's own table is the one: what the page says is a copy of it.
#[test]
fn the_table_of_when_to_come_back_is_the_clients_own() {
    let verdict = include_str!("../../../../clients/rust/src/machine/verdict.rs");
    let page = include_str!("../../../../docs/reconnects.md");
    let rows = verdict
        .lines()
        .filter_map(|line| line.strip_prefix("//! |"));
    let rows: Vec<_> = rows.map(|row| format!("|{row}")).collect();
    assert!(rows.len() > 10, "only {} rows", rows.len());
    assert!(
        page.contains(&rows.join("\n")),
        "docs/reconnects.md has another table than clients/rust/src/machine/verdict.rs"
    );
}

#[test]
fn every_json_is_what_it_is_said_to_be() {
    let schemas = Schemas::read();
    let mut read = 0;
    for block in blocks_in("json") {
        check(&block, &schemas);
        read += 1;
    }
    assert!(read >= 15, "only {read} examples were found");
}

fn check(block: &Block, schemas: &Schemas) {
    let text = block.text.trim();
    match block.about() {
        "client" => schemas.assert_client(text, &block.place()),
        "server" => {
            schemas.assert_server(text, &block.place());
            let read = Incoming::parse(text).unwrap();
            let Incoming::Frame(frame) = read else {
                panic!("{}: {read:?}", block.place())
            };
            assert_same(block, &frame.to_json().unwrap());
        }
        "gateway" => {
            let read = Incoming::parse(text).unwrap();
            assert!(matches!(read, Incoming::Gateway(_)), "{}", block.place());
        }
        "draft" => both_ways::<Draft>(block),
        "batch" => batch(block),
        "published" => both_ways::<Published>(block),
        "outcome" => both_ways::<BatchOutcome>(block),
        "channel" => both_ways::<ChannelState>(block),
        "connections" => both_ways::<ConnectionList>(block),
        "ended" => both_ways::<Ended>(block),
        "error" => both_ways::<ApiError>(block),
        "iam" => policy(block),
        "mix" => {
            both_ways::<Mix>(block);
            Mix::from_json(text).unwrap();
        }
        "event" => event(block),
        other => panic!("{}: nobody knows what `json {other}` is", block.place()),
    }
}

/// What a type reads, it writes again: so there is no field in it that the type does not know.
fn both_ways<T: Serialize + DeserializeOwned>(block: &Block) {
    let read: T = serde_json::from_str(&block.text)
        .unwrap_or_else(|error| panic!("{}: {error}", block.place()));
    assert_same(block, &serde_json::to_string(&read).unwrap());
}

fn assert_same(block: &Block, written: &str) {
    let [example, written]: [Value; 2] =
        [&*block.text, written].map(|text| serde_json::from_str(text).unwrap());
    // What is 0 or empty may be left out where it is written.
    assert_eq!(example, written, "{}", block.place());
}

fn batch(block: &Block) {
    both_ways::<Batch>(block);
    let batch: Batch = serde_json::from_str(&block.text).unwrap();
    for publication in &batch.publications {
        let draft = serde_json::from_str::<Draft>(publication.get());
        draft.unwrap_or_else(|error| panic!("{}: {error}", block.place()));
    }
}

/// A policy allows one thing by its name, and of the HTTP API a route that there is.
fn policy(block: &Block) {
    let policy: Value = serde_json::from_str(&block.text).unwrap();
    assert_eq!(policy["Version"], "2012-10-17");
    for statement in policy["Statement"].as_array().unwrap() {
        let (action, resource) = (
            &statement["Action"],
            statement["Resource"].as_str().unwrap(),
        );
        assert!(!resource.contains('*'), "{}", block.place());
        match action.as_str().unwrap() {
            "execute-api:Invoke" => {
                let (_, route) = resource.split_once("$default/").unwrap();
                let known = HttpRoute::ALL.iter().any(|it| it.arn_suffix() == route);
                assert!(known, "{}: there is no route {route}", block.place());
            }
            "sqs:SendMessage" => assert!(resource.starts_with("arn:aws:sqs:")),
            other => panic!("{}: {other}", block.place()),
        }
    }
}

fn event(block: &Block) {
    let event: Value = serde_json::from_str(&block.text).unwrap();
    for field in ["id", "source", "detail-type"] {
        assert!(event[field].is_string(), "{}: {field}", block.place());
    }
    let draft = serde_json::from_str::<Draft>(&event["detail"].to_string());
    draft.unwrap_or_else(|error| panic!("{}: {error}", block.place()));
}
