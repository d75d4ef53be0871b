//! A client with our library, whose application notes what it is told.

use serde_json::json;
use tidegate_client::{
    ChannelEvent, Client, Config, State, Subscription, Token, TokenProvider, TokenReason,
};

use crate::log::{Log, Seen};
use crate::tokens::Tokens;

pub(crate) struct Party {
    pub(crate) log: Log,
    pub(crate) client: Client,
    channel: String,
    reading: tokio::task::JoinHandle<()>,
}

/// A client that does everything faster than by default, so that a test need not wait.
pub(crate) fn quick() -> Config {
    let mut config = Config::default();
    config.backoff_base_ms = 50;
    config.backoff_cap_ms = 1_000;
    config.connect_timeout_ms = 10_000;
    config.ping_interval_ms = 1_000;
    config.request_timeout_ms = 3_000;
    config.gap_wait_ms = 200;
    config.heads_interval_ms = 1_000;
    config.drain_ms = 500;
    config
}

impl Party {
    /// Joins as the user of this name.
    pub(crate) fn join(name: &str, url: &str, channel: &str, tokens: &Tokens) -> Self {
        let (tokens, user) = (tokens.clone(), name.to_owned());
        let provider = move |_: TokenReason| {
            let (tokens, user) = (tokens.clone(), user.clone());
            async move { Ok(Token::new(tokens.of(&user).await)) }
        };
        Self::with(name, url, channel, provider, quick())
    }

    pub(crate) fn with(
        name: &str,
        url: &str,
        channel: &str,
        provider: impl TokenProvider,
        config: Config,
    ) -> Self {
        let client = Client::builder(url).token(provider).config(config).build();
        let client = client.unwrap();
        let log = Log::of(name);
        let subscription = client.subscribe(channel).unwrap();
        let reading = tokio::spawn(read(subscription, log.clone()));
        Self {
            log,
            client,
            channel: channel.to_owned(),
            reading,
        }
    }

    /// Publishes the next message; the answer is noted when it comes.
    pub(crate) fn publish(&self) {
        let number = self.log.send();
        let data = json!({ "by": self.log.name, "n": number });
        let publication = self.client.publication(&self.channel, data).unwrap();
        // At once, so that they go out in this order.
        let receipt = publication.try_enqueue().unwrap();
        let log = self.log.clone();
        tokio::spawn(async move {
            let answer = receipt.acked().await;
            let answer = answer.map(|ack| ack.publication_id);
            log.answer(number, answer.map_err(|error| error.to_string()));
        });
    }

    pub(crate) fn is_online(&self) -> bool {
        *self.client.state().borrow() == State::Online
    }
}

impl Drop for Party {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

async fn read(mut subscription: Subscription, log: Log) {
    while let Some(event) = subscription.next().await {
        log.see(match event {
            ChannelEvent::Subscribed { position } => Seen::Joined(position),
            ChannelEvent::Publication(publication) => Seen::Publication(publication),
            ChannelEvent::Recovered => Seen::Recovered,
            ChannelEvent::Lost { position } => Seen::Lost(position),
            ChannelEvent::PresenceChange(change) => Seen::Presence(change),
            ChannelEvent::Dropped(reason) => Seen::Dropped(reason.to_string()),
            other => panic!("{other:?}"),
        });
    }
}
