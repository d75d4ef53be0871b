//! Money, without fractions of a binary kind.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub};

/// An amount in millionths of a US dollar.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i64);

const DOLLAR: u64 = 1_000_000;
const CENT: u64 = 10_000;

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// So many millionths of a dollar.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// In millionths of a dollar.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// In dollars with all its digits, two at least: for a price, of which a part of a cent is much.
    #[must_use]
    pub fn exact(self) -> String {
        let amount = self.0.unsigned_abs();
        let digits = format!("{:06}", amount % DOLLAR);
        let digits = digits.trim_end_matches('0');
        let sign = if self.0 < 0 { "-" } else { "" };
        format!("{sign}${}.{digits:0<2}", thousands(amount / DOLLAR))
    }

    /// As a change: with its sign.
    #[must_use]
    pub fn signed(self) -> String {
        match self.0 {
            0 => "±$0.00".to_owned(),
            1.. => format!("+{self}"),
            _ => self.to_string(),
        }
    }
}

impl fmt::Display for Money {
    /// In dollars and cents; what is less than a cent is said to be so.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let amount = self.0.unsigned_abs();
        if amount > 0 && amount < CENT / 2 {
            return write!(f, "{sign}<$0.01");
        }
        let cents = amount.saturating_add(CENT / 2) / CENT;
        let dollars = cents / (DOLLAR / CENT);
        write!(f, "{sign}${}.{:02}", thousands(dollars), cents % 100)
    }
}

/// A number with a comma every three digits.
#[must_use]
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

impl Add for Money {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Money {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_in_dollars_and_cents() {
        for (micros, text) in [
            (0, "$0.00"),
            (1, "<$0.01"),
            (5_000, "$0.01"),
            (1_234_567_890_000, "$1,234,567.89"),
            (995_000, "$1.00"),
            (-12_340_000, "-$12.34"),
            (-10, "-<$0.01"),
        ] {
            assert_eq!(Money::from_micros(micros).to_string(), text);
        }
        assert_eq!(Money::from_micros(12_000_000).signed(), "+$12.00");
        assert_eq!(Money::ZERO.signed(), "±$0.00");
    }
}
