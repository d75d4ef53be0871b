//! The values of one metric, by minute.

use std::collections::{BTreeMap, VecDeque};

use tidegate_local_cloud::alarms::{KEPT_MINUTES, Statistic};

/// What is known of the values of a period.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Summary {
    count: f64,
    sum: f64,
    minimum: f64,
    maximum: f64,
    /// How often each value was there, for percentiles: by the value to three digits, so that there are not many.
    spread: BTreeMap<Rounded, f64>,
}

/// A value to three digits, as its order among all others.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Rounded(f64);

impl Rounded {
    fn new(value: f64) -> Self {
        if value == 0.0 {
            return Self(0.0);
        }
        let scale = 10_f64.powf(2.0 - value.abs().log10().floor());
        let rounded = (value * scale).round() / scale;
        // Of the very small and the very great, the scale itself is no number.
        Self(if rounded.is_finite() { rounded } else { value })
    }
}

impl Eq for Rounded {}

impl PartialOrd for Rounded {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Rounded {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl Summary {
    fn add(&mut self, value: f64) {
        if self.count == 0.0 {
            (self.minimum, self.maximum) = (value, value);
        }
        self.count += 1.0;
        self.sum += value;
        self.minimum = self.minimum.min(value);
        self.maximum = self.maximum.max(value);
        *self.spread.entry(Rounded::new(value)).or_default() += 1.0;
    }

    fn merge(&mut self, other: &Self) {
        if self.count == 0.0 {
            *self = other.clone();
            return;
        }
        self.count += other.count;
        self.sum += other.sum;
        self.minimum = self.minimum.min(other.minimum);
        self.maximum = self.maximum.max(other.maximum);
        for (value, count) in &other.spread {
            *self.spread.entry(*value).or_default() += count;
        }
    }

    /// One number of the period.
    pub(crate) fn statistic(&self, statistic: Statistic) -> f64 {
        match statistic {
            Statistic::SampleCount => self.count,
            Statistic::Sum => self.sum,
            Statistic::Average => self.sum / self.count,
            Statistic::Minimum => self.minimum,
            Statistic::Maximum => self.maximum,
            Statistic::Percentile(percentile) => self.percentile(percentile),
        }
    }

    /// The least value that so many in a hundred do not exceed.
    fn percentile(&self, percentile: f64) -> f64 {
        let wanted = (self.count * percentile / 100.0).max(1.0);
        let mut seen = 0.0;
        for (value, count) in &self.spread {
            seen += count;
            if seen >= wanted {
                return value.0.clamp(self.minimum, self.maximum);
            }
        }
        self.maximum
    }
}

/// The minutes in which there were values, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Points {
    minutes: VecDeque<(u64, Summary)>,
}

impl Points {
    /// Takes a value of this minute since the epoch. One that is older than what is kept is dropped.
    pub(crate) fn add(&mut self, minute: u64, value: f64) {
        let newest = self.minutes.back().map_or(minute, |(newest, _)| *newest);
        if minute + KEPT_MINUTES <= newest {
            return;
        }
        // Nearly always the last one.
        let at = self.minutes.iter().rposition(|(known, _)| *known <= minute);
        match at {
            Some(at) if self.minutes[at].0 == minute => self.minutes[at].1.add(value),
            _ => {
                let mut summary = Summary::default();
                summary.add(value);
                let at = at.map_or(0, |before| before + 1);
                self.minutes.insert(at, (minute, summary));
                self.forget(newest.max(minute));
            }
        }
    }

    /// The values of the minutes `from..to`, if there are any.
    pub(crate) fn summary(&self, from: u64, to: u64) -> Option<Summary> {
        let start = self.minutes.partition_point(|(minute, _)| *minute < from);
        let mut whole: Option<Summary> = None;
        let period = self.minutes.range(start..);
        for (_, summary) in period.take_while(|(minute, _)| *minute < to) {
            whole.get_or_insert_default().merge(summary);
        }
        whole
    }

    fn forget(&mut self, newest: u64) {
        while let Some((oldest, _)) = self.minutes.front()
            && oldest + KEPT_MINUTES <= newest
        {
            self.minutes.pop_front();
        }
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.minutes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64]) -> Summary {
        let mut points = Points::default();
        for value in values {
            points.add(7, *value);
        }
        points.summary(7, 8).unwrap()
    }

    #[test]
    fn a_period_has_each_statistic() {
        let summary = of(&[4.0, 1.0, 7.0]);
        for (statistic, value) in [
            (Statistic::SampleCount, 3.0),
            (Statistic::Sum, 12.0),
            (Statistic::Average, 4.0),
            (Statistic::Minimum, 1.0),
            (Statistic::Maximum, 7.0),
            (Statistic::Percentile(50.0), 4.0),
            (Statistic::Percentile(0.0), 1.0),
            (Statistic::Percentile(100.0), 7.0),
        ] {
            assert_eq!(summary.statistic(statistic), value, "{statistic}");
        }
    }

    #[test]
    fn a_percentile_is_the_value_that_so_many_do_not_exceed() {
        let hundred: Vec<f64> = (1..=100).map(f64::from).collect();
        let summary = of(&hundred);
        assert_eq!(summary.statistic(Statistic::Percentile(99.0)), 99.0);
        assert_eq!(summary.statistic(Statistic::Percentile(99.5)), 100.0);
        // To three digits, and never outside of what was there.
        assert_eq!(of(&[1234.5]).statistic(Statistic::Percentile(99.0)), 1234.5);
        let close = of(&[1234.5, 1_000.0, 9_999.0]);
        assert_eq!(close.statistic(Statistic::Percentile(50.0)), 1230.0);
        let odd = of(&[-2.5, 0.0, 1e-320, f64::MAX]);
        assert_eq!(odd.statistic(Statistic::Percentile(25.0)), -2.5);
    }

    #[test]
    fn a_period_is_made_of_its_minutes_and_no_other() {
        let mut points = Points::default();
        for (minute, value) in [(10, 1.0), (12, 2.0), (11, 4.0), (15, 8.0)] {
            points.add(minute, value);
        }
        let sum = |from, to| {
            let summary = points.summary(from, to);
            summary.map(|summary| summary.statistic(Statistic::Sum))
        };
        assert_eq!(sum(10, 13), Some(7.0));
        assert_eq!(sum(13, 15), None);
        assert_eq!(sum(15, 16), Some(8.0));
    }

    #[test]
    fn what_is_old_is_forgotten() {
        let mut points = Points::default();
        for minute in 0..10 * KEPT_MINUTES {
            points.add(minute, 1.0);
        }
        assert_eq!(points.len() as u64, KEPT_MINUTES);
        points.add(0, 1.0);
        assert!(points.summary(0, KEPT_MINUTES).is_none());
    }
}
