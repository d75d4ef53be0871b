//! A server of the protocol, in this process, that behaves as each connection is told to.
//!
//! Channels of `room` have a history, others have none.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};

/// How a connection behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    Serve,
    /// Refuses the handshake.
    Refuse(u16),
    /// Accepts, and says nothing ever.
    NoHandshake,
    /// Opens, reads, and answers nothing.
    Silence,
    /// Opens, and does not even read.
    NeverRead,
    /// Publishes, and resets the connection instead of the ack.
    ResetInsteadOfAck,
    /// Serves, with rubbish before every answer.
    Garbage,
}

#[derive(Debug, Clone)]
pub(crate) struct Handshake {
    pub(crate) query: String,
    pub(crate) protocols: String,
}

/// To a connection.
#[derive(Debug, Clone)]
enum Order {
    Send(String),
    Reset,
}

#[derive(Default)]
struct World {
    handshakes: Vec<Handshake>,
    connections: BTreeMap<usize, (mpsc::UnboundedSender<Order>, BTreeSet<String>)>,
    history: BTreeMap<String, Vec<Value>>,
    keys: BTreeMap<String, Value>,
    published: usize,
}

pub(crate) struct Server {
    address: SocketAddr,
    world: Arc<Mutex<World>>,
}

/// The offset of the first publication.
const START: u64 = 1_000;

impl Server {
    /// Serves; `act` says how the connection with this number, from 1, behaves.
    pub(crate) async fn start(act: impl Fn(usize) -> Act + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let world = Arc::new(Mutex::new(World::default()));
        let shared = Arc::clone(&world);
        tokio::spawn(async move {
            let mut number = 0;
            while let Ok((stream, _)) = listener.accept().await {
                number += 1;
                let act = act(number);
                tokio::spawn(serve(number, act, stream, Arc::clone(&shared)));
            }
        });
        Self { address, world }
    }

    pub(crate) fn url(&self) -> String {
        format!("ws://{}/dev", self.address)
    }

    pub(crate) fn handshakes(&self) -> Vec<Handshake> {
        self.world.lock().unwrap().handshakes.clone()
    }

    pub(crate) fn published(&self) -> usize {
        self.world.lock().unwrap().published
    }

    pub(crate) fn publish(&self, channel: &str, data: &Value) {
        self.world.lock().unwrap().publish(channel, data);
    }

    /// Resets every connection, and waits until they have gone.
    pub(crate) async fn reset_all(&self) {
        let numbers: Vec<usize> = {
            let world = self.world.lock().unwrap();
            for (orders, _) in world.connections.values() {
                let _gone = orders.send(Order::Reset);
            }
            world.connections.keys().copied().collect()
        };
        self.until(|world| {
            !numbers
                .iter()
                .any(|one| world.connections.contains_key(one))
        })
        .await;
    }

    /// Waits until no connection is left.
    pub(crate) async fn is_empty(&self) {
        self.until(|world| world.connections.is_empty()).await;
    }

