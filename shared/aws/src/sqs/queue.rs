//! The sender: `SendMessageBatch` over the AWS JSON 1.0 protocol.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_smithy_types::byte_stream::ByteStream;
use futures::{StreamExt, stream};
use http::{Method, Uri};
use thiserror::Error;
use tidegate_core::fanout::{FanoutQueue, QueueError, Slice};

use super::batch::{Entry, Error, Input, Output, Part, SystemAttributes, calls, parts};
use crate::environment::AwsEnvironment;
use crate::signed::{Failure, Signed, is_url};

/// The service name in the signature.
const SERVICE: &str = "sqs";
/// How long one attempt may take: it may carry a mebibyte.
const ATTEMPT: Duration = Duration::from_secs(3);
/// How often a call is tried altogether.
const ATTEMPTS: u32 = 3;
/// The longest wait before the second attempt; it doubles after that.
const BACKOFF: Duration = Duration::from_millis(100);
/// Calls that are under way at once.
const CALLS_IN_FLIGHT: usize = 8;

/// What [`SqsQueue`] needs of its surroundings.
#[derive(Clone)]
pub struct SqsQueueOptions {
    /// The queue's URL, as SQS gives it.
    pub queue_url: String,
    /// Tells the time, for signatures.
    pub now: fn() -> SystemTime,
    /// A random number from 0 to 1, by which waits differ.
    pub jitter: fn() -> f64,
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
    jitter: fn() -> f64,
    attempt_timeout: Duration,
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
            now,
            jitter,
        } = options;
        let endpoint = match &environment.sqs_endpoint {
            Some(endpoint) => Some(endpoint.trim_end_matches('/').to_owned()),
            None => origin(&queue_url),
        };
        let endpoint = endpoint.filter(|endpoint| is_url(endpoint));
        let Some(endpoint) = endpoint.filter(|_| is_url(&queue_url)) else {
            return Err(InvalidQueueUrl(queue_url));
        };
        let (region, credentials) = (environment.region.clone(), environment.credentials.clone());
        Ok(Self {
            signed: Signed::new(SERVICE, region, credentials, &endpoint, now),
            endpoint: format!("{endpoint}/"),
            queue_url,
            jitter,
            attempt_timeout: ATTEMPT,
        })
    }

    /// The same with another limit for one attempt, for tests that do not want to wait.
    #[must_use]
    pub const fn with_attempt_timeout(mut self, limit: Duration) -> Self {
        self.attempt_timeout = limit;
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
        for attempt in 1..=ATTEMPTS {
            let sent = self.attempt(&parts, delay_s, trace);
            let sent = tokio::time::timeout(self.attempt_timeout, sent).await;
            let mut left = Vec::new();
            match sent.unwrap_or_else(|elapsed| Err(Refused::passing(elapsed))) {
                Ok(output) => sort(parts, &output, &mut left, &mut refused),
                Err(error) if error.is_final => {
                    refused.extend(parts.iter().map(|part| (part.slice, error.again())));
                    return refused;
                }
                Err(error) => {
                    left = parts
                        .into_iter()
                        .map(|part| (part, error.again()))
                        .collect();
                }
            }
            if left.is_empty() {
                return refused;
            }
            if attempt == ATTEMPTS {
                refused.extend(left.into_iter().map(|(part, error)| (part.slice, error)));
                return refused;
            }
            parts = left.into_iter().map(|(part, _)| part).collect();
            tokio::time::sleep(BACKOFF.mul_f64(f64::from(attempt) * (self.jitter)())).await;
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
        let body = ByteStream::new(response.into_body()).collect().await;
        let body = body.map_err(Refused::passing)?.into_bytes();
        if status == 200 {
            return serde_json::from_slice(&body).map_err(Refused::passing);
        }
        // Whatever it is: the status says enough where it is no JSON.
        let error: Error = serde_json::from_slice(&body).unwrap_or_default();
        Err(Refused::by_service(status, &error.kind))
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
            problem: error.into().to_string(),
        }
    }

    fn by_service(status: u16, kind: &str) -> Self {
        // `com.amazonaws.sqs#QueueDoesNotExist`.
        let code = kind.rsplit('#').next().unwrap_or_default();
        let throttled = code.contains("Throttl") || status == 429;
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
}
