// The same resources as those of tests/services, as one writes them in TypeScript with the bindings of @pulumi/aws.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const count = config.requireNumber("count");
const bootstrap = config.require("bootstrap");

const assumedByLambda =
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"lambda.amazonaws.com"}}]}';

class Gateway extends pulumi.ComponentResource {
    constructor(name: string) {
        super("services:index:Gateway", name);
    }
}

class Service extends pulumi.ComponentResource {
    readonly route: aws.apigatewayv2.Route;

    constructor(name: string, api: aws.apigatewayv2.Api) {
        super("services:index:Service", name);
        const parent = this;
        const table = new aws.dynamodb.Table(
            name,
            { billingMode: "PAY_PER_REQUEST", hashKey: "pk", attributes: [{ name: "pk", type: "S" }] },
            { parent },
        );
        const role = new aws.iam.Role(name, { assumeRolePolicy: assumedByLambda }, { parent });
        const logs = new aws.cloudwatch.LogGroup(name, { retentionInDays: 14 }, { parent });
        const policy = new aws.iam.RolePolicy(
            name,
            {
                role: role.id,
                policy: pulumi.interpolate`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["dynamodb:GetItem","dynamodb:PutItem"],"Resource":"${table.arn}"},{"Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"${logs.arn}:*"}]}`,
            },
            { parent },
        );
        const made = new aws.lambda.Function(
            name,
            {
                role: role.arn,
                code: new pulumi.asset.AssetArchive({ bootstrap: new pulumi.asset.FileAsset(bootstrap) }),
                runtime: aws.lambda.Runtime.CustomAL2023,
                handler: "bootstrap",
                architectures: ["arm64"],
                memorySize: 256,
                timeout: 15,
                environment: { variables: { TABLE: table.name } },
                loggingConfig: { logFormat: "Text", logGroup: logs.name },
            },
            { parent, dependsOn: [policy] },
        );
        new aws.lambda.Permission(
            name,
            {
                action: "lambda:InvokeFunction",
                function: made.name,
                principal: "apigateway.amazonaws.com",
                sourceArn: pulumi.interpolate`${api.executionArn}/*/${name}`,
            },
            { parent },
        );
        const integration = new aws.apigatewayv2.Integration(
            name,
            {
                apiId: api.id,
                integrationType: "AWS_PROXY",
                integrationMethod: "POST",
                integrationUri: made.invokeArn,
            },
            { parent },
        );
        this.route = new aws.apigatewayv2.Route(
            name,
            {
                apiId: api.id,
                routeKey: name,
                authorizationType: "NONE",
                target: pulumi.interpolate`integrations/${integration.id}`,
            },
            { parent },
        );
        this.registerOutputs({ table: table.name, function: made.name });
    }
}

const pool = new aws.cognito.UserPool("users");
const client = new aws.cognito.UserPoolClient("client", { userPoolId: pool.id, generateSecret: false });

const gateway = new Gateway("gateway");
const api = new aws.apigatewayv2.Api(
    "sockets",
    { protocolType: "WEBSOCKET", routeSelectionExpression: "$request.body.action" },
    { parent: gateway },
);
const services = Array.from({ length: count }, (_, index) => new Service(`service-${index}`, api));
const deployment = new aws.apigatewayv2.Deployment(
    "deployment",
    { apiId: api.id },
    { parent: gateway, dependsOn: services.map((service) => service.route) },
);
const stage = new aws.apigatewayv2.Stage(
    "stage",
    {
        apiId: api.id,
        name: pulumi.getStack(),
        deploymentId: deployment.id,
        defaultRouteSettings: { throttlingRateLimit: 2000, throttlingBurstLimit: 1000 },
    },
    { parent: gateway },
);

export const url = stage.invokeUrl;
export const clientId = client.id;
