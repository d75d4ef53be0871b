//! The configuration in the pages of `docs/` is taken by the program.

use std::collections::BTreeMap;

use serde_json::Value;
use tidegate_test_pages::blocks_in;

use crate::support::run;

#[test]
fn every_configuration_in_the_pages_is_taken() {
    for block in blocks_in("yaml") {
        let keys: BTreeMap<String, Value> = serde_saphyr::from_str(&block.text)
            .unwrap_or_else(|error| panic!("{}: {error}", block.place()));
        let texts: BTreeMap<_, _> = keys
            .iter()
            .map(|(key, value)| (&**key, value.to_string()))
            .collect();
        let config = texts.iter().map(|(key, text)| (*key, &**text)).collect();
        if let Err(failure) = run(&config) {
            let errors = failure.errors().iter().map(|it| pulumi::report(it));
            let errors: Vec<_> = errors.collect();
            panic!("{}: {}", block.place(), errors.join("\n"));
        }
    }
}
