//! Functions, tables, alarms and logs.

use serde_json::json;

use crate::refuses;

#[test]
fn a_function_has_code_and_an_environment_that_is_its_own() {
    let large = "x".repeat(4_096);
    let token = "aws:lambda/function:Function";
    refuses(
        token,
        &[
            (json!({"code": null}), "code", "must be given"),
            (
                json!({"imageUri": "a", "handler": null, "runtime": null}),
                "imageUri",
                "together with `code`",
            ),
            (json!({"handler": null}), "handler", "must be given"),
            (json!({"timeout": 901}), "timeout", "at most 900"),
            (json!({"memorySize": 10_241}), "memorySize", "at most 10240"),
            (
                json!({"environment": {"variables": {"LEVEL": large}}}),
                "environment.variables",
                "at most 4096 bytes",
            ),
            (
                json!({"environment": {"variables": {"AWS_REGION": "x"}}}),
                "environment.variables[\"AWS_REGION\"]",
                "Lambda sets it itself",
            ),
            (
                json!({"loggingConfig": {"logFormat": "Text", "systemLogLevel": "INFO"}}),
                "loggingConfig.systemLogLevel",
                "must not be given",
            ),
        ],
    );
}

#[test]
fn an_alias_and_what_is_provisioned_are_of_published_versions() {
    refuses(
        "aws:lambda/alias:Alias",
        &[
            (
                json!({"functionVersion": "$LATEST"}),
                "functionVersion",
                "published",
            ),
            (
                json!({"functionVersion": "live"}),
                "functionVersion",
                "must match",
            ),
            (json!({"name": "12"}), "name", "must match"),
        ],
    );
    refuses(
        "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig",
        &[
            (
                json!({"qualifier": "$LATEST"}),
                "qualifier",
                "not `$LATEST`",
            ),
            (
                json!({"provisionedConcurrentExecutions": 0}),
                "provisionedConcurrentExecutions",
                "at least 1",
            ),
        ],
    );
}

#[test]
fn an_event_source_mapping_is_for_its_source() {
    let fifo = "arn:aws:sqs:eu-central-1:000000000000:q.fifo";
    refuses(
        "aws:lambda/eventSourceMapping:EventSourceMapping",
        &[
            (
                json!({"maximumBatchingWindowInSeconds": null}),
                "maximumBatchingWindowInSeconds",
                "at least 1",
            ),
            (
                json!({"eventSourceArn": fifo, "maximumBatchingWindowInSeconds": null}),
                "batchSize",
                "at most 10",
            ),
            (
                json!({"startingPosition": "LATEST"}),
                "startingPosition",
                "must not be given",
            ),
            (
                json!({"provisionedPollerConfig": {"minimumPollers": 2}}),
                "provisionedPollerConfig",
                "must not be given",
            ),
            (
                json!({"scalingConfig": {"maximumConcurrency": 1}}),
                "scalingConfig.maximumConcurrency",
                "at least 2",
            ),
        ],
    );
}

#[test]
fn the_keys_of_a_table_are_its_attributes() {
    refuses(
        "aws:dynamodb/table:Table",
        &[
            (json!({"hashKey": null}), "hashKey", "must be given"),
            (
                json!({"hashKey": "id"}),
                "attributes",
                "must have an item for the key `id`",
            ),
            (
                json!({"rangeKey": null}),
                "attributes",
                "must have no item for `sk`",
            ),
            (
                json!({"readCapacity": 1}),
                "readCapacity",
                "must not be given",
            ),
            (
                json!({"streamViewType": null}),
                "streamViewType",
                "must be given",
            ),
            (
                json!({"ttl": {"enabled": true}}),
                "ttl.attributeName",
                "must be given",
            ),
            (
                json!({"pointInTimeRecovery": {"enabled": true, "recoveryPeriodInDays": 36}}),
                "pointInTimeRecovery.recoveryPeriodInDays",
                "at most 35",
            ),
        ],
    );
}

#[test]
fn an_alarm_can_be_evaluated() {
    let query =
        |id: &str, returned: bool| json!({"id": id, "expression": "a + b", "returnData": returned});
    let queries = |items: serde_json::Value| {
        json!({
            "metricName": null, "namespace": null, "period": null, "extendedStatistic": null,
            "metricQueries": items,
        })
    };
    refuses(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        &[
            (json!({"period": 45}), "period", "a multiple of 60"),
            (
                json!({"datapointsToAlarm": 6}),
                "datapointsToAlarm",
                "at most `evaluationPeriods`",
            ),
            (
                json!({"evaluationPeriods": 1441}),
                "evaluationPeriods",
                "at most 86400 s",
            ),
            (
                json!({"statistic": "Sum"}),
                "extendedStatistic",
                "together with `statistic`",
            ),
            (json!({"namespace": null}), "namespace", "must be given"),
            (json!({"threshold": null}), "threshold", "must be given"),
            (
                json!({"treatMissingData": "no"}),
                "treatMissingData",
                "must be one of",
            ),
            (
                queries(json!([query("a", false)])),
                "metricQueries",
                "exactly one item",
            ),
            (
                queries(json!([query("A", true)])),
                "metricQueries[0].id",
                "small letter",
            ),
        ],
    );
    refuses(
        "aws:cloudwatch/compositeAlarm:CompositeAlarm",
        &[
            (
                json!({"alarmRule": "a OR b"}),
                "alarmRule",
                "must ask for the state",
            ),
            (json!({"alarmRule": "ALARM(a"}), "alarmRule", "must close"),
        ],
    );
}

#[test]
fn a_dashboard_fits_its_columns_and_a_log_group_its_days() {
    let body = |widget: serde_json::Value| json!({"dashboardBody": json!({"widgets": [widget]}).to_string()});
    refuses(
        "aws:cloudwatch/dashboard:Dashboard",
        &[
            (
                json!({"dashboardBody": "[]"}),
                "dashboardBody",
                "must be a JSON object",
            ),
            (
                json!({"dashboardBody": "{"}),
                "dashboardBody",
                "must be a JSON document",
            ),
            (
                body(json!({"type": "metric", "properties": {}, "x": 20, "width": 6})),
                "dashboardBody",
                "must fit into 24 columns, in widget 0",
            ),
        ],
    );
    refuses(
        "aws:cloudwatch/logGroup:LogGroup",
        &[
            (
                json!({"retentionInDays": 31}),
                "retentionInDays",
                "must be one of 0, 1, 3",
            ),
            (
                json!({"name": "aws/a"}),
                "name",
                "must not begin with `aws/`",
            ),
        ],
    );
}
