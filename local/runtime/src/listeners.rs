//! What a stack is served on.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpListener;

use crate::runtime::RuntimeError;

/// A socket that listens, and where.
pub(crate) struct Listener {
    pub(crate) socket: TcpListener,
    pub(crate) address: SocketAddr,
}

/// What the program's description is served on.
pub(crate) struct Listeners {
    pub(crate) websocket: Listener,
    pub(crate) http: Listener,
    pub(crate) distribution: Listener,
    pub(crate) identity: Listener,
    pub(crate) database: Listener,
    pub(crate) queues: Listener,
    pub(crate) events: Listener,
}

impl Listeners {
    /// Bound before the program runs, since it is told the addresses: a port that is taken is the first thing to know.
    pub(crate) async fn bind(port: u16) -> Result<Self, RuntimeError> {
        Ok(Self {
            websocket: listen(port).await?,
            http: listen(0).await?,
            distribution: listen(0).await?,
            identity: listen(0).await?,
            database: listen(0).await?,
            queues: listen(0).await?,
            events: listen(0).await?,
        })
    }
}

async fn listen(port: u16) -> Result<Listener, RuntimeError> {
    let refused = |source: io::Error| match source.kind() {
        io::ErrorKind::AddrInUse => RuntimeError::PortTaken { port },
        _ => RuntimeError::Listen { port, source },
    };
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let socket = TcpListener::bind(address).await.map_err(refused)?;
    let address = socket.local_addr().map_err(refused)?;
    Ok(Listener { socket, address })
}
