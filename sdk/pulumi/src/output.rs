//! Values that come from resources.

use std::collections::BTreeSet;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, Location};

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};

use crate::error::{BoxError, Error, ErrorKind, panic_error};
use crate::urn::Urn;
use crate::value::Redacted;

/// A value that may not be known yet, with whether it is a secret and which resources it comes from.
///
/// Passing an output to another resource tells the engine that the one depends on the other; whatever is computed from
/// a secret is a secret. An output is computed at most once, and only when something needs it: a function given to
/// [`map`](Self::map) whose result nothing uses does not run, nor does one whose input is unknown in a preview. So what
/// is declared in such a function, is only declared when something uses its result: declare resources outside.
#[must_use = "what nothing uses is never computed"]
pub struct Output<T> {
    future: Shared<BoxFuture<'static, Result<Resolved<T>, Error>>>,
}

/// What an [`Output`] comes to.
#[derive(Clone)]
pub struct Resolved<T> {
    /// The value, or `None` while it is unknown.
    pub value: Option<T>,
    /// Whether it is a secret.
    pub secret: bool,
    /// The resources that it comes from.
    pub dependencies: BTreeSet<Urn>,
}

impl<T> Resolved<T> {
    /// A plain value.
    pub fn known(value: T) -> Self {
        Self {
            value: Some(value),
            secret: false,
            dependencies: BTreeSet::new(),
        }
    }

    /// The same facts about another value.
    pub(crate) fn of<U>(self, value: Option<U>) -> Resolved<U> {
        Resolved {
            value,
            secret: self.secret,
            dependencies: self.dependencies,
        }
    }

    fn with<U>(
        mut self,
        compute: impl FnOnce(T) -> Result<U, Error>,
    ) -> Result<Resolved<U>, Error> {
        let value = self.value.take().map(compute).transpose()?;
        Ok(self.of(value))
    }

    /// Takes over what is true of another value that this one was computed from.
    pub(crate) fn join<U>(&mut self, other: Resolved<U>) -> Option<U> {
        self.secret |= other.secret;
        self.dependencies.extend(other.dependencies);
        other.value
    }
}

impl<T: Clone + Send + Sync + 'static> Output<T> {
    pub(crate) fn from_future(
        future: impl Future<Output = Result<Resolved<T>, Error>> + Send + 'static,
    ) -> Self {
        // A panic must not poison the shared future: everything that waits for it would panic too.
        let guarded = AssertUnwindSafe(future)
            .catch_unwind()
            .map(|result| result.unwrap_or_else(|payload| Err(panic_error(&*payload))));
        Self {
            future: guarded.boxed().shared(),
        }
    }

    pub(crate) fn ready(result: Result<Resolved<T>, Error>) -> Self {
        Self {
            future: futures::future::ready(result).boxed().shared(),
        }
    }

    pub(crate) fn failed(error: impl Into<Error>) -> Self {
        Self::ready(Err(error.into()))
    }

    /// An output of a value that is at hand.
    pub fn known(value: T) -> Self {
        Self::ready(Ok(Resolved::known(value)))
    }

    /// An output of a value that is at hand and a secret.
    pub fn secret(value: T) -> Self {
        Self::known(value).as_secret()
    }

    /// An output of a value that nobody knows yet.
    pub fn unknown() -> Self {
        Self::ready(Ok(Resolved {
            value: None,
            secret: false,
            dependencies: BTreeSet::new(),
        }))
    }

    /// What this output comes to. Waits for the resources that it comes from to be registered.
    ///
    /// For what lies beside the description of a stack, such as tests: a program passes outputs on as they are.
    ///
    /// # Errors
    ///
    /// When a resource that it comes from or a computation on the way failed.
    pub async fn resolved(&self) -> Result<Resolved<T>, Error> {
        self.future.clone().await
    }

    /// Computes another value from this one.
    pub fn map<U, F>(&self, compute: F) -> Output<U>
    where
        U: Clone + Send + Sync + 'static,
        F: FnOnce(T) -> U + Send + 'static,
    {
        let future = self.future.clone();
        Output::from_future(async move { future.await?.with(|value| Ok(compute(value))) })
    }

    /// Computes another value from this one, or fails.
    #[track_caller]
    pub fn try_map<U, E, F>(&self, compute: F) -> Output<U>
    where
        U: Clone + Send + Sync + 'static,
        E: Into<BoxError>,
        F: FnOnce(T) -> Result<U, E> + Send + 'static,
    {
        let future = self.future.clone();
        let place = Location::caller();
        Output::from_future(async move {
            future
                .await?
                .with(|value| compute(value).map_err(|error| apply_error(error.into(), place)))
        })
    }

    /// Computes another output from this one.
    pub fn and_then<U, F>(&self, compute: F) -> Output<U>
    where
        U: Clone + Send + Sync + 'static,
        F: FnOnce(T) -> Output<U> + Send + 'static,
    {
        let future = self.future.clone();
        Output::from_future(async move {
            let mut both = Resolved::known(());
            let value = match both.join(future.await?) {
                Some(value) => both.join(compute(value).future.await?),
                None => None,
            };
            Ok(both.of(value))
        })
    }

    /// This output and another together.
    pub fn zip<U>(&self, other: &Output<U>) -> Output<(T, U)>
    where
        U: Clone + Send + Sync + 'static,
    {
        let (left, right) = (self.future.clone(), other.future.clone());
        Output::from_future(async move {
            let mut both = Resolved::known(());
            let left = both.join(left.await?);
            let right = both.join(right.await?);
            Ok(both.of(left.zip(right)))
        })
    }

    /// Several outputs as one list.
    pub fn all(outputs: impl IntoIterator<Item = Self>) -> Output<Vec<T>> {
        let futures: Vec<_> = outputs.into_iter().map(|output| output.future).collect();
        Output::from_future(async move {
            let mut all = Resolved::known(());
            let mut values = Some(Vec::with_capacity(futures.len()));
            for future in futures {
                match all.join(future.await?) {
                    Some(value) => {
                        if let Some(values) = &mut values {
                            values.push(value);
                        }
                    }
                    None => values = None,
                }
            }
            Ok(all.of(values))
        })
    }

    /// The same value, to be kept as a secret.
    pub fn as_secret(&self) -> Self {
        let future = self.future.clone();
        Self::from_future(async move {
            let mut resolved = future.await?;
            resolved.secret = true;
            Ok(resolved)
        })
    }
}

/// What a program's own function said when it failed; an error of ours keeps its identity.
fn apply_error(source: BoxError, place: &'static Location<'static>) -> Error {
    match source.downcast::<Error>() {
        Ok(error) => *error,
        Err(source) => ErrorKind::Apply { place, source }.into(),
    }
}

impl<T> Clone for Output<T> {
    fn clone(&self) -> Self {
        Self {
            future: self.future.clone(),
        }
    }
}

impl<T> fmt::Debug for Output<T> {
    // An output cannot tell without waiting whether it is a secret: so none is shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Output(..)")
    }
}

impl<T: fmt::Debug> fmt::Debug for Resolved<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Resolved");
        match &self.value {
            Some(_) if self.secret => debug.field("value", &Redacted),
            value => debug.field("value", value),
        };
        debug
            .field("secret", &self.secret)
            .field("dependencies", &self.dependencies)
            .finish()
    }
}
