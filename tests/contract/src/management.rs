//! The management API of API Gateway, answering as a test tells it. DynamoDB's own failures are told by it too.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use serde_json::json;

use crate::http as server;

/// One answer.
#[derive(Debug, Clone, Copy)]
pub enum Answer {
    /// This status.
    Status(u16),
    /// The error of this code, as DynamoDB writes it.
    Refusal(&'static str),
    /// None, ever.
    Never,
}

#[derive(Debug, Default)]
struct State {
    asked: Vec<Request<Bytes>>,
}

/// The API.
#[derive(Debug, Clone)]
pub struct Management {
    /// Where it is, with a stage.
    pub url: String,
    state: Arc<Mutex<State>>,
}

impl Management {
    /// One that gives these answers in turn, and 200 after the last.
    pub async fn answering(answers: &[Answer]) -> Self {
        let answers: Mutex<VecDeque<_>> = Mutex::new(answers.iter().copied().collect());
        Self::deciding(move |_request| {
            let next = answers.lock().unwrap().pop_front();
            next.unwrap_or(Answer::Status(200))
        })
        .await
    }

    /// One that always gives this answer.
    pub async fn always(answer: Answer) -> Self {
        Self::deciding(move |_request| answer).await
    }

    /// One whose answer depends on what it is asked.
    pub async fn deciding(
        decide: impl Fn(&Request<Bytes>) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let address = server::serve(move |request| {
            let next = decide(&request);
            shared.lock().unwrap().asked.push(request);
            async move {
                match next {
                    Answer::Never => std::future::pending().await,
                    Answer::Status(status) => answer(status, Bytes::new()),
                    Answer::Refusal(code) => {
                        let body =
                            json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{code}")});
                        answer(400, body.to_string().into())
                    }
                }
            }
        })
        .await;
        Self {
            url: format!("http://{address}/prod"),
            state,
        }
    }

    /// Everything that was asked so far.
    #[must_use]
    pub fn asked(&self) -> Vec<Request<Bytes>> {
        self.state.lock().unwrap().asked.clone()
    }
}

fn answer(status: u16, body: Bytes) -> server::Answer {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status.try_into().unwrap();
    response
}
