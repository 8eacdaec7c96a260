//! What the notes of several examiners come to. Notes are whole half points, 2 for the note 1 to 20 for the note 10; results are in points.

use std::cmp::Ordering;

/// The statistics of a set of evaluations.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct NoteStatistics {
    /// How many evaluations there are.
    pub total_evaluations: u64,
    /// Their mean; none without evaluations.
    pub average_note: Option<f64>,
    /// The best note; none without evaluations.
    pub max_note: Option<f64>,
    /// The lowest note; none without evaluations.
    pub min_note: Option<f64>,
}

impl NoteStatistics {
    /// The statistics of these notes, in half points.
    pub fn of(half_points: impl IntoIterator<Item = u8>) -> Self {
        let (mut total, mut sum) = (0_u64, 0_u64);
        let mut extremes: Option<(u8, u8)> = None;
        for note in half_points {
            total += 1;
            sum += u64::from(note);
            extremes = Some(extremes.map_or((note, note), |(low, high)| (low.min(note), high.max(note))));
        }
        Self {
            total_evaluations: total,
            average_note: Average::new(sum, total).map(Average::points),
            max_note: extremes.map(|(_, high)| points(high)),
            min_note: extremes.map(|(low, _)| points(low)),
        }
    }
}

/// A mean or median kept as a fraction, so that two of them compare exactly.
#[derive(Debug, Clone, Copy)]
pub struct Average {
    sum: u64,
    count: u64,
}

impl Average {
    fn new(sum: u64, count: u64) -> Option<Self> {
        (count > 0).then_some(Self { sum, count })
    }

    /// The arithmetic mean of notes in half points; none of no notes.
    pub fn mean(half_points: &[u8]) -> Option<Self> {
        Self::new(half_points.iter().map(|note| u64::from(*note)).sum(), half_points.len() as u64)
    }

    /// The median of notes in half points, halfway between the two in the middle when their number is even; none of no notes.
    pub fn median(half_points: &[u8]) -> Option<Self> {
        let mut sorted = half_points.to_vec();
        sorted.sort_unstable();
        let middle = sorted.len() / 2;
        let high = u64::from(*sorted.get(middle)?);
        if sorted.len() % 2 == 1 { Self::new(high, 1) } else { Self::new(u64::from(sorted[middle - 1]) + high, 2) }
    }

    /// The value in points.
    pub fn points(self) -> f64 {
        self.sum as f64 / (2 * self.count) as f64
    }
}

impl Ord for Average {
    fn cmp(&self, other: &Self) -> Ordering {
        let cross = |left: &Self, right: &Self| u128::from(left.sum) * u128::from(right.count);
        cross(self, other).cmp(&cross(other, self))
    }
}

impl PartialOrd for Average {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Average {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Average {}

fn points(half_points: u8) -> f64 {
    f64::from(half_points) / 2.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn no_evaluations_give_none_and_zero() {
        let none = NoteStatistics::of([]);
        assert_eq!(none, NoteStatistics { total_evaluations: 0, average_note: None, max_note: None, min_note: None });
        assert_eq!((Average::mean(&[]), Average::median(&[])), (None, None));
    }

    #[test]
    fn statistics_are_in_points() {
        let statistics = NoteStatistics::of([15, 20, 2, 13]);
        let expected = NoteStatistics { total_evaluations: 4, average_note: Some(6.25), max_note: Some(10.0), min_note: Some(1.0) };
        assert_eq!(statistics, expected);
    }

    #[test]
    fn the_median_lies_in_the_middle() {
        let median = |notes: &[u8]| Average::median(notes).map(Average::points);
        assert_eq!(median(&[7]), Some(3.5));
        assert_eq!(median(&[20, 2, 9]), Some(4.5));
        assert_eq!(median(&[20, 2, 9, 10]), Some(4.75));
    }

    #[test]
    fn averages_compare_exactly() {
        assert_eq!(Average::mean(&[10, 11, 12]), Average::mean(&[11]));
        assert!(Average::mean(&[11, 11, 10]) < Average::mean(&[11, 11, 11, 10]));
        assert_eq!(Average::median(&[10, 12]), Average::mean(&[11]));
    }

    proptest! {
        #[test]
        fn the_order_of_notes_changes_nothing(notes in prop::collection::vec(2_u8..=20, 1..12).prop_flat_map(|notes| (Just(notes.clone()), Just(notes).prop_shuffle()))) {
            let (notes, shuffled) = notes;
            prop_assert_eq!(NoteStatistics::of(notes.iter().copied()), NoteStatistics::of(shuffled.iter().copied()));
            prop_assert_eq!(Average::median(&notes), Average::median(&shuffled));
            let average = NoteStatistics::of(notes.iter().copied());
            prop_assert!(average.min_note <= average.average_note && average.average_note <= average.max_note);
        }
    }
}
