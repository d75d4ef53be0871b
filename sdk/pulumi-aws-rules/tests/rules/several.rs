//! Rules that concern several resources: what a program declares, in its order.

use std::collections::{BTreeMap, BTreeSet};

use pulumi_aws_rules::{Declaration, Declarations, Rules, UNKNOWN, Violation};
use serde_json::{Value, json};

const API: &str = "aws:apigatewayv2/api:Api";
const CERTIFICATE: &str = "aws:acm/certificate:Certificate";
const FUNCTION: &str = "aws:lambda/function:Function";
const STAGE: &str = "aws:apigatewayv2/stage:Stage";

/// A program in Frankfurt.
struct Program(Declarations);

#[expect(
    clippy::needless_pass_by_value,
    reason = "inputs are written where they are given"
)]
impl Program {
    fn new() -> Self {
        let rules = Rules::load().unwrap();
        Self(Declarations::new(rules, Some("eu-central-1".to_owned())))
    }

    /// Declares a resource by its name. `from` says which inputs, unknown all, come from which others.
    fn declare(
        &self,
        token: &str,
        name: &str,
        inputs: Value,
        from: &[(&str, &[&str])],
    ) -> Vec<Violation> {
        let mut inputs = inputs.as_object().unwrap().clone();
        let mut sources = BTreeMap::new();
        for (property, names) in from {
            inputs.entry(*property).or_insert(json!(UNKNOWN));
            let names: BTreeSet<String> = names.iter().map(|&name| name.to_owned()).collect();
            sources.insert((*property).to_owned(), names);
        }
        self.0.check(Declaration {
            urn: name.to_owned(),
            type_token: token.to_owned(),
            name: name.to_owned(),
            inputs,
            sources,
            own_provider: false,
        })
    }

    fn good(&self, token: &str, name: &str, inputs: Value, from: &[(&str, &[&str])]) {
        let found = self.declare(token, name, inputs, from);
        assert_eq!(found, [], "{name}");
    }

    #[track_caller]
    fn refused(
        &self,
        token: &str,
        inputs: Value,
        from: &[(&str, &[&str])],
        property: &str,
        problem: &str,
    ) {
        let found = self.declare(token, "wrong", inputs, from);
        let [violation] = &found[..] else {
            panic!("{found:#?}");
        };
        assert_eq!(violation.property, property, "{violation}");
        assert!(
            violation.problem.to_string().contains(problem),
            "{violation}"
        );
    }

    fn websocket_api(&self) {
        let inputs = json!({"protocolType": "WEBSOCKET", "routeSelectionExpression": "$request.body.action"});
        self.good(API, "sockets", inputs, &[]);
    }

    fn function(&self, name: &str, inputs: Value) {
        let mut all = json!({"code": {}, "handler": "bootstrap", "runtime": "provided.al2023", "role": UNKNOWN});
        for (property, value) in inputs.as_object().unwrap() {
            all[property] = value.clone();
        }
        self.good(FUNCTION, name, all, &[]);
    }
}

#[test]
fn what_is_in_a_websocket_api_is_for_websockets() {
    let program = Program::new();
    program.websocket_api();
    let from: &[(&str, &[&str])] = &[("apiId", &["sockets"])];
    program.refused(
        STAGE,
        json!({"name": "$default"}),
        from,
        "name",
        "in a WebSocket API",
    );
    let route = "aws:apigatewayv2/route:Route";
    program.good(route, "connect", json!({"routeKey": "$connect"}), from);
    program.refused(
        route,
        json!({"routeKey": "$hello"}),
        from,
        "routeKey",
        "must be one of",
    );
    let guarded =
        json!({"routeKey": "publish", "authorizationType": "CUSTOM", "authorizerId": "a"});
    program.refused(route, guarded, from, "authorizationType", "only `$connect`");
    let slow = json!({"integrationType": "MOCK", "timeoutMilliseconds": 29_001});
    let integration = "aws:apigatewayv2/integration:Integration";
    program.refused(
        integration,
        slow,
        from,
        "timeoutMilliseconds",
        "at most 29000",
    );
    let authorizer = "aws:apigatewayv2/authorizer:Authorizer";
    let cached = json!({"authorizerType": "REQUEST", "authorizerUri": "a", "authorizerResultTtlInSeconds": 60});
    program.refused(
        authorizer,
        cached,
        from,
        "authorizerResultTtlInSeconds",
        "in a WebSocket API",
    );
    let source = json!({"authorizerType": "REQUEST", "authorizerUri": "a", "identitySources": ["$request.header.X"]});
    program.refused(
        authorizer,
        source,
        from,
        "identitySources",
        "route.request.",
    );
}

