//! The cache behavior that lets a WebSocket through.

use serde::Deserialize;

use crate::error::Refusal;

/// Managed policies, by their ids, which are the same in every account.
const CACHING_DISABLED: &str = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
const ALL_VIEWER_EXCEPT_HOST_HEADER: &str = "b689b0a8-53d0-40ab-baf2-68738e2966ac";
/// The sets of methods that CloudFront lets through.
const METHODS: [&[&str]; 3] = [
    &["GET", "HEAD"],
    &["GET", "HEAD", "OPTIONS"],
    &["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"],
];

/// The default cache behavior.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CacheBehavior {
    target_origin_id: String,
    pub(super) allowed_methods: Vec<String>,
    /// Nothing is cached.
    #[serde(rename = "cachedMethods")]
    _cached_methods: Vec<String>,
    #[serde(rename = "compress")]
    _compress: Option<bool>,
    cache_policy_id: Option<String>,
    origin_request_policy_id: Option<String>,
    viewer_protocol_policy: String,
}

impl CacheBehavior {
    /// That handshakes get through it on AWS.
    pub(super) fn check(&self, origin_id: &str) -> Result<(), Refusal> {
        let refused = |property: &str, problem: &str| {
            Err(Refusal::value(
                &format!("defaultCacheBehavior.{property}"),
                problem,
            ))
        };
        if self.target_origin_id != origin_id {
            return refused("targetOriginId", "is not the id of the origin");
        }
        let mut methods: Vec<&str> = self.allowed_methods.iter().map(String::as_str).collect();
        methods.sort_unstable();
        if !METHODS.contains(&methods.as_slice()) {
            return refused(
                "allowedMethods",
                "must be GET and HEAD, these and OPTIONS, or all seven",
            );
        }
        if self.cache_policy_id.as_deref() != Some(CACHING_DISABLED) {
            return refused(
                "cachePolicyId",
                &format!("must be {CACHING_DISABLED} (CachingDisabled): caches are not emulated"),
            );
        }
        if self.origin_request_policy_id.as_deref() != Some(ALL_VIEWER_EXCEPT_HOST_HEADER) {
            return refused(
                "originRequestPolicyId",
                &format!(
                    "must be {ALL_VIEWER_EXCEPT_HOST_HEADER} (AllViewerExceptHostHeader): without it the origin gets no \
                     Sec-WebSocket headers, and with the viewer's Host API Gateway answers 403"
                ),
            );
        }
        if !["allow-all", "https-only", "redirect-to-https"]
            .contains(&self.viewer_protocol_policy.as_str())
        {
            return refused(
                "viewerProtocolPolicy",
                "must be https-only, redirect-to-https or allow-all",
            );
        }
        Ok(())
    }
}
