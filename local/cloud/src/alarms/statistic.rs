//! What is made of the values of a period.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// What is made of the values of a period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Statistic {
    /// How many there are.
    SampleCount,
    /// What they add up to.
    Sum,
    /// The sum by the count.
    Average,
    /// The least.
    Minimum,
    /// The greatest.
    Maximum,
    /// The value that so many in a hundred do not exceed: `p99`.
    Percentile(f64),
}

/// A statistic that is not emulated.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "the statistic `{0}` is not emulated: there are SampleCount, Sum, Average, Minimum, Maximum and p0 to p100"
)]
pub struct UnsupportedStatistic(String);

impl FromStr for Statistic {
    type Err = UnsupportedStatistic;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let percentile = || {
            let digits = text.strip_prefix('p')?;
            let plain = |c: char| c.is_ascii_digit() || c == '.';
            let number: f64 = digits.chars().all(plain).then(|| digits.parse().ok())??;
            (number <= 100.0).then_some(Self::Percentile(number))
        };
        match text {
            "SampleCount" => Ok(Self::SampleCount),
            "Sum" => Ok(Self::Sum),
            "Average" => Ok(Self::Average),
            "Minimum" => Ok(Self::Minimum),
            "Maximum" => Ok(Self::Maximum),
            _ => percentile().ok_or_else(|| UnsupportedStatistic(text.to_owned())),
        }
    }
}

impl fmt::Display for Statistic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SampleCount => f.write_str("SampleCount"),
            Self::Sum => f.write_str("Sum"),
            Self::Average => f.write_str("Average"),
            Self::Minimum => f.write_str("Minimum"),
            Self::Maximum => f.write_str("Maximum"),
            Self::Percentile(number) => write!(f, "p{number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statistic_reads_back_as_it_is_written() {
        for text in [
            "SampleCount",
            "Sum",
            "Average",
            "Minimum",
            "Maximum",
            "p99",
            "p99.9",
            "p0",
            "p100",
        ] {
            assert_eq!(text.parse::<Statistic>().unwrap().to_string(), text);
        }
        for text in ["sum", "p101", "p-1", "p", "pinf", "tm99", "IQM", "PR(1:2)"] {
            assert!(text.parse::<Statistic>().is_err(), "{text}");
        }
    }
}
