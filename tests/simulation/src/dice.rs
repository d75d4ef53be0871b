//! Chance, by seed.
//!
//! Each draw is a function of the seed and of what it is drawn for (its *site*), and not of how many were drawn before: so
//! the rest of a run stays as it was when one fault is taken out of it, and a failing run can be shrunk.

use std::collections::{BTreeMap, BTreeSet};

/// What a draw is for: the same in every run of a seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Site(u64);

impl Site {
    /// The site of this name.
    #[must_use]
    pub fn of(name: &str) -> Self {
        Self(0xcbf2_9ce4_8422_2325).and(name)
    }

    /// A site within this one.
    #[must_use]
    pub fn and(self, name: &str) -> Self {
        // FNV-1a: the same in every build.
        let mixed = name.bytes().fold(self.0, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self((mixed ^ 0xff).wrapping_mul(0x0100_0000_01b3))
    }

    /// The site with this number within this one.
    #[must_use]
    pub fn nth(self, number: u64) -> Self {
        let bytes = number.to_le_bytes();
        let mixed = bytes.iter().fold(self.0, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(mixed)
    }
}

/// A fault that was made, by which it can be left out of another run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    site: Site,
    /// What happened, for people.
    pub what: &'static str,
}

/// Chance.
#[derive(Debug)]
pub struct Dice {
    seed: u64,
    drawn: BTreeMap<Site, u64>,
    omitted: BTreeSet<Site>,
    made: Vec<Fault>,
    /// How many times as often as usual faults are made; none at 0.
    pub faults: u32,
}

impl Dice {
    /// The dice of a seed, without the faults that are to be left out.
    #[must_use]
    pub fn new(seed: u64, omitted: &[Fault]) -> Self {
        Self {
            seed,
            drawn: BTreeMap::new(),
            omitted: omitted.iter().map(|fault| fault.site).collect(),
            made: Vec::new(),
            faults: 0,
        }
    }

    /// The next numbers for a site.
    pub fn at(&mut self, site: Site) -> fastrand::Rng {
        let drawn = self.drawn.entry(site).or_default();
        *drawn += 1;
        let nth = *drawn;
        self.numbers(site.nth(nth))
    }

    fn numbers(&self, site: Site) -> fastrand::Rng {
        fastrand::Rng::with_seed(self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ site.0)
    }

    /// A time in milliseconds.
    pub fn ms(&mut self, site: Site, range: std::ops::RangeInclusive<u64>) -> u64 {
        self.at(site).u64(range)
    }

    /// Whether a fault happens that does so in `often` of 10,000 cases.
    pub fn fault(&mut self, site: Site, what: &'static str, often: u32) -> bool {
        if self.faults == 0 {
            return false;
        }
        let site = site.and(what);
        let drawn = self.drawn.entry(site).or_default();
        *drawn += 1;
        let nth = *drawn;
        let site = site.nth(nth);
        let happens = self.numbers(site).u32(0..10_000) < often.saturating_mul(self.faults);
        if !happens || self.omitted.contains(&site) {
            return false;
        }
        self.made.push(Fault { site, what });
        true
    }

    /// The faults that were made.
    #[must_use]
    pub fn made(&self) -> &[Fault] {
        &self.made
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_that_is_left_out_changes_no_other_draw() {
        let draws = |omitted: &[Fault]| {
            let mut dice = Dice::new(7, omitted);
            dice.faults = 1;
            let site = Site::of("a");
            let faults: Vec<bool> = (0..20).map(|_| dice.fault(site, "b", 5_000)).collect();
            (faults, dice.ms(site, 0..=1_000_000), dice.made().to_vec())
        };
        let (all, number, made) = draws(&[]);
        assert!(!made.is_empty() && made.len() < 20);
        let (fewer, same, rest) = draws(&made[..1]);
        assert_eq!(number, same);
        assert_eq!(rest, made[1..]);
        assert_eq!(all.iter().zip(&fewer).filter(|(a, b)| a != b).count(), 1);
    }
}
