//! Text as search, the leak scan and the similarity of prompts see it: without case, accents and invisible characters, in words.
//!
//! Characters are decomposed by compatibility (NFKD, [UAX #15](https://www.unicode.org/reports/tr15/)), then lower-cased. Alphabets that
//! only look like the Latin one stay what they are.

use std::collections::HashSet;
use std::ops::Range;

use unicode_normalization::char::{canonical_combining_class, decompose_compatible, is_combining_mark};
use unicode_security::skeleton;

/// A word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The word, folded.
    pub folded: String,
    /// Where it stands in the original text, in bytes, accents written apart included.
    pub span: Range<usize>,
}

/// The text in lower case, without accents and invisible characters; ligatures are written out (`Œuvre` → `oeuvre`).
pub fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for character in text.chars() {
        fold(character, &mut |letter| folded.push(letter));
    }
    folded
}

/// The words of a text: runs of letters and digits. An apostrophe, a hyphen or an underscore ends a word.
pub fn words(text: &str) -> Vec<Word> {
    split(text, |_, _| false)
}

/// How a text is read that may hide a name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::challenge) struct Reading {
    /// Words end before a capital that follows a small letter: `rapportDupont`.
    pub(in crate::challenge) humps: bool,
    /// A capital is what it looks like as a capital (Greek `Ν` is `n`), not what its small letter looks like (`ν` is `v`).
    pub(in crate::challenge) capitals: bool,
}

/// The words of a text as a reader sees them, cut also where letters and digits meet: `dupont42` shows the name. Letters of other alphabets
/// that look like Latin ones are those (the confusables of [UTS #39](https://www.unicode.org/reports/tr39/#Confusable_Detection)).
pub(in crate::challenge) fn runs_of_letters_or_digits(text: &str, reading: Reading) -> Vec<Word> {
    let numbers = |before: Letter, after: Letter| before.folded.is_numeric() != after.folded.is_numeric();
    let humps = |before: Letter, after: Letter| reading.humps && before.original.is_lowercase() && after.original.is_uppercase();
    split_folded(
        text,
        |character, out| fold_as_seen(character, reading, out),
        |before, after| numbers(before, after) || humps(before, after),
    )
}

/// A letter of a text.
#[derive(Clone, Copy)]
struct Letter {
    original: char,
    folded: char,
}

/// Words, cut also between two letters where `cut` says so.
fn split(text: &str, cut: impl Fn(Letter, Letter) -> bool) -> Vec<Word> {
    split_folded(text, |character, out| fold(character, out), cut)
}

fn split_folded(text: &str, fold: impl Fn(char, &mut dyn FnMut(char)), cut: impl Fn(Letter, Letter) -> bool) -> Vec<Word> {
    let mut found: Vec<Word> = Vec::new();
    let mut last: Option<Letter> = None;
    for (start, character) in text.char_indices() {
        let end = start + character.len_utf8();
        let mut visible = false;
        fold(character, &mut |letter| {
            visible = true;
            if !is_word_letter(letter) {
                last = None;
                return;
            }
            let seen = Letter { original: character, folded: letter };
            let goes_on = last.is_some_and(|before| !cut(before, seen));
            match found.last_mut().filter(|_| goes_on) {
                Some(word) => {
                    word.folded.push(letter);
                    word.span.end = end;
                }
                None => found.push(Word { folded: letter.to_string(), span: start..end }),
            }
            last = Some(seen);
        });
        // an accent written apart belongs to the word before it
        if let Some(word) = found.last_mut().filter(|_| !visible && last.is_some()) {
            word.span.end = end;
        }
    }
    found
}

/// Whether every word of `query` is a whole word of `haystack`, in any order. A query without a word asks for nothing and always fits.
pub fn contains_all_words(haystack: &str, query: &str) -> bool {
    let wanted = words(query);
    if wanted.is_empty() {
        return true;
    }
    let present: HashSet<String> = words(haystack).into_iter().map(|word| word.folded).collect();
    wanted.iter().all(|word| present.contains(&word.folded))
}

fn is_word_letter(letter: char) -> bool {
    letter.is_alphanumeric() || is_combining_mark(letter)
}

fn fold(character: char, mut out: &mut (impl FnMut(char) + ?Sized)) {
    if character.is_ascii() {
        out(character.to_ascii_lowercase());
        return;
    }
    decompose_compatible(character, |part| {
        for letter in part.to_lowercase() {
            if is_accent(letter) || is_invisible(letter) {
                continue;
            }
            match written_out(letter) {
                Some(letters) => letters.chars().for_each(&mut out),
                None => out(letter),
            }
        }
    });
}

fn fold_as_seen(character: char, reading: Reading, out: &mut dyn FnMut(char)) {
    if reading.capitals
        && character.is_uppercase()
        && let Some(letters) = look_alike(character)
    {
        return letters.chars().for_each(out);
    }
    fold(character, &mut |letter: char| {
        // Some small letters look like small capitals: what counts is then their capital, in any case alike.
        let seen = look_alike(letter).or_else(|| letter.to_uppercase().next().filter(|_| !letter.is_ascii()).and_then(look_alike));
        match seen {
            Some(letters) => letters.chars().for_each(&mut *out),
            None => out(letter),
        }
    });
}

