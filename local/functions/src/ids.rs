//! Request ids, trace ids and log stream names.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// How long a trace header is.
const TRACE_LENGTH: usize =
    "Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=0".len();

/// The id of one invocation, written as a UUID.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(u128);

impl RequestId {
    /// The length of the written form.
    const LENGTH: usize = 36;
    /// Where the written form has its dashes.
    const DASHES: [usize; 4] = [8, 13, 18, 23];

    /// The written form, without an allocation.
    pub(crate) fn encode(self) -> [u8; RequestId::LENGTH] {
        let digits: [u8; 32] = hex(self.0);
        let mut text = [b'-'; RequestId::LENGTH];
        text[0..8].copy_from_slice(&digits[0..8]);
        text[9..13].copy_from_slice(&digits[8..12]);
        text[14..18].copy_from_slice(&digits[12..16]);
        text[19..23].copy_from_slice(&digits[16..20]);
        text[24..36].copy_from_slice(&digits[20..32]);
        text
    }

    /// Reads the written form.
    pub(crate) fn decode(text: &str) -> Option<RequestId> {
        if text.len() != RequestId::LENGTH {
            return None;
        }
        let mut bits = 0_u128;
        for (at, byte) in text.bytes().enumerate() {
            if RequestId::DASHES.contains(&at) {
                if byte != b'-' {
                    return None;
                }
            } else {
                bits = (bits << 4) | u128::from(char::from(byte).to_digit(16)?);
            }
        }
        Some(RequestId(bits))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.encode()
            .iter()
            .try_for_each(|byte| fmt::Write::write_char(f, char::from(*byte)))
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Gives ids that differ from each other and look random; the same seed gives the same ones.
#[derive(Debug)]
pub(crate) struct Ids {
    seed: u64,
    given: AtomicU64,
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Ids {
        Ids {
            seed: mix(seed),
            given: AtomicU64::new(0),
        }
    }

    pub(crate) fn request_id(&self) -> RequestId {
        // Version 4, variant 1.
        let bits = self.bits() & !(0xF << 76) & !(0x3 << 62);
        RequestId(bits | (0x4 << 76) | (0x2 << 62))
    }

    /// A trace header as Lambda makes one for a request that comes without: not sampled. Written by hand, as every
    /// invocation has one.
    pub(crate) fn trace_header(&self, now_ms: u64) -> String {
        let bits = self.bits();
        let mut text = Vec::with_capacity(TRACE_LENGTH);
        text.extend_from_slice(b"Root=1-");
        text.extend_from_slice(&hex::<8>(u128::from(now_ms / 1_000)));
        text.push(b'-');
        text.extend_from_slice(&hex::<24>(bits));
        text.extend_from_slice(b";Parent=");
        text.extend_from_slice(&hex::<16>(mix_wide(bits)));
        text.extend_from_slice(b";Sampled=0");
        String::from_utf8(text).unwrap_or_default()
    }

    /// `2026/11/05/[$LATEST]` and 32 hexadecimal digits.
    pub(crate) fn log_stream(&self, now_ms: u64) -> String {
        let (year, month, day) = civil(now_ms / 86_400_000);
        format!(
            "{year:04}/{month:02}/{day:02}/[$LATEST]{:032x}",
            self.bits()
        )
    }

    /// Each half is a one-to-one mixture of a counter, so no two are the same.
    fn bits(&self) -> u128 {
        let count = self.given.fetch_add(1, Ordering::Relaxed);
        let high = mix(self.seed ^ count.rotate_left(32));
        let low = mix(self.seed.wrapping_add(count));
        (u128::from(high) << 64) | u128::from(low)
    }
}

/// The finisher of SplitMix64: one to one, and every bit of the result depends on every bit of the input.
fn mix(mut bits: u64) -> u64 {
    bits = bits.wrapping_add(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

/// Another mixture of the bits of an id.
fn mix_wide(bits: u128) -> u128 {
    u128::from(mix(u64::try_from(bits >> 64).unwrap_or_default()))
}

/// The last `N` hexadecimal digits of `bits`.
fn hex<const N: usize>(mut bits: u128) -> [u8; N] {
    let mut text = [b'0'; N];
    for digit in text.iter_mut().rev() {
        *digit = b"0123456789abcdef"[usize::from(bits.to_le_bytes()[0] & 0xF)];
        bits >>= 4;
    }
    text
}

/// Year, month and day of a day since the Unix epoch (Howard Hinnant's `civil_from_days`).
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_request_id_is_a_uuid_of_version_four() {
        let text = Ids::new(7).request_id().to_string();
        assert_eq!(text.len(), 36);
        let parts: Vec<usize> = text.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
        assert_eq!(&text[14..15], "4");
        assert!("89ab".contains(&text[19..20]), "{text}");
    }

    #[test]
    fn a_request_id_is_read_as_it_was_written() {
        let id = Ids::new(7).request_id();
        let text = id.to_string();
        assert_eq!(RequestId::decode(&text), Some(id));
        for wrong in [
            "",
            "wrong",
            &text[1..],
            &text.replace('-', "0"),
            &text.replace('4', "g"),
            &format!("{text}0"),
        ] {
            assert_eq!(RequestId::decode(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn request_ids_differ() {
        let ids = Ids::new(7);
        let given: BTreeSet<RequestId> = (0..10_000).map(|_| ids.request_id()).collect();
        assert_eq!(given.len(), 10_000);
    }

    #[test]
    fn the_same_seed_gives_the_same_ids() {
        assert_eq!(Ids::new(7).request_id(), Ids::new(7).request_id());
        assert_ne!(Ids::new(7).request_id(), Ids::new(8).request_id());
    }

    #[test]
    fn a_log_stream_starts_with_its_day() {
        for (now_ms, day) in [
            (0, "1970/01/01"),
            (951_782_400_000, "2000/02/29"),
            (1_793_836_800_000, "2026/11/05"),
            (1_798_675_199_999, "2026/12/30"),
        ] {
            let stream = Ids::new(7).log_stream(now_ms);
            assert!(stream.starts_with(&format!("{day}/[$LATEST]")), "{stream}");
        }
    }

    #[test]
    fn a_trace_header_has_a_root_a_parent_and_the_decision() {
        let header = Ids::new(7).trace_header(1_793_836_800_000);
        assert!(header.starts_with("Root=1-6aeb"), "{header}");
        assert_eq!(header.len(), TRACE_LENGTH);
    }
}