#[test]
fn what_is_in_an_http_api_is_for_requests() {
    let program = Program::new();
    program.good(API, "requests", json!({"protocolType": "HTTP"}), &[]);
    let from: &[(&str, &[&str])] = &[("apiId", &["requests"])];
    program.good(STAGE, "stage", json!({"name": "$default"}), from);
    let route = "aws:apigatewayv2/route:Route";
    program.good(route, "get", json!({"routeKey": "GET /v1/health"}), from);
    program.refused(
        route,
        json!({"routeKey": "publish"}),
        from,
        "routeKey",
        "a method and a path",
    );
    let mock = json!({"integrationType": "MOCK"});
    let integration = "aws:apigatewayv2/integration:Integration";
    program.refused(
        integration,
        mock,
        from,
        "integrationType",
        "AWS_PROXY, HTTP_PROXY",
    );
    let logs = json!({"name": "a", "defaultRouteSettings": {
        "loggingLevel": "INFO", "throttlingRateLimit": 1, "throttlingBurstLimit": 1,
    }});
    program.refused(
        STAGE,
        logs,
        from,
        "defaultRouteSettings.loggingLevel",
        "must be OFF",
    );
}

#[test]
fn a_certificate_that_nobody_knows_yet_is_known_by_its_region() {
    let program = Program::new();
    let request = json!({"domainName": "ws.example.com", "validationMethod": "DNS"});
    program.good(CERTIFICATE, "here", request.clone(), &[]);
    let mut global = request;
    global["region"] = json!("us-east-1");
    program.good(CERTIFICATE, "global", global, &[]);
    let validation = "aws:acm/certificateValidation:CertificateValidation";
    let arn = "certificateArn";
    program.good(
        validation,
        "global-issued",
        json!({"region": "us-east-1"}),
        &[(arn, &["global"])],
    );
    program.good(validation, "here-issued", json!({}), &[(arn, &["here"])]);
    program.refused(
        validation,
        json!({}),
        &[(arn, &["global"])],
        arn,
        "in us-east-1",
    );

    let domain = "aws:apigatewayv2/domainName:DomainName";
    let configuration =
        json!({"endpointType": "REGIONAL", "securityPolicy": "TLS_1_2", "certificateArn": UNKNOWN});
    let inputs = json!({"domainName": "ws.example.com", "domainNameConfiguration": configuration});
    let property = "domainNameConfiguration";
    program.good(
        domain,
        "domain",
        inputs.clone(),
        &[(property, &["here-issued"])],
    );
    let place = "domainNameConfiguration.certificateArn";
    program.refused(
        domain,
        inputs,
        &[(property, &["global-issued"])],
        place,
        "in eu-central-1",
    );

    let distribution = "aws:cloudfront/distribution:Distribution";
    let inputs = json!({"viewerCertificate": {"acmCertificateArn": UNKNOWN, "sslSupportMethod": "sni-only"}});
    let property = "viewerCertificate";
    program.good(
        distribution,
        "edge",
        inputs.clone(),
        &[(property, &["global-issued"])],
    );
    let place = "viewerCertificate.acmCertificateArn";
    program.refused(
        distribution,
        inputs,
        &[(property, &["here-issued"])],
        place,
        "in us-east-1",
    );
}

#[test]
fn a_queue_hides_a_message_as_long_as_the_function_may_work_on_it() {
    let program = Program::new();
    program.function("fanout", json!({"timeout": 30}));
    let queue = "aws:sqs/queue:Queue";
    program.good(
        queue,
        "patient",
        json!({"visibilityTimeoutSeconds": 180}),
        &[],
    );
    program.good(queue, "hasty", json!({"visibilityTimeoutSeconds": 29}), &[]);
    let of: (&str, &[&str]) = ("functionName", &["fanout"]);
    let alias = json!({"name": "live", "functionVersion": "1"});
    program.good("aws:lambda/alias:Alias", "live", alias, &[of]);
    let mapping = "aws:lambda/eventSourceMapping:EventSourceMapping";
    let by_alias: (&str, &[&str]) = ("functionName", &["live"]);
    for function in [of, by_alias] {
        let from = [function, ("eventSourceArn", &["patient"][..])];
        program.good(mapping, "mapping", json!({}), &from);
        let from = [function, ("eventSourceArn", &["hasty"][..])];
        let problem = "(29 s) is not less than the function's timeout (30 s)";
        program.refused(mapping, json!({}), &from, "eventSourceArn", problem);
    }
}

