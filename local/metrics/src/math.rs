//! Metric math over the periods that an alarm looks at.
//!
//! Every series has a place for each period, oldest first, empty where there is no data. What is made of an empty place
//! is empty, but for `FILL` and for the functions over lists, which take what there is. So is what is no number: CloudWatch
//! gives no data point for a division by zero.

use std::collections::BTreeMap;

use tidegate_local_cloud::alarms::expression::{Aggregate, Expression, Filling, Operator};
use tidegate_local_cloud::alarms::{MetricStatistic, Query};

/// A value for each period.
pub(crate) type Values = Vec<Option<f64>>;

enum Made {
    Number(f64),
    Series(Values),
    List(Vec<Values>),
}

/// What the query `returned` makes of the metrics, each of which `metric` gives for `periods` periods.
pub(crate) fn evaluate(
    queries: &BTreeMap<String, Query>,
    returned: &str,
    periods: usize,
    metric: &dyn Fn(&MetricStatistic) -> Values,
) -> Values {
    let math = Math {
        queries,
        periods,
        metric,
    };
    math.query(returned)
}

struct Math<'a> {
    queries: &'a BTreeMap<String, Query>,
    periods: usize,
    metric: &'a dyn Fn(&MetricStatistic) -> Values,
}

impl Math<'_> {
    /// That ids are there, and none is made of itself, was checked when the alarm was registered.
    fn query(&self, id: &str) -> Values {
        match self.queries.get(id) {
            Some(Query::Metric(metric)) => (self.metric)(metric),
            Some(Query::Expression(expression)) => self.series(expression),
            None => vec![None; self.periods],
        }
    }

    fn series(&self, expression: &Expression) -> Values {
        match self.make(expression) {
            Made::Number(number) => vec![Some(number); self.periods],
            Made::Series(series) => series,
            // A list is refused wherever a series must be.
            Made::List(_) => vec![None; self.periods],
        }
    }

    fn list(&self, expression: &Expression) -> Vec<Values> {
        match self.make(expression) {
            Made::List(all) => all,
            _ => vec![self.series(expression)],
        }
    }

    fn make(&self, expression: &Expression) -> Made {
        match expression {
            Expression::Number(number) => Made::Number(*number),
            Expression::Id(id) => Made::Series(self.query(id)),
            Expression::Metrics => {
                let metrics = self.queries.values().filter_map(|query| match query {
                    Query::Metric(metric) => Some((self.metric)(metric)),
                    Query::Expression(_) => None,
                });
                Made::List(metrics.collect())
            }
            Expression::List(all) => Made::List(all.iter().map(|one| self.series(one)).collect()),
            Expression::Negative(one) => {
                let series = self.series(one).into_iter();
                Made::Series(series.map(|value| value.map(|value| -value)).collect())
            }
            Expression::Binary(left, operator, right) => {
                Made::Series(self.binary(left, *operator, right))
            }
            Expression::If(condition, then, otherwise) => {
                Made::Series(self.choose(condition, then, otherwise.as_deref()))
            }
            Expression::Fill(series, filling) => self.fill(series, filling),
            Expression::Aggregate(aggregate, list) => {
                let list = self.list(list);
                let at = |period: usize| {
                    let values = list.iter().filter_map(|series| *series.get(period)?);
                    aggregated(*aggregate, values)
                };
                Made::Series((0..self.periods).map(at).collect())
            }
        }
    }

    fn binary(&self, left: &Expression, operator: Operator, right: &Expression) -> Values {
        let (left, right) = (self.series(left), self.series(right));
        let pairs = left.into_iter().zip(right);
        pairs
            .map(|(left, right)| {
                let value = applied(operator, left?, right?);
                value.is_finite().then_some(value)
            })
            .collect()
    }

    fn choose(
        &self,
        condition: &Expression,
        then: &Expression,
        otherwise: Option<&Expression>,
    ) -> Values {
        let (condition, then) = (self.series(condition), self.series(then));
        let otherwise =
            otherwise.map_or_else(|| vec![None; self.periods], |other| self.series(other));
        let chosen = condition.into_iter().zip(then.into_iter().zip(otherwise));
        chosen
            .map(
                |(condition, (then, otherwise))| {
                    if is_true(condition?) { then } else { otherwise }
                },
            )
            .collect()
    }

    fn fill(&self, series: &Expression, filling: &Filling) -> Made {
        let filled = |series: Values| -> Values {
            match filling {
                Filling::Value(value) => {
                    let value = self.series(value);
                    let pairs = series.into_iter().zip(value);
                    pairs.map(|(value, filling)| value.or(filling)).collect()
                }
                Filling::Repeat => {
                    let mut last = None;
                    let repeat = |value: Option<f64>| {
                        last = value.or(last);
                        last
                    };
                    series.into_iter().map(repeat).collect()
                }
            }
        };
        match self.make(series) {
            Made::List(all) => Made::List(all.into_iter().map(filled).collect()),
            Made::Series(series) => Made::Series(filled(series)),
            Made::Number(number) => Made::Number(number),
        }
    }
}

