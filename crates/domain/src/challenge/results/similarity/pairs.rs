//! The findings: which prompts are nearly the same, and where.

use std::collections::{HashMap, HashSet};
use std::ops::{ControlFlow, Range};

use super::index::overlaps;
use super::shingles::{Shingled, Statement};

/// From this share on, in per cent, two prompts are nearly the same, or one is contained in the other.
const FLAGGED_PERCENT: usize = 80;

/// A prompt of fewer shingles (eight words) is contained in others by chance.
const SHORTEST_CONTAINED: usize = 4;

/// So many pairs come only of a template that all were given; the search ends.
const MOST_PAIRS: usize = 200_000;

/// A student's prompt for a task. `I` is what it is shown under: the conversation's id, or its alias where anonymity holds.
#[derive(Debug, Clone, Copy)]
pub struct Prompt<'t, I, S, G> {
    /// What it is shown under.
    pub conversation: I,
    /// Who wrote it.
    pub student: S,
    /// The group they worked in, when there is one.
    pub group: Option<G>,
    /// The prompt.
    pub text: &'t str,
}

/// Two prompts that are nearly the same, or of which one contains the other.
#[derive(Debug, Clone, PartialEq)]
pub struct SimilarPair<I> {
    /// The one whose id is lower.
    pub first: I,
    /// The other one.
    pub second: I,
    /// The shingles both have over the shingles either has, 0 to 1.
    pub jaccard: f64,
    /// The shingles both have over those of the shorter, 0 to 1.
    pub containment: f64,
    /// Where the first matches, in bytes of its text.
    pub first_spans: Vec<Range<usize>>,
    /// Where the second matches, in bytes of its text.
    pub second_spans: Vec<Range<usize>>,
}

/// What was found among the prompts of a task.
#[derive(Debug, Clone, PartialEq)]
pub struct NearDuplicates<I> {
    /// How many pairs were found, those beyond the limit included.
    pub total: u64,
    /// Whether that is all of them: the search ends at 200 000 pairs, those of the longest prompts first.
    pub complete: bool,
    /// The pairs, the most similar first: by Jaccard, containment, ids.
    pub pairs: Vec<SimilarPair<I>>,
}

