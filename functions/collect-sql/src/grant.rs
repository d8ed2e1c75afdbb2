//! What stands in an answer to SHOW GRANTS, of MySQL, MariaDB and ClickHouse.

/// One line of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Grant {
    /// Rights to something.
    Rights {
        /// Each right: `SELECT`, `INSERT`.
        rights: Vec<String>,
        /// To what: `` `payments`.* ``.
        on: String,
        /// Whether it may pass them on.
        with_grant_option: bool,
    },
    /// Roles that the account may take, as the server writes them.
    Roles(Vec<String>),
    /// A line that gives nothing: a default role, a right that is taken from a wider one.
    Nothing,
}

impl Grant {
    /// Reads a line; none when it is not understood.
    pub(crate) fn read(line: &str) -> Option<Self> {
        let plain = without_quoted(line);
        if plain.starts_with("SET DEFAULT ROLE ") || plain.starts_with("REVOKE ") {
            return Some(Self::Nothing);
        }
        let begin = "GRANT ".len();
        let to = plain.find(" TO ")?;
        if !plain.starts_with("GRANT ") {
            return None;
        }
        let Some(on) = plain.find(" ON ").filter(|on| *on < to) else {
            return Some(Self::Roles(split(line.get(begin..to)?, plain.get(begin..to)?)));
        };
        let names = split(line.get(begin..on)?, plain.get(begin..on)?);
        // The columns behind a right do not make it another.
        let rights = names.iter().map(|name| name.split('(').next().unwrap_or_default().trim().to_ascii_uppercase());
        Some(Self::Rights {
            rights: rights.collect(),
            on: line.get(on + " ON ".len()..to)?.to_owned(),
            with_grant_option: plain.get(to..)?.contains(" WITH GRANT OPTION"),
        })
    }
}

/// The line with an `x` for each byte in quotes, so that no name looks like a word of the language.
fn without_quoted(line: &str) -> String {
    let mut quote = None;
    let mut plain = String::with_capacity(line.len());
    for character in line.chars() {
        let inside = quote.is_some();
        match quote {
            None if matches!(character, '`' | '\'' | '"') => quote = Some(character),
            Some(open) if open == character => quote = None,
            _ => {}
        }
        match inside || quote.is_some() {
            true => plain.extend(std::iter::repeat_n('x', character.len_utf8())),
            false => plain.push(character),
        }
    }
    plain
}

/// The parts of `line` between the commas of `plain` that stand in no parentheses.
fn split(line: &str, plain: &str) -> Vec<String> {
    let (mut depth, mut begin, mut parts) = (0_i32, 0, Vec::new());
    for (at, character) in plain.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(line.get(begin..at).unwrap_or_default().trim().to_owned());
                begin = at + 1;
            }
            _ => {}
        }
    }
    parts.push(line.get(begin..).unwrap_or_default().trim().to_owned());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rights(rights: &[&str], on: &str, with_grant_option: bool) -> Option<Grant> {
        let rights = rights.iter().map(|right| (*right).to_owned()).collect();
        Some(Grant::Rights { rights, on: on.to_owned(), with_grant_option })
    }

    #[test]
    fn lines_of_both_servers_are_read() {
        for (line, expected) in [
            ("GRANT USAGE ON *.* TO `u`@`%` IDENTIFIED BY PASSWORD '*A'", rights(&["USAGE"], "*.*", false)),
            (
                "GRANT SELECT, SHOW VIEW ON `a`.* TO 'u'@'%' WITH GRANT OPTION",
                rights(&["SELECT", "SHOW VIEW"], "`a`.*", true),
            ),
            (
                "GRANT SELECT (`a`, `b`), UPDATE (`c`) ON `a`.`t` TO `u`@`%`",
                rights(&["SELECT", "UPDATE"], "`a`.`t`", false),
            ),
            (
                "GRANT ALL PRIVILEGES ON `x ON y TO ``z`.* TO `u`@`%`",
                rights(&["ALL PRIVILEGES"], "`x ON y TO ``z`.*", false),
            ),
            ("GRANT PROXY ON ''@'%' TO 'root'@'localhost' WITH GRANT OPTION", rights(&["PROXY"], "''@'%'", true)),
            ("GRANT `a`@`%`,`b`@`%` TO `u`@`%`", Some(Grant::Roles(vec!["`a`@`%`".to_owned(), "`b`@`%`".to_owned()]))),
            ("GRANT `a` TO `u`@`%`", Some(Grant::Roles(vec!["`a`".to_owned()]))),
            ("SET DEFAULT ROLE `a` FOR `u`@`%`", Some(Grant::Nothing)),
            ("REVOKE INSERT ON `mysql`.* FROM `u`@`%`", Some(Grant::Nothing)),
            ("something else", None),
        ] {
            assert_eq!(Grant::read(line), expected, "{line}");
        }
    }
}