/// The Latin letters, small, that a letter of another alphabet looks like.
fn look_alike(letter: char) -> Option<String> {
    if letter.is_ascii() {
        return None;
    }
    let seen: String = skeleton(letter.encode_utf8(&mut [0; 4])).collect();
    (!seen.is_empty() && seen.bytes().all(|byte| byte.is_ascii_alphabetic())).then(|| seen.to_ascii_lowercase())
}

/// Nuktas, voicing marks and viramas (classes 7 to 9) make another letter; class 0 holds the vowel signs.
fn is_accent(letter: char) -> bool {
    !matches!(canonical_combining_class(letter), 0 | 7..=9)
}

/// Letters with a stroke and ligatures, which do not decompose.
fn written_out(letter: char) -> Option<&'static str> {
    Some(match letter {
        'œ' => "oe",
        'æ' => "ae",
        'ß' => "ss",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ŧ' => "t",
        'þ' => "th",
        'ı' => "i",
        'ς' => "σ",
        _ => return None,
    })
}

/// The characters nobody sees (Default_Ignorable_Code_Point): one inside a name must not hide it.
fn is_invisible(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded_words(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.folded).collect()
    }

    #[test]
    fn case_accents_and_ligatures_do_not_matter() {
        for (text, expected) in [
            ("Éléonore", "eleonore"),
            ("E\u{301}le\u{301}onore", "eleonore"),
            ("ŒUVRE cœur", "oeuvre coeur"),
            ("Straße STRASSE", "strasse strasse"),
            ("Ｄｕｐｏｎｔ", "dupont"),
            ("ﬁn", "fin"),
            ("Łukasz Sørensen", "lukasz sorensen"),
            ("İstanbul ΣΊΣΥΦΟΣ", "istanbul σισυφοσ"),
            ("Du\u{200b}po\u{ad}nt", "dupont"),
        ] {
            assert_eq!(folded(text), expected, "{text:?}");
        }
    }

    #[test]
    fn marks_that_make_another_letter_stay() {
        assert_ne!(folded("が"), folded("か"));
        assert_eq!(folded("が"), folded("か\u{3099}"));
        assert_eq!(folded_words("हिन्दी भाषा").len(), 2);
    }

    #[test]
    fn every_character_folds_to_what_folds_no_further() {
        for character in '\0'..=char::MAX {
            let once = folded(character.encode_utf8(&mut [0; 4]));
            assert_eq!(folded(&once), once, "{character:?}");
        }
    }

    #[test]
    fn words_are_found_where_they_stand() {
        let text = "L'élève n°7 : Jean-Pierre_Du\u{301}mas ½";
        let found: Vec<_> = words(text).into_iter().map(|word| (word.folded, &text[word.span])).collect();
        let expected = [
            ("l", "L"),
            ("eleve", "élève"),
            ("n", "n"),
            ("7", "7"),
            ("jean", "Jean"),
            ("pierre", "Pierre"),
            ("dumas", "Du\u{301}mas"),
            ("1", "½"),
            ("2", "½"),
        ];
        assert_eq!(found, expected.map(|(folded, original)| (folded.to_owned(), original)));
    }

    #[test]
    fn letters_and_digits_can_be_told_apart() {
        let text = "e20231234, É7b";
        let found: Vec<_> = runs_of_letters_or_digits(text, Reading::default()).into_iter().map(|run| text[run.span].to_owned()).collect();
        assert_eq!(found, ["e", "20231234", "É", "7", "b"]);
    }

    #[test]
    fn letters_are_read_as_they_look_whatever_their_case() {
        let read = |text: &str, capitals| -> Vec<String> {
            runs_of_letters_or_digits(text, Reading { capitals, humps: false }).into_iter().map(|run| run.folded).collect()
        };
        for text in ["Dupоnt", "Ꭰupont", "ԁupοnt", "DUΡONT", "DUPONТ"] {
            assert_eq!(read(text, false), ["dupont"], "{text:?}");
        }
        assert_eq!(read("DUPOΝΤ", true), ["dupont"]);
        for capitals in [false, true] {
            assert_eq!(read("дом", capitals), read("Дом", capitals), "what looks like nothing Latin stays");
        }
        assert_eq!(read("мария", false), read("МАРИЯ", false));
    }

    #[test]
    fn words_end_before_a_capital_when_asked() {
        let cut = |text: &str| -> Vec<String> {
            runs_of_letters_or_digits(text, Reading { humps: true, capitals: false }).into_iter().map(|run| run.folded).collect()
        };
        assert_eq!(cut("rapportDupontÉlodie RAPPORT McDonald"), ["rapport", "dupont", "elodie", "rapport", "mc", "donald"]);
    }

    #[test]
    fn a_search_takes_whole_words_in_any_order() {
        let haystack = "Hackathon d'été : l'intelligence artificielle à l'École";
        for query in ["ecole", "ÉTÉ hackathon", "intelligence", "", "  ", "!?"] {
            assert!(contains_all_words(haystack, query), "{query:?}");
        }
        for query in ["éco", "hackathons", "intelligence naturelle", "xartificielle"] {
            assert!(!contains_all_words(haystack, query), "{query:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn words_lie_in_the_text_in_order_and_fold_alike(text in "\\PC{0,40}") {
            let found = words(&text);
            proptest::prop_assert!(found.windows(2).all(|two| two[0].span.start <= two[1].span.start && two[0].span.end <= two[1].span.end));
            for word in found {
                proptest::prop_assert!(folded(&text[word.span.clone()]).contains(&word.folded));
            }
        }
    }
}
