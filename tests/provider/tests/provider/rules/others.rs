//! Everything else: a few resources each.

use serde_json::{Value, json};

use super::says;
use crate::support::*;

const RECEIVE: &str =
    r#"{"Statement": [{"Effect": "Allow", "Action": ["sqs:ReceiveMessage"], "Resource": "*"}]}"#;

#[tokio::test]
async fn a_role_with_policies_stays() {
    let engine = Engine::start().await;
    let role = engine.role().await;
    let inputs = json!({"role": role.id, "policy": RECEIVE});
    let policy = engine.create(ROLE_POLICY, "policy", inputs).await;
    says(
        engine.delete(&role).await,
        "DeleteConflict: Cannot delete entity, must delete policies first.",
    );
    engine.delete(&policy).await.unwrap();
    engine.delete(&role).await.unwrap();
}

#[tokio::test]
async fn a_policy_that_is_attached_stays_and_so_does_its_role() {
    let engine = Engine::start().await;
    let role = engine.role().await;
    let policy = engine
        .create("aws:iam/policy:Policy", "p", json!({"policy": RECEIVE}))
        .await;
    let inputs = json!({"role": role.id, "policyArn": policy.outputs["arn"]});
    let token = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";
    let attachment = engine.create(token, "a", inputs).await;
    says(
        engine.delete(&policy).await,
        "Cannot delete a policy attached to entities.",
    );
    says(
        engine.delete(&role).await,
        "must detach all policies first.",
    );
    engine.delete(&attachment).await.unwrap();
    engine.delete(&policy).await.unwrap();
}

#[tokio::test]
async fn a_policy_needs_its_role_and_has_to_be_one() {
    let engine = Engine::start().await;
    let inputs = json!({"role": "nobody", "policy": RECEIVE});
    let made = engine.try_create(ROLE_POLICY, "policy", inputs).await;
    says(
        made,
        "NoSuchEntity: The role with name nobody cannot be found.",
    );
    let made = engine
        .try_create(ROLE, "role", json!({"assumeRolePolicy": "{"}))
        .await;
    says(
        made,
        "MalformedPolicyDocument: This policy contains invalid Json",
    );
    let made = engine
        .try_create(ROLE, "role", json!({"assumeRolePolicy": "{}"}))
        .await;
    says(made, "MalformedPolicyDocument: Syntax errors in policy.");
}

#[tokio::test]
async fn names_are_there_once() {
    let engine = Engine::start().await;
    let role = engine.role().await;
    let named = |mut inputs: Value| {
        inputs["name"] = json!("taken");
        inputs
    };
    let table = json!({
        "hashKey": "a",
        "attributes": [{"name": "a", "type": "S"}],
        "billingMode": "PAY_PER_REQUEST",
    });
    for (token, inputs, refusal) in [
        (
            ROLE,
            json!({"assumeRolePolicy": TRUST}),
            "EntityAlreadyExists: Role with name taken already exists.",
        ),
        (
            FUNCTION,
            function(&role),
            "ResourceConflictException: Function already exist: taken",
        ),
        (
            TABLE,
            table,
            "ResourceInUseException: Table already exists: taken",
        ),
        (
            QUEUE,
            json!({}),
            "QueueAlreadyExists: A queue already exists with the same name",
        ),
        (
            GROUP,
            json!({}),
            "ResourceAlreadyExistsException: The specified log group already exists",
        ),
    ] {
        engine.create(token, "first", named(inputs.clone())).await;
        says(
            engine.try_create(token, "second", named(inputs)).await,
            refusal,
        );
    }
}

#[tokio::test]
async fn a_function_needs_a_role_that_lambda_may_assume() {
    let engine = Engine::start().await;
    let role = engine.role().await;
    let mut inputs = function(&role);
    inputs["role"] = json!("arn:aws:iam::000000000000:role/nobody");
    let refusal = "The role defined for the function cannot be assumed by Lambda.";
    says(engine.try_create(FUNCTION, "f", inputs).await, refusal);
    let foreign = TRUST.replace("lambda", "ec2");
    let role = engine
        .create(ROLE, "other", json!({"assumeRolePolicy": foreign}))
        .await;
    says(
        engine.try_create(FUNCTION, "f", function(&role)).await,
        refusal,
    );
}

