//! Serves until it is told to end, or its engine is gone.

use std::io::Write;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_stream::wrappers::TcpListenerStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::Server;

use crate::arguments::{Arguments, Surroundings};
use crate::engine::Engine;
use crate::error::Error;
use crate::host::Host;
use crate::protocol::language_runtime_server::LanguageRuntimeServer;

/// As in Pulumi's other hosts: a large configuration must get through.
const MAX_MESSAGE_BYTES: usize = 400 * 1024 * 1024;
/// How long the end of all that runs may take: the engine waits for five seconds.
const PATIENCE: Duration = Duration::from_secs(4);
/// How long the last answers may then take.
const LAST_ANSWERS: Duration = Duration::from_millis(500);

/// Listens, says where on standard output, and serves to the end.
///
/// # Errors
/// When it cannot.
pub fn serve(arguments: &Arguments, surroundings: Surroundings) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|source| Error::Listen {
            action: "start",
            source,
        })?;
    let served = runtime.block_on(serve_on(arguments, surroundings));
    // Not for ever: a write to an output that nobody reads may never end.
    runtime.shutdown_timeout(LAST_ANSWERS);
    served
}

async fn serve_on(arguments: &Arguments, surroundings: Surroundings) -> Result<(), Error> {
    let engine = arguments.engine().map(Engine::at).transpose()?;
    let host = Host::new(surroundings, arguments.tracing(), engine.clone());
    let listener = TcpListener::bind(("127.0.0.1", 0)).await;
    let listener = listener.map_err(|source| Error::Listen {
        action: "listen on this machine",
        source,
    })?;
    let told = told_to_end()?;
    say_port(&listener).map_err(|source| Error::Listen {
        action: "say where it listens",
        source,
    })?;
    let service = LanguageRuntimeServer::new(host.clone())
        .max_decoding_message_size(MAX_MESSAGE_BYTES)
        .max_encoding_message_size(MAX_MESSAGE_BYTES);
    let over = CancellationToken::new();
    let server = Server::builder()
        .add_service(service)
        .serve_with_incoming_shutdown(
            TcpListenerStream::new(listener),
            over.clone().cancelled_owned(),
        );
    let end = async {
        tokio::select! {
            () = told => {}
            () = gone(engine.as_ref()) => {}
        }
        // What has not ended by then is killed with the runtime.
        let _ = tokio::time::timeout(PATIENCE, host.stop()).await;
        over.cancel();
        tokio::time::sleep(LAST_ANSWERS).await;
    };
    tokio::select! {
        served = server => served.map_err(Error::Serve),
        () = end => Ok(()),
    }
}

fn say_port(listener: &TcpListener) -> std::io::Result<()> {
    let port = listener.local_addr()?.port();
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{port}")?;
    stdout.flush()
}

fn told_to_end() -> Result<impl Future<Output = ()>, Error> {
    let listen = |kind| {
        signal(kind).map_err(|source| Error::Listen {
            action: "listen to signals",
            source,
        })
    };
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut terminate = listen(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// The end of the engine that started the host; one that only shook hands may come and go.
async fn gone(engine: Option<&Engine>) {
    let Some(engine) = engine else {
        return std::future::pending().await;
    };
    engine.gone().await;
    // For whoever started it by hand: an engine that is gone reads nothing any more.
    let _ = writeln!(
        std::io::stderr(),
        "there is no engine at {} any more",
        engine.address()
    );
}
