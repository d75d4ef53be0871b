//! The JSON Schemas say the same as the Rust types, by a validator that knows nothing of these.

use std::path::Path;

use jsonschema::Validator;
use serde_json::Value;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/protocol");
/// What a schema cannot say: that two fields exclude each other (it could, at the price of a schema that nobody reads), and
/// how long a text is in bytes.
const BEYOND: [&str; 2] = ["both ways", "an id of 65 bytes in 33 letters"];

pub(crate) struct Schemas {
    client: Validator,
    server: Validator,
    gateway: Validator,
}

fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap();
    serde_json::from_str(&text).unwrap()
}

impl Schemas {
    pub(crate) fn read() -> Self {
        let of = |name: &str| {
            let path = Path::new(FOLDER).join(format!("schemas/{name}-frame.json"));
            jsonschema::validator_for(&read(&path)).unwrap()
        };
        Self {
            client: of("client"),
            server: of("server"),
            gateway: of("gateway"),
        }
    }

    fn of(&self, direction: &str) -> &Validator {
        match direction {
            "client" => &self.client,
            "server" => &self.server,
            "gateway" => &self.gateway,
            other => panic!("{other} is no direction"),
        }
    }

    pub(crate) fn assert_client(&self, text: &str, place: &str) {
        assert_valid(&self.client, text, place);
    }

    pub(crate) fn assert_server(&self, text: &str, place: &str) {
        assert_valid(&self.server, text, place);
    }
}

fn assert_valid(schema: &Validator, text: &str, place: &str) {
    let frame: Value = serde_json::from_str(text).unwrap();
    let problems: Vec<_> = schema
        .iter_errors(&frame)
        .map(|it| it.to_string())
        .collect();
    assert!(problems.is_empty(), "{place}: {problems:?}");
}

#[test]
fn the_schemas_take_and_refuse_the_golden_frames() {
    let schemas = Schemas::read();
    let folder = Path::new(FOLDER).join("frames");
    let mut held = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let file = read(&entry.unwrap().path());
        let schema = schemas.of(file["direction"].as_str().unwrap());
        for example in file["valid"].as_array().unwrap() {
            // What a newer version wrote is held to what this one makes of it.
            let text = example.get("written").unwrap_or(&example["text"]);
            assert_valid(schema, text.as_str().unwrap(), &example["name"].to_string());
            held += 1;
        }
        for example in file["invalid"].as_array().unwrap() {
            let name = example["name"].as_str().unwrap();
            let text = example["text"].as_str().unwrap();
            let Ok(frame) = serde_json::from_str::<Value>(text) else {
                continue;
            };
            let taken = schema.is_valid(&frame);
            assert_eq!(taken, BEYOND.contains(&name), "{} {name}", file["kind"]);
            held += 1;
        }
    }
    assert!(held > 100, "only {held} frames were found");
}
