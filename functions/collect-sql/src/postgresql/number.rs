//! PostgreSQL's numeric, as it sends it: digits to the base of 10,000.

use std::fmt::Write as _;

const NEGATIVE: u16 = 0x4000;
const NO_NUMBER: u16 = 0xC000;
const INFINITY: u16 = 0xD000;
const NEGATIVE_INFINITY: u16 = 0xF000;

/// The number in decimal digits, with as many behind the point as it has there: `-12.50`; none where the bytes are no number.
pub(super) fn digits(raw: &[u8]) -> Option<String> {
    let (words, odd) = raw.as_chunks::<2>();
    let mut words = words.iter().map(|pair| u16::from_be_bytes(*pair));
    let (count, weight, sign, scale) = (words.next()?, words.next()?.cast_signed(), words.next()?, words.next()?);
    match sign {
        NO_NUMBER => return Some("NaN".to_owned()),
        INFINITY => return Some("Infinity".to_owned()),
        NEGATIVE_INFINITY => return Some("-Infinity".to_owned()),
        _ => {}
    }
    let groups: Vec<u16> = words.collect();
    if groups.len() != usize::from(count) || !odd.is_empty() || groups.iter().any(|group| *group > 9999) {
        return None;
    }
    // The group that stands for 10,000 to the power of `power`; what is not sent is zero.
    let group = |power: i32| {
        let at = usize::try_from(i32::from(weight) - power).ok();
        at.and_then(|at| groups.get(at)).copied().unwrap_or_default()
    };
    let mut text = String::new();
    for power in (0..=i32::from(weight.max(0))).rev() {
        let _ = write!(text, "{:04}", group(power));
    }
    let whole = text.trim_start_matches('0');
    let mut text = if whole.is_empty() { "0".to_owned() } else { whole.to_owned() };
    if scale > 0 {
        text.push('.');
        let point = text.len();
        for power in 1..=i32::from(scale.div_ceil(4)) {
            let _ = write!(text, "{:04}", group(-power));
        }
        text.truncate(point + usize::from(scale));
    }
    Some(if sign == NEGATIVE { format!("-{text}") } else { text })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(words: &[u16]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    #[test]
    fn a_number_has_the_digits_that_the_server_holds() {
        for (words, text) in [
            (&[0, 0, 0, 0][..], "0"),
            (&[0, 0, 0, 2], "0.00"),
            (&[2, 0, 0, 1, 12, 5000], "12.5"),
            (&[2, 0, NEGATIVE, 2, 12, 5000], "-12.50"),
            (&[1, 1, 0, 0, 3], "30000"),
            (&[1, 0xffff, 0, 4, 1], "0.0001"),
            (&[1, 0xfffe, 0, 8, 1], "0.00000001"),
            (&[3, 2, 0, 0, 1, 0, 7], "100000007"),
            (&[0, 0, NO_NUMBER, 0], "NaN"),
        ] {
            assert_eq!(digits(&raw(words)).as_deref(), Some(text));
        }
        for broken in [&[][..], &[1, 0, 0, 0], &[1, 0, 0, 0, 10_000]] {
            assert_eq!(digits(&raw(broken)), None);
        }
    }
}
