//! All metrics of a runtime.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tidegate_local_cloud::alarms::{MetricKey, MetricStatistic};
use tidegate_local_cloud::clock::SharedClock;

use crate::points::Points;

/// How many metrics there may be. Far more than a stack has; who makes a dimension of an id finds out here, and not on
/// the bill.
const MOST_METRICS: usize = 10_000;

pub(crate) const MINUTE_MS: u64 = 60_000;

/// All metrics of a runtime. Cheap to clone; clones are the same metrics.
#[derive(Debug, Clone)]
pub struct Metrics {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    clock: SharedClock,
    series: Mutex<HashMap<MetricKey, Arc<Mutex<Points>>>>,
    is_full: AtomicBool,
}

/// One metric, for who adds to it often: nothing is looked up.
#[derive(Debug, Clone)]
pub struct Series {
    clock: SharedClock,
    points: Arc<Mutex<Points>>,
}

impl Series {
    /// Adds a value, now.
    pub fn add(&self, value: f64) {
        self.add_at(self.clock.now_ms(), value);
    }

    /// Adds a value at a time, in epoch milliseconds. What is no number is dropped, as CloudWatch refuses it.
    pub fn add_at(&self, at_ms: u64, value: f64) {
        if value.is_finite() {
            lock(&self.points).add(at_ms / MINUTE_MS, value);
        }
    }
}

impl Metrics {
    /// No metrics yet, by this clock.
    #[must_use]
    pub fn new(clock: SharedClock) -> Self {
        Self {
            shared: Arc::new(Shared {
                clock,
                series: Mutex::default(),
                is_full: AtomicBool::new(false),
            }),
        }
    }

    /// Adds a value, now: to the metric with exactly these dimensions.
    pub fn put(&self, namespace: &str, name: &str, dimensions: &[(&str, &str)], value: f64) {
        self.series(namespace, name, dimensions).add(value);
    }

    /// The metric with exactly these dimensions.
    #[must_use]
    pub fn series(&self, namespace: &str, name: &str, dimensions: &[(&str, &str)]) -> Series {
        self.of(Self::key(namespace, name, dimensions))
    }

    /// The metric of this key.
    #[must_use]
    pub fn of(&self, key: MetricKey) -> Series {
        let mut series = lock(&self.shared.series);
        let points = match series.get(&key) {
            Some(points) => Arc::clone(points),
            None if series.len() >= MOST_METRICS => {
                if !self.shared.is_full.swap(true, Ordering::Relaxed) {
                    tracing::warn!(
                        namespace = key.namespace,
                        metric = key.name,
                        "there are {MOST_METRICS} metrics, and no more are taken: a dimension has too many values"
                    );
                }
                Arc::default()
            }
            None => {
                let points = Arc::<Mutex<Points>>::default();
                series.insert(key, Arc::clone(&points));
                points
            }
        };
        Series {
            clock: Arc::clone(&self.shared.clock),
            points,
        }
    }

    /// Every metric that there is.
    #[must_use]
    pub fn keys(&self) -> Vec<MetricKey> {
        let mut keys: Vec<_> = lock(&self.shared.series).keys().cloned().collect();
        keys.sort();
        keys
    }

    /// A statistic of the last `periods` periods that were over at `at_ms`, the oldest first. None is no data.
    #[must_use]
    pub fn values(
        &self,
        watched: &MetricStatistic,
        at_ms: u64,
        period_s: u64,
        periods: usize,
    ) -> Vec<Option<f64>> {
        let points = lock(&self.shared.series).get(&watched.metric).cloned();
        let Some(points) = points else {
            return vec![None; periods];
        };
        let (end, length) = (at_ms / MINUTE_MS, (period_s / 60).max(1));
        let points = lock(&points);
        let backwards = (0..periods).rev().map(|back| {
            let back = u64::try_from(back).unwrap_or(u64::MAX);
            let to = end.saturating_sub(back.saturating_mul(length));
            let summary = points.summary(to.saturating_sub(length), to);
            summary.map(|summary| summary.statistic(watched.statistic))
        });
        backwards.collect()
    }

    /// The key of a metric.
    #[must_use]
    pub fn key(namespace: &str, name: &str, dimensions: &[(&str, &str)]) -> MetricKey {
        let dimensions: BTreeMap<String, String> = dimensions
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        MetricKey {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            dimensions,
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
