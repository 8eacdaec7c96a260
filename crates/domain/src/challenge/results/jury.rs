//! The jury as a whole and judge by judge.

use std::collections::BTreeMap;

use super::agreement::{Measurement, krippendorff_alpha};
use super::statistics::Average;

/// Notes of one conversation that lie this far apart, in half points, call for a third examiner: 3 points.
pub const DIVERGENCE_HALF_POINTS: u8 = 6;

/// One examiner's note for one conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grade<J, C> {
    /// The examiner.
    pub judge: J,
    /// The conversation; its alias where anonymity holds.
    pub conversation: C,
    /// The note in half points, 2..=20.
    pub note: u8,
}

/// How one judge grades.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judge<J> {
    /// The examiner.
    pub judge: J,
    /// How many notes they gave.
    pub notes: u64,
    /// The mean of their notes, in points.
    pub mean: f64,
    /// The sample standard deviation of their notes, in points; none of a single note.
    pub spread: Option<f64>,
    /// Their note minus the mean of the conversation's other notes, in points, on average over the conversations others graded too: above 0
    /// is generous. None when nobody else graded theirs.
    pub bias: Option<f64>,
}

/// How far a jury agrees.
#[derive(Debug, Clone, PartialEq)]
pub struct JuryAgreement<J, C> {
    /// How many conversations have two notes or more: what alpha rests on.
    pub compared: u64,
    /// Krippendorff's alpha of the notes as points on a scale.
    pub interval: Option<f64>,
    /// The same of the notes as ranks.
    pub ordinal: Option<f64>,
    /// The same of the notes as mere names.
    pub nominal: Option<f64>,
    /// Judge by judge, in the order of their ids.
    pub judges: Vec<Judge<J>>,
    /// The conversations that need a third examiner, in the order of their ids.
    pub divergent: Vec<C>,
}

/// Whether the notes of one conversation, in half points, lie three points or more apart.
pub fn needs_third_examiner(notes: &[u8]) -> bool {
    match (notes.iter().min(), notes.iter().max()) {
        (Some(low), Some(high)) => high - low >= DIVERGENCE_HALF_POINTS,
        _ => false,
    }
}

impl<J: Copy + Ord, C: Copy + Ord> JuryAgreement<J, C> {
    /// The agreement of these grades, at most one per judge and conversation. Their order changes nothing.
    pub fn of(grades: &[Grade<J, C>]) -> Self {
        let mut sorted = grades.to_vec();
        sorted.sort_unstable();
        let mut conversations = BTreeMap::<C, Vec<u8>>::new();
        let mut judges = BTreeMap::<J, Vec<(C, u8)>>::new();
        for grade in sorted {
            conversations.entry(grade.conversation).or_default().push(grade.note);
            judges.entry(grade.judge).or_default().push((grade.conversation, grade.note));
        }
        let alpha = |measurement| krippendorff_alpha(conversations.values(), measurement);
        Self {
            compared: conversations.values().filter(|notes| notes.len() > 1).count() as u64,
            interval: alpha(Measurement::Interval),
            ordinal: alpha(Measurement::Ordinal),
            nominal: alpha(Measurement::Nominal),
            judges: judges.iter().filter_map(|(judge, given)| profile(*judge, given, &conversations)).collect(),
            divergent: conversations.iter().filter(|(_, notes)| needs_third_examiner(notes)).map(|(id, _)| *id).collect(),
        }
    }
}

fn profile<J, C: Ord>(judge: J, given: &[(C, u8)], conversations: &BTreeMap<C, Vec<u8>>) -> Option<Judge<J>> {
    let notes: Vec<u8> = given.iter().map(|(_, note)| *note).collect();
    let mean = Average::mean(&notes)?.points();
    let differences: Vec<f64> =
        given.iter().filter_map(|(conversation, note)| difference(*note, conversations.get(conversation)?)).collect();
    Some(Judge {
        judge,
        notes: notes.len() as u64,
        mean,
        spread: (notes.len() > 1).then(|| {
            let squares: f64 = notes.iter().map(|note| (f64::from(*note) / 2.0 - mean).powi(2)).sum();
            (squares / (notes.len() - 1) as f64).sqrt()
        }),
        bias: (!differences.is_empty()).then(|| differences.iter().sum::<f64>() / differences.len() as f64),
    })
}

/// A note minus the mean of the others of the same conversation, in points.
fn difference(note: u8, all: &[u8]) -> Option<f64> {
    let others = all.len().checked_sub(1).filter(|others| *others > 0)?;
    let sum: u32 = all.iter().map(|note| u32::from(*note)).sum();
    let rest = f64::from(sum - u32::from(note)) / others as f64;
    Some((f64::from(note) - rest) / 2.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn grade(judge: char, conversation: u8, points: f64) -> Grade<char, u8> {
        Grade { judge, conversation, note: (points * 2.0) as u8 }
    }

    #[test]
    fn judges_have_a_mean_a_spread_and_a_bias() {
        let agreement = JuryAgreement::of(&[
            grade('A', 1, 8.0),
            grade('A', 2, 6.0),
            grade('A', 3, 10.0),
            grade('B', 1, 7.0),
            grade('B', 2, 5.0),
            grade('C', 2, 4.0),
            grade('D', 9, 5.5),
        ]);
        let [a, b, c, d] = agreement.judges[..] else { panic!("four judges") };
        assert_eq!(a, Judge { judge: 'A', notes: 3, mean: 8.0, spread: Some(2.0), bias: Some((1.0 + 1.5) / 2.0) });
        assert_eq!(b, Judge { judge: 'B', notes: 2, mean: 6.0, spread: Some(2_f64.sqrt()), bias: Some((-1.0 + 0.0) / 2.0) });
        assert_eq!(c, Judge { judge: 'C', notes: 1, mean: 4.0, spread: None, bias: Some(-1.5) });
        assert_eq!(d, Judge { judge: 'D', notes: 1, mean: 5.5, spread: None, bias: None });
        assert_eq!(agreement.compared, 2);
    }

    #[test]
    fn three_points_apart_need_a_third_examiner() {
        for (notes, expected) in
            [(&[][..], false), (&[2], false), (&[10, 15], false), (&[10, 16], true), (&[16, 12, 10], true), (&[20, 2], true)]
        {
            assert_eq!(needs_third_examiner(notes), expected, "{notes:?}");
        }
        let agreement = JuryAgreement::of(&[grade('A', 7, 9.0), grade('B', 7, 6.0), grade('A', 3, 9.0), grade('B', 3, 6.5)]);
        assert_eq!(agreement.divergent, [7]);
    }

    #[test]
    fn without_grades_nothing_is_said() {
        let agreement = JuryAgreement::<char, u8>::of(&[]);
        let nothing =
            JuryAgreement { compared: 0, interval: None, ordinal: None, nominal: None, judges: Vec::new(), divergent: Vec::new() };
        assert_eq!(agreement, nothing);
    }

    proptest! {
        #[test]
        fn the_order_of_grades_changes_nothing(
            (grades, shuffled) in prop::collection::btree_map((0_u8..6, 0_u8..10), 2_u8..=20, 0..40)
                .prop_map(|notes| notes.into_iter().map(|((judge, conversation), note)| Grade { judge, conversation, note }).collect::<Vec<_>>())
                .prop_flat_map(|grades| (Just(grades.clone()), Just(grades).prop_shuffle()))
        ) {
            prop_assert_eq!(JuryAgreement::of(&grades), JuryAgreement::of(&shuffled));
        }
    }
}
