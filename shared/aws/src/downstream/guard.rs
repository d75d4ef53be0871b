//! A guard: what it lets through, for how long, and how often.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use tidegate_core::downstream::NotAsked;

use super::breaker::{Breaker, Outcome, Permit};
use super::budget::Budget;
use super::judge::Verdict;
use super::policy::Policy;
use super::refusal::{NoAnswer, Streamed};
use crate::meter::Trouble;
use crate::surroundings::Surroundings;

/// Tells from the status and the body of an answer how the service is.
pub(crate) type Judge = fn(u16, &[u8]) -> Verdict;

/// A connector to one downstream, with a guard before it. Also the HTTP client of an SDK client, whose own retries and
/// time limits must be off.
#[derive(Clone)]
pub(crate) struct Guarded(Arc<Guard>);

struct Guard {
    connector: SharedHttpConnector,
    policy: Policy,
    judge: Judge,
    surroundings: Surroundings,
    state: Mutex<State>,
}

struct State {
    breaker: Breaker,
    budget: Budget,
}

type Answer = Result<HttpResponse, ConnectorError>;

/// What came of one attempt.
struct Attempt {
    answer: Answer,
    /// Nothing: nobody can be blamed.
    verdict: Option<Verdict>,
}

impl Guarded {
    pub(crate) fn new(
        connector: SharedHttpConnector,
        policy: Policy,
        judge: Judge,
        surroundings: Surroundings,
    ) -> Self {
        let state = State {
            breaker: Breaker::new(policy.least_calls),
            budget: Budget::default(),
        };
        Self(Arc::new(Guard {
            connector,
            policy,
            judge,
            surroundings,
            state: Mutex::new(state),
        }))
    }

    /// A new one like this, with another limit for one attempt.
    pub(crate) fn with_attempt_timeout(&self, limit: Duration) -> Self {
        let Guard {
            connector,
            policy,
            judge,
            surroundings,
            ..
        } = &*self.0;
        let policy = policy.with_attempt(limit);
        Self::new(connector.clone(), policy, *judge, surroundings.clone())
    }

    /// Sends a request, and again where that may help and may be. The body of the answer has been read.
    pub(crate) async fn send(&self, request: HttpRequest) -> Answer {
        let guard = &self.0;
        let began = (guard.surroundings.now)();
        let mut permit = guard.admit()?;
        let mut made = 0;
        loop {
            let copy = request
                .try_clone()
                .ok_or_else(|| ConnectorError::user(Streamed.into()))?;
            let limit = guard.policy.attempt.min(guard.left(began));
            let Attempt { answer, verdict } = guard.attempt(copy, limit).await;
            guard.settle(permit, verdict);
            made += 1;
            if verdict == Some(Verdict::Answered) {
                return answer;
            }
            let Some(wait) = self.retry(made).filter(|wait| *wait < guard.left(began)) else {
                return answer;
            };
            tokio::time::sleep(wait).await;
            // It may have opened meanwhile: what was answered last says more than that.
            permit = match guard.state().breaker.admit(guard.now_ms()) {
                Ok(permit) => permit,
                Err(_) => return answer,
            };
            guard.note(|trouble| trouble.retries += 1);
        }
    }

    /// How long to wait until the same is tried once more, after so many attempts; nothing, if it may not be. For what only
    /// the caller can tell that it is worth it.
    pub(crate) fn retry(&self, made: u32) -> Option<Duration> {
        let guard = &self.0;
        if made >= guard.policy.attempts || !guard.state().budget.spend(guard.now_ms()) {
            return None;
        }
        let doubled = 1_u32.checked_shl(made - 1).unwrap_or(u32::MAX);
        let longest = guard.policy.backoff.saturating_mul(doubled);
        Some(longest.mul_f64((guard.surroundings.jitter)().clamp(0.0, 1.0)))
    }
}

impl Guard {
    fn admit(&self) -> Result<Permit, ConnectorError> {
        let admitted = self.state().breaker.admit(self.now_ms());
        admitted.map_err(|retry_after| {
            self.note(|trouble| trouble.refused += 1);
            let refused = NotAsked {
                downstream: self.policy.downstream.name(),
                retry_after,
            };
            ConnectorError::other(refused.into(), None)
        })
    }

    async fn attempt(&self, request: HttpRequest, limit: Duration) -> Attempt {
        match tokio::time::timeout(limit, self.exchange(request)).await {
            Ok(Ok(mut response)) => {
                let status = response.status().as_u16();
                let body = response.body_mut().bytes().unwrap_or_default();
                Attempt {
                    verdict: Some((self.judge)(status, body)),
                    answer: Ok(response),
                }
            }
            // The caller's own mistake: nothing was sent.
            Ok(Err(error)) if error.is_user() => Attempt {
                answer: Err(error),
                verdict: Some(Verdict::Answered),
            },
            Ok(Err(error)) => Attempt {
                answer: Err(error),
                verdict: Some(Verdict::Failed),
            },
            Err(_elapsed) => {
                let silence = NoAnswer {
                    downstream: self.policy.downstream.name(),
                    limit,
                };
                Attempt {
                    answer: Err(ConnectorError::timeout(silence.into())),
                    verdict: self.policy.silence_is_failure.then_some(Verdict::Failed),
                }
            }
        }
    }

    /// The body too: an answer that stops in the middle is none.
    async fn exchange(&self, request: HttpRequest) -> Answer {
        let mut response = self.connector.call(request).await?;
        let body = ByteStream::new(response.take_body()).collect().await;
        let body = body.map_err(|error| ConnectorError::io(error.into()))?;
        *response.body_mut() = SdkBody::from(body.into_bytes());
        Ok(response)
    }

    fn settle(&self, permit: Permit, verdict: Option<Verdict>) {
        let outcome = match verdict {
            None => Outcome::Unknown,
            Some(Verdict::Failed) => Outcome::Failed,
            Some(Verdict::Answered | Verdict::Throttled) => Outcome::Answered,
        };
        let (now_ms, jitter) = (self.now_ms(), (self.surroundings.jitter)());
        let mut state = self.state();
        state.breaker.settle(permit, outcome, now_ms, jitter);
        match verdict {
            Some(Verdict::Answered) => state.budget.earn(),
            Some(Verdict::Throttled) => self.note(|trouble| trouble.throttles += 1),
            Some(Verdict::Failed) => self.note(|trouble| trouble.failures += 1),
            None => {}
        }
    }

    /// What is left of the time for all attempts.
    fn left(&self, began: SystemTime) -> Duration {
        let now = (self.surroundings.now)();
        let spent = now.duration_since(began).unwrap_or_default();
        self.policy.altogether.saturating_sub(spent)
    }

    fn note(&self, note: impl FnOnce(&mut Trouble)) {
        let downstream = self.policy.downstream;
        self.surroundings.meter.trouble(downstream, note);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now_ms(&self) -> u64 {
        let now = (self.surroundings.now)();
        let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }
}

impl fmt::Debug for Guarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guarded")
            .field("policy", &self.0.policy)
            .finish_non_exhaustive()
    }
}

impl HttpConnector for Guarded {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let guarded = self.clone();
        HttpConnectorFuture::new(async move { guarded.send(request).await })
    }
}

impl HttpClient for Guarded {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
