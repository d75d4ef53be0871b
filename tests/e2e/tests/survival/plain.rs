//! A client without our library: what anybody writes who has a WebSocket and the protocol's page. It follows a channel by
//! positions alone, and keeps on until each of its messages has its answer.

use std::collections::VecDeque;
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tidegate_client::{Position, Publication};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::log::{Log, Seen};
use crate::tokens::Tokens;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// How often it looks whether it has everything, and tries again what has no answer.
const LOOK: Duration = Duration::from_millis(500);

pub(crate) struct Plain {
    pub(crate) log: Log,
    publish: mpsc::UnboundedSender<u64>,
    task: tokio::task::JoinHandle<()>,
}

impl Plain {
    pub(crate) fn join(name: &str, url: &str, channel: &str, tokens: Tokens) -> Self {
        let log = Log::of(name);
        let (publish, messages) = mpsc::unbounded_channel();
        let follower = Follower {
            log: log.clone(),
            url: url.to_owned(),
            channel: channel.to_owned(),
            tokens,
            messages,
            waiting: VecDeque::new(),
            last: None,
            is_following: false,
            requests: 0,
            awaits: Value::Null,
        };
        Self {
            log,
            publish,
            task: tokio::spawn(follower.run()),
        }
    }

    pub(crate) fn publish(&self) {
        self.publish.send(self.log.send()).unwrap();
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Follower {
    log: Log,
    url: String,
    channel: String,
    tokens: Tokens,
    messages: mpsc::UnboundedReceiver<u64>,
    /// Messages without an answer. Only the first is sent: so they stay in order.
    waiting: VecDeque<u64>,
    last: Option<Position>,
    /// Whether what comes live follows what it has.
    is_following: bool,
    requests: u64,
    /// The id of the subscription, or of the page of history, that was asked for last: the answers to others are too late.
    awaits: Value,
}

/// The connection is of no more use.
struct Ended;

impl From<Error> for Ended {
    fn from(_: Error) -> Self {
        Self
    }
}

impl Follower {
    async fn run(mut self) {
        loop {
            if let Ok(mut socket) = self.connect().await {
                let Err(Ended) = self.follow(&mut socket).await;
            }
            self.is_following = false;
            tokio::time::sleep(LOOK / 4).await;
        }
    }

    async fn connect(&self) -> Result<Socket, Error> {
        let token = self.tokens.of(&self.log.name).await;
        let mut request = (&*self.url).into_client_request()?;
        let authorization = format!("Bearer {token}").parse().unwrap();
        request.headers_mut().insert("Authorization", authorization);
        Ok(connect_async(request).await?.0)
    }

    async fn follow(&mut self, socket: &mut Socket) -> Result<std::convert::Infallible, Ended> {
        self.subscribe(socket).await?;
        self.send_waiting(socket).await?;
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        look.reset();
        loop {
            tokio::select! {
                Some(number) = self.messages.recv() => {
                    self.waiting.push_back(number);
                    if self.waiting.len() == 1 {
                        self.send_waiting(socket).await?;
                    }
                }
                _ = look.tick() => {
                    // A frame may be lost: whatever has no answer is asked for again. What is done twice does no harm.
                    self.send_waiting(socket).await?;
                    if self.is_following {
                        let asked = json!({ "action": "heads", "channels": [self.channel] });
                        self.ask(socket, asked).await?;
                    } else {
                        self.subscribe(socket).await?;
                    }
                }
                frame = socket.next() => match frame {
                    Some(Ok(Message::Text(text))) => {
                        let frame = serde_json::from_str(&text).unwrap();
                        self.frame(socket, frame).await?;
                    }
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(Ended),
                    Some(Ok(_)) => {}
                },
            }
        }
    }

    async fn ask(&mut self, socket: &mut Socket, mut what: Value) -> Result<(), Ended> {
        self.requests += 1;
        what["id"] = json!(self.requests.to_string());
        if what["action"] != "heads" {
            self.awaits = what["id"].clone();
        }
        Ok(socket.send(Message::text(what.to_string())).await?)
    }

    async fn subscribe(&mut self, socket: &mut Socket) -> Result<(), Ended> {
        self.is_following = false;
        let mut asked = json!({ "action": "subscribe", "channel": self.channel });
        if let Some(last) = self.last {
            asked["since"] = json!(last);
        }
        self.ask(socket, asked).await
    }

    async fn send_waiting(&mut self, socket: &mut Socket) -> Result<(), Ended> {
        let Some(number) = self.waiting.front() else {
            return Ok(());
        };
        let message = json!({
            "action": "publish", "id": format!("message-{number}"), "channel": self.channel,
            "data": { "by": self.log.name, "n": number }, "key": format!("{}-{number}", self.log.name),
        });
        Ok(socket.send(Message::text(message.to_string())).await?)
    }

    async fn frame(&mut self, socket: &mut Socket, frame: Value) -> Result<(), Ended> {
        match frame["type"].as_str() {
            Some("publication") if self.is_following => {
                let publication = serde_json::from_value(frame).unwrap();
                if !self.take(publication) {
                    self.subscribe(socket).await?;
                }
            }
            Some("subscribed" | "history") if frame["id"] != self.awaits => {}
            Some("subscribed") => self.subscribed(socket, &frame).await?,
            Some("history") => self.page(socket, &frame).await?,
            Some("heads") => {
                let head: Option<Position> =
                    serde_json::from_value(frame["heads"][&self.channel].clone()).unwrap();
                let is_behind = match (head, self.last) {
                    (Some(head), Some(last)) => !head.is_empty() && head.offset > last.offset,
                    _ => false,
                };
                if is_behind && self.is_following {
                    self.subscribe(socket).await?;
                }
            }
            Some("ack") => {
                let number = self.waiting.front().copied().unwrap_or_default();
                if frame["id"] == format!("message-{number}") {
                    self.waiting.pop_front();
                    let id = frame["publicationId"].as_str().unwrap().to_owned();
                    self.log.answer(number, Ok(id));
                    self.send_waiting(socket).await?;
                }
            }
            Some("goodbye") => return Err(Ended),
            Some("error") if frame["fatal"] == true => return Err(Ended),
            // What was refused for now is asked for again when it looks.
            _ => {}
        }
        Ok(())
    }

    async fn subscribed(&mut self, socket: &mut Socket, frame: &Value) -> Result<(), Ended> {
        let position = place(&frame["position"]);
        if self.last.is_none() {
            self.log.see(Seen::Joined(position));
            (self.last, self.is_following) = (position, true);
        } else if frame["recovered"] == true {
            self.take_all(&frame["publications"]);
            self.log.see(Seen::Recovered);
            self.is_following = true;
        } else if frame["recovered"] == false {
            self.log.see(Seen::Lost(position));
            (self.last, self.is_following) = (position, true);
        } else {
            self.ask_page(socket).await?;
        }
        Ok(())
    }

    async fn ask_page(&mut self, socket: &mut Socket) -> Result<(), Ended> {
        let asked = json!({ "action": "history", "channel": self.channel, "after": self.last, "limit": 100 });
        self.ask(socket, asked).await
    }

    async fn page(&mut self, socket: &mut Socket, frame: &Value) -> Result<(), Ended> {
        if frame["gap"] == true {
            let position = place(&frame["position"]);
            self.log.see(Seen::Lost(position));
            (self.last, self.is_following) = (position, true);
            return Ok(());
        }
        self.take_all(&frame["publications"]);
        if frame["complete"] == true {
            self.is_following = true;
            Ok(())
        } else {
            self.ask_page(socket).await
        }
    }

    fn take_all(&mut self, publications: &Value) {
        let all: Option<Vec<Publication>> = serde_json::from_value(publications.clone()).unwrap();
        for publication in all.unwrap_or_default() {
            self.take(publication);
        }
    }

    /// Takes a publication that follows what it has, and drops what it has. Whether nothing is missing before it.
    fn take(&mut self, publication: Publication) -> bool {
        let (at, last) = (publication.position.unwrap(), self.last.unwrap());
        let follows = if last.is_empty() {
            at.offset == at.epoch
        } else {
            at == last.next()
        };
        if follows {
            self.last = Some(at);
            self.log.see(Seen::Publication(Box::new(publication)));
        }
        follows || (!last.is_empty() && at.offset <= last.offset)
    }
}

fn place(position: &Value) -> Option<Position> {
    serde_json::from_value(position.clone()).unwrap()
}
