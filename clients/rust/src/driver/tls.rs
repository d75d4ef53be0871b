//! TLS with the roots of the operating system.

use std::io;
use std::sync::{Arc, OnceLock};

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::{ClientConfig, RootCertStore};
use tokio_tungstenite::Connector;

/// Reading the roots takes milliseconds: once for all clients of a process.
static CONFIG: OnceLock<Result<Arc<ClientConfig>, String>> = OnceLock::new();

/// # Errors
/// When there are no roots.
pub(super) fn connector() -> io::Result<Connector> {
    let config = CONFIG.get_or_init(config).clone();
    config.map(Connector::Rustls).map_err(io::Error::other)
}

fn config() -> Result<Arc<ClientConfig>, String> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        return Err("this machine has no root certificates: install them (ca-certificates)".into());
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()));
    let builder = builder
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let config = builder.with_root_certificates(roots).with_no_client_auth();
    Ok(Arc::new(config))
}
