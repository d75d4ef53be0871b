//! Randomness, as a source that is handed in.

/// Numbers that are drawn one after another: every jitter of the machine is one of them.
pub trait Random: Send {
    /// The next number, from 0 up to but without 1.
    fn unit(&mut self) -> f64;
}

/// A generator with a seed: the same numbers for the same seed.
#[derive(Debug)]
pub struct Seeded(fastrand::Rng);

impl Seeded {
    /// The generator of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }
}

impl Random for Seeded {
    fn unit(&mut self) -> f64 {
        self.0.f64()
    }
}

/// A number of milliseconds from 0 up to but without `ceiling`; 0 where that is 0.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "times are far below 2^53, and a unit is not negative"
)]
pub(super) fn draw(random: &mut dyn Random, ceiling: u64) -> u64 {
    if ceiling == 0 {
        return 0;
    }
    ((random.unit() * ceiling as f64) as u64).min(ceiling - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_row_of_numbers_within_the_ceiling() {
        let (mut one, mut other) = (Seeded::new(7), Seeded::new(7));
        for _ in 0..1_000 {
            let drawn = draw(&mut one, 30);
            assert!(drawn < 30);
            assert_eq!(drawn, draw(&mut other, 30));
        }
        assert_eq!(draw(&mut one, 0), 0);
    }
}
