//! Bytes of the formats that the sources deliver. Each is written so that its bytes depend on nothing but its content.

use jiff::civil::DateTime;
use serde_json::Value;

/// RFC 8785: members in one order, whatever map the JSON crate was built with.
pub(crate) fn json(value: &Value) -> Vec<u8> {
    // Only integers and text go in; were there anything else, the file would be empty and its slot fail by name.
    domain::canonical::to_bytes(value).unwrap_or_default()
}

/// One JSON object a line.
pub(crate) fn json_lines(values: &[Value]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for value in values {
        bytes.extend(json(value));
        bytes.push(b'\n');
    }
    bytes
}

/// RFC 4180, lines ended by CR LF, cells quoted where they have to be.
pub(crate) fn csv<const COLUMNS: usize>(header: [&str; COLUMNS], rows: &[[String; COLUMNS]]) -> Vec<u8> {
    let mut text = String::new();
    line(&mut text, header.iter().copied());
    for row in rows {
        line(&mut text, row.iter().map(String::as_str));
    }
    text.into_bytes()
}

fn line<'a>(text: &mut String, cells: impl Iterator<Item = &'a str>) {
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            text.push(',');
        }
        if cell.contains([',', '"', '\r', '\n']) {
            text.push('"');
            text.push_str(&cell.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(cell);
        }
    }
    text.push_str("\r\n");
}

const LARGEST_BLOCK: usize = 65_535;

/// Gzip (RFC 1952) of stored blocks (RFC 1951, section 3.2.4), without a modification time.
///
/// Not compressed: what a compressor writes depends on which one the build chose, and these bytes must not.
pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let count = content.len().div_ceil(LARGEST_BLOCK).max(1);
    for index in 0..count {
        let block = content.get(index * LARGEST_BLOCK..).unwrap_or_default();
        let block = block.get(..LARGEST_BLOCK).unwrap_or(block);
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        bytes.push(u8::from(index + 1 == count));
        bytes.extend(length.to_le_bytes());
        bytes.extend((!length).to_le_bytes());
        bytes.extend(block);
    }
    let mut check = flate2::Crc::new();
    check.update(content);
    bytes.extend(check.sum().to_le_bytes());
    bytes.extend(check.amount().to_le_bytes());
    bytes
}

/// A moment as the IAM credential report writes it, or `none`.
pub(crate) fn report_time(moment: Option<DateTime>, none: &str) -> String {
    moment.map_or_else(|| none.to_owned(), |moment| format!("{moment}+00:00"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    #[test]
    fn gzip_reads_back_whatever_the_length() {
        for length in [0, 1, LARGEST_BLOCK, LARGEST_BLOCK + 1, 3 * LARGEST_BLOCK] {
            let content = vec![7; length];
            let mut back = Vec::new();
            flate2::read::GzDecoder::new(&gzip(&content)[..]).read_to_end(&mut back).unwrap();
            assert_eq!(back, content);
        }
    }

    #[test]
    fn csv_reads_back_with_any_text_in_it() {
        let row = ["a,b".to_owned(), "say \"no\"\nplease".to_owned()];
        let bytes = csv(["one", "two"], std::slice::from_ref(&row));
        let mut reader = csv::Reader::from_reader(&bytes[..]);
        let back: Vec<String> = reader.records().next().unwrap().unwrap().iter().map(str::to_owned).collect();
        assert_eq!(back, row);
    }
}
