//! Vendors' texts as they may be logged: without addresses, which are signed, and without pictures.

const LONGEST: usize = 400;
/// A word this long is no word: base64, a token, a key.
const LONGEST_WORD: usize = 48;

/// `text` cut to a log line's length, with every address, data URL and long token replaced.
pub(crate) fn redacted(text: &str) -> String {
    let mut kept = String::new();
    // The rest of a long text is not even looked at: it may be a picture.
    let looked_at = text.char_indices().nth(4 * LONGEST).map_or(text, |(end, _)| &text[..end]);
    for word in
        looked_at.split_inclusive(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '(' | ')' | '<' | '>' | '{' | '}' | '[' | ']'))
    {
        let lower = word.to_ascii_lowercase();
        if lower.contains("://") || lower.contains("data:") {
            kept.push_str("<address>");
        } else if word.chars().count() > LONGEST_WORD {
            kept.push_str("<…>");
        } else {
            kept.push_str(word);
            continue;
        }
        kept.extend(word.chars().last().filter(|c| !c.is_alphanumeric()));
    }
    kept.retain(|c| !c.is_control());
    if let Some((end, _)) = kept.char_indices().nth(LONGEST) {
        kept.truncate(end);
        kept.push('…');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::redacted;

    #[test]
    fn addresses_pictures_and_tokens_do_not_stay() {
        let text = r#"cannot fetch "https://b.example/k?X-Amz-Signature=abc" (data:image/jpeg;base64,AAAA) key r8_0123456789012345678901234567890123456789012345678"#;
        let shown = redacted(text);
        for secret in ["Amz", "b.example", "AAAA", "r8_"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert!(shown.starts_with("cannot fetch "), "{shown}");
    }

    #[test]
    fn a_long_text_is_cut() {
        assert!(redacted(&"word ".repeat(10_000)).chars().count() < 450);
    }
}
