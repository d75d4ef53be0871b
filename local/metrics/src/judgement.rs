//! From the values of the last periods to the state of an alarm.
//!
//! The rules are those of "Configuring how CloudWatch alarms treat missing data" in the CloudWatch user guide, whose
//! tables are the tests below.

use tidegate_local_cloud::alarms::{AlarmState, EXTRA_PERIODS, MetricAlarm, MissingData};

/// How many of the last periods are looked at.
pub(crate) fn evaluation_range(alarm: &MetricAlarm) -> usize {
    alarm.evaluation_periods.saturating_add(EXTRA_PERIODS)
}

/// What the values of the evaluation range say, the oldest first; `None` is to stay as it is.
pub(crate) fn judge(alarm: &MetricAlarm, range: &[Option<f64>]) -> Option<AlarmState> {
    let (needed, to_alarm) = (alarm.evaluation_periods, alarm.datapoints_to_alarm);
    // Breaching or not, and how many periods ago, one being the last; the newest first, and no more than are needed.
    let real: Vec<(bool, usize)> = range
        .iter()
        .rev()
        .enumerate()
        .filter_map(|(ago, value)| {
            let breaches = alarm.comparison.breaches((*value)?, alarm.threshold);
            Some((breaches, ago + 1))
        })
        .take(needed)
        .collect();
    let breaching = real.iter().filter(|(breaches, _)| *breaches).count();
    let missing = needed - real.len();
    let alarm_if = |breaching: usize| {
        Some(if breaching >= to_alarm {
            AlarmState::Alarm
        } else {
            AlarmState::Ok
        })
    };
    if missing == 0 {
        return alarm_if(breaching);
    }
    match alarm.missing_data {
        MissingData::Breaching => alarm_if(breaching + missing),
        MissingData::NotBreaching => alarm_if(breaching),
        MissingData::Missing if real.is_empty() => Some(AlarmState::InsufficientData),
        MissingData::Missing | MissingData::Ignore
            if breaching < real.len() || breaching >= to_alarm =>
        {
            alarm_if(breaching)
        }
        // All that there is breaches, and it is not enough. The next value could be a good one; only when the oldest of
        // them is as old as so many values would be is it an alarm ("avoiding premature transitions").
        MissingData::Missing => {
            let oldest = real.last().map_or(0, |(_, ago)| *ago);
            (oldest >= to_alarm).then_some(AlarmState::Alarm)
        }
        MissingData::Ignore => None,
    }
}

#[cfg(test)]
mod tests {
    use tidegate_local_cloud::alarms::{Comparison, MetricStatistic, Statistic, Watched};

    use super::*;
    use crate::store::Metrics;

    fn alarm(to_alarm: usize, missing_data: MissingData) -> MetricAlarm {
        MetricAlarm {
            name: "alarm".to_owned(),
            watched: Watched::Metric(MetricStatistic {
                metric: Metrics::key("Test", "metric", &[]),
                statistic: Statistic::Sum,
            }),
            period_s: 60,
            evaluation_periods: 3,
            datapoints_to_alarm: to_alarm,
            comparison: Comparison::Greater,
            threshold: 1.0,
            missing_data,
        }
    }

    /// `0` does not breach, `X` does, `-` is missing, the newest on the right: as CloudWatch's tables have it.
    fn points(text: &str) -> Vec<Option<f64>> {
        let point = |text: &str| match text {
            "0" => Some(0.0),
            "X" => Some(2.0),
            _ => None,
        };
        text.split(' ').map(point).collect()
    }

    const OK: Option<AlarmState> = Some(AlarmState::Ok);
    const ALARM: Option<AlarmState> = Some(AlarmState::Alarm);
    const UNKNOWN: Option<AlarmState> = Some(AlarmState::InsufficientData);
    const RETAIN: Option<AlarmState> = None;

    fn check(to_alarm: usize, table: &[(&str, [Option<AlarmState>; 4])]) {
        let treatments = [
            MissingData::Missing,
            MissingData::Ignore,
            MissingData::Breaching,
            MissingData::NotBreaching,
        ];
        for (range, states) in table {
            for (treatment, state) in treatments.into_iter().zip(states) {
                let judged = judge(&alarm(to_alarm, treatment), &points(range));
                assert_eq!(judged, *state, "{range} with {treatment:?}");
            }
        }
    }

    #[test]
    fn three_of_three_as_in_the_first_table() {
        check(
            3,
            &[
                ("0 - X - X", [OK, OK, OK, OK]),
                ("0 - - - -", [OK, OK, OK, OK]),
                ("- - - - -", [UNKNOWN, RETAIN, ALARM, OK]),
                ("0 X X - X", [ALARM, ALARM, ALARM, ALARM]),
                ("- - X - -", [ALARM, RETAIN, ALARM, OK]),
            ],
        );
    }

    #[test]
    fn two_of_three_as_in_the_second_table() {
        check(
            2,
            &[
                ("0 - X - X", [ALARM, ALARM, ALARM, ALARM]),
                ("0 0 X 0 X", [ALARM, ALARM, ALARM, ALARM]),
                ("0 - X - -", [OK, OK, ALARM, OK]),
                ("- - - - 0", [OK, OK, ALARM, OK]),
                ("- - - X -", [ALARM, RETAIN, ALARM, OK]),
            ],
        );
    }

    #[test]
    fn one_value_that_breaches_is_not_an_alarm_before_its_time() {
        let missing = alarm(3, MissingData::Missing);
        assert_eq!(judge(&missing, &points("- - - - X")), RETAIN);
        assert_eq!(judge(&missing, &points("- - - X -")), RETAIN);
        assert_eq!(judge(&missing, &points("- - - X 0")), OK);
        assert_eq!(judge(&missing, &points("- - X - -")), ALARM);
    }

    #[test]
    fn values_beyond_what_is_needed_are_not_looked_at() {
        let missing = alarm(3, MissingData::Missing);
        assert_eq!(judge(&missing, &points("0 0 X X X")), ALARM);
        assert_eq!(judge(&missing, &points("X X 0 0 X")), OK);
    }

    #[test]
    fn each_comparison_is_what_it_says() {
        for (comparison, breaching) in [
            (Comparison::Greater, [false, false, true]),
            (Comparison::GreaterOrEqual, [false, true, true]),
            (Comparison::Less, [true, false, false]),
            (Comparison::LessOrEqual, [true, true, false]),
        ] {
            let judged = [0.0, 1.0, 2.0].map(|value| comparison.breaches(value, 1.0));
            assert_eq!(judged, breaching, "{}", comparison.symbol());
        }
    }
}
