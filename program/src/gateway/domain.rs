//! A domain name before the APIs.

use pulumi::{FromValue as _, Output, PropertyValue, interpolate};
use pulumi_aws::apigatewayv2::{ApiMapping, DomainName, DomainNameDomainNameConfiguration};
use pulumi_aws::route53::{Record, RecordAlias, RecordType};

use super::{Gateway, ServedEndpoint};
use crate::certificate;

impl Gateway {
    /// Puts the domain name before what is served, if there is one: `wss://NAME`, or `wss://NAME/2` for the second of
    /// several endpoints. Returns where the name is to point when the stack makes no record for it.
    pub(super) fn name_by_domain(&self, served: &mut [ServedEndpoint]) -> Option<Output<String>> {
        let domain = self.settings.domain.as_ref()?;
        let certificate = certificate::of(&self.component, "sockets", domain, None, &self.tags);
        let name = DomainName::builder("sockets")
            .domain_name(&domain.name)
            .domain_name_configuration(
                DomainNameDomainNameConfiguration::builder()
                    .certificate_arn(certificate)
                    .endpoint_type("REGIONAL")
                    // 1.2 and 1.3: the only policy that there is for WebSocket APIs.
                    .security_policy("TLS_1_2")
                    .build(),
            )
            .tags(self.tags.clone())
            .create(&self.component);
        let several = served.len() > 1;
        for (number, endpoint) in (1..).zip(served) {
            let mapping = ApiMapping::builder(format!("sockets{}", endpoint.suffix))
                .api_id(&endpoint.api_id)
                .domain_name(&name.domain_name)
                .stage(stage_of(endpoint));
            let (mapping, url) = if several {
                let key = format!("{number}");
                let url = format!("wss://{}/{key}", domain.name);
                (mapping.api_mapping_key(key), url)
            } else {
                (mapping, format!("wss://{}", domain.name))
            };
            let mapping = mapping.create(&self.component);
            // Nobody is told of the name before it leads somewhere.
            endpoint.websocket_url = mapping.id.map(move |_| url.clone());
        }
        let target = |field: &'static str| {
            name.domain_name_configuration
                .try_map(move |configuration| text_of(&configuration, field))
        };
        let Some(zone) = &domain.hosted_zone_id else {
            return Some(target("targetDomainName"));
        };
        Record::builder("sockets")
            .zone_id(zone)
            .name(&domain.name)
            .type_(RecordType::A)
            .aliases([RecordAlias::builder()
                .name(target("targetDomainName"))
                .zone_id(target("hostedZoneId"))
                .evaluate_target_health(false)
                .build()])
            .create(&self.component);
        None
    }
}

/// The stage, once it is there: a mapping to one that is not is refused.
fn stage_of(endpoint: &ServedEndpoint) -> Output<String> {
    let stage = endpoint.stage.clone();
    let there = endpoint.origin_url.map(|_| String::new());
    interpolate!("{}{}", &there, stage)
}

/// A text within an object that the provider gives.
fn text_of(object: &PropertyValue, field: &str) -> Result<String, pulumi::ConvertError> {
    let value = match object {
        PropertyValue::Object(fields) => fields.get(field).cloned(),
        _ => None,
    };
    String::from_value(value.unwrap_or(PropertyValue::Null))
}
