//! What a function still does once its response is on the way, and before it asks for the next event.
//!
//! Who waits for the response does not wait for it, and it takes time in which the function would only wait until Lambda
//! has taken the response.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use lambda_runtime::tower::{Layer, Service};
use lambda_runtime::{Error, LambdaInvocation};

/// A layer of the runtime that closes each invocation with what its handler has left here.
pub(crate) struct Closing<T>(Rc<Left<T>>);

struct Left<T> {
    /// Of one invocation: an environment has one at a time.
    left: Cell<Option<T>>,
    close: Box<dyn Fn(T)>,
}

impl<T> Closing<T> {
    /// That closes an invocation by this.
    pub(crate) fn new(close: impl Fn(T) + 'static) -> Self {
        let left = Cell::new(None);
        let close = Box::new(close);
        Self(Rc::new(Left { left, close }))
    }

    /// Leaves what the invocation is to be closed with. The handler's last word.
    pub(crate) fn leave(&self, left: T) {
        self.0.left.set(Some(left));
    }
}

impl<T> Clone for Closing<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<S, T> Layer<S> for Closing<T> {
    type Service = Closed<S, T>;

    fn layer(&self, inner: S) -> Self::Service {
        let closing = self.clone();
        Closed { inner, closing }
    }
}

/// A service that handles invocations and sends their responses, each of which is closed.
pub(crate) struct Closed<S, T> {
    inner: S,
    closing: Closing<T>,
}

impl<S, T> Service<LambdaInvocation> for Closed<S, T>
where
    S: Service<LambdaInvocation, Response = (), Error = Error>,
{
    type Response = ();
    type Error = Error;
    type Future = Sending<S::Future, T>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, invocation: LambdaInvocation) -> Self::Future {
        Sending {
            sending: Box::pin(self.inner.call(invocation)),
            closing: self.closing.clone(),
            handed_on: false,
        }
    }
}

/// An invocation until Lambda has taken its response.
pub(crate) struct Sending<F, T> {
    sending: Pin<Box<F>>,
    closing: Closing<T>,
    /// Whether the response was seen to be on its way to the connection, which is a task of its own.
    handed_on: bool,
}

impl<F: Future, T> Future for Sending<F, T> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let sent = self.sending.as_mut().poll(context);
        let Left { left, close } = &*self.closing.0;
        let Some(last) = left.take() else {
            return sent;
        };
        if sent.is_pending() && !self.handed_on {
            // First the connection has its turn, and writes the response.
            left.set(Some(last));
            self.handed_on = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        close(last);
        sent
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::time::Duration;

    use tokio::sync::oneshot;
    use tokio::task::{LocalSet, spawn_local};
    use tokio::time::timeout;

    use super::*;

    /// Notes what happens, in order.
    #[derive(Clone, Default)]
    struct Notes(Rc<RefCell<Vec<&'static str>>>);

    impl Notes {
        fn note(&self, note: &'static str) {
            self.0.borrow_mut().push(note);
        }

        fn closing(&self) -> Closing<&'static str> {
            let notes = self.clone();
            Closing::new(move |last| notes.note(last))
        }

        fn all(&self) -> Vec<&'static str> {
            self.0.borrow().clone()
        }
    }

    fn sending<F: Future>(closing: &Closing<&'static str>, sending: F) -> Sending<F, &'static str> {
        Sending {
            sending: Box::pin(sending),
            closing: closing.clone(),
            handed_on: false,
        }
    }

    #[tokio::test]
    async fn the_response_is_written_first_and_nobody_waits_until_it_is_taken() {
        let notes = Notes::default();
        let closing = notes.closing();
        let (to_connection, response) = oneshot::channel();
        let (to_function, taken) = oneshot::channel();
        let (to_lambda, closed) = oneshot::channel::<()>();
        let connection = notes.clone();
        let lambda = notes.clone();
        let all = LocalSet::new();
        all.spawn_local(async move {
            response.await.unwrap();
            connection.note("written");
            // It takes the response only when the invocation has been closed.
            closed.await.unwrap();
            to_function.send(()).unwrap();
        });
        let function = sending(&closing, async {
            closing.leave("closed");
            to_connection.send(()).unwrap();
            taken.await.unwrap();
            lambda.note("taken");
        });
        let watched = notes.clone();
        let ended = all.run_until(async move {
            let watching = spawn_local(async move {
                while !watched.all().contains(&"closed") {
                    tokio::task::yield_now().await;
                }
                to_lambda.send(()).unwrap();
            });
            function.await;
            watching.await.unwrap();
        });
        timeout(Duration::from_secs(60), ended).await.unwrap();
        assert_eq!(notes.all(), ["written", "closed", "taken"]);
    }

    #[tokio::test]
    async fn it_is_closed_before_the_next_event_however_soon_that_is_asked_for() {
        let notes = Notes::default();
        let closing = notes.closing();
        sending(&closing, async { closing.leave("first") }).await;
        sending(&closing, async { closing.leave("second") }).await;
        assert_eq!(notes.all(), ["first", "second"]);
    }

    #[tokio::test]
    async fn a_handler_that_left_nothing_ends_all_the_same() {
        let notes = Notes::default();
        sending(&notes.closing(), tokio::task::yield_now()).await;
        assert_eq!(notes.all(), <[&str; 0]>::default());
    }
}
