//! The sender: `SendMessageBatch` over the AWS JSON 1.0 protocol.

use std::time::Duration;

use async_trait::async_trait;
use futures::{StreamExt, stream};
use http::{Method, Uri};
use thiserror::Error;
use tidegate_core::broker::Notice;
use tidegate_core::fanout::{FanoutQueue, QueueError, Slice};

use super::batch::{Entry, Error, Input, Output, Part, SystemAttributes, calls, parts};
use crate::downstream::{Policy, Verdict, by_status, chain};
use crate::environment::AwsEnvironment;
use crate::http_client::connector;
use crate::signed::{Failure, Service, Signed, is_url};
use crate::surroundings::Surroundings;

/// The service name in the signature.
const SERVICE: &str = "sqs";
/// Calls that are under way at once.
const CALLS_IN_FLIGHT: usize = 8;

/// What [`SqsQueue`] needs of its surroundings.
#[derive(Clone)]
pub struct SqsQueueOptions {
    /// The queue's URL, as SQS gives it.
    pub queue_url: String,
    /// Time, randomness and the meter.
    pub surroundings: Surroundings,
}

/// The URL of the queue is not a URL.
#[derive(Debug, Error)]
#[error("`{0}` is not the URL of a queue: it must be http(s)://host/account/name")]
pub struct InvalidQueueUrl(String);

/// A queue of SQS that takes slices.
pub struct SqsQueue {
    queue_url: String,
    endpoint: String,
    signed: Signed,
}

impl SqsQueue {
    /// The queue, asked where `environment` says that SQS is, or else at the host of its own URL.
    ///
    /// # Errors
    /// When the URL is not one.
    pub fn new(
        environment: &AwsEnvironment,
        options: SqsQueueOptions,
    ) -> Result<Self, InvalidQueueUrl> {
        let SqsQueueOptions {
            queue_url,
            surroundings,
        } = options;
        let endpoint = match &environment.sqs_endpoint {
            Some(endpoint) => Some(endpoint.trim_end_matches('/').to_owned()),
            None => origin(&queue_url),
        };
        let endpoint = endpoint.filter(|endpoint| is_url(endpoint));
        let Some(endpoint) = endpoint.filter(|_| is_url(&queue_url)) else {
            return Err(InvalidQueueUrl(queue_url));
        };
        let service = Service {
            name: SERVICE,
            region: environment.region.clone(),
            policy: Policy::SQS,
            judge,
        };
        let (credentials, connector) = (environment.credentials.clone(), connector(&endpoint));
        Ok(Self {
            signed: Signed::new(service, credentials, connector, surroundings),
            endpoint: format!("{endpoint}/"),
            queue_url,
        })
    }

    /// The same with another limit for one attempt, for tests that do not want to wait.
    #[must_use]
    pub fn with_attempt_timeout(mut self, limit: Duration) -> Self {
        self.signed = self.signed.with_attempt_timeout(limit);
        self
    }

    /// Sends the parts of one call, and those that were not taken again. Returns what never was.
    async fn send_call(
        &self,
        mut parts: Vec<Part>,
        delay_s: u32,
        trace: Option<&str>,
    ) -> Vec<(usize, QueueError)> {
        let mut refused = Vec::new();
        for made in 1.. {
            let mut left = Vec::new();
            match self.attempt(&parts, delay_s, trace).await {
                Ok(output) => sort(parts, &output, &mut left, &mut refused),
                // Where trying it again as a whole could help, that was done.
                Err(error) => {
                    refused.extend(parts.iter().map(|part| (part.slice, error.again())));
                    return refused;
                }
            }
            if left.is_empty() {
                return refused;
            }
            let Some(wait) = self.signed.retry(made) else {
                refused.extend(left.into_iter().map(|(part, error)| (part.slice, error)));
                return refused;
            };
            parts = left.into_iter().map(|(part, _)| part).collect();
            tokio::time::sleep(wait).await;
        }
        refused
    }

    async fn attempt(
        &self,
        parts: &[Part],
        delay_s: u32,
        trace: Option<&str>,
    ) -> Result<Output, Refused> {
        let entries = parts.iter().enumerate().map(|(place, part)| Entry {
            id: place.to_string(),
            message_body: &part.body,
            delay_seconds: delay_s,
            message_system_attributes: trace.map(SystemAttributes::of_trace),
        });
        let input = Input {
            queue_url: &self.queue_url,
            entries: entries.collect(),
        };
        let body = serde_json::to_vec(&input).map_err(Refused::passing)?;
        let headers = [
            ("content-type", "application/x-amz-json-1.0"),
            ("x-amz-target", "AmazonSQS.SendMessageBatch"),
        ];
        let response = self
            .signed
            .call(&Method::POST, &self.endpoint, &headers, &body);
        let response = response.await.map_err(Refused::passing)?;
        let status = response.status().as_u16();
        let body = response.body().bytes().unwrap_or_default();
        if status == 200 {
            return serde_json::from_slice(body).map_err(Refused::passing);
        }
        Err(Refused::by_service(status, &code(body)))
    }
}

