//! `aws:cloudfront/distribution:Distribution`, before a WebSocket API of this stack.

mod behavior;

use serde::Deserialize;
use serde_json::json;

use self::behavior::CacheBehavior;
use super::names::certificate;
use crate::cloud::{Cloud, Created, NewResource};
use crate::error::Refusal;
use crate::ids::base36;
use crate::inputs::read;
use crate::system::{Distribution, OriginHeaders, WebAcl};

/// Nothing here is far away, cached, or logged to a bucket.
const INERT: [&str; 8] = [
    "comment",
    "httpVersion",
    "isIpv6Enabled",
    "loggingConfig",
    "priceClass",
    "retainOnDelete",
    "tags",
    "waitForDeployment",
];
/// Where the certificates of distributions are.
const CERTIFICATE_REGION: &str = "us-east-1";
/// The statuses of an origin that CloudFront keeps for ten seconds where nothing else is said.
const KEPT_ERRORS: [u16; 4] = [500, 502, 503, 504];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    enabled: bool,
    #[serde(default)]
    aliases: Vec<String>,
    origins: Vec<Origin>,
    default_cache_behavior: CacheBehavior,
    #[serde(default)]
    custom_error_responses: Vec<CustomErrorResponse>,
    restrictions: Restrictions,
    viewer_certificate: ViewerCertificate,
    web_acl_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Origin {
    origin_id: String,
    domain_name: String,
    #[serde(default)]
    origin_path: String,
    #[serde(default)]
    custom_headers: Vec<CustomHeader>,
    custom_origin_config: Option<CustomOriginConfig>,
    /// The origin is on this machine.
    #[serde(rename = "connectionAttempts")]
    _connection_attempts: Option<u64>,
    #[serde(rename = "connectionTimeout")]
    _connection_timeout: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CustomHeader {
    name: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CustomOriginConfig {
    origin_protocol_policy: String,
    https_port: u16,
    /// What is not spoken here, and TLS of an origin that is on this machine.
    #[serde(rename = "httpPort")]
    _http_port: u16,
    #[serde(rename = "originSslProtocols")]
    _origin_ssl_protocols: Vec<String>,
    #[serde(rename = "originKeepaliveTimeout")]
    _origin_keepalive_timeout: Option<u64>,
    #[serde(rename = "originReadTimeout")]
    _origin_read_timeout: Option<u64>,
    #[serde(rename = "ipAddressType")]
    _ip_address_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CustomErrorResponse {
    error_code: u16,
    error_caching_min_ttl: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Restrictions {
    geo_restriction: GeoRestriction,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct GeoRestriction {
    restriction_type: String,
    #[serde(default)]
    locations: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ViewerCertificate {
    acm_certificate_arn: Option<String>,
    cloudfront_default_certificate: Option<bool>,
    #[serde(rename = "minimumProtocolVersion")]
    _minimum_protocol_version: Option<String>,
    ssl_support_method: Option<String>,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let inputs: Inputs = read(new.inputs, &INERT)?;
    if !inputs.enabled {
        return Err(Refusal::value(
            "enabled",
            "must be true: one that is not enabled answers nobody",
        ));
    }
    let [origin] = &inputs.origins[..] else {
        return Err(Refusal::value(
            "origins",
            "emulated is exactly one, the stack's WebSocket API",
        ));
    };
    inputs.default_cache_behavior.check(&origin.origin_id)?;
    let api_id = api_behind(cloud, origin)?;
    check_certificate(cloud, &inputs)?;
    let web_acl = web_acl(cloud, inputs.web_acl_id.as_deref())?;
    for note in notes(&inputs) {
        cloud.note(&note);
    }
    let served = cloud.edge.distributions.len();
    let domain_name = cloud.endpoints.distributions.get(served).cloned();
    let domain_name = domain_name.ok_or_else(|| {
        Refusal::Order(format!(
            "the local runtime serves {served} distribution(s) of a stack, and this is one more"
        ))
    })?;
    let id = format!(
        "E{}",
        base36(new.urn, "distribution", 13).to_ascii_uppercase()
    );
    let arn = format!(
        "arn:aws:cloudfront::{}:distribution/{id}",
        cloud.endpoints.account
    );
    let computed = [
        ("arn", json!(arn)),
        ("domainName", json!(domain_name)),
        // The same for every distribution.
        ("hostedZoneId", json!("Z2FDTNDATAQYW2")),
        ("status", json!("Deployed")),
        (
            "etag",
            json!(base36(new.urn, "etag", 13).to_ascii_uppercase()),
        ),
        ("inProgressValidationBatches", json!(0)),
        ("callerReference", json!(base36(new.urn, "reference", 20))),
    ];
    cloud.edge.distributions.push(Distribution {
        id: id.clone(),
        domain_name,
        api_id,
        origin_host: origin.address(),
        origin_path: origin.origin_path.clone(),
        origin_headers: origin_headers(&origin.custom_headers)?,
        allowed_methods: inputs.default_cache_behavior.allowed_methods.clone(),
        web_acl,
    });
    Ok(Created::new(id, new.inputs, computed))
}

impl Origin {
    /// Its host and port, as the endpoint of an API names them on this machine.
    fn address(&self) -> String {
        let config = self.custom_origin_config.as_ref();
        let port = config.map_or(443, |config| config.https_port);
        format!("{}:{port}", self.domain_name)
    }
}

/// The API that the origin names, by the host and port of its endpoint.
fn api_behind(cloud: &Cloud, origin: &Origin) -> Result<String, Refusal> {
    let Some(config) = &origin.custom_origin_config else {
        return Err(Refusal::value(
            "origins.customOriginConfig",
            "an API as an origin needs one; buckets are not emulated",
        ));
    };
    if config.origin_protocol_policy != "https-only" {
        return Err(Refusal::value(
            "origins.customOriginConfig.originProtocolPolicy",
            "must be https-only: API Gateway speaks nothing else",
        ));
    }
    let host = |endpoint: &str| {
        endpoint
            .split_once("://")
            .map(|(_, host)| host.to_owned())
            .unwrap_or_default()
    };
    let api = cloud
        .apis
        .iter()
        .find(|api| host(&api.endpoint) == origin.address());
    let api = api.ok_or_else(|| {
        Refusal::value(
            "origins.domainName",
            format!(
                "`{}` is not the endpoint of a WebSocket API of this stack; other origins are not emulated",
                origin.address()
            ),
        )
    })?;
    // Whether there is such a stage is the API's to say, when it is asked: 403 if not.
    let path = &origin.origin_path;
    if !path.is_empty() && (!path.starts_with('/') || path.ends_with('/')) {
        return Err(Refusal::value(
            "origins.originPath",
            format!("`{path}` must begin with `/` and not end with it, such as `/dev`"),
        ));
    }
    Ok(api.id.clone())
}

/// Headers that CloudFront does not add for an origin.
fn origin_headers(headers: &[CustomHeader]) -> Result<OriginHeaders, Refusal> {
    let forbidden = |name: &str| {
        let name = name.to_ascii_lowercase();
        let reserved = [
            "cache-control",
            "connection",
            "content-length",
            "cookie",
            "host",
            "origin",
            "upgrade",
            "via",
        ];
        reserved.contains(&name.as_str())
            || ["x-amz-", "x-edge-", "sec-websocket-", "if-", "proxy-"]
                .iter()
                .any(|prefix| name.starts_with(prefix))
    };
    if let Some(wrong) = headers.iter().find(|header| forbidden(&header.name)) {
        return Err(Refusal::value(
            "origins.customHeaders",
            format!("CloudFront does not add `{}`", wrong.name),
        ));
    }
    let written = |header: &&CustomHeader| {
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        let visible = |byte: u8| (0x20..0x7f).contains(&byte);
        !header.name.is_empty()
            && header.name.bytes().all(token)
            && header.value.bytes().all(visible)
    };
    if let Some(wrong) = headers.iter().find(|header| !written(header)) {
        return Err(Refusal::value(
            "origins.customHeaders",
            format!(
                "the name or the value of `{}` cannot stand in a header",
                wrong.name
            ),
        ));
    }
    let pairs = headers
        .iter()
        .map(|header| (header.name.clone(), header.value.clone()));
    Ok(OriginHeaders(pairs.collect()))
}

fn check_certificate(cloud: &Cloud, inputs: &Inputs) -> Result<(), Refusal> {
    let ViewerCertificate {
        acm_certificate_arn,
        cloudfront_default_certificate,
        ssl_support_method,
        ..
    } = &inputs.viewer_certificate;
    match (acm_certificate_arn, cloudfront_default_certificate) {
        (Some(arn), None | Some(false)) => {
            if ssl_support_method.as_deref() != Some("sni-only") {
                return Err(Refusal::value(
                    "viewerCertificate.sslSupportMethod",
                    "must be sni-only: a certificate by address costs $600 a month",
                ));
            }
            certificate::usable(
                cloud,
                "viewerCertificate.acmCertificateArn",
                arn,
                CERTIFICATE_REGION,
                "a distribution",
            )
        }
        (None, Some(true)) if inputs.aliases.is_empty() => Ok(()),
        (None, Some(true)) => Err(Refusal::value(
            "aliases",
            "need a certificate of their own: CloudFront's is for its own names",
        )),
        _ => Err(Refusal::value(
            "viewerCertificate",
            "must be either acmCertificateArn or cloudfrontDefaultCertificate",
        )),
    }
}

fn web_acl(cloud: &Cloud, arn: Option<&str>) -> Result<Option<WebAcl>, Refusal> {
    let acl = arn.filter(|arn| !arn.is_empty()).map(|arn| {
        let acl = cloud.edge.web_acls.get(arn).cloned();
        acl.ok_or_else(|| {
            let problem = format!("`{arn}` is not the ARN of a web ACL of this stack");
            Refusal::value("webAclId", problem)
        })
    });
    acl.transpose()
}

/// What is not to be seen on one machine.
fn notes(inputs: &Inputs) -> Vec<String> {
    let mut notes = Vec::new();
    let GeoRestriction {
        restriction_type,
        locations,
    } = &inputs.restrictions.geo_restriction;
    if restriction_type != "none" {
        notes.push(format!(
            "CloudFront: countries are not known ({restriction_type} {})",
            locations.join(", ")
        ));
    }
    if !inputs.aliases.is_empty() {
        notes.push(format!(
            "CloudFront: the names {} lead nowhere here",
            inputs.aliases.join(", ")
        ));
    }
    let never_kept = |status: &u16| {
        inputs
            .custom_error_responses
            .iter()
            .any(|it| it.error_code == *status && it.error_caching_min_ttl == Some(0))
    };
    if !KEPT_ERRORS.iter().all(never_kept) {
        notes.push(
            "CloudFront: on AWS it keeps an origin's 500, 502, 503 and 504 for ten seconds, as the distribution does not \
             set errorCachingMinTtl 0 for each; here nothing is kept"
                .to_owned(),
        );
    }
    notes.push("CloudFront: a socket on which nothing comes from the origin for ten minutes stays open here".to_owned());
    notes
}
