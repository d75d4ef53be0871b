//! Ids of messages and requests: from one seed, the same in every run.

/// A source of ids.
#[derive(Debug)]
pub(crate) struct Ids {
    seed: u64,
    given: u64,
}

impl Ids {
    pub(crate) const fn seeded(seed: u64) -> Self {
        Self { seed, given: 0 }
    }

    /// A UUID of version four.
    pub(crate) fn uuid(&mut self) -> String {
        let high = self.bits() & !0xF000 | 0x4000;
        let low = self.bits() & !(0b11 << 62) | (0b10 << 62);
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            high >> 16 & 0xFFFF,
            high & 0xFFFF,
            low >> 48,
            low & 0xFFFF_FFFF_FFFF
        )
    }

    /// A one-to-one mixture of a counter (the finisher of SplitMix64): no two are the same.
    fn bits(&mut self) -> u64 {
        self.given += 1;
        let mut bits = self
            .seed
            .wrapping_add(self.given.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_uuid_of_version_four_and_no_two_are_the_same() {
        let mut ids = Ids::seeded(7);
        let (first, second) = (ids.uuid(), ids.uuid());
        assert_ne!(first, second);
        let parts: Vec<_> = first.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
        assert_eq!(&first[14..15], "4");
        assert!("89ab".contains(&first[19..20]), "{first}");
        assert_eq!(Ids::seeded(7).uuid(), first);
    }
}
