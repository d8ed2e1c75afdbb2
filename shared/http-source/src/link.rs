//! The header `Link` (RFC 8288).

/// Where the first link of relation `next` leads in the values of the header, if there is one.
pub(crate) fn next<'a>(values: impl IntoIterator<Item = &'a str>) -> Option<String> {
    values.into_iter().find_map(next_in)
}

fn next_in(value: &str) -> Option<String> {
    let mut rest = value;
    while let Some(begin) = rest.find('<') {
        let (target, after) = rest.get(begin + 1..)?.split_once('>')?;
        let (is_next, behind) = parameters(after);
        if is_next {
            return Some(target.trim().to_owned());
        }
        rest = behind;
    }
    None
}

/// Whether the parameters that `text` begins with say `rel="next"`, and what is behind them.
fn parameters(text: &str) -> (bool, &str) {
    let (mut relation, mut rest) = (None, text.trim_start());
    while let Some(parameter) = rest.strip_prefix(';') {
        let end = parameter.find(['=', ';', ',']).unwrap_or(parameter.len());
        let (name, after) = parameter.split_at(end);
        let (value, behind) = match after.strip_prefix('=') {
            Some(value) => value_of(value.trim_start()),
            None => (String::new(), after),
        };
        // The first one counts (section 3.3).
        if name.trim().eq_ignore_ascii_case("rel") && relation.is_none() {
            relation = Some(value);
        }
        rest = behind.trim_start();
    }
    let is_next = |relations: String| relations.split_ascii_whitespace().any(|one| one.eq_ignore_ascii_case("next"));
    (relation.is_some_and(is_next), rest)
}

/// A parameter's value, quoted or not, and what is behind it.
fn value_of(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([';', ',']).unwrap_or(text.len());
        let (value, behind) = text.split_at(end);
        return (value.trim().to_owned(), behind);
    };
    let (mut value, mut characters) = (String::new(), quoted.char_indices());
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (value, quoted.get(at + 1..).unwrap_or_default()),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_link_is_found_among_others() {
        for (header, found) in [
            (r#"<https://a/?page=2>; rel="next", <https://a/?page=9>; rel="last""#, Some("https://a/?page=2")),
            (r#"<https://a/?page=1>; rel="prev", </b,c;d>; title="x, <y>; rel=\"next\""; rel=next"#, Some("/b,c;d")),
            (r#"<a>;rel="prev  NEXT" ; x"#, Some("a")),
            (r#"<a>; rel=prev; rel=next, <b>; title*=UTF-8''x; Rel = "next""#, Some("b")),
            (r#"<a>; rel="nextish", <b>; next"#, None),
            (r#"<a; rel="next""#, None),
            ("", None),
        ] {
            assert_eq!(next([header]).as_deref(), found, "{header}");
        }
        assert_eq!(next([r#"<a>; rel="self""#, r#"<b>; rel="next""#]).as_deref(), Some("b"));
    }
}
