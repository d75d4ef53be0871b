//! The golden frames: every client's tests read the same files.

use std::collections::BTreeSet;
use std::path::Path;

use serde::{Deserialize, Serialize};
use tidegate_protocol::{
    ClientFrame, ErrorCode, FrameError, GoodbyeReason, HeadsFrame, HistoryFrame, Incoming,
    PresenceEvent, PresenceFrame, PublishFrame, RefreshFrame, ServerFrame, SubscribeFrame,
    UnsubscribeFrame,
};

use crate::schemas::values_of;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/protocol/frames");

/// One file: the frames of one kind.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kind {
    pub(crate) direction: Direction,
    /// The action, or the type; `unknown` where there is no such one.
    pub(crate) kind: String,
    pub(crate) about: String,
    pub(crate) valid: Vec<Example>,
    #[serde(default)]
    ignored: Vec<Example>,
    invalid: Vec<Example>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Direction {
    Client,
    Server,
    Gateway,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Example {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) comment: Option<String>,
    /// The frame as it is on the wire.
    pub(crate) text: String,
    /// What it is when it was read and is written again, where that is not the same.
    #[serde(default)]
    written: Option<String>,
    /// The code of the error that an invalid frame of a client gets.
    #[serde(default)]
    code: Option<ErrorCode>,
}