    async fn until(&self, holds: impl Fn(&World) -> bool) {
        for _ in 0..2_000 {
            if holds(&self.world.lock().unwrap()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("it did not come to that");
    }
}

impl World {
    fn publish(&mut self, channel: &str, data: &Value) -> Value {
        self.published += 1;
        let mut publication = json!({
            "channel": channel, "publicationId": format!("p{}", self.published), "user": "bob", "at": 1, "data": data,
        });
        if channel.starts_with("room:") {
            let history = self.history.entry(channel.to_owned()).or_default();
            publication["position"] = place(history.len() + 1);
            history.push(publication.clone());
        }
        publication["type"] = "publication".into();
        for (orders, joined) in self.connections.values() {
            if joined.contains(channel) {
                let _gone = orders.send(Order::Send(publication.to_string()));
            }
        }
        publication
    }

    /// The answer to a frame.
    fn answer(&mut self, number: usize, frame: &Value) -> Value {
        let channel = frame["channel"].as_str().unwrap_or_default().to_owned();
        let id = frame["id"].clone();
        match frame["action"].as_str().unwrap_or_default() {
            "ping" => json!({"type": "pong"}),
            "subscribe" => {
                if let Some((_, joined)) = self.connections.get_mut(&number) {
                    joined.insert(channel.clone());
                }
                let mut reply = json!({
                    "type": "subscribed", "id": id, "channel": channel, "reconnectWindowMs": 1, "serverTimeMs": 0,
                });
                if channel.starts_with("room:") {
                    let history = self.history.entry(channel).or_default();
                    reply["position"] = place(history.len());
                    if let Some(since) = frame["since"]["offset"].as_u64() {
                        let known = usize::try_from(since.saturating_sub(START - 1)).unwrap();
                        reply["recovered"] = true.into();
                        reply["publications"] = history[known..].to_vec().into();
                    }
                }
                reply
            }
            "unsubscribe" => json!({"type": "unsubscribed", "id": id, "channel": channel}),
            "publish" => {
                let key = frame["key"].as_str().unwrap_or_default().to_owned();
                let duplicate = self.keys.contains_key(&key);
                let known = self.keys.get(&key).cloned();
                let publication = known.unwrap_or_else(|| self.publish(&channel, &frame["data"]));
                self.keys.insert(key, publication.clone());
                let mut ack =
                    json!({"type": "ack", "id": id, "publicationId": publication["publicationId"]});
                if duplicate {
                    ack["duplicate"] = true.into();
                }
                if !publication["position"].is_null() {
                    ack["position"] = publication["position"].clone();
                }
                ack
            }
            other => {
                json!({"type": "error", "id": id, "code": "unknown_action", "message": other, "fatal": false})
            }
        }
    }
}

/// The place of the publication with this number, from 1; with 0 the one before all, in the same epoch.
fn place(number: usize) -> Value {
    json!({"epoch": START, "offset": START - 1 + u64::try_from(number).unwrap()})
}

async fn serve(number: usize, act: Act, mut stream: TcpStream, world: Arc<Mutex<World>>) {
    if let Act::Refuse(status) = act {
        note(&world, String::new(), String::new());
        let answer =
            format!("HTTP/1.1 {status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        // The request is read first: a reset would hide the answer.
        let mut request = [0; 4_096];
        let _read = tokio::io::AsyncReadExt::read(&mut stream, &mut request).await;
        let _written = stream.write_all(answer.as_bytes()).await;
        let _closed = stream.shutdown().await;
        return;
    }
    if act == Act::NoHandshake {
        std::future::pending::<()>().await;
    }
    let seen = Arc::clone(&world);
    #[expect(
        clippy::result_large_err,
        reason = "the shape that the library asks for"
    )]
    let handshake = move |request: &Request, mut response: Response| {
        let protocols = request.headers()["sec-websocket-protocol"]
            .to_str()
            .unwrap();
        let query = request.uri().query().unwrap_or_default();
        note(&seen, query.to_owned(), protocols.to_owned());
        let chosen = "tidegate.v1".parse().unwrap();
        response
            .headers_mut()
            .insert("sec-websocket-protocol", chosen);
        Ok(response)
    };
    let Ok(mut socket) = accept_hdr_async(stream, handshake).await else {
        return;
    };
    let (orders, mut ordered) = mpsc::unbounded_channel();
    world
        .lock()
        .unwrap()
        .connections
        .insert(number, (orders, BTreeSet::new()));
    if act == Act::NeverRead {
        std::future::pending::<()>().await;
    }
    loop {
        tokio::select! {
            Some(order) = ordered.recv() => match order {
                Order::Send(text) => {
                    if socket.send(Message::text(text)).await.is_err() {
                        break;
                    }
                }
                Order::Reset => {
                    reset(socket.get_ref());
                    break;
                }
            },
            message = socket.next() => {
                let Some(Ok(message)) = message else { break };
                let Message::Text(text) = message else { continue };
                if act == Act::Silence {
                    continue;
                }
                let frame: Value = serde_json::from_str(text.as_str()).unwrap();
                let answer = world.lock().unwrap().answer(number, &frame);
                if act == Act::ResetInsteadOfAck {
                    reset(socket.get_ref());
                    break;
                }
                if act == Act::Garbage {
                    for garbage in ["", "{", "[]", r#"{"type":7}"#, r#"{"type":"weather"}"#,
                        r#"{"message":"Forbidden","connectionId":"c=","requestId":"r="}"#,
                        r#"{"type":"publication","channel":"room:a"}"#] {
                        // The one of the gateway would count as an answer to the only request that waits.
                        if answer["type"] == "pong" || !garbage.contains("connectionId") {
                            let _sent = socket.send(Message::text(garbage)).await;
                        }
                    }
                    let _sent = socket.send(Message::binary(vec![0, 159])).await;
                }
                if socket.send(Message::text(answer.to_string())).await.is_err() {
                    break;
                }
            }
        }
    }
    drop(socket);
    world.lock().unwrap().connections.remove(&number);
}

fn note(world: &Mutex<World>, query: String, protocols: String) {
    let handshake = Handshake { query, protocols };
    world.lock().unwrap().handshakes.push(handshake);
}

/// A reset instead of an orderly end.
fn reset(stream: &TcpStream) {
    stream.set_zero_linger().unwrap();
}
