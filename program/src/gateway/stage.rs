//! A deployment of an API, and the stage that serves it.

use pulumi::{AsResource, WithOptions};
use pulumi_aws::apigatewayv2::{
    Deployment, Stage, StageAccessLogSettings, StageDefaultRouteSettings, StageRouteSetting,
};
use tidegate_contract::routes::Route;

use super::logging::AccessLogs;
use super::{Deployed, Endpoint, Gateway, ServedEndpoint};

impl Gateway {
    pub(super) fn stage(
        &self,
        endpoint: &Endpoint,
        deployed: &Deployed,
        logging: Option<&AccessLogs>,
    ) -> ServedEndpoint {
        let Endpoint {
            suffix,
            api,
            management_url,
        } = endpoint;
        let settings = &self.settings;
        let deployment = Deployment::builder(format!("deployment{suffix}"))
            .api_id(&api.id)
            .triggers([("content", deployed.trigger())]);
        let dependencies: Vec<&dyn AsResource> = deployed
            .resources
            .iter()
            .map(|made| made as &dyn AsResource)
            .collect();
        let deployment = deployment.depends_on(&dependencies).create(&self.component);
        // Numbers always: without them, API Gateway takes zero and answers 429 to all.
        let rate = f64::from(settings.throttle.rate);
        let burst = i64::from(settings.throttle.burst);
        let throttle = StageDefaultRouteSettings::builder()
            .throttling_rate_limit(rate)
            .throttling_burst_limit(burst)
            .build();
        // API Gateway counts by route only where it is told to, and bills each such metric: active connections are the
        // pings in a minute.
        let ping = StageRouteSetting::builder()
            .route_key(Route::Ping.key())
            .detailed_metrics_enabled(true)
            .throttling_rate_limit(rate)
            .throttling_burst_limit(burst)
            .build();
        let stage = Stage::builder(format!("stage{suffix}"))
            .api_id(&api.id)
            .name(settings.stage())
            .deployment_id(&deployment.id)
            .default_route_settings(throttle)
            .route_settings([ping])
            .tags(self.tags.clone())
            .protect(settings.deletion_protection);
        let stage = match logging {
            Some(logs) => stage
                .access_log_settings(
                    StageAccessLogSettings::builder()
                        .destination_arn(&logs.group)
                        .format(logs.format.as_str())
                        .build(),
                )
                .depends_on(&logs.after()),
            None => stage,
        };
        let stage = stage.create(&self.component);
        ServedEndpoint {
            suffix: suffix.clone(),
            api_id: api.id.clone(),
            stage: settings.stage().to_owned(),
            websocket_url: stage.invoke_url.clone(),
            origin_url: stage.invoke_url,
            management_url: management_url.clone(),
        }
    }
}