#[test]
fn no_more_is_provisioned_than_is_reserved() {
    let program = Program::new();
    program.function("message", json!({"reservedConcurrentExecutions": 10}));
    let alias = "aws:lambda/alias:Alias";
    let of: (&str, &[&str]) = ("functionName", &["message"]);
    program.good(
        alias,
        "live",
        json!({"name": "live", "functionVersion": "1"}),
        &[of],
    );
    program.good(
        alias,
        "newest",
        json!({"name": "newest", "functionVersion": "$LATEST"}),
        &[of],
    );
    let provisioned = "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig";
    let wanted = |count: i64| json!({"provisionedConcurrentExecutions": count});
    let from: &[(&str, &[&str])] = &[of, ("qualifier", &["live"])];
    program.good(provisioned, "ten", wanted(10), from);
    let property = "provisionedConcurrentExecutions";
    program.refused(provisioned, wanted(11), from, property, "at most the 10");
    let from: &[(&str, &[&str])] = &[of, ("qualifier", &["newest"])];
    program.refused(provisioned, wanted(1), from, "qualifier", "not `$LATEST`");
}

#[test]
fn the_policies_of_a_role_are_counted_together() {
    let program = Program::new();
    let policy = |resources: usize| {
        let resources = vec!["arn:aws:sqs:eu-central-1:0:q"; resources];
        let statement =
            json!([{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": resources}]);
        json!({"policy": json!({ "Statement": statement }).to_string()})
    };
    let token = "aws:iam/rolePolicy:RolePolicy";
    program.good(token, "first", policy(200), &[("role", &["worker"])]);
    program.good(token, "of another", policy(200), &[("role", &["other"])]);
    let from: &[(&str, &[&str])] = &[("role", &["worker"])];
    program.refused(
        token,
        policy(200),
        from,
        "policy",
        "together with the role's other",
    );
}

#[test]
fn the_logs_of_a_web_acl_go_where_waf_may_write() {
    let program = Program::new();
    let group = "aws:cloudwatch/logGroup:LogGroup";
    program.good(
        group,
        "good",
        json!({"name": "aws-waf-logs-edge", "region": "us-east-1"}),
        &[],
    );
    program.good(
        group,
        "named",
        json!({"name": "edge", "region": "us-east-1"}),
        &[],
    );
    program.good(group, "far", json!({"name": "aws-waf-logs-far"}), &[]);
    let acl = "aws:wafv2/webAcl:WebAcl";
    let inputs =
        json!({"scope": "CLOUDFRONT", "region": "us-east-1", "defaultAction": {"allow": {}}});
    program.good(acl, "acl", inputs, &[]);
    let logging = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration";
    let destination = "logDestinationConfigs";
    let here = json!({"region": "us-east-1", destination: [UNKNOWN]});
    let from =
        |group: &'static [&'static str]| [("resourceArn", &["acl"][..]), (destination, group)];
    program.good(logging, "logging", here.clone(), &from(&["good"]));
    program.refused(
        logging,
        here.clone(),
        &from(&["named"]),
        destination,
        "aws-waf-logs-",
    );
    program.refused(logging, here, &from(&["far"]), destination, "in us-east-1");
    let there = json!({ destination: [UNKNOWN] });
    program.refused(logging, there, &from(&["good"]), "region", "in us-east-1");
}

#[test]
fn of_a_provider_of_its_own_no_region_is_known() {
    let program = Program::new();
    let found = program.0.check(Declaration {
        urn: "acl".to_owned(),
        type_token: "aws:wafv2/webAcl:WebAcl".to_owned(),
        name: "acl".to_owned(),
        inputs: json!({"scope": "CLOUDFRONT"}).as_object().unwrap().clone(),
        sources: BTreeMap::new(),
        own_provider: true,
    });
    assert_eq!(found, []);
}