/// Finds the prompts of one task whose Jaccard similarity or containment is 0.8 or more, at most `limit` of them, the most similar ones.
///
/// Texts are compared as sets of five-word sequences without case, accents, punctuation and what repeats the task's `statement`; a shorter
/// text is one sequence, equal or not. Containment counts from eight words on. Pairs of one student or of one group are left out. The order
/// of `prompts` changes nothing.
pub fn near_duplicates<I, S, G>(statement: &str, prompts: &[Prompt<'_, I, S, G>], limit: usize) -> NearDuplicates<I>
where
    I: Copy + Ord,
    S: PartialEq,
    G: PartialEq,
{
    let statement = Statement::new(statement);
    let mut prompts: Vec<&Prompt<'_, I, S, G>> = prompts.iter().collect();
    prompts.sort_by_key(|prompt| prompt.conversation);
    let sets: Vec<Vec<u64>> = prompts.iter().map(|prompt| set(Shingled::new(prompt.text, &statement).hashes)).collect();
    let mut flagged = Vec::new();
    let ended = overlaps(&sets, FLAGGED_PERCENT, largest_partner, |pair| {
        let (first, second) = (pair.left.min(pair.right), pair.left.max(pair.right));
        let (one, other) = (prompts[first], prompts[second]);
        let together = one.student == other.student || (one.group.is_some() && one.group == other.group);
        if !together {
            flagged.extend(Candidate::flagged(first, second, sets[first].len(), sets[second].len(), pair.shared));
        }
        if flagged.len() < MOST_PAIRS { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    let total = flagged.len() as u64;
    flagged.sort_unstable_by(Candidate::compare);
    flagged.truncate(limit);
    let mut shingled = HashMap::new();
    let pairs = flagged
        .into_iter()
        .map(|found| {
            let shared: HashSet<u64> =
                sets[found.first].iter().filter(|hash| sets[found.second].binary_search(hash).is_ok()).copied().collect();
            let mut places =
                |index: usize| shingled.entry(index).or_insert_with(|| Shingled::new(prompts[index].text, &statement)).places(&shared);
            SimilarPair {
                first: prompts[found.first].conversation,
                second: prompts[found.second].conversation,
                jaccard: found.jaccard,
                containment: found.containment,
                first_spans: places(found.first),
                second_spans: places(found.second),
            }
        })
        .collect();
    NearDuplicates { total, complete: ended.is_continue(), pairs }
}

fn set(mut hashes: Vec<u64>) -> Vec<u64> {
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}

/// A set too small to be contained is flagged only with its like: by Jaccard, which the sizes alone bound.
fn largest_partner(size: usize) -> usize {
    if size < SHORTEST_CONTAINED { size * 100 / FLAGGED_PERCENT } else { usize::MAX }
}

struct Candidate {
    first: usize,
    second: usize,
    jaccard: f64,
    containment: f64,
}

impl Candidate {
    fn flagged(first: usize, second: usize, one: usize, other: usize, shared: usize) -> Option<Self> {
        let (smaller, union) = (one.min(other), one + other - shared);
        let similar = shared * 100 >= union * FLAGGED_PERCENT;
        let contained = smaller >= SHORTEST_CONTAINED && shared * 100 >= smaller * FLAGGED_PERCENT;
        (similar || contained).then(|| Self {
            first,
            second,
            jaccard: shared as f64 / union as f64,
            containment: shared as f64 / smaller as f64,
        })
    }

    fn compare(&self, other: &Self) -> std::cmp::Ordering {
        let strength = other.jaccard.total_cmp(&self.jaccard).then(other.containment.total_cmp(&self.containment));
        strength.then((self.first, self.second).cmp(&(other.first, other.second)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Found = NearDuplicates<u32>;

    const STATEMENT: &str = "Écrivez un prompt qui explique la photosynthèse à un enfant de dix ans.";

    const LONG: &str = "Tu es un professeur patient. Explique la photosynthèse avec une comparaison tirée de la cuisine, puis pose trois \
        questions pour vérifier que l'enfant a compris, et termine par un encouragement.";

    fn prompt(conversation: u32, text: &str) -> Prompt<'_, u32, u32, u32> {
        Prompt { conversation, student: conversation, group: None, text }
    }

    fn ids(found: &Found) -> Vec<(u32, u32)> {
        found.pairs.iter().map(|pair| (pair.first, pair.second)).collect()
    }

    #[test]
    fn a_copy_is_found_whatever_its_case_accents_and_statement() {
        let copy = format!("{STATEMENT}\n\n{}", LONG.to_uppercase().replace('È', "E"));
        let found =
            near_duplicates(STATEMENT, &[prompt(2, LONG), prompt(1, &copy), prompt(3, "Raconte la photosynthèse comme un conte.")], 10);
        assert_eq!((found.total, ids(&found)), (1, vec![(1, 2)]));
        let pair = &found.pairs[0];
        assert_eq!((pair.jaccard, pair.containment), (1.0, 1.0));
        assert_eq!(pair.second_spans, std::slice::from_ref(&(0..LONG.len() - 1)));
        let first: Vec<&str> = pair.first_spans.iter().map(|span| &copy[span.clone()]).collect();
        assert!(first.len() == 1 && first[0].starts_with("TU ES") && first[0].ends_with("ENCOURAGEMENT"), "{first:?}");
    }

    #[test]
    fn the_statement_alone_makes_nobody_alike() {
        let texts = [
            format!("{STATEMENT} Fais court."),
            format!("{STATEMENT} Avec humour et des rimes."),
            STATEMENT.to_owned(),
            STATEMENT.to_owned(),
        ];
        let prompts: Vec<_> = (1..).zip(&texts).map(|(id, text)| prompt(id, text)).collect();
        assert_eq!(near_duplicates(STATEMENT, &prompts, 10).total, 0);
        assert_eq!(near_duplicates("", &prompts[2..], 10).total, 1);
    }

    #[test]
    fn a_prompt_within_a_longer_one_is_contained() {
        let longer = format!(
            "Avant tout, respire. {LONG} Ensuite, propose une expérience simple avec une plante, un carton et une lampe de bureau."
        );
        let found = near_duplicates(STATEMENT, &[prompt(1, LONG), prompt(2, &longer)], 10);
        let [pair] = &found.pairs[..] else { panic!("one pair: {found:?}") };
        assert!(pair.jaccard < 0.8 && pair.containment == 1.0, "{pair:?}");
        assert_eq!(pair.second_spans.iter().map(|span| &longer[span.clone()]).collect::<Vec<_>>(), [&LONG[..LONG.len() - 1]]);
    }

    #[test]
    fn a_few_words_are_the_same_or_not_but_contained_in_nothing() {
        let found = near_duplicates(
            STATEMENT,
            &[prompt(1, "Tu es un professeur patient"), prompt(2, LONG), prompt(3, "tu es un professeur PATIENT !")],
            9,
        );
        assert_eq!(ids(&found), [(1, 3)]);
    }

    #[test]
    fn a_student_and_a_group_may_repeat_themselves() {
        let by = |conversation, student, group| Prompt { student, group, ..prompt(conversation, LONG) };
        let found =
            near_duplicates(STATEMENT, &[by(1, 1, None), by(2, 1, None), by(3, 3, Some(7)), by(4, 4, Some(7)), by(5, 5, Some(8))], 99);
        assert_eq!(ids(&found), [(1, 3), (1, 4), (1, 5), (2, 3), (2, 4), (2, 5), (3, 5), (4, 5)]);
    }

    #[test]
    fn four_fifths_is_the_border() {
        let words = |from: u32, to: u32| (from..to).map(|number| format!("m{number}")).collect::<Vec<_>>().join(" ");
        // nine shingles each, eight in common of ten: 0.8; seven of eleven: below
        let (one, shifted, further) = (words(0, 13), words(1, 14), words(2, 15));
        let found = near_duplicates("", &[prompt(1, &one), prompt(2, &shifted), prompt(3, &further)], 10);
        assert_eq!(ids(&found), [(1, 2), (2, 3)]);
        assert!((found.pairs[0].jaccard - 0.8).abs() < 1e-12);
    }

    #[test]
    fn the_limit_keeps_the_most_similar_and_counts_all() {
        let near = LONG.replace("encouragement", "sourire");
        let prompts: Vec<_> = (0..60).map(|id| prompt(id, if id < 30 { LONG } else { &near })).collect();
        let found = near_duplicates(STATEMENT, &prompts, 5);
        assert_eq!((found.total, ids(&found)), (60 * 59 / 2, vec![(0, 1), (0, 2), (0, 3), (0, 4), (0, 5)]));
        assert_eq!(near_duplicates(STATEMENT, &prompts, 0).pairs, []);
    }

    #[test]
    fn a_template_all_were_given_ends_the_search_with_the_longest_prompts_first() {
        let long = [prompt(9_000, LONG), prompt(9_001, LONG)];
        let prompts: Vec<_> = (0..700).map(|id| prompt(id, "Bonjour, aide-moi")).chain(long).collect();
        let found = near_duplicates(STATEMENT, &prompts, usize::MAX);
        assert_eq!((found.total, found.complete), (200_000, false));
        assert!(ids(&found).contains(&(9_000, 9_001)));
        assert!(near_duplicates(STATEMENT, &long, 1).complete);
    }

    /// Texts of few words, so that many are alike.
    fn any_texts() -> impl Strategy<Value = Vec<String>> {
        let sentence = prop::collection::vec(prop::sample::select(vec!["lune", "mer", "Été"]), 0..9).prop_map(|words| words.join(" "));
        prop::collection::vec(sentence, 0..20)
    }

    proptest! {
        #[test]
        fn the_order_of_prompts_changes_nothing((texts, order) in any_texts().prop_flat_map(|texts| {
            let order = Just((0..texts.len()).collect::<Vec<_>>()).prop_shuffle();
            (Just(texts), order)
        })) {
            let prompts: Vec<_> = (0..).zip(&texts).map(|(id, text)| prompt(id, text)).collect();
            let shuffled: Vec<_> = order.into_iter().map(|index| prompts[index]).collect();
            prop_assert_eq!(near_duplicates("mer été", &prompts, 50), near_duplicates("mer été", &shuffled, 50));
        }

        #[test]
        fn matching_places_lie_in_their_texts_apart_and_in_order(texts in any_texts()) {
            let prompts: Vec<_> = (0..).zip(&texts).map(|(id, text)| prompt(id, text)).collect();
            for pair in near_duplicates("lune mer", &prompts, 500).pairs {
                for (id, spans) in [(pair.first, &pair.first_spans), (pair.second, &pair.second_spans)] {
                    prop_assert!(!spans.is_empty());
                    prop_assert!(spans.windows(2).all(|two| two[0].end <= two[1].start));
                    prop_assert!(spans.iter().all(|span| texts[id as usize].get(span.clone()).is_some()));
                }
            }
        }
    }
}
