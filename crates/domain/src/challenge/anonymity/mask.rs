//! Places of a text taken out.

use std::borrow::Cow;
use std::ops::Range;

/// What stands for a masked place.
pub const MASK: &str = "[masqué]";

/// The text with each of these places replaced by [`MASK`]; places that overlap or touch become one mask.
///
/// `spans` are byte ranges of `text` on character boundaries, in any order, as [`LeakScan::occurrences`](super::LeakScan::occurrences)
/// finds them.
pub fn masked<'t>(text: &'t str, spans: &[Range<usize>]) -> Cow<'t, str> {
    if spans.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut result = String::with_capacity(text.len());
    let mut copied = 0;
    for span in merged(spans.to_vec()) {
        result.push_str(&text[copied..span.start]);
        result.push_str(MASK);
        copied = span.end;
    }
    result.push_str(&text[copied..]);
    Cow::Owned(result)
}

/// The same places in order, those that overlap or touch as one.
pub(super) fn merged(mut spans: Vec<Range<usize>>) -> Vec<Range<usize>> {
    spans.sort_unstable_by_key(|span| (span.start, span.end));
    spans.dedup_by(|next, kept| {
        let together = next.start <= kept.end;
        if together {
            kept.end = kept.end.max(next.end);
        }
        together
    });
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_replaced_by_one_mask_each() {
        let text = "Je suis Léa, oui Léa.";
        let lea = |from: usize| from..from + "Léa".len();
        let second = text.rfind("Léa").unwrap();
        assert_eq!(masked(text, &[lea(second), lea(8)]), "Je suis [masqué], oui [masqué].");
        assert_eq!(masked(text, &[]), text);
        assert_eq!(masked("abcdef", &[2..4, 0..2, 3..5]), "[masqué]f");
    }
}
