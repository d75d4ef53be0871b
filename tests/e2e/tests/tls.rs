//! `wss://`, as every deployed stack is reached: the stack behind what ends TLS, and the command as a user runs it.

#![expect(clippy::unwrap_used, reason = "test code: a panic is how a test fails")]

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::PrivateKeyDer;
use tidegate_e2e::{Stack, StackOptions, Tidegate, fed};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// What ends TLS, with a certificate for `localhost` of an authority that nobody knows.
struct Front {
    port: u16,
    /// The authority's certificate, for whoever is to trust it.
    authority: PathBuf,
}

impl Front {
    async fn start(behind: SocketAddr, folder: &Path) -> Self {
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, "the authority of this test");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &authority).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(pass_on(acceptor.clone(), stream, behind));
            }
        });
        let file = folder.join("authority.pem");
        std::fs::write(&file, authority.pem()).unwrap();
        Self {
            port,
            authority: file,
        }
    }

    fn url(&self, host: &str) -> String {
        format!("wss://{host}:{}/dev", self.port)
    }
}

/// Until either side ends; whoever does not take the certificate ends at once.
async fn pass_on(acceptor: TlsAcceptor, stream: TcpStream, behind: SocketAddr) {
    let Ok(mut outside) = acceptor.accept(stream).await else {
        return;
    };
    let mut inside = TcpStream::connect(behind).await.unwrap();
    let _ended = copy_bidirectional(&mut outside, &mut inside).await;
}

/// Says something by way of `url`, with the roots of this file.
async fn say(roots: &Path, url: &str, token: &str) -> Output {
    let tidegate = Tidegate::new();
    let arguments = ["connect", "--url", url, "--channel", "room:lobby"];
    let mut command = tidegate.command(&arguments);
    command
        .env("SSL_CERT_FILE", roots)
        .env_remove("SSL_CERT_DIR")
        .env("TIDEGATE_TOKEN", token);
    fed(command, "hi\n").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stack_is_reached_by_tls_with_a_certificate_that_is_trusted_and_by_no_other() {
    let stack = Stack::start(StackOptions::default()).await;
    let (address, _) = stack.url()["ws://".len()..].split_once('/').unwrap();
    let behind = tokio::net::lookup_host(address).await.unwrap().next();
    let folder = tempfile::tempdir().unwrap();
    let front = Front::start(behind.unwrap(), folder.path()).await;
    let mut bob = stack.client("bob").await;
    bob.join("room:lobby").await;
    let token = stack.token("alice").await;

    let said = say(&front.authority, &front.url("localhost"), &token).await;
    let text = String::from_utf8_lossy(&said.stderr);
    assert!(said.status.success(), "{text}");
    // Before it: who comes.
    let mut heard = bob.receive().await;
    while heard["type"] != "publication" {
        heard = bob.receive().await;
    }
    assert_eq!(
        (&heard["user"], &heard["data"]),
        (&"alice".into(), &"hi".into())
    );

    // Another authority's roots, a name that the certificate is not for, and no roots at all.
    let other = folder.path().join("other.pem");
    let stranger = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(&other, stranger.cert.pem()).unwrap();
    let none = folder.path().join("none.pem");
    std::fs::write(&none, "").unwrap();
    for (roots, host, why) in [
        (&other, "localhost", "UnknownIssuer"),
        (&front.authority, "127.0.0.1", "not valid for name"),
        (&none, "localhost", "no root certificates"),
    ] {
        let url = front.url(host);
        let refused = say(roots, &url, &token).await;
        let text = String::from_utf8_lossy(&refused.stderr);
        assert!(!refused.status.success(), "{text}");
        assert!(text.contains(why) && text.contains(&url), "{text}");
        assert!(!text.contains(&token), "{text}");
    }
    stack.stop().await;
}
