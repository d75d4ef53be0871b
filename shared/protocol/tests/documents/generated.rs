//! The committed documents are what would be made of the types. `cargo xtask generate` writes them anew.

use std::path::Path;

use serde::Serialize;

use crate::{asyncapi, schemas};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/protocol");
/// Set by `cargo xtask generate`: write instead of comparing.
const WRITE: &str = "TIDEGATE_GENERATE";

/// Compares a committed file with what it would be now.
#[expect(
    clippy::disallowed_methods,
    reason = "a test that is told whether to write"
)]
fn committed(path: &str, document: &impl Serialize) {
    let text = format!("{}\n", serde_json::to_string_pretty(document).unwrap());
    let file = Path::new(FOLDER).join(path);
    if std::env::var_os(WRITE).is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    let lines = committed.lines().zip(text.lines());
    let first = lines.enumerate().find(|(_, (old, new))| old != new);
    assert!(
        committed == text,
        "docs/protocol/{path} is not what the types of shared/protocol say{}: run `cargo xtask generate` and look at what \
         differs",
        first.map_or(String::new(), |(line, _)| format!(
            ", from line {}",
            line + 1
        )),
    );
}

#[test]
fn the_schemas_are_made_of_the_types() {
    for (name, schema) in schemas::all() {
        committed(&format!("schemas/{name}.json"), &schema);
    }
}

#[test]
fn the_asyncapi_document_is_made_of_the_types() {
    committed("asyncapi.json", &asyncapi::document());
}
