//! Queues, the mappings that read from them, and the versions of functions, as resources.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::needless_pass_by_value,
    reason = "all of this is a test, also what is not in a `#[test]` function"
)]

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use tidegate_local_cloud::system::{Integration, Redrive};
use tidegate_local_cloud::{Cloud, Created, Endpoints, NewResource, Refusal};

const QUEUE: &str = "aws:sqs/queue:Queue";
const ALLOW: &str = "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy";
const MAPPING: &str = "aws:lambda/eventSourceMapping:EventSourceMapping";
const FUNCTION: &str = "aws:lambda/function:Function";
const ALIAS: &str = "aws:lambda/alias:Alias";
const PERMISSION: &str = "aws:lambda/permission:Permission";
const PROVISIONED: &str = "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig";

fn cloud() -> Cloud {
    Cloud::new(Endpoints {
        region: "eu-central-1".to_owned(),
        account: "000000000000".to_owned(),
        websocket_apis: vec!["ws://127.0.0.1:4000".to_owned()],
        http_apis: Vec::new(),
        distributions: Vec::new(),
        queues: "http://127.0.0.1:4003".to_owned(),
        identity: "127.0.0.1:4001".to_owned(),
        program_directory: PathBuf::from(env!("CARGO_MANIFEST_DIR")),
    })
}

fn create(
    cloud: &mut Cloud,
    type_token: &str,
    name: &str,
    inputs: Value,
) -> Result<Created, Refusal> {
    cloud.create(&NewResource {
        urn: &format!("urn:pulumi:dev::tidegate::{type_token}::{name}"),
        type_token,
        name,
        inputs: inputs.as_object().unwrap(),
    })
}

#[track_caller]
fn refused(cloud: &mut Cloud, type_token: &str, inputs: Value, problem: &str) {
    let shown = inputs.to_string();
    match create(cloud, type_token, "refused", inputs) {
        Ok(_) => panic!("{shown} is taken"),
        Err(refusal) => {
            let text = refusal.to_string();
            assert!(text.contains(problem), "{shown}: {text}");
        }
    }
}

/// A function of this name, with other inputs on top.
fn function(cloud: &mut Cloud, name: &str, more: Value) -> Created {
    create(cloud, "aws:iam/role:Role", name, json!({"name": name, "assumeRolePolicy": json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}],
    }).to_string()}))
    .unwrap();
    let role = format!("arn:aws:iam::000000000000:role/{name}");
    let mut inputs = json!({
        "name": name, "role": role, "runtime": "provided.al2023", "handler": "bootstrap", "timeout": 60,
        "code": {"assets": {"bootstrap": {"path": "Cargo.toml"}}},
    });
    let more = more.as_object().unwrap().clone();
    inputs.as_object_mut().unwrap().extend(more);
    create(cloud, FUNCTION, name, inputs).unwrap()
}

fn arn(name: &str) -> String {
    format!("arn:aws:sqs:eu-central-1:000000000000:{name}")
}

fn redrive(name: &str) -> String {
    json!({"deadLetterTargetArn": arn(name), "maxReceiveCount": 3}).to_string()
}

#[test]
fn a_queue_has_the_url_at_which_it_is_served_and_the_defaults_of_sqs() {
    let mut cloud = cloud();
    let made = create(&mut cloud, QUEUE, "work", json!({"name": "work"})).unwrap();
    let url = "http://127.0.0.1:4003/000000000000/work";
    assert_eq!((made.id.as_str(), &made.outputs["url"]), (url, &json!(url)));
    assert_eq!(made.outputs["arn"], arn("work"));
    let queue = cloud.system().queues["work"].clone();
    assert_eq!(queue.visibility_timeout, Duration::from_secs(30));
    assert_eq!(queue.retention, Duration::from_hours(96));
    assert_eq!((queue.max_message_bytes, queue.redrive), (1_048_576, None));
}

#[test]
fn a_queue_names_where_its_messages_end() {
    let mut cloud = cloud();
    create(&mut cloud, QUEUE, "dead", json!({"name": "dead"})).unwrap();
    let inputs = json!({"name": "work", "redrivePolicy": redrive("dead")});
    create(&mut cloud, QUEUE, "work", inputs).unwrap();
    let policy = json!({"redrivePermission": "byQueue", "sourceQueueArns": [arn("work")]});
    let url = "http://127.0.0.1:4003/000000000000/dead";
    let inputs = json!({"queueUrl": url, "redriveAllowPolicy": policy.to_string()});
    create(&mut cloud, ALLOW, "dead", inputs).unwrap();
    let expected = Redrive {
        dead_letter_queue: "dead".to_owned(),
        max_receive_count: 3,
    };
    assert_eq!(cloud.system().queues["work"].redrive, Some(expected));
    for (policy, problem) in [
        (
            json!({"redrivePermission": "denyAll"}),
            "shuts out the queue `work`",
        ),
        (
            json!({"redrivePermission": "byQueue", "sourceQueueArns": [arn("other")]}),
            "shuts out the queue `work`",
        ),
        (
            json!({"redrivePermission": "byQueue"}),
            "1 to 10 sourceQueueArns",
        ),
        (
            json!({"redrivePermission": "some"}),
            "must be allowAll, denyAll or byQueue",
        ),
    ] {
        let inputs = json!({"queueUrl": url, "redriveAllowPolicy": policy.to_string()});
        refused(&mut cloud, ALLOW, inputs, problem);
    }
}

