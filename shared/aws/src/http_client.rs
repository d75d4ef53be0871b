//! One HTTP client for all adapters.

use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpConnector};

/// Connections that are kept open to one host.
const IDLE_CONNECTIONS: usize = 64;

/// How long connecting may take, TLS included. Shorter than any attempt: only so can a service that is not there be told
/// from one that takes a request and says nothing.
const CONNECT: Duration = Duration::from_millis(800);

/// A client for `url`. One for plain HTTP reads no certificates, which is a good part of a cold start.
pub(crate) fn connector(url: &str) -> SharedHttpConnector {
    let limits = HttpConnectorSettings::builder()
        .connect_timeout(CONNECT)
        .build();
    let builder = Connector::builder()
        .connector_settings(limits)
        .enable_tcp_nodelay(true)
        .pool_max_idle_per_host(IDLE_CONNECTIONS);
    SharedHttpConnector::new(if url.starts_with("http://") {
        builder.build_http()
    } else {
        builder
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .build()
    })
}
