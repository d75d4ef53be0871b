//! Configuration that is wrong: found before anything is declared, in one sentence that names the key.

use std::collections::BTreeMap;

use crate::support::run;

/// What is said of a configuration with this value for this key.
fn refused(key: &'static str, value: &'static str) -> String {
    match run(&BTreeMap::from([(key, value)])) {
        Ok(_) => panic!("tidegate:{key} may be {value}"),
        Err(failure) => pulumi::report(&failure.errors()[0]),
    }
}

#[test]
fn a_value_out_of_range_is_refused_by_its_key() {
    for (key, value, sentence) in [
        (
            "gateway",
            r#"{"throttle": {"rate": 0}}"#,
            "tidegate:gateway.throttle.rate is 0",
        ),
        (
            "gateway",
            r#"{"throttle": {"burst": 0}}"#,
            "tidegate:gateway.throttle.burst is 0",
        ),
        (
            "gateway",
            r#"{"stage": "$default"}"#,
            "tidegate:gateway.stage is $default",
        ),
        (
            "functions",
            r#"{"memoryMb": 64}"#,
            "tidegate:functions.memoryMb is 64",
        ),
        (
            "functions",
            r#"{"logRetentionDays": 2}"#,
            "tidegate:functions.logRetentionDays is 2",
        ),
        (
            "delivery",
            r#"{"directReceivers": 1001}"#,
            "tidegate:delivery.directReceivers is 1001",
        ),
        (
            "tags",
            r#"{"aws:team": "chat"}"#,
            "tidegate:tags is aws:team: chat",
        ),
        ("tags", r#"{"team": "a,b"}"#, "tidegate:tags is team: a,b"),
        (
            "identity",
            r#"{"accessTokenMinutes": 1}"#,
            "tidegate:identity.accessTokenMinutes is 1",
        ),
    ] {
        let said = refused(key, value);
        assert!(said.contains(sentence), "{sentence}: {said}");
        assert!(said.contains("it must be"), "{said}");
    }
}

#[test]
fn a_key_that_there_is_not_is_refused_with_the_one_that_was_meant() {
    let said = refused("gatewey", "{}");
    assert!(
        said.contains("`tidegate:gatewey` (did you mean `tidegate:gateway`?)"),
        "{said}"
    );
    let said = refused("gateway", r#"{"throttel": {}}"#);
    assert!(
        said.contains("tidegate:gateway") && said.contains("throttel"),
        "{said}"
    );
}
