//! Schedules: when a rule goes off by itself ("Amazon EventBridge: schedule expressions").

use chrono::{DateTime, Utc};
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

const MINUTE_MS: u64 = 60_000;
/// The years that EventBridge takes, both included.
const YEARS: (u32, u32) = (1970, 2199);

/// When a rule goes off by itself. Times are UTC.
#[derive(Debug, Clone, PartialEq)]
pub enum Schedule {
    /// Each time that this much has passed since the rule was made, in milliseconds.
    Rate(u64),
    /// As a cron expression says.
    Cron(Box<Cron>),
}

impl Schedule {
    /// Reads `rate(5 minutes)` or `cron(0 12 * * ? *)`.
    ///
    /// # Errors
    /// What EventBridge would not take, in a clause.
    pub fn parse(text: &str) -> Result<Self, String> {
        let inner = |name: &str| text.strip_prefix(name)?.strip_suffix(')');
        if let Some(rate) = inner("rate(") {
            return rate_ms(rate).map(Self::Rate);
        }
        match inner("cron(") {
            Some(expression) => cron(expression).map(|cron| Self::Cron(Box::new(cron))),
            None => Err(format!(
                "ValidationException: Parameter ScheduleExpression is not valid: `{text}` is neither rate(VALUE UNIT) nor \
                 cron(MINUTES HOURS DAY-OF-MONTH MONTH DAY-OF-WEEK YEAR)"
            )),
        }
    }

    /// When it goes off next after `now_ms`, for a rule that was made at `made_ms`; never again if there is nothing.
    #[must_use]
    pub fn next_ms(&self, made_ms: u64, now_ms: u64) -> Option<u64> {
        match self {
            Self::Rate(every_ms) => {
                let passed = now_ms.saturating_sub(made_ms) / every_ms;
                Some(made_ms.saturating_add(every_ms.saturating_mul(passed + 1)))
            }
            Self::Cron(cron) => {
                let now = DateTime::<Utc>::from_timestamp_millis(i64::try_from(now_ms).ok()?)?;
                let next = cron.find_next_occurrence(&now, false).ok()?;
                u64::try_from(next.timestamp_millis()).ok()
            }
        }
    }
}

fn rate_ms(rate: &str) -> Result<u64, String> {
    let refuse = || {
        format!(
            "ValidationException: Parameter ScheduleExpression is not valid: `rate({rate})` must be a positive number and \
             minute, hour or day, in the singular for 1 and else in the plural: rate(1 minute), rate(5 minutes)"
        )
    };
    let (value, unit) = rate.split_once(' ').ok_or_else(refuse)?;
    let value: u64 = value.parse().map_err(|_| refuse())?;
    let singular = if value == 1 {
        Some(unit)
    } else {
        unit.strip_suffix('s')
    };
    let unit_ms = match singular {
        Some("minute") => MINUTE_MS,
        Some("hour") => 60 * MINUTE_MS,
        Some("day") => 24 * 60 * MINUTE_MS,
        _ => return Err(refuse()),
    };
    let every_ms = value.checked_mul(unit_ms).filter(|every_ms| *every_ms > 0);
    every_ms.ok_or_else(refuse)
}