/// All files, by their names.
pub(crate) fn all() -> Vec<Kind> {
    let mut paths: Vec<_> = std::fs::read_dir(FOLDER)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> Kind {
    let text = std::fs::read_to_string(path).unwrap();
    let kind: Kind = serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{} is no file of frames: {error}", path.display()));
    let direction = serde_json::to_value(kind.direction).unwrap();
    let expected = format!("{}.{}.json", direction.as_str().unwrap(), kind.kind);
    assert_eq!(path.file_name().unwrap(), expected.as_str());
    kind
}

fn of(direction: Direction) -> Vec<Kind> {
    let kinds = all().into_iter();
    kinds.filter(|kind| kind.direction == direction).collect()
}

/// A client's frame, read as the service does: by its action.
fn client_frame(text: &str) -> Result<ClientFrame, ErrorCode> {
    #[derive(Deserialize)]
    struct Action {
        action: String,
    }
    let Action { action } = serde_json::from_str(text).map_err(|_| ErrorCode::BadFrame)?;
    let read = match action.as_str() {
        "ping" => Ok(ClientFrame::Ping),
        "subscribe" => SubscribeFrame::parse(text).map(ClientFrame::Subscribe),
        "unsubscribe" => UnsubscribeFrame::parse(text).map(ClientFrame::Unsubscribe),
        "publish" => PublishFrame::parse(text).map(ClientFrame::Publish),
        "presence" => PresenceFrame::parse(text).map(ClientFrame::Presence),
        "history" => HistoryFrame::parse(text).map(ClientFrame::History),
        "refresh" => RefreshFrame::parse(text).map(ClientFrame::Refresh),
        "heads" => HeadsFrame::parse(text).map(ClientFrame::Heads),
        _ => return Err(ErrorCode::UnknownAction),
    };
    read.map_err(|_: FrameError| ErrorCode::BadFrame)
}

fn written(example: &Example) -> &str {
    example.written.as_ref().unwrap_or(&example.text)
}

#[test]
fn every_frame_of_a_client_is_read_and_written_as_it_was() {
    for kind in of(Direction::Client) {
        for example in &kind.valid {
            let frame = client_frame(&example.text)
                .unwrap_or_else(|code| panic!("{} {}: {code:?}", kind.kind, example.name));
            let text = frame.to_json().unwrap();
            assert_eq!(text, written(example), "{} {}", kind.kind, example.name);
            let tag = format!(r#"{{"action":"{}""#, kind.kind);
            assert!(text.starts_with(&tag), "{text} stands with {}", kind.kind);
        }
    }
}

#[test]
fn every_invalid_frame_of_a_client_is_refused_by_its_code() {
    for kind in of(Direction::Client) {
        for example in &kind.invalid {
            let refused = client_frame(&example.text).map(|frame| frame.to_json().unwrap());
            let code = example
                .code
                .expect("an invalid frame of a client has a code");
            assert_eq!(refused, Err(code), "{} {}", kind.kind, example.name);
        }
    }
}

#[test]
fn every_frame_of_the_server_is_read_and_written_as_it_was() {
    for kind in of(Direction::Server) {
        for example in &kind.valid {
            let read = Incoming::parse(&example.text);
            let Ok(Incoming::Frame(frame)) = read else {
                panic!("{} {}: {read:?}", kind.kind, example.name)
            };
            let text = frame.to_json().unwrap();
            assert_eq!(text, written(example), "{} {}", kind.kind, example.name);
            let tag = format!(r#"{{"type":"{}""#, kind.kind);
            assert!(text.starts_with(&tag), "{text} stands with {}", kind.kind);
        }
        for example in &kind.ignored {
            let read = Incoming::parse(&example.text);
            assert!(matches!(read, Ok(Incoming::Unknown { .. })), "{read:?}");
        }
    }
}

#[test]
fn every_frame_of_the_gateway_is_told_from_those_of_the_protocol() {
    for kind in of(Direction::Gateway) {
        for example in &kind.valid {
            let read = Incoming::parse(&example.text);
            let Ok(Incoming::Gateway(frame)) = read else {
                panic!("{}: {read:?}", example.name)
            };
            let text = serde_json::to_string(&frame).unwrap();
            assert_eq!(text, written(example), "{}", example.name);
        }
    }
}

#[test]
fn what_is_no_frame_is_not_read_as_one() {
    let kinds = [of(Direction::Server), of(Direction::Gateway)];
    for kind in kinds.iter().flatten() {
        for example in &kind.invalid {
            let read = Incoming::parse(&example.text);
            assert!(read.is_err(), "{} {}: {read:?}", kind.kind, example.name);
        }
    }
}

/// What the valid examples of a kind say at a pointer.
fn said(kinds: &[Kind], kind: &str, pointer: &str) -> BTreeSet<String> {
    let of_kind = kinds.iter().filter(|known| known.kind == kind);
    let examples = of_kind.flat_map(|kind| &kind.valid);
    let texts = examples.map(written);
    let values = texts.filter_map(|text| {
        let frame: serde_json::Value = serde_json::from_str(text).unwrap();
        frame.pointer(pointer)?.as_str().map(str::to_owned)
    });
    values.collect()
}

#[track_caller]
fn assert_all_occur(listed: Vec<String>, occur: &BTreeSet<String>) {
    for value in listed {
        assert!(
            occur.contains(&value),
            "there is no golden frame of `{value}`: add one in docs/protocol/frames"
        );
    }
}

#[test]
fn every_kind_of_frame_code_and_reason_has_an_example() {
    let (client, server) = (of(Direction::Client), of(Direction::Server));
    let with_example = |kinds: &[Kind]| {
        let kinds = kinds.iter().filter(|kind| !kind.valid.is_empty());
        kinds.map(|kind| kind.kind.clone()).collect()
    };
    assert_all_occur(
        values_of::<ClientFrame>(Some("action")),
        &with_example(&client),
    );
    assert_all_occur(
        values_of::<ServerFrame>(Some("type")),
        &with_example(&server),
    );
    assert_all_occur(
        values_of::<ErrorCode>(None),
        &said(&server, "error", "/code"),
    );
    let reasons = said(&server, "goodbye", "/reason");
    assert_all_occur(values_of::<GoodbyeReason>(None), &reasons);
    let events = said(&server, "presenceChange", "/event");
    assert_all_occur(values_of::<PresenceEvent>(None), &events);
}

#[test]
fn names_within_a_file_are_different() {
    for kind in all() {
        let examples = kind.valid.iter().chain(&kind.ignored).chain(&kind.invalid);
        let names: Vec<_> = examples.map(|example| &example.name).collect();
        let different: BTreeSet<_> = names.iter().collect();
        assert_eq!(names.len(), different.len(), "{names:?}");
        assert!(!kind.about.is_empty());
    }
}
