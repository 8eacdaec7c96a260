//! Where a text gives its author away.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::challenge::words::{Reading, Word, runs_of_letters_or_digits};

use super::mask::{masked, merged};

/// Names, alone or joined, count from this many characters on; an e-mail address and a student number always do.
const SHORTEST_NAME: usize = 3;

/// A part of a compound name counts alone from this many: `de`, `la`, `von`, `ben` do not.
const SHORTEST_PART: usize = 4;

/// A student number is also found written in groups from this many characters on.
const SHORTEST_SPACED_NUMBER: usize = 6;

/// A whole name or the part of an address before the `@` is also found inside a longer word from this many characters on.
const SHORTEST_GLUED: usize = 8;

/// Characters that may stand between the parts of one name: a dot, a dash, an underscore, `, `, ` - `.
const WIDEST_JOINT: usize = 3;

/// What tells who a student is. Empty strings count for nothing.
#[derive(Clone, Copy, Default)]
pub struct IdentifyingStrings<'a> {
    /// The first name.
    pub first_name: &'a str,
    /// The last name.
    pub last_name: &'a str,
    /// The e-mail address.
    pub email: &'a str,
    /// The student number.
    pub student_number: Option<&'a str>,
    /// The group, by the name its members know.
    pub group: Option<&'a str>,
}

/// The places at which a match may be cut: the ends of each part of the searched string, in bytes, from the start of the whole.
type Joints = Vec<usize>;

/// A search for one person's identifying strings, without regard to case, accents and invisible characters, and with letters of other
/// alphabets taken for the Latin ones they look like.
///
/// Whole words only: `Rose` is not found in `roseraie`; digits at a word's end do not hide it (`rose7`), nor do capitals inside one
/// (`rapportRose`). First and last name are also found joined in either order, with a dot, a dash, an underscore or nothing between, and
/// the last name behind an initial (`m.dupont`). Joined without anything between, and long enough to be no chance, they and the local part
/// of the address are found inside other words (`projetjeandupont`); then the whole word counts. What is missed: a single name inside a word
/// of small letters (`projetdupont`), nicknames, misspellings, letters written as digits (`dup0nt`).
pub struct LeakScan {
    /// Each searched string without separators, with the places where separators may stand.
    searched: HashMap<String, Joints>,
    /// The student number, in which separators may stand anywhere.
    spaced: Option<String>,
    /// What is found inside words too.
    glued: HashSet<String>,
    longest: usize,
}

impl LeakScan {
    /// Prepares the search.
    pub fn of(person: &IdentifyingStrings<'_>) -> Self {
        let mut scan = Self { searched: HashMap::new(), spaced: None, glued: HashSet::new(), longest: 0 };
        for capitals in [false, true] {
            scan.add_person(person, capitals);
        }
        scan
    }

    fn add_person(&mut self, person: &IdentifyingStrings<'_>, capitals: bool) {
        let tokens_of = |text: &str| tokens_of(text, capitals);
        let first = tokens_of(person.first_name);
        let last = tokens_of(person.last_name);
        self.add_name(&first);
        self.add_name(&last);
        if !first.is_empty() && !last.is_empty() {
            for both in [[&first[..], &last].concat(), [&last[..], &first].concat()] {
                self.add_from(SHORTEST_NAME, &both);
                self.add_glued(&both);
            }
            let initial = first.first().and_then(|name| name.chars().next()).map(String::from);
            self.add_from(SHORTEST_PART, &[&initial.into_iter().collect::<Vec<_>>()[..], &last].concat());
        }
        self.add_from(0, &tokens_of(person.email));
        if let Some((local, _)) = person.email.split_once('@') {
            for local in [local, local.split('+').next().unwrap_or_default()] {
                let local = tokens_of(local);
                self.add_from(SHORTEST_NAME, &local);
                self.add_glued(&local);
            }
        }
        if let Some(group) = person.group.map(tokens_of) {
            self.add_from(SHORTEST_NAME, &group);
            if !group.is_empty() {
                self.add_from(0, &[&["groupe".to_owned()][..], &group].concat());
            }
        }
        let number = person.student_number.map(tokens_of).unwrap_or_default();
        self.add_from(0, &number);
        let number = number.concat();
        if number.len() >= SHORTEST_SPACED_NUMBER {
            self.longest = self.longest.max(number.len());
            self.spaced = Some(number);
        }
    }

