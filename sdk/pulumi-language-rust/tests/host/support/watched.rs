//! A list that grows, and that can be waited on.

use std::fmt::Debug;
use std::sync::Arc;

use tokio::sync::watch;

use super::BOUND;

/// A list that others add to.
#[derive(Clone)]
pub(crate) struct Watched<T>(Arc<watch::Sender<Vec<T>>>);

impl<T: Clone + Debug> Watched<T> {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(Vec::new())))
    }

    pub(crate) fn push(&self, item: T) {
        self.0.send_modify(|items| items.push(item));
    }

    pub(crate) fn all(&self) -> Vec<T> {
        self.0.borrow().clone()
    }

    /// Waits until the list is so.
    pub(crate) async fn until(&self, what: &str, so: impl Fn(&[T]) -> bool) -> Vec<T> {
        let mut items = self.0.subscribe();
        let found = tokio::time::timeout(BOUND, items.wait_for(|items| so(items))).await;
        match found {
            Ok(Ok(items)) => items.clone(),
            _ => panic!("there was never {what} in {:#?}", self.all()),
        }
    }
}
