//! Aligned tables.

/// `rows` under `heads`: the first column to the left, the others to the right.
pub fn aligned(heads: &[&str], rows: &[Vec<String>]) -> String {
    let heads: Vec<String> = heads.iter().map(|head| (*head).to_owned()).collect();
    let lines = || std::iter::once(heads.as_slice()).chain(rows.iter().map(Vec::as_slice));
    let length = |line: &[String], column: usize| line.get(column).map_or(0, |cell| cell.chars().count());
    let widths: Vec<usize> =
        (0..heads.len()).map(|column| lines().map(|line| length(line, column)).max().unwrap_or(0)).collect();
    lines().map(|line| one_line(line, &widths)).collect::<Vec<_>>().join("\n")
}

fn one_line(cells: &[String], widths: &[usize]) -> String {
    let cell = |(index, (cell, &width)): (usize, (&String, &usize))| match index {
        0 => format!("{cell:<width$}"),
        _ => format!("{cell:>width$}"),
    };
    cells.iter().zip(widths).enumerate().map(cell).collect::<Vec<_>>().join("  ").trim_end().to_owned()
}

/// Bytes as MB (10^6), with one decimal.
pub fn megabytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1e6)
}

/// How many times `ours` goes into `theirs`: `12.3×`.
pub fn times(theirs: f64, ours: f64) -> String {
    if ours > 0.0 { format!("{:.1}×", theirs / ours) } else { "–".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [vec!["pdf".to_owned(), "1.25".to_owned()], vec!["weasyprint".to_owned(), "143.0".to_owned()]];
        assert_eq!(aligned(&["program", "s"], &rows), "program         s\npdf          1.25\nweasyprint  143.0");
    }

    #[test]
    fn ratios_are_theirs_over_ours() {
        assert_eq!(times(10.0, 2.5), "4.0×");
        assert_eq!(times(10.0, 0.0), "–");
    }
}