/// The fields are Quartz's, without seconds and with a year; one of the two days has to be `?`.
fn cron(expression: &str) -> Result<Cron, String> {
    let refuse = |problem: &str| {
        format!(
            "ValidationException: Parameter ScheduleExpression is not valid: `cron({expression})` {problem}"
        )
    };
    let fields: Vec<&str> = expression.split_whitespace().collect();
    let [_, _, day_of_month, _, day_of_week, year] = fields.as_slice() else {
        return Err(refuse(
            "must have six fields: minutes, hours, day of month, month, day of week, year",
        ));
    };
    if (*day_of_month == "?") == (*day_of_week == "?") {
        return Err(refuse(
            "must have `?` for the day of the month or for the day of the week, and not for both",
        ));
    }
    let years = year.split(|character: char| !character.is_ascii_digit());
    // What follows a slash is a step and no year; a step is never as large as a year.
    let years = years.filter_map(|year| year.parse::<u32>().ok());
    if years
        .filter(|year| *year > 1_000)
        .any(|year| !(YEARS.0..=YEARS.1).contains(&year))
    {
        return Err(refuse("must have years from 1970 to 2199"));
    }
    CronParser::builder()
        .seconds(Seconds::Required)
        .year(Year::Required)
        .alternative_weekdays(true)
        .sloppy_ranges(true)
        .build()
        .parse(&format!("0 {expression}"))
        .map_err(|error| refuse(&format!("cannot be read: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(time: &str) -> u64 {
        let time: DateTime<Utc> = time.parse().unwrap();
        u64::try_from(time.timestamp_millis()).unwrap()
    }

    #[track_caller]
    fn check(expression: &str, now: &str, next: &[&str]) {
        let schedule = Schedule::parse(expression).unwrap();
        let (made_ms, mut now_ms) = (ms("2026-01-01T00:00:30Z"), ms(now));
        for next in next {
            let found = schedule.next_ms(made_ms, now_ms).unwrap();
            assert_eq!(found, ms(next), "{expression} after {now_ms}, not {next}");
            now_ms = found;
        }
    }

    #[test]
    fn a_rate_counts_from_when_the_rule_was_made() {
        check(
            "rate(1 minute)",
            "2026-01-01T00:00:30Z",
            &["2026-01-01T00:01:30Z", "2026-01-01T00:02:30Z"],
        );
        check(
            "rate(5 minutes)",
            "2026-01-01T00:07:00Z",
            &["2026-01-01T00:10:30Z"],
        );
        check(
            "rate(1 day)",
            "2026-01-01T00:07:00Z",
            &["2026-01-02T00:00:30Z"],
        );
    }

    #[test]
    fn a_cron_expression_is_read_as_eventbridge_does() {
        // The examples of its guide.
        for (expression, next) in [
            (
                "cron(0 10 * * ? *)",
                ["2026-03-04T10:00:00Z", "2026-03-05T10:00:00Z"],
            ),
            (
                "cron(15 12 * * ? *)",
                ["2026-03-03T12:15:00Z", "2026-03-04T12:15:00Z"],
            ),
            (
                "cron(0 18 ? * MON-FRI *)",
                ["2026-03-03T18:00:00Z", "2026-03-04T18:00:00Z"],
            ),
            (
                "cron(0 8 1 * ? *)",
                ["2026-04-01T08:00:00Z", "2026-05-01T08:00:00Z"],
            ),
            (
                "cron(0/15 * * * ? *)",
                ["2026-03-03T12:00:00Z", "2026-03-03T12:15:00Z"],
            ),
            (
                "cron(0/5 8-17 ? * MON-FRI *)",
                ["2026-03-03T11:55:00Z", "2026-03-03T12:00:00Z"],
            ),
            // The first day of the week is Sunday.
            (
                "cron(0 9 ? * 2#1 *)",
                ["2026-04-06T09:00:00Z", "2026-05-04T09:00:00Z"],
            ),
            (
                "cron(0 9 ? * 6L *)",
                ["2026-03-27T09:00:00Z", "2026-04-24T09:00:00Z"],
            ),
            (
                "cron(0 9 L * ? *)",
                ["2026-03-31T09:00:00Z", "2026-04-30T09:00:00Z"],
            ),
            // 15 March 2026 is a Sunday.
            (
                "cron(0 9 15W * ? *)",
                ["2026-03-16T09:00:00Z", "2026-04-15T09:00:00Z"],
            ),
            (
                "cron(0 0 1 JAN ? 2027-2028)",
                ["2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z"],
            ),
        ] {
            check(expression, "2026-03-03T11:53:00Z", &next);
        }
        let over = Schedule::parse("cron(0 0 1 1 ? 2020)").unwrap();
        assert_eq!(over.next_ms(0, ms("2026-01-01T00:00:00Z")), None);
    }

    #[test]
    fn what_eventbridge_would_not_take_is_refused() {
        for (expression, problem) in [
            ("", "neither rate"),
            ("every minute", "neither rate"),
            ("rate(1 minutes)", "singular"),
            ("rate(5 minute)", "singular"),
            ("rate(0 minutes)", "singular"),
            ("rate(1 second)", "singular"),
            ("rate(1.5 hours)", "singular"),
            ("cron(* * * * *)", "six fields"),
            ("cron(0 12 * * * *)", "`?`"),
            ("cron(0 12 ? * ? *)", "`?`"),
            ("cron(60 12 * * ? *)", "cannot be read"),
            ("cron(0 12 * * ? 2200)", "2199"),
        ] {
            let refused = Schedule::parse(expression).unwrap_err();
            assert!(refused.contains(problem), "{expression}: {refused}");
        }
    }
}
