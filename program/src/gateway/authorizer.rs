//! The authorizer of an API, and who may invoke a function.

use pulumi::{Output, interpolate};
use pulumi_aws::apigatewayv2::Authorizer;
use tidegate_contract::origin::ORIGIN_HEADER;

use super::{Deployed, Endpoint, Gateway};
use crate::functions::{Caller, Invocable};

impl Gateway {
    pub(super) fn authorizer(
        &self,
        endpoint: &Endpoint,
        function: &Invocable,
        deployed: &mut Deployed,
    ) -> Authorizer {
        // The token is no identity source: each would have to be there, and a token may come in one place or another. So
        // the function always runs, and a missing token is its to refuse.
        let authorizer = Authorizer::builder(format!("authorizer{}", endpoint.suffix))
            .api_id(&endpoint.api.id)
            .authorizer_type("REQUEST")
            .authorizer_uri(&function.invoke_arn);
        let authorizer = if self.guarded {
            // Who goes around the edge is answered with 401 by API Gateway, and costs no function.
            authorizer.identity_sources([format!("route.request.header.{ORIGIN_HEADER}")])
        } else {
            authorizer
        };
        let authorizer = deployed.add(authorizer, |it| it.create(&self.component));
        self.permit(
            endpoint,
            "authorizer",
            function,
            &interpolate!("authorizers/{}", &authorizer.id),
            deployed,
        );
        authorizer
    }

    /// Lets the API invoke a function, for one route only, before it is served.
    pub(super) fn permit(
        &self,
        endpoint: &Endpoint,
        name: &str,
        function: &Invocable,
        source: &Output<String>,
        deployed: &mut Deployed,
    ) {
        let permission = function.permit(
            &self.component,
            format!("{name}{}", endpoint.suffix),
            Caller::ApiGateway,
            interpolate!("{}/{}", &endpoint.api.execution_arn, source),
        );
        deployed.wait_for(&permission);
    }
}