    /// Where the strings occur in the text, in bytes, in order and apart from each other.
    pub fn occurrences(&self, text: &str) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        for capitals in [false, true] {
            // Capitals are read in two ways only where there are others than ASCII's.
            if capitals && text.is_ascii() {
                break;
            }
            for humps in [false, true] {
                self.find(text, &runs_of_letters_or_digits(text, Reading { humps, capitals }), &mut found);
            }
        }
        merged(found)
    }

    fn find(&self, text: &str, tokens: &[Word], found: &mut Vec<Range<usize>>) {
        for (start, first) in tokens.iter().enumerate() {
            if self.glued.iter().any(|glued| first.folded.contains(glued.as_str())) {
                found.push(first.span.clone());
            }
            let mut joined = String::new();
            let mut cuts = Joints::new();
            let mut end = first.span.start;
            for token in &tokens[start..] {
                let apart = text.get(end..token.span.start).is_some_and(|between| between.chars().count() > WIDEST_JOINT);
                if apart || joined.len() + token.folded.len() > self.longest {
                    break;
                }
                joined.push_str(&token.folded);
                cuts.push(joined.len());
                end = token.span.end;
                if self.is_searched(&joined, &cuts) {
                    found.push(first.span.start..end);
                }
            }
        }
    }

    /// The text as the jury sees it: each occurrence replaced by [`MASK`](super::MASK).
    pub fn masked<'t>(&self, text: &'t str) -> Cow<'t, str> {
        masked(text, &self.occurrences(text))
    }

    fn is_searched(&self, joined: &str, cuts: &[usize]) -> bool {
        let fits = |joints: &Joints| cuts.iter().all(|cut| joints.contains(cut));
        self.searched.get(joined).is_some_and(fits) || self.spaced.as_deref() == Some(joined)
    }

    fn add_name(&mut self, parts: &[String]) {
        self.add_from(SHORTEST_NAME, parts);
        if parts.len() > 1 {
            for part in parts {
                self.add_from(SHORTEST_PART, std::slice::from_ref(part));
            }
        }
    }

    /// Digits end a word, so what has any is in no word.
    fn add_glued(&mut self, parts: &[String]) {
        let joined = parts.concat();
        if joined.chars().count() >= SHORTEST_GLUED && !joined.contains(char::is_numeric) {
            self.glued.insert(joined);
        }
    }

    fn add_from(&mut self, shortest: usize, parts: &[String]) {
        let joined = parts.concat();
        if joined.is_empty() || joined.chars().count() < shortest {
            return;
        }
        let mut length = 0;
        let joints = parts.iter().map(|part| {
            length += part.len();
            length
        });
        self.longest = self.longest.max(joined.len());
        self.searched.entry(joined).or_default().extend(joints);
    }
}