#[tokio::test]
async fn a_function_has_code_and_an_environment_that_fits() {
    let engine = Engine::start().await;
    let role = engine.role().await;
    let with = |property: &str, value: Value| {
        let mut inputs = function(&role);
        inputs[property] = value;
        inputs
    };
    let variables = |name: &str, value: String| json!({"variables": {name: value}});
    for (inputs, refusal) in [
        (
            with("s3Bucket", json!(null)),
            "one of `code`, `s3Bucket`, `imageUri` must be specified",
        ),
        (
            with("handler", json!(null)),
            "Runtime and Handler are mandatory parameters",
        ),
        (
            with("timeout", json!(901)),
            "value less than or equal to 900",
        ),
        (
            with("environment", variables("AWS_REGION", "x".into())),
            "Reserved keys used in this request: AWS_REGION",
        ),
        (
            with("environment", variables("BIG", "x".repeat(4096))),
            "exceeded the 4KB limit",
        ),
    ] {
        says(engine.try_create(FUNCTION, "f", inputs).await, refusal);
    }
}

#[tokio::test]
async fn a_permission_needs_its_function_and_an_id_of_its_own() {
    let engine = Engine::start().await;
    let inputs = |function: &str| {
        json!({
            "action": "lambda:InvokeFunction",
            "function": function,
            "principal": "apigateway.amazonaws.com",
            "statementId": "api",
        })
    };
    says(
        engine.try_create(PERMISSION, "p", inputs("nobody")).await,
        "ResourceNotFoundException: Function not found",
    );
    let role = engine.role().await;
    let made = engine.create(FUNCTION, "f", function(&role)).await;
    let permission = engine.create(PERMISSION, "p", inputs(&made.id)).await;
    engine
        .create(PERMISSION, "by-arn", inputs(&made.text("arn")))
        .await;
    says(
        engine
            .try_create(PERMISSION, "again", inputs(&made.id))
            .await,
        "The statement id (api) provided already exists.",
    );
    engine.delete(&made).await.unwrap();
    let left = engine.state()["resources"].as_object().unwrap().len();
    assert_eq!(left, 1, "all but the role went with the function");
    says(engine.delete(&permission).await, "Function not found");
}

#[tokio::test]
async fn an_event_source_mapping_needs_queue_function_and_rights() {
    let engine = Engine::start().await;
    let role = engine.role().await;
    let mut slow = function(&role);
    slow["timeout"] = json!(60);
    let made = engine.create(FUNCTION, "f", slow).await;
    let queue = engine.create(QUEUE, "jobs", json!({})).await;
    let inputs =
        |function: &str, queue: &str| json!({"functionName": function, "eventSourceArn": queue});
    let good = || inputs(&made.id, &queue.text("arn"));
    let nowhere = "arn:aws:sqs:us-east-1:000000000000:nowhere";
    says(
        engine
            .try_create(MAPPING, "m", inputs("nobody", &queue.text("arn")))
            .await,
        "Function not found",
    );
    says(
        engine
            .try_create(MAPPING, "m", inputs(&made.id, nowhere))
            .await,
        "The specified queue does not exist",
    );
    says(
        engine.try_create(MAPPING, "m", good()).await,
        "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds",
    );
    let longer = json!({"visibilityTimeoutSeconds": 360});
    engine.update(&queue, longer).await.unwrap();
    says(
        engine.try_create(MAPPING, "m", good()).await,
        "does not have permissions to call ReceiveMessage on SQS",
    );
    let policy = json!({"role": role.id, "policy": RECEIVE});
    engine.create(ROLE_POLICY, "policy", policy).await;
    engine.create(MAPPING, "m", good()).await;
    says(
        engine.try_create(MAPPING, "again", good()).await,
        "Please update or delete the existing mapping with UUID",
    );
}

