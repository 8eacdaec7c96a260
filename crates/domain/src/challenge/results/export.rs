//! Cells a spreadsheet will not run.

use std::borrow::Cow;

/// The text as a cell that no spreadsheet takes for a formula: a single quote goes before what begins, also after blanks and invisible
/// characters, with `=`, `+`, `-` or `@` (their full-width forms too), and before what begins with a tab or a line break
/// ([OWASP, CSV Injection](https://owasp.org/www-community/attacks/CSV_Injection)).
///
/// For text only: numbers are written as numbers. Quoting by RFC 4180 is the CSV writer's.
pub fn safe_cell(text: &str) -> Cow<'_, str> {
    if is_dangerous(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

fn is_dangerous(text: &str) -> bool {
    let first = text.trim_start_matches(is_blank).chars().next();
    text.starts_with(['\t', '\r', '\n']) || matches!(first, Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠'))
}

fn is_blank(character: char) -> bool {
    character.is_whitespace() || character.is_control() || matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_quoted() {
        for text in [
            "=1+1",
            "=HYPERLINK(\"http://example.org\",\"x\")",
            "+33 6 12 34 56 78",
            "-2+3+cmd|' /C calc'!A0",
            "@SUM(1;1)",
            "\t=1",
            "\r=1",
            "\tplain",
            "\rplain",
            "\nplain",
            "   =1",
            "\n\n@x",
            "\u{a0}=1",
            "\u{feff}=1",
            "\u{200b}-1",
            "\0=1",
            "＝1+1",
            "-",
        ] {
            assert_eq!(safe_cell(text), format!("'{text}"), "{text:?}");
        }
    }

    #[test]
    fn other_text_is_left_as_it_is() {
        for text in ["", " ", "Bonjour", "a=b", "1-2", "'=1", "\"=1\"", "é@x", "  plain"] {
            assert!(matches!(safe_cell(text), Cow::Borrowed(same) if same == text), "{text:?}");
        }
    }

    #[test]
    fn a_safe_cell_stays_as_it_is() {
        assert_eq!(safe_cell(&safe_cell("=1")), "'=1");
    }
}
