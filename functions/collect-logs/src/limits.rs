//! Where engines cut results without a word: a result that is exactly as long as such a limit may have been cut there.

/// What is known of the limits of a language.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cuts {
    /// Limits that no text names.
    pub(crate) own: &'static [u64],
    /// Limits that operators set are whole multiples of it.
    pub(crate) multiples: Option<u64>,
    /// What to do about it.
    pub(crate) advice: &'static str,
}

/// `plugins.query.size_limit` was 200 up to OpenSearch 2.16 and is 10,000 since; an aggregation of the older engine has 1,000 buckets.
pub(crate) const PPL: Cuts = Cuts {
    own: &[200],
    multiples: Some(1000),
    advice: "write a larger `head`, narrow the search, or raise plugins.query.size_limit",
};

/// 1,000 rows where the text has no LIMIT, and `esql.query.result_truncation_max_size`, 10,000 unless set.
pub(crate) const ESQL: Cuts =
    Cuts { own: &[], multiples: Some(1000), advice: "write a larger LIMIT, narrow the search, or write [logs.body]" };

/// `sort` without a count keeps 10,000 results, and `maxresultrows` is 50,000 unless set.
pub(crate) const SPL: Cuts = Cuts {
    own: &[10_000, 50_000],
    multiples: None,
    advice: "narrow the search, or write `sort 0` and a larger `head`",
};

/// 10,000 rows are the most there can be, and were 1,000 where the text had no `limit`.
pub(crate) const INSIGHTS: Cuts = Cuts {
    own: &[1000, 10_000],
    multiples: None,
    advice: "write a larger `limit` (10,000 is the largest), count by less, or collect shorter periods",
};

impl Cuts {
    /// Why a result of so many rows for `text` may have been cut, if it may.
    pub(crate) fn doubt(&self, rows: u64, text: &str) -> Option<String> {
        let is_multiple = rows > 0 && self.multiples.is_some_and(|multiple| rows.is_multiple_of(multiple));
        let is_limit = is_multiple || self.own.contains(&rows) || named(text).any(|limit| limit == rows);
        is_limit.then(|| {
            format!(
                "it has {rows} rows, which is where the engine or the text cuts: there may be more; {}",
                self.advice
            )
        })
    }
}

// `head 10`, `head limit=10`, `LIMIT 10`, whatever stands around it.
fn named(text: &str) -> impl Iterator<Item = u64> {
    let is_between = |c: char| !c.is_ascii_alphanumeric() && c != '_';
    let words: Vec<&str> = text.split(is_between).filter(|word| !word.is_empty()).collect();
    let numbers: Vec<u64> = words
        .windows(2)
        .filter_map(|pair| match pair {
            [name, number] if ["head", "limit"].iter().any(|known| name.eq_ignore_ascii_case(known)) => {
                number.parse().ok()
            }
            _ => None,
        })
        .collect();
    numbers.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_that_is_as_long_as_a_limit_is_in_doubt() {
        let text = "source=a | stats count() by b | head 25";
        for rows in [25, 200, 1000, 7000, 10_000] {
            assert!(PPL.doubt(rows, text).is_some(), "{rows}");
        }
        for rows in [0, 1, 24, 26, 201, 1001] {
            assert!(PPL.doubt(rows, text).is_none(), "{rows}");
        }
        assert!(ESQL.doubt(30, "FROM a | Limit 30").is_some() && ESQL.doubt(200, "FROM a | LIMIT 30").is_none());
        assert!(SPL.doubt(10, "search a | head limit=10").is_some() && SPL.doubt(50_000, "search a").is_some());
        assert!(SPL.doubt(1000, "search a overhead 1000").is_none());
    }
}
