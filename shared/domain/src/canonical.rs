//! Canonical JSON by RFC 8785: one value has one spelling, so that its SHA-256 names it.
//!
//! The writing is `serde_json_canonicalizer`'s. What it would round silently is refused here first: integers beyond
//! ±(2^53 − 1), which RFC 8785 (section 3.1, I-JSON) cannot carry exactly.

use crate::Digest;
use serde::Serialize;
use serde_json::Value;

/// The largest integer that an IEEE 754 double, and so RFC 8785, carries exactly together with its neighbours: 2^53 − 1.
pub const LARGEST_INTEGER: u64 = (1 << 53) - 1;

/// A value that has no canonical form.
#[derive(Debug, thiserror::Error)]
pub enum CanonicalError {
    /// An integer that would be rounded.
    #[error("the number {0} cannot be written exactly (RFC 8785 carries integers up to 2^53 - 1); keep it as text")]
    Inexact(String),
    /// A value that JSON cannot hold at all, such as a map whose keys are not text.
    #[error("the value has no JSON form: {0}")]
    NotJson(#[from] serde_json::Error),
}

/// The canonical bytes of `value`, or why it has none.
pub fn to_bytes<T: Serialize>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    let value = serde_json::to_value(value)?;
    refuse_inexact(&value)?;
    Ok(serde_json_canonicalizer::to_vec(&value)?)
}

/// The digest of the canonical bytes of `value`.
pub fn digest<T: Serialize>(value: &T) -> Result<Digest, CanonicalError> {
    Ok(Digest::of(&to_bytes(value)?))
}

/// Reads JSON of any spelling and gives its canonical bytes. Integers that would be rounded are refused.
pub fn from_json(text: &[u8]) -> Result<Vec<u8>, CanonicalError> {
    to_bytes(&serde_json::from_slice::<Value>(text)?)
}

fn refuse_inexact(value: &Value) -> Result<(), CanonicalError> {
    match value {
        Value::Number(number) if !is_exact(number) => Err(CanonicalError::Inexact(number.to_string())),
        Value::Array(items) => items.iter().try_for_each(refuse_inexact),
        Value::Object(members) => members.values().try_for_each(refuse_inexact),
        _ => Ok(()),
    }
}

fn is_exact(number: &serde_json::Number) -> bool {
    match (number.as_u64(), number.as_i64()) {
        (Some(positive), _) => positive <= LARGEST_INTEGER,
        (None, Some(negative)) => negative.unsigned_abs() <= LARGEST_INTEGER,
        (None, None) => number.as_f64().is_some_and(f64::is_finite),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_are_ordered_by_utf16_code_units() {
        // U+1F600 is D83D DE00 in UTF-16 and so comes before U+FB33, though after it by code point.
        let bytes = to_bytes(&json!({"\u{fb33}": 1, "\u{1f600}": 2, "a": 3})).unwrap();
        assert_eq!(String::from_utf8(bytes).unwrap(), "{\"a\":3,\"\u{1f600}\":2,\"\u{fb33}\":1}");
    }

    #[test]
    fn integers_that_would_be_rounded_are_refused() {
        assert!(to_bytes(&json!(9_007_199_254_740_991_u64)).is_ok());
        assert!(matches!(to_bytes(&json!([9_007_199_254_740_993_u64])), Err(CanonicalError::Inexact(_))));
        assert!(matches!(to_bytes(&json!({"n": -9_007_199_254_740_993_i64})), Err(CanonicalError::Inexact(_))));
    }

    #[test]
    fn every_vector_of_rfc_8785_is_met_byte_for_byte() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/rfc8785-jcs");
        if !root.exists() {
            println!("skipped: {} is absent", root.display());
            return;
        }
        let mut seen = 0;
        for entry in std::fs::read_dir(root.join("input")).unwrap() {
            let input = entry.unwrap();
            let expected = std::fs::read(root.join("output").join(input.file_name())).unwrap();
            let actual = from_json(&std::fs::read(input.path()).unwrap()).unwrap();
            assert_eq!(actual, expected, "{:?}", input.file_name());
            seen += 1;
        }
        assert_eq!(seen, 6);
    }

    #[test]
    fn numbers_are_written_as_ecmascript_writes_them() {
        // RFC 8785, appendix B.
        let cases: [(u64, &str); 8] = [
            (0x0000_0000_0000_0000, "0"),
            (0x8000_0000_0000_0000, "0"),
            (0x0000_0000_0000_0001, "5e-324"),
            (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
            (0x4430_0000_0000_0000, "295147905179352830000"),
            (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
            (0x444b_1ae4_d6e2_ef50, "1e+21"),
            (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
        ];
        for (bits, expected) in cases {
            let written = to_bytes(&f64::from_bits(bits)).unwrap();
            assert_eq!(String::from_utf8(written).unwrap(), expected, "{bits:016x}");
        }
    }
}