/// The code of an error; none where it is no JSON.
fn code(body: &[u8]) -> String {
    let error: Error = serde_json::from_slice(body).unwrap_or_default();
    // `com.amazonaws.sqs#QueueDoesNotExist`.
    error.kind.rsplit('#').next().unwrap_or_default().to_owned()
}

fn is_throttle(code: &str) -> bool {
    code.contains("Throttl")
}

fn judge(status: u16, body: &[u8]) -> Verdict {
    match by_status(status, body) {
        Verdict::Answered if status >= 400 && is_throttle(&code(body)) => Verdict::Throttled,
        verdict => verdict,
    }
}

/// The scheme and host of a URL.
fn origin(url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    Some(format!("{}://{}", uri.scheme_str()?, uri.authority()?))
}

/// Tells what was taken from what is tried again and from what is refused for good. What the answer does not name was
/// not taken.
fn sort(
    parts: Vec<Part>,
    output: &Output,
    left: &mut Vec<(Part, QueueError)>,
    refused: &mut Vec<(usize, QueueError)>,
) {
    for (place, part) in parts.into_iter().enumerate() {
        let id = place.to_string();
        if output.successful.iter().any(|taken| taken.id == id) {
            continue;
        }
        let failed = output.failed.iter().find(|failed| failed.id == id);
        match failed {
            Some(failed) if failed.sender_fault => {
                let problem = QueueError::Invalid(failed.code.clone());
                refused.push((part.slice, problem));
            }
            _ => {
                let code = failed.map_or("no answer", |failed| failed.code.as_str());
                let problem = format!("SQS did not take a message: {code}");
                left.push((part, QueueError::Unavailable(problem.into())));
            }
        }
    }
}

/// Why a whole call failed.
#[derive(Debug)]
struct Refused {
    /// Whether the same would fail again.
    is_final: bool,
    is_access: bool,
    problem: String,
}

impl Refused {
    fn passing(error: impl Into<Failure>) -> Self {
        Self {
            is_final: false,
            is_access: false,
            problem: chain(&*error.into()),
        }
    }

    fn by_service(status: u16, code: &str) -> Self {
        let throttled = is_throttle(code) || status == 429;
        Self {
            is_final: (400..500).contains(&status) && !throttled,
            is_access: status == 403 || code.contains("AccessDenied"),
            problem: format!("SQS answers with status {status} {code}"),
        }
    }

    /// The same for each of the messages.
    fn again(&self) -> QueueError {
        match self {
            Self {
                is_access: true, ..
            } => QueueError::Refused,
            Self {
                is_final: true,
                problem,
                ..
            } => QueueError::Invalid(problem.clone()),
            Self { problem, .. } => QueueError::Unavailable(problem.clone().into()),
        }
    }
}

#[async_trait]
impl FanoutQueue for SqsQueue {
    async fn send(
        &self,
        slices: &[Slice],
        delay_s: u32,
        trace: Option<&str>,
    ) -> Vec<Result<(), QueueError>> {
        let mut results: Vec<_> = slices.iter().map(|_| Ok(())).collect();
        let mut messages = Vec::new();
        let mut refused = Vec::new();
        for part in parts(slices) {
            match part {
                Ok(part) => messages.push(part),
                Err(error) => refused.push(error),
            }
        }
        let sent = stream::iter(calls(messages))
            .map(|call| self.send_call(call, delay_s, trace))
            .buffer_unordered(CALLS_IN_FLIGHT)
            .concat()
            .await;
        for (slice, error) in refused.into_iter().chain(sent) {
            if let Some(result) = results.get_mut(slice) {
                *result = Err(error);
            }
        }
        results
    }

    async fn send_notice(
        &self,
        notice: &Notice,
        delay_s: u32,
        trace: Option<&str>,
    ) -> Result<(), QueueError> {
        let body = notice.body();
        let body = body.map_err(|error| QueueError::Invalid(error.to_string()))?;
        let refused = self.send_call(vec![Part { slice: 0, body }], delay_s, trace);
        match refused.await.into_iter().next() {
            None => Ok(()),
            Some((_, error)) => Err(error),
        }
    }
}
