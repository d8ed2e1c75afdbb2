//! What servers say, made fit for messages: one line, not long, without the secret.

/// The longest text of a server in a message.
const LONGEST: usize = 200;

/// One line of at most 200 characters of our own and the server's words, in which the secret does not stand.
pub(crate) fn sanitised(text: &str, secret: &str) -> String {
    let text = if secret.is_empty() { text.to_owned() } else { text.replace(secret, "…") };
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The server's message, cut to what may stand in ours.
pub(crate) fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_line_and_never_holds_the_secret() {
        assert_eq!(sanitised("no such\n\ttable: hunter2x\u{0}", "hunter2"), "no such table: …x");
        assert_eq!(sanitised("nothing", ""), "nothing");
        assert_eq!(cut(&"é".repeat(300)).chars().count(), 201);
        assert_eq!(cut("short"), "short");
    }
}
