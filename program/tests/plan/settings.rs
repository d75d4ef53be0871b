//! Configuration that is wrong: found before anything is declared, in one sentence that names the key.

use std::collections::BTreeMap;

use crate::support::{run, run_stack};

/// What is said of a stack with this configuration.
fn said(config: &BTreeMap<&str, &str>) -> String {
    match run(config) {
        Ok(_) => panic!("{config:?} is taken"),
        Err(failure) => pulumi::report(&failure.errors()[0]),
    }
}

/// What is said of a configuration with this value for this key.
fn refused(key: &'static str, value: &'static str) -> String {
    said(&BTreeMap::from([(key, value)]))
}

#[test]
fn a_value_out_of_range_is_refused_by_its_key() {
    let cases = [
        (
            "gateway",
            r#"{"throttle": {"rate": 0}}"#,
            "gateway.throttle.rate is 0",
        ),
        (
            "gateway",
            r#"{"throttle": {"burst": 0}}"#,
            "gateway.throttle.burst is 0",
        ),
        (
            "gateway",
            r#"{"stage": "$default"}"#,
            "gateway.stage is $default",
        ),
        ("gateway", r#"{"endpoints": 0}"#, "gateway.endpoints is 0"),
        (
            "gateway",
            r#"{"pingSeconds": 600}"#,
            "gateway.pingSeconds is 600",
        ),
        (
            "gateway",
            r#"{"domain": {"name": "Ws.Example.com", "hostedZoneId": "Z"}}"#,
            "gateway.domain.name is Ws.Example.com",
        ),
        (
            "gateway",
            r#"{"domain": {"name": "ws.example.com", "certificateArn": "mine"}}"#,
            "gateway.domain.certificateArn is mine",
        ),
        (
            "gateway",
            r#"{"reconnectWindowSeconds": 0}"#,
            "gateway.reconnectWindowSeconds is 0",
        ),
        (
            "presence",
            r#"{"graceSeconds": 901}"#,
            "presence.graceSeconds is 901",
        ),
        (
            "presence",
            r#"{"leaseMinutes": 0}"#,
            "presence.leaseMinutes is 0",
        ),
        (
            "inlet",
            r#"{"maximumConcurrency": 1}"#,
            "inlet.maximumConcurrency is 1",
        ),
        ("inlet", r#"{"maxReceives": 1}"#, "inlet.maxReceives is 1"),
        (
            "http",
            r#"{"throttle": {"rate": 0}}"#,
            "http.throttle.rate is 0",
        ),
        (
            "http",
            r#"{"allowedOrigins": ["app.example.com"]}"#,
            "http.allowedOrigins is app.example.com",
        ),
        (
            "functions",
            r#"{"memoryMb": 64}"#,
            "functions.memoryMb is 64",
        ),
        (
            "functions",
            r#"{"logRetentionDays": 2}"#,
            "functions.logRetentionDays is 2",
        ),
        (
            "functions",
            r#"{"byFunction": {"message": {"memoryMb": 1}}}"#,
            "functions.byFunction.message.memoryMb is 1",
        ),
        (
            "functions",
            r#"{"byFunction": {"message": {"reservedConcurrency": 0}}}"#,
            "functions.byFunction.message.reservedConcurrency is 0",
        ),
        (
            "delivery",
            r#"{"maximumConcurrency": 1}"#,
            "delivery.maximumConcurrency is 1",
        ),
        (
            "delivery",
            r#"{"maxReceives": 1}"#,
            "delivery.maxReceives is 1",
        ),
        (
            "delivery",
            r#"{"maxReceives": 10}"#,
            "delivery.maxReceives is 10",
        ),
        (
            "delivery",
            r#"{"directReceivers": 5000}"#,
            "delivery.directReceivers is 5000",
        ),
        (
            "observability",
            r#"{"thresholds": {"latencyMs": 30000}}"#,
            "observability.thresholds.latencyMs is 30000",
        ),
        (
            "observability",
            r#"{"thresholds": {"errorPercent": 100}}"#,
            "observability.thresholds.errorPercent is 100",
        ),
        (
            "observability",
            r#"{"notify": ["nobody"]}"#,
            "observability.notify is nobody",
        ),
        ("tags", r#"{"aws:team": "chat"}"#, "tags is aws:team: chat"),
        ("tags", r#"{"team": "a,b"}"#, "tags is team: a,b"),
        (
            "identity",
            r#"{"accessTokenMinutes": 1}"#,
            "identity.accessTokenMinutes is 1",
        ),
        (
            "identity",
            r#"{"signInDomain": "my-cognito"}"#,
            "identity.signInDomain is my-cognito",
        ),
        (
            "identity",
            r#"{"callbackUrls": ["http://app.example.com"]}"#,
            "identity.callbackUrls is http://app.example.com",
        ),
        (
            "identity",
            r#"{"issuer": {"url": "http://issuer.example", "clientId": "app"}}"#,
            "identity.issuer.url is http://issuer.example",
        ),
    ];
    for (key, value, sentence) in cases {
        let said = refused(key, value);
        assert!(
            said.contains(&format!("tidegate:{sentence}: it must be")),
            "{sentence}: {said}"
        );
    }
}

#[test]
fn values_that_do_not_go_together_are_refused_by_the_key_to_change() {
    let secrets = (
        "originSecrets",
        r#"{"newest": "0123456789abcdef0123456789abcdef"}"#,
    );
    let cases: [(&[(&str, &str)], &str); 25] = [
        (
            &[("gateway", r#"{"domain": {"name": "ws.example.com"}}"#)],
            "tidegate:gateway.domain has no certificate",
        ),
        (
            &[("edge", "{}")],
            "tidegate:originSecrets is missing, and the edge needs it: run `tidegate rotate-origin-secret`",
        ),
        (
            &[
                ("edge", "{}"),
                secrets,
                (
                    "gateway",
                    r#"{"domain": {"name": "ws.example.com", "hostedZoneId": "Z"}}"#,
                ),
            ],
            "tidegate:gateway.domain is given beside the edge",
        ),
        (
            &[
                (
                    "edge",
                    r#"{"domain": {"name": "ws.example.com", "certificateArn": "arn:aws:acm:eu-central-1:1:certificate/1"}}"#,
                ),
                secrets,
            ],
            "tidegate:edge.domain.certificateArn is in eu-central-1: CloudFront takes certificates of us-east-1 only",
        ),
        (
            &[
                (
                    "edge",
                    r#"{"domain": {"name": "ws.example.com", "hostedZoneId": "Z"}}"#,
                ),
                ("gateway", r#"{"endpoints": 2}"#),
                secrets,
            ],
            "tidegate:edge.domain is one name, and gateway.endpoints is 2",
        ),
        (
            &[
                (
                    "edge",
                    r#"{"countries": {"only": ["DE"], "noneOf": ["FR"]}}"#,
                ),
                secrets,
            ],
            "tidegate:edge.countries has both",
        ),
        (
            &[("functions", r#"{"byFunction": {"massage": {}}}"#)],
            "tidegate:functions.byFunction.massage is no function",
        ),
        (
            &[(
                "functions",
                r#"{"byFunction": {"message": {"provisionedConcurrency": 5, "reservedConcurrency": 2}}}"#,
            )],
            "tidegate:functions.byFunction.message.provisionedConcurrency is 5, more than the 2",
        ),
        (
            &[(
                "observability",
                r#"{"alarms": false, "notify": ["a@example.com"]}"#,
            )],
            "tidegate:observability.notify names whom to tell",
        ),
        (
            &[("observability", r#"{"thresholds": {"throughput": {}}}"#)],
            "tidegate:observability.thresholds.throughput must have one of",
        ),
        (
            &[(
                "identity",
                r#"{"issuer": {"url": "https://issuer.example", "clientId": "app"}, "signInDomain": "acme"}"#,
            )],
            "tidegate:identity.issuer is given, so there is no user pool",
        ),
        (
            &[(
                "identity",
                r#"{"callbackUrls": ["https://app.example.com/callback"]}"#,
            )],
            "tidegate:identity.callbackUrls says where the sign-in page",
        ),
        (
            &[(
                "functions",
                r#"{"byFunction": {"fanout": {"reservedConcurrency": 4}}}"#,
            )],
            "tidegate:delivery.maximumConcurrency is 5, more than functions.byFunction.fanout.reservedConcurrency",
        ),
        (&[("production", "true")], "tidegate:gateway.logging is off"),
        (
            &[(
                "namespaces",
                r#"{"Room": {"subscribe": "signedIn", "publish": "signedIn"}}"#,
            )],
            "tidegate:namespaces: `Room` cannot be the name of a namespace",
        ),
        (
            &[(
                "namespaces",
                r#"{"room": {"subscribe": "signedIn", "publish": "signedIn", "latest": true}}"#,
            )],
            "tidegate:namespaces: `room`: `latest` needs a `history`",
        ),
        (
            &[(
                "namespaces",
                r#"{"room": {"subscribe": "signedIn", "publish": "signedIn", "history": {"size": 0, "ageSeconds": 1}}}"#,
            )],
            "tidegate:namespaces: `room`: `history` must have a `size`",
        ),
        (
            &[("limits", r#"{"subscriptionsPerConnection": 501}"#)],
            "tidegate:limits.subscriptionsPerConnection: must be 1 to 500",
        ),
        (
            &[("limits", r#"{"messages": {"count": 0}}"#)],
            "tidegate:limits.messages: a rate must have a `count` above 0",
        ),
        (
            &[("events", r#"{"cognitoRevocations": true}"#)],
            "tidegate:events.cognitoRevocations sends to the queue of the inlet, and there is none: set `inlet.enabled`",
        ),
        (
            &[
                ("inlet", r#"{"enabled": true}"#),
                ("events", r#"{"cognitoRevocations": true}"#),
                (
                    "identity",
                    r#"{"issuer": {"url": "https://issuer.example", "clientId": "app"}}"#,
                ),
            ],
            "tidegate:events.cognitoRevocations is about the stack's own user pool",
        ),
        (
            &[(
                "events",
                r#"{"publications": {"pattern": {"source": ["orders"]}}}"#,
            )],
            "tidegate:events.publications sends to the queue of the inlet",
        ),
        (
            &[
                ("inlet", r#"{"enabled": true}"#),
                ("events", r#"{"publications": {"pattern": {}}}"#),
            ],
            "tidegate:events.publications.pattern has neither `source` nor `detail-type`",
        ),
        (
            &[
                ("inlet", r#"{"enabled": true}"#),
                (
                    "events",
                    r#"{"publications": {"bus": "a bus", "pattern": {"source": ["orders"]}}}"#,
                ),
            ],
            "tidegate:events.publications.bus is a bus: it must be",
        ),
        (
            &[
                ("inlet", r#"{"enabled": true, "maximumConcurrency": 5}"#),
                (
                    "functions",
                    r#"{"byFunction": {"inlet": {"reservedConcurrency": 4}}}"#,
                ),
            ],
            "tidegate:inlet.maximumConcurrency is 5, more than functions.byFunction.inlet.reservedConcurrency",
        ),
    ];
    for (config, sentence) in cases {
        let said = said(&config.iter().copied().collect());
        assert!(said.contains(sentence), "{sentence}: {said}");
    }
}

#[test]
fn a_stack_for_production_lacks_nothing_that_it_must_have() {
    let whole = [
        (
            "gateway",
            r#"{"logging": "account-role-exists", "deletionProtection": true}"#,
            r#"{"deletionProtection": true}"#,
            "gateway.logging",
        ),
        (
            "gateway",
            r#"{"logging": "account-role-exists", "deletionProtection": true}"#,
            r#"{"logging": "account-role-exists"}"#,
            "gateway.deletionProtection",
        ),
        (
            "registry",
            r#"{"pointInTimeRecovery": true, "deletionProtection": true}"#,
            r#"{"pointInTimeRecovery": true}"#,
            "registry.deletionProtection",
        ),
        (
            "registry",
            r#"{"pointInTimeRecovery": true, "deletionProtection": true}"#,
            r#"{"deletionProtection": true}"#,
            "registry.pointInTimeRecovery",
        ),
        (
            "identity",
            r#"{"deletionProtection": true}"#,
            "{}",
            "identity.deletionProtection",
        ),
        (
            "observability",
            r#"{"notify": ["a@example.com"]}"#,
            r#"{"alarms": false}"#,
            "observability.alarms",
        ),
        (
            "observability",
            r#"{"notify": ["a@example.com"]}"#,
            "{}",
            "observability.notify",
        ),
    ];
    let mut config: BTreeMap<&str, &str> = whole
        .iter()
        .map(|(key, right, ..)| (*key, *right))
        .collect();
    config.insert("production", "true");
    assert!(run(&config).is_ok());
    for (key, _, wrong, named) in whole {
        let mut config = config.clone();
        config.insert(key, wrong);
        let said = said(&config);
        assert!(said.contains(&format!("tidegate:{named} is ")), "{said}");
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

#[test]
fn secrets_that_are_none_are_refused_and_not_shown() {
    for secrets in [
        r#"{"newest": 12345678}"#,
        r#"{"newest": "tooshort-and-secret"}"#,
        r#""just a text""#,
    ] {
        let config = [
            ("edge", "{}"),
            ("originSecrets", secrets),
            (
                "namespaces",
                r#"{"room": {"subscribe": "signedIn", "publish": "signedIn"}}"#,
            ),
        ];
        let config = config.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let failure = run_stack("dev", &config.into()).unwrap_err();
        let said = failure
            .errors()
            .iter()
            .map(|error| pulumi::report(error))
            .collect::<String>();
        assert!(
            said.contains("tidegate:originSecrets is not valid"),
            "{said}"
        );
        assert!(
            !said.contains("secret\"") && !said.contains("12345678"),
            "{said}"
        );
        assert!(!said.contains("tooshort"), "{said}");
    }
}