#[tokio::test]
async fn a_protected_table_stays() {
    let engine = Engine::start().await;
    let inputs = |protected: bool| {
        json!({
            "hashKey": "a",
            "attributes": [{"name": "a", "type": "S"}],
            "billingMode": "PAY_PER_REQUEST",
            "deletionProtectionEnabled": protected,
        })
    };
    let table = engine.create(TABLE, "t", inputs(true)).await;
    says(
        engine.delete(&table).await,
        "currently protected against deletion",
    );
    let open = engine.update(&table, inputs(false)).await.unwrap();
    engine.delete(&open).await.unwrap();
}

#[tokio::test]
async fn a_tables_attributes_are_its_keys() {
    let engine = Engine::start().await;
    let table = |attributes: Value| json!({"hashKey": "a", "attributes": attributes, "billingMode": "PAY_PER_REQUEST"});
    let attribute = |name: &str| json!({"name": name, "type": "S"});
    let missing = engine.try_create(TABLE, "t", table(json!([]))).await;
    says(
        missing,
        "Some index key attributes are not defined in AttributeDefinitions",
    );
    let unused = table(json!([attribute("a"), attribute("b")]));
    says(
        engine.try_create(TABLE, "t", unused).await,
        "all attributes must be indexed",
    );
    let mut provisioned = table(json!([attribute("a")]));
    provisioned["billingMode"] = json!("PROVISIONED");
    says(
        engine.try_create(TABLE, "t", provisioned).await,
        "ReadCapacityUnits and WriteCapacityUnits must both be specified",
    );
}

#[tokio::test]
async fn a_user_pool_with_a_domain_or_protection_stays() {
    let engine = Engine::start().await;
    let pool = engine
        .create(POOL, "users", json!({"deletionProtection": "ACTIVE"}))
        .await;
    let inputs = json!({"userPoolId": pool.id, "domain": "sign-in"});
    let domain = engine
        .create("aws:cognito/userPoolDomain:UserPoolDomain", "d", inputs)
        .await;
    says(
        engine.delete(&pool).await,
        "It has a domain configured that should be deleted first.",
    );
    engine.delete(&domain).await.unwrap();
    says(
        engine.delete(&pool).await,
        "deletion protection is activated",
    );
}

#[tokio::test]
async fn an_app_client_needs_its_pool_its_scopes_and_sensible_tokens() {
    let engine = Engine::start().await;
    let made = engine
        .try_create(CLIENT, "c", json!({"userPoolId": "us-east-1_none"}))
        .await;
    says(
        made,
        "ResourceNotFoundException: User pool us-east-1_none does not exist.",
    );
    let pool = engine.create(POOL, "users", json!({})).await;
    let scopes = json!({"userPoolId": pool.id, "allowedOauthScopes": ["openid", "api/read"]});
    let made = engine.try_create(CLIENT, "c", scopes).await;
    says(
        made,
        "ScopeDoesNotExistException: Invalid scope requested: api/read",
    );
    let minutes = json!({
        "userPoolId": pool.id,
        "accessTokenValidity": 4,
        "tokenValidityUnits": {"accessToken": "minutes"},
    });
    let made = engine.try_create(CLIENT, "c", minutes).await;
    says(
        made,
        "InvalidParameterException: Invalid range for token validity",
    );
}

#[tokio::test]
async fn a_queues_dead_letters_go_to_a_queue_of_its_kind() {
    let engine = Engine::start().await;
    let redrive = |target: &str, count: u32| {
        let policy = json!({"deadLetterTargetArn": target, "maxReceiveCount": count});
        json!({"redrivePolicy": policy.to_string()})
    };
    let nowhere = "arn:aws:sqs:us-east-1:000000000000:nowhere";
    let made = engine.try_create(QUEUE, "jobs", redrive(nowhere, 3)).await;
    says(made, "Reason: Dead letter target does not exist.");
    let dead = engine.create(QUEUE, "dead", json!({})).await;
    let arn = dead.text("arn");
    says(
        engine.try_create(QUEUE, "jobs", redrive(&arn, 1001)).await,
        "Invalid value for maxReceiveCount",
    );
    let mut fifo = redrive(&arn, 3);
    fifo["fifoQueue"] = json!(true);
    fifo["name"] = json!("jobs.fifo");
    says(
        engine.try_create(QUEUE, "jobs", fifo).await,
        "Dead-letter queue must be same type of queue as the source.",
    );
    says(
        engine
            .try_create(QUEUE, "jobs", json!({"fifoQueue": true, "name": "jobs"}))
            .await,
        "must end with .fifo suffix",
    );
    engine.create(QUEUE, "jobs", redrive(&arn, 3)).await;
}