fn tokens_of(text: &str, capitals: bool) -> Vec<String> {
    runs_of_letters_or_digits(text, Reading { humps: false, capitals }).into_iter().map(|token| token.folded).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marie() -> LeakScan {
        LeakScan::of(&IdentifyingStrings {
            first_name: "Marie-Hélène",
            last_name: "Dupont",
            email: "mh.dupont+hack@univ-lille.fr",
            student_number: Some("E2023-1234"),
            group: Some("TD3"),
        })
    }

    fn found<'t>(scan: &LeakScan, text: &'t str) -> Vec<&'t str> {
        scan.occurrences(text).into_iter().map(|span| &text[span]).collect()
    }

    #[test]
    fn each_identifying_string_is_found_as_it_was_written() {
        for (text, expected) in [
            ("Je m'appelle MARIE-HELENE, enchantée.", "MARIE-HELENE"),
            ("Signé : marie hélène dupont", "marie hélène dupont"),
            ("Signé : Dupont, Marie-Hélène.", "Dupont, Marie-Hélène"),
            ("Du\u{301}pont ?", "Du\u{301}pont"),
            ("écris à mh.dupont+hack@univ-lille.fr merci", "mh.dupont+hack@univ-lille.fr"),
            ("MH.DUPONT@univ-lille.fr", "MH.DUPONT"),
            ("@marie_helene_dupont sur le forum", "marie_helene_dupont"),
            ("mariehelenedupont", "mariehelenedupont"),
            ("MarieHélèneDupont.py", "MarieHélèneDupont"),
            ("m.dupont", "m.dupont"),
            ("mdupont42", "mdupont"),
            ("Hélène", "Hélène"),
            ("n°E2023-1234", "E2023-1234"),
            ("numéro e20231234.", "e20231234"),
            ("E 2023 1234", "E 2023 1234"),
            ("le groupe TD3 !", "groupe TD3"),
            ("td-3", "td-3"),
            ("du\u{200b}pont", "du\u{200b}pont"),
            ("ＤＵＰＯＮＴ", "ＤＵＰＯＮＴ"),
        ] {
            assert_eq!(found(&marie(), text), [expected], "{text:?}");
        }
    }

    #[test]
    fn a_name_is_found_behind_letters_that_look_alike_and_glued_to_words() {
        for (text, expected) in [
            ("Je suis Marie-Hélène Dupоnt.", "Marie-Hélène Dupоnt"),
            ("DUPОNТ", "DUPОNТ"),
            ("DUPOΝΤ", "DUPOΝΤ"),
            ("hеlene", "hеlene"),
            ("mh.duрont@univ-lille.fr", "mh.duрont"),
            ("def rapportDupont():", "Dupont"),
            ("rapportDupontV2", "Dupont"),
            ("projetmariehelenedupont fini", "projetmariehelenedupont"),
            ("dupontmariehelenes", "dupontmariehelenes"),
            ("mhdupontprojet", "mhdupontprojet"),
        ] {
            assert_eq!(found(&marie(), text), [expected], "{text:?}");
        }
        let maria =
            LeakScan::of(&IdentifyingStrings { first_name: "Мария", last_name: "Νίκου", ..IdentifyingStrings::default() });
        for text in ["Мария", "МАРИЯ", "νίκου", "ΝΊΚΟΥ"] {
            assert_eq!(found(&maria, text), [text], "{text:?}");
        }
    }

    #[test]
    fn whole_words_only_and_no_name_cut_in_two() {
        for text in
            ["Dupontel", "le du pont", "sous-td", "mariée", "univ-lille.fr", "2023", "TD 4", "groupe", "", "marielle h", "d'hélènes"]
        {
            assert_eq!(found(&marie(), text), [""; 0], "{text:?}");
        }
    }

    #[test]
    fn short_names_count_joined_but_not_alone() {
        let scan =
            LeakScan::of(&IdentifyingStrings { first_name: "Li", last_name: "Wu", email: "li@wu.cn", ..IdentifyingStrings::default() });
        for text in ["li", "wu", "l'wu", "lit wu", "li, puis encore wu"] {
            assert_eq!(found(&scan, text), [""; 0], "{text:?}");
        }
        for (text, expected) in [("li.wu", "li.wu"), ("Wu Li", "Wu Li"), ("li_wu7", "li_wu"), ("LIWU", "LIWU"), ("<li@wu.cn>", "li@wu.cn")]
        {
            assert_eq!(found(&scan, text), [expected], "{text:?}");
        }
    }

    #[test]
    fn particles_of_a_name_do_not_count_alone() {
        let scan = LeakScan::of(&IdentifyingStrings { first_name: "Ana", last_name: "de la Fuente", ..IdentifyingStrings::default() });
        assert_eq!(found(&scan, "de la même façon, Fuente a dit"), ["Fuente"]);
        assert_eq!(found(&scan, "Ana de la Fuente"), ["Ana de la Fuente"]);
    }

    #[test]
    fn short_numbers_and_groups_count() {
        let scan = LeakScan::of(&IdentifyingStrings { student_number: Some("42"), group: Some("B"), ..IdentifyingStrings::default() });
        assert_eq!(found(&scan, "Le 42 du groupe B, pas 4 2 ni 142 ni B"), ["42", "groupe B"]);
    }

    #[test]
    fn nobody_is_found_without_strings() {
        let nobody = LeakScan::of(&IdentifyingStrings {
            first_name: " ",
            student_number: Some(""),
            group: Some("-"),
            ..IdentifyingStrings::default()
        });
        assert_eq!(found(&nobody, "un texte, 1234 a@b.fr groupe"), [""; 0]);
    }

    #[test]
    fn what_is_masked_tells_nothing_more() {
        let text = "Bonjour, Marie-Hélène DUPONT (e20231234, mh.dupont+hack@univ-lille.fr), groupe TD3.";
        let masked = marie().masked(text);
        assert_eq!(masked, "Bonjour, [masqué] ([masqué], [masqué]), [masqué].");
        assert_eq!(marie().occurrences(&masked), []);
    }

    proptest::proptest! {
        #[test]
        fn no_text_survives_with_a_name_in_it(before in "\\PC{0,20}", after in "\\PC{0,20}", joint in "[-._ ]{0,2}", upper: bool) {
            let name = format!("marie{joint}hélène{joint}dupont");
            let name = if upper { name.to_uppercase() } else { name };
            let text = format!("{before} {name} {after}");
            let masked = marie().masked(&text).into_owned();
            proptest::prop_assert!(!words_of(&masked).contains(&"dupont".to_owned()), "{}", masked);
            proptest::prop_assert_eq!(marie().occurrences(&masked), vec![]);
        }
    }

    fn words_of(text: &str) -> Vec<String> {
        crate::challenge::words::words(text).into_iter().map(|word| word.folded).collect()
    }
}
