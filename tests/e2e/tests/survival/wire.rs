//! A wire between clients and a gateway, which can be cut: as it is when the gateway's machine dies, all sockets break off at
//! once, without a word.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

pub(crate) struct Wire {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    listening: tokio::task::JoinHandle<()>,
}

struct State {
    accepts: bool,
    cut: CancellationToken,
}

impl Wire {
    /// A wire to `target`, which is `host:port`.
    pub(crate) async fn to(target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State {
            accepts: true,
            cut: CancellationToken::new(),
        }));
        let listening = tokio::spawn(listen(listener, target.to_owned(), Arc::clone(&state)));
        Self {
            address,
            state,
            listening,
        }
    }

    /// The URL of a socket, by this wire.
    pub(crate) fn url(&self, direct: &str) -> String {
        let path = direct.splitn(4, '/').nth(3).unwrap();
        format!("ws://{}/{path}", self.address)
    }

    /// Breaks off every connection.
    pub(crate) fn cut(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.cut.cancel();
        state.cut = CancellationToken::new();
    }

    /// Whether new connections come through. Those that there are stay.
    pub(crate) fn accept(&self, accepts: bool) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.accepts = accepts;
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.listening.abort();
        self.cut();
    }
}

async fn listen(listener: TcpListener, target: String, state: Arc<Mutex<State>>) {
    loop {
        let (client, _) = listener.accept().await.unwrap();
        let cut = {
            let state = state.lock().unwrap_or_else(PoisonError::into_inner);
            state.accepts.then(|| state.cut.clone())
        };
        match cut {
            Some(cut) => drop(tokio::spawn(join(client, target.clone(), cut))),
            None => client.set_zero_linger().unwrap(),
        }
    }
}

async fn join(mut client: TcpStream, target: String, cut: CancellationToken) {
    let Ok(mut server) = TcpStream::connect(target).await else {
        return;
    };
    let copied = tokio::select! {
        copied = tokio::io::copy_bidirectional(&mut client, &mut server) => copied.is_ok(),
        () = cut.cancelled() => false,
    };
    if !copied {
        // A reset, as from a machine that is no more.
        let _gone = (client.set_zero_linger(), server.set_zero_linger());
    }
}