#[tokio::test]
async fn logs_are_kept_for_one_of_a_few_numbers_of_days() {
    let engine = Engine::start().await;
    let made = engine
        .try_create(GROUP, "g", json!({"retentionInDays": 10}))
        .await;
    says(made, "InvalidParameterException");
    engine
        .create(GROUP, "g", json!({"retentionInDays": 14}))
        .await;
}

#[tokio::test]
async fn a_composite_alarm_is_made_of_alarms_that_are_there() {
    let engine = Engine::start().await;
    let composite = "aws:cloudwatch/compositeAlarm:CompositeAlarm";
    let inputs = json!({"alarmName": "all", "alarmRule": "ALARM(late)"});
    let made = engine.try_create(composite, "all", inputs.clone()).await;
    says(made, "in the alarm rule do not exist");
    let alarm = json!({
        "name": "late",
        "comparisonOperator": "GreaterThanThreshold",
        "evaluationPeriods": 1,
        "metricName": "Latency",
        "namespace": "Tidegate",
        "period": 60,
        "statistic": "Average",
        "threshold": 500,
    });
    let alarm = engine
        .create("aws:cloudwatch/metricAlarm:MetricAlarm", "late", alarm)
        .await;
    let composite = engine.create(composite, "all", inputs).await;
    says(
        engine.delete(&alarm).await,
        "as it is used by the composite alarm all",
    );
    engine.delete(&composite).await.unwrap();
    engine.delete(&alarm).await.unwrap();
}

#[tokio::test]
async fn a_web_acl_in_use_stays_and_guards_no_websocket() {
    let engine = Engine::start().await;
    let acl = |region: &str| {
        json!({
            "scope": "CLOUDFRONT",
            "region": region,
            "defaultAction": {"allow": {}},
            "visibilityConfig": {
                "cloudwatchMetricsEnabled": true,
                "metricName": "edge",
                "sampledRequestsEnabled": true,
            },
        })
    };
    let token = "aws:wafv2/webAcl:WebAcl";
    let made = engine.try_create(token, "edge", acl("eu-central-1")).await;
    says(
        made,
        "The scope is not valid., field: SCOPE_VALUE, parameter: CLOUDFRONT",
    );
    let acl = engine.create(token, "edge", acl("us-east-1")).await;
    let distribution = |target: &str, acl: &str| {
        json!({
            "enabled": true,
            "origins": [{"originId": "api", "domainName": "example.com"}],
            "defaultCacheBehavior": {
                "targetOriginId": target,
                "allowedMethods": ["GET", "HEAD"],
                "cachedMethods": ["GET", "HEAD"],
                "viewerProtocolPolicy": "https-only",
            },
            "restrictions": {"geoRestriction": {"restrictionType": "none"}},
            "viewerCertificate": {"cloudfrontDefaultCertificate": true},
            "webAclId": acl,
        })
    };
    let token = "aws:cloudfront/distribution:Distribution";
    let arn = acl.text("arn");
    let made = engine
        .try_create(token, "d", distribution("nowhere", &arn))
        .await;
    says(made, "NoSuchOrigin");
    let made = engine
        .try_create(token, "d", distribution("api", "arn:aws:none"))
        .await;
    says(made, "InvalidWebACLId");
    let edge = engine.create(token, "d", distribution("api", &arn)).await;
    says(engine.delete(&acl).await, "WAFAssociatedItemException");
    engine.delete(&edge).await.unwrap();
    let stage = "arn:aws:apigateway:us-east-1::/apis/abc/stages/dev";
    let association = json!({"webAclArn": arn, "resourceArn": stage});
    let made = engine
        .try_create(
            "aws:wafv2/webAclAssociation:WebAclAssociation",
            "a",
            association,
        )
        .await;
    says(
        made,
        "WAFInvalidParameterException: Error reason: The ARN isn't valid.",
    );
    engine.delete(&acl).await.unwrap();
}