fn is_true(value: f64) -> bool {
    value != 0.0
}

fn applied(operator: Operator, left: f64, right: f64) -> f64 {
    let truth = |holds: bool| f64::from(u8::from(holds));
    match operator {
        Operator::Or => truth(is_true(left) || is_true(right)),
        Operator::And => truth(is_true(left) && is_true(right)),
        Operator::Equal => truth(left == right),
        Operator::NotEqual => truth(left != right),
        Operator::Less => truth(left < right),
        Operator::LessOrEqual => truth(left <= right),
        Operator::Greater => truth(left > right),
        Operator::GreaterOrEqual => truth(left >= right),
        Operator::Plus => left + right,
        Operator::Minus => left - right,
        Operator::Times => left * right,
        Operator::Divide => left / right,
    }
}

fn aggregated(aggregate: Aggregate, values: impl Iterator<Item = f64>) -> Option<f64> {
    let values: Vec<f64> = values.collect();
    let count = u32::try_from(values.len())
        .ok()
        .filter(|count| *count > 0)?;
    Some(match aggregate {
        Aggregate::Sum => values.iter().sum(),
        Aggregate::Average => values.iter().sum::<f64>() / f64::from(count),
        Aggregate::Max => values.into_iter().fold(f64::NEG_INFINITY, f64::max),
        Aggregate::Min => values.into_iter().fold(f64::INFINITY, f64::min),
    })
}

#[cfg(test)]
mod tests {
    use tidegate_local_cloud::alarms::Statistic;

    use super::*;
    use crate::store::Metrics;

    const ERRORS: [Option<f64>; 4] = [Some(1.0), None, Some(0.0), Some(6.0)];
    const FRAMES: [Option<f64>; 4] = [Some(4.0), Some(3.0), Some(0.0), None];

    fn made(text: &str) -> Values {
        let metric = |name: &str| {
            Query::Metric(MetricStatistic {
                metric: Metrics::key("Test", name, &[]),
                statistic: Statistic::Sum,
            })
        };
        let queries = BTreeMap::from([
            ("errors".to_owned(), metric("errors")),
            ("frames".to_owned(), metric("frames")),
            (
                "ratio".to_owned(),
                Query::Expression(Expression::parse("errors / frames").unwrap()),
            ),
            (
                "asked".to_owned(),
                Query::Expression(Expression::parse(text).unwrap()),
            ),
        ]);
        evaluate(&queries, "asked", 4, &|metric| {
            if metric.metric.name == "errors" {
                ERRORS.to_vec()
            } else {
                FRAMES.to_vec()
            }
        })
    }

    #[test]
    fn what_is_made_of_no_data_is_no_data() {
        assert_eq!(made("errors + frames"), [Some(5.0), None, Some(0.0), None]);
        assert_eq!(
            made("-errors * 2 - 1"),
            [Some(-3.0), None, Some(-1.0), Some(-13.0)]
        );
        assert_eq!(made("errors >= 1"), [Some(1.0), None, Some(0.0), Some(1.0)]);
    }

    #[test]
    fn a_division_by_zero_is_no_data() {
        assert_eq!(made("100 * ratio"), [Some(25.0), None, None, None]);
        let none = [None; 4];
        assert_eq!(made("errors / 0"), none);
    }

    #[test]
    fn a_condition_chooses_period_by_period() {
        assert_eq!(
            made("IF(frames > 2, errors, 9)"),
            [Some(1.0), None, Some(9.0), None]
        );
        assert_eq!(
            made("IF(frames > 2 AND errors == 1, 7)"),
            [Some(7.0), None, None, None]
        );
        assert_eq!(
            made("errors > 5 || errors < 1"),
            [Some(0.0), None, Some(1.0), Some(1.0)]
        );
        assert_eq!(
            made("(errors != 1) && 1"),
            [Some(0.0), None, Some(1.0), Some(1.0)]
        );
        assert_eq!(made("errors <= 1"), [Some(1.0), None, Some(1.0), Some(0.0)]);
    }

    #[test]
    fn gaps_are_filled_with_what_is_said() {
        assert_eq!(
            made("FILL(errors, 0)"),
            [Some(1.0), Some(0.0), Some(0.0), Some(6.0)]
        );
        assert_eq!(made("FILL(frames, REPEAT)")[3], Some(0.0));
        assert_eq!(made("FILL(errors, frames)")[1], Some(3.0));
        assert_eq!(
            made("SUM(FILL(METRICS(), 0))"),
            [Some(5.0), Some(3.0), Some(0.0), Some(6.0)]
        );
    }

    #[test]
    fn functions_over_a_list_take_what_there_is() {
        assert_eq!(
            made("SUM([errors, frames])"),
            [Some(5.0), Some(3.0), Some(0.0), Some(6.0)]
        );
        assert_eq!(made("MAX([errors, frames])")[0], Some(4.0));
        assert_eq!(made("MIN(METRICS())")[0], Some(1.0));
        assert_eq!(made("AVG([errors, frames])")[..2], [Some(2.5), Some(3.0)]);
    }
}
