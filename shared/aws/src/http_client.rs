//! One HTTP client for all adapters.

use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

/// Connections that are kept open to one host.
const IDLE_CONNECTIONS: usize = 64;

/// A client for `url`. One for plain HTTP reads no certificates, which is a good part of a cold start.
pub(crate) fn connector(url: &str) -> Connector {
    let builder = Connector::builder()
        .enable_tcp_nodelay(true)
        .pool_max_idle_per_host(IDLE_CONNECTIONS);
    if url.starts_with("http://") {
        builder.build_http()
    } else {
        builder
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .build()
    }
}

/// The same for an AWS SDK client, with `endpoint` as an override of the service's own, which is always HTTPS.
pub(crate) fn sdk_client(endpoint: Option<&str>) -> SharedHttpClient {
    match endpoint {
        Some(url) if url.starts_with("http://") => Builder::new().build_http(),
        _ => Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .build_https(),
    }
}