#[test]
fn what_sqs_or_this_machine_does_not_take_is_refused() {
    let mut cloud = cloud();
    create(&mut cloud, QUEUE, "work", json!({"name": "work"})).unwrap();
    for (inputs, problem) in [
        (json!({"fifoQueue": true}), "FIFO queues are not emulated"),
        (json!({"name": "a.fifo"}), "FIFO queues are not emulated"),
        (json!({"name": "a b"}), "1 to 80 letters"),
        (json!({"name": "work"}), "QueueAlreadyExists"),
        (
            json!({"visibilityTimeoutSeconds": 43_201}),
            "from 0 to 43200",
        ),
        (json!({"messageRetentionSeconds": 59}), "from 60 to 1209600"),
        (json!({"maxMessageSize": 1_048_577}), "from 1024 to 1048576"),
        (
            json!({"redrivePolicy": redrive("more")}),
            "Dead letter target does not exist",
        ),
        (json!({"policy": "{}"}), "`policy` is not emulated"),
    ] {
        refused(&mut cloud, QUEUE, inputs, problem);
    }
}

#[test]
fn a_mapping_reads_as_it_is_told() {
    let mut cloud = cloud();
    function(&mut cloud, "fanout", json!({}));
    create(
        &mut cloud,
        QUEUE,
        "work",
        json!({"name": "work", "visibilityTimeoutSeconds": 60}),
    )
    .unwrap();
    let inputs = json!({
        "eventSourceArn": arn("work"), "functionName": "arn:aws:lambda:eu-central-1:000000000000:function:fanout",
        "batchSize": 50, "maximumBatchingWindowInSeconds": 2, "functionResponseTypes": ["ReportBatchItemFailures"],
        "scalingConfig": {"maximumConcurrency": 2},
    });
    let made = create(&mut cloud, MAPPING, "fanout", inputs.clone()).unwrap();
    assert_eq!(made.outputs["uuid"], made.id.as_str());
    let parts: Vec<_> = made.id.split('-').map(str::len).collect();
    assert_eq!(parts, [8, 4, 4, 4, 12]);
    let mapping = cloud.system().mappings.remove(0);
    assert_eq!((&*mapping.queue, &*mapping.function), ("work", "fanout"));
    assert_eq!(
        (mapping.batch_size, mapping.window),
        (50, Duration::from_secs(2))
    );
    assert_eq!(mapping.maximum_concurrency, Some(2));
    assert!(mapping.reports_failures && mapping.enabled);
    refused(&mut cloud, MAPPING, inputs, "ResourceConflictException");
}

#[test]
fn a_mapping_that_lambda_would_not_take_is_refused() {
    let mut cloud = cloud();
    function(&mut cloud, "fanout", json!({}));
    for (name, visibility) in [("short", 59), ("work", 60)] {
        let inputs = json!({"name": name, "visibilityTimeoutSeconds": visibility});
        create(&mut cloud, QUEUE, name, inputs).unwrap();
    }
    let of = |queue: &str, more: Value| {
        let mut inputs = json!({"eventSourceArn": arn(queue), "functionName": "fanout"});
        inputs
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        inputs
    };
    for (inputs, problem) in [
        (
            of("short", json!({})),
            "Queue visibility timeout: 59 seconds is less than Function timeout: 60 seconds",
        ),
        (of("more", json!({})), "other sources are not emulated"),
        (
            of("work", json!({"functionName": "more"})),
            "there is no function `more`",
        ),
        (
            of("work", json!({"functionName": "fanout:live"})),
            "neither an alias nor a version",
        ),
        (
            of("work", json!({"batchSize": 11})),
            "at least 1 where batchSize is more than 10",
        ),
        (
            of("work", json!({"scalingConfig": {"maximumConcurrency": 1}})),
            "from 2 to 1000",
        ),
        (
            of("work", json!({"functionResponseTypes": ["Other"]})),
            "ReportBatchItemFailures",
        ),
        (
            of("work", json!({"filterCriteria": {}})),
            "`filterCriteria` is not emulated",
        ),
    ] {
        refused(&mut cloud, MAPPING, inputs, problem);
    }
}

