//! A text as the set of its word sequences (Broder, On the Resemblance and Containment of Documents, 1997).

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

use crate::challenge::words::{Word, words};

/// Words to a shingle.
pub(super) const SHINGLE_WORDS: usize = 5;

/// The statement of a task, whose words nobody wrote.
pub(super) struct Statement {
    width: usize,
    shingles: HashSet<u64>,
}

impl Statement {
    pub(super) fn new(text: &str) -> Self {
        let words = words(text);
        let width = words.len().min(SHINGLE_WORDS);
        let shingles = if width == 0 { HashSet::new() } else { words.windows(width).map(hash).collect() };
        Self { width, shingles }
    }

    /// Which words of a text repeat the statement, five in a row at least, or all of it when it is shorter.
    fn covers(&self, words: &[Word]) -> Vec<bool> {
        let mut covered = vec![false; words.len()];
        if self.width > 0 {
            for (start, window) in words.windows(self.width).enumerate() {
                if self.shingles.contains(&hash(window)) {
                    covered[start..start + self.width].fill(true);
                }
            }
        }
        covered
    }
}

/// A text's own words and the hash of each shingle of them, in order. A text of fewer than five words is one shingle.
pub(super) struct Shingled {
    /// Each word's place among all words of the text, and in the text in bytes.
    words: Vec<(usize, Range<usize>)>,
    pub(super) hashes: Vec<u64>,
}

impl Shingled {
    pub(super) fn new(text: &str, statement: &Statement) -> Self {
        let all = words(text);
        let covered = statement.covers(&all);
        let (places, own): (Vec<_>, Vec<_>) =
            all.into_iter().enumerate().zip(covered).filter(|(_, covered)| !covered).map(|((place, word), _)| (place, word)).unzip();
        let hashes = match own.len() {
            0 => Vec::new(),
            length => own.windows(length.min(SHINGLE_WORDS)).map(hash).collect(),
        };
        Self { words: places.into_iter().zip(own.into_iter().map(|word| word.span)).collect(), hashes }
    }

    /// The places of the text, in bytes, that the shingles in `shared` cover. What stands between two of its own words is part of a place
    /// unless it is a piece of the statement.
    pub(super) fn places(&self, shared: &HashSet<u64>) -> Vec<Range<usize>> {
        let mut places: Vec<Range<usize>> = Vec::new();
        let width = self.words.len().min(SHINGLE_WORDS);
        let mut last: Option<usize> = None;
        for (start, _) in self.hashes.iter().enumerate().filter(|(_, hash)| shared.contains(hash)) {
            let fresh = last.map_or(start, |last| start.max(last + 1));
            for index in fresh..start + width {
                let (place, span) = &self.words[index];
                let follows = last.is_some_and(|last| last + 1 == index && self.words[last].0 + 1 == *place);
                match places.last_mut().filter(|_| follows) {
                    Some(open) => open.end = span.end,
                    None => places.push(span.clone()),
                }
                last = Some(index);
            }
        }
        places
    }
}

/// 64 bits: among ten million shingles two different ones meet with a chance of about one in 400 000.
fn hash(words: &[Word]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for word in words {
        word.folded.hash(&mut hasher);
    }
    words.len().hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashes(text: &str, statement: &str) -> Vec<u64> {
        Shingled::new(text, &Statement::new(statement)).hashes
    }

    #[test]
    fn a_text_is_its_five_word_sequences() {
        assert_eq!(hashes("", "").len(), 0);
        assert_eq!(hashes("Bonjour", "").len(), 1);
        assert_eq!(hashes("un deux trois quatre", "").len(), 1);
        assert_eq!(hashes("un deux trois quatre cinq", "").len(), 1);
        assert_eq!(hashes("un deux trois quatre cinq six", "").len(), 2);
    }

    #[test]
    fn case_accents_and_punctuation_do_not_matter() {
        assert_eq!(hashes("Écris un poème, s'il te plaît !", ""), hashes("ecris un POEME s il te plait", ""));
        assert_ne!(hashes("un deux", ""), hashes("deux un", ""));
    }

    #[test]
    fn the_statement_is_taken_out_whole_or_in_part() {
        let statement = "Rédigez un prompt qui résume un article de presse en trois phrases.";
        assert_eq!(hashes(statement, statement).len(), 0);
        assert_eq!(hashes("Consigne : qui résume un article de presse. Sois bref", statement), hashes("consigne sois bref", ""));
        assert_eq!(hashes("résume ce texte", "résume"), hashes("ce texte", ""));
    }

    #[test]
    fn places_do_not_run_over_the_statement() {
        let text = "Tu es un poète. Écris un sonnet régulier. Pense aux rimes, vite.";
        let shingled = Shingled::new(text, &Statement::new("Écris un sonnet régulier"));
        let shared = shingled.hashes.iter().copied().collect();
        let places: Vec<&str> = shingled.places(&shared).into_iter().map(|place| &text[place]).collect();
        assert_eq!(places, ["Tu es un poète", "Pense aux rimes, vite"]);
    }
}