#[test]
fn an_alias_is_invoked_only_with_a_permission_of_its_own() {
    let mut cloud = cloud();
    let made = function(&mut cloud, "message", json!({"publish": true}));
    assert_eq!(made.outputs["version"], "1");
    let inputs = json!({"name": "live", "functionName": "message", "functionVersion": "1"});
    let alias = create(&mut cloud, ALIAS, "live", inputs).unwrap();
    let uri = alias.outputs["invokeArn"].as_str().unwrap();
    assert!(uri.ends_with(":function:message:live/invocations"), "{uri}");
    let api = served(&mut cloud, uri);
    let source = format!("arn:aws:execute-api:eu-central-1:000000000000:{api}/*");
    let permission = |more: Value| {
        let mut inputs = json!({
            "action": "lambda:InvokeFunction", "function": "message", "principal": "apigateway.amazonaws.com",
            "sourceArn": source,
        });
        inputs
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        inputs
    };
    create(&mut cloud, PERMISSION, "plain", permission(json!({}))).unwrap();
    assert_eq!(invoked(&cloud), ("message".to_owned(), false));
    create(
        &mut cloud,
        PERMISSION,
        "alias",
        permission(json!({"qualifier": "live"})),
    )
    .unwrap();
    assert_eq!(invoked(&cloud), ("message".to_owned(), true));
    refused(
        &mut cloud,
        PERMISSION,
        permission(json!({"qualifier": "test"})),
        "neither an alias nor a version",
    );
}

/// An API whose `$default` invokes what has this URI.
fn served(cloud: &mut Cloud, uri: &str) -> String {
    let inputs =
        json!({"protocolType": "WEBSOCKET", "routeSelectionExpression": "$request.body.action"});
    let api = create(cloud, "aws:apigatewayv2/api:Api", "api", inputs)
        .unwrap()
        .id;
    let inputs = json!({"apiId": api, "integrationType": "AWS_PROXY", "integrationUri": uri});
    let integration = create(
        cloud,
        "aws:apigatewayv2/integration:Integration",
        "it",
        inputs,
    )
    .unwrap();
    let inputs = json!({
        "apiId": api, "routeKey": "$default", "target": format!("integrations/{}", integration.id),
    });
    create(cloud, "aws:apigatewayv2/route:Route", "default", inputs).unwrap();
    let inputs = json!({"apiId": api});
    let deployment = create(
        cloud,
        "aws:apigatewayv2/deployment:Deployment",
        "it",
        inputs,
    )
    .unwrap();
    let inputs = json!({
        "apiId": api, "name": "dev", "deploymentId": deployment.id,
        "defaultRouteSettings": {"throttlingRateLimit": 1.0, "throttlingBurstLimit": 1},
    });
    create(cloud, "aws:apigatewayv2/stage:Stage", "dev", inputs).unwrap();
    api
}

/// The function that `$default` invokes, and whether it may.
fn invoked(cloud: &Cloud) -> (String, bool) {
    let system = cloud.system();
    let route = &system.apis[0].stages["dev"].deployment.routes["$default"];
    match &route.integration {
        Some(Integration::Function {
            name, permitted, ..
        }) => (name.clone(), *permitted),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_alias_leads_to_a_version_that_there_is() {
    let mut cloud = cloud();
    function(&mut cloud, "plain", json!({}));
    function(&mut cloud, "published", json!({"publish": true}));
    let alias = |function: &str, version: &str, name: &str| json!({"functionName": function, "functionVersion": version, "name": name});
    refused(
        &mut cloud,
        ALIAS,
        alias("plain", "1", "live"),
        "neither an alias nor a version",
    );
    refused(
        &mut cloud,
        ALIAS,
        alias("published", "2", "live"),
        "neither an alias nor a version",
    );
    refused(
        &mut cloud,
        ALIAS,
        alias("published", "1", "7"),
        "not a number alone",
    );
    create(&mut cloud, ALIAS, "live", alias("published", "1", "live")).unwrap();
    refused(
        &mut cloud,
        ALIAS,
        alias("published", "1", "live"),
        "ResourceConflictException",
    );
}

#[test]
fn environments_are_provisioned_for_what_was_published_only() {
    let mut cloud = cloud();
    function(
        &mut cloud,
        "authorizer",
        json!({"publish": true, "reservedConcurrentExecutions": 5}),
    );
    let inputs = |qualifier: &str, count: u32| json!({"functionName": "authorizer", "qualifier": qualifier, "provisionedConcurrentExecutions": count});
    refused(
        &mut cloud,
        PROVISIONED,
        inputs("$LATEST", 1),
        "unpublished function versions",
    );
    refused(
        &mut cloud,
        PROVISIONED,
        inputs("live", 1),
        "neither an alias nor a version",
    );
    refused(
        &mut cloud,
        PROVISIONED,
        inputs("1", 6),
        "exceeds the reserved concurrency",
    );
    refused(&mut cloud, PROVISIONED, inputs("1", 0), "must be 1 or more");
    create(&mut cloud, PROVISIONED, "it", inputs("1", 2)).unwrap();
    let functions = cloud.system().functions;
    assert_eq!(functions["authorizer"].provisioned_concurrency, 2);
}
