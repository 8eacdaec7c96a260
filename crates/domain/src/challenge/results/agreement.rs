//! Krippendorff's alpha: how far raters agree beyond chance
//! ([Krippendorff, Computing Krippendorff's Alpha-Reliability](https://repository.upenn.edu/asc_papers/43)).

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};

/// What a difference between two values means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measurement {
    /// Values are names: equal or not.
    Nominal,
    /// Values are ranks: what counts is how many lie between.
    Ordinal,
    /// Values are points on a scale: what counts is their distance.
    Interval,
}

/// Alpha over units, each with the values its raters gave; a missing value is simply not there, and who gave a value does not matter.
///
/// 1 is perfect agreement, 0 what chance would give, below 0 disagreement by system. None when it is not defined: fewer than two values
/// that can be paired (units with one value pair nothing), or all of them equal, so that chance expects no disagreement.
/// Neither the order of units nor of values within one changes a bit of the result.
pub fn krippendorff_alpha<U: AsRef<[u8]>>(units: impl IntoIterator<Item = U>, measurement: Measurement) -> Option<f64> {
    let mut pairings = Pairings::default();
    for unit in units {
        pairings.add(unit.as_ref());
    }
    pairings.alpha(measurement)
}

/// The coincidences of values, counted in whole numbers.
#[derive(Default)]
struct Pairings {
    /// How often each value occurs in units of two values or more.
    frequencies: BTreeMap<u8, u64>,
    /// Per number of values in the unit: how often the lower value met the higher one in a unit of that many.
    unequal: BTreeMap<usize, BTreeMap<(u8, u8), u64>>,
}

impl Pairings {
    fn add(&mut self, values: &[u8]) {
        if values.len() < 2 {
            return;
        }
        let mut counts = BTreeMap::<u8, u64>::new();
        for value in values {
            *counts.entry(*value).or_default() += 1;
        }
        let met = self.unequal.entry(values.len()).or_default();
        for (low, times) in &counts {
            *self.frequencies.entry(*low).or_default() += times;
            for (high, others) in counts.range((Excluded(low), Unbounded)) {
                *met.entry((*low, *high)).or_default() += times * others;
            }
        }
    }

    fn alpha(&self, measurement: Measurement) -> Option<f64> {
        let total: u64 = self.frequencies.values().sum();
        let mut distances = BTreeMap::new();
        let mut expected = 0_u128;
        for (low, times) in &self.frequencies {
            for (high, others) in self.frequencies.range((Excluded(low), Unbounded)) {
                let distance = self.squared_distance(*low, *high, measurement);
                expected += u128::from(*times) * u128::from(*others) * distance;
                distances.insert((*low, *high), distance);
            }
        }
        if total < 2 || expected == 0 {
            return None;
        }
        let observed: f64 = self
            .unequal
            .iter()
            .map(|(size, met)| {
                let sum: u128 = met.iter().map(|(pair, times)| u128::from(*times) * distances[pair]).sum();
                sum as f64 / (size - 1) as f64
            })
            .sum();
        Some(1.0 - (total - 1) as f64 * observed / expected as f64)
    }

    /// The squared difference of two values, on a scale of its own per measurement: alpha is a ratio of such differences.
    fn squared_distance(&self, low: u8, high: u8, measurement: Measurement) -> u128 {
        let difference = match measurement {
            Measurement::Nominal => 1,
            Measurement::Interval => u128::from(high - low),
            // twice the ranks between the middles of the two values
            Measurement::Ordinal => {
                let through: u64 = self.frequencies.range(low..=high).map(|(_, times)| times).sum();
                u128::from(2 * through - self.frequencies[&low] - self.frequencies[&high])
            }
        };
        difference * difference
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [Measurement; 3] = [Measurement::Nominal, Measurement::Ordinal, Measurement::Interval];

    /// One column per unit, one row per rater, a point for a missing value.
    fn units(raters: &[&str]) -> Vec<Vec<u8>> {
        let rows: Vec<Vec<&str>> = raters.iter().map(|row| row.split_whitespace().collect()).collect();
        (0..rows[0].len()).map(|unit| rows.iter().filter_map(|row| row[unit].parse().ok()).collect()).collect()
    }

    fn rounded(units: &[Vec<u8>], measurement: Measurement, places: i32) -> f64 {
        let scale = 10_f64.powi(places);
        (krippendorff_alpha(units, measurement).unwrap() * scale).round() / scale
    }

    #[test]
    fn krippendorffs_example_c_with_missing_values() {
        // four observers, twelve units; the data set "C" of R's irr::kripp.alpha
        let units = units(&["1 2 3 3 2 1 4 1 2 . . .", "1 2 3 3 2 2 4 1 2 5 . 3", ". 3 3 3 2 3 4 2 2 5 1 .", "1 2 3 3 2 4 4 1 2 5 1 ."]);
        let alphas = ALL.map(|measurement| rounded(&units, measurement, 3));
        assert_eq!(alphas, [0.743, 0.815, 0.849]);
    }

    #[test]
    fn krippendorffs_binary_example_of_two_observers() {
        // Content Analysis (2004), 11.3.1
        let units = units(&["1 1 0 0 0 0 0 0 0 0", "0 1 1 0 0 1 0 1 0 0"]);
        assert!(ALL.iter().all(|measurement| rounded(&units, *measurement, 3) == 0.095));
    }

    #[test]
    fn the_example_of_three_coders_with_many_missing_values() {
        // https://en.wikipedia.org/wiki/Krippendorff%27s_alpha, "A computational example"
        let units = units(&[". . . . . 3 4 1 2 1 1 3 3 . 3", "1 . 2 1 3 3 4 3 . . . . . . .", ". . 2 1 3 4 4 . 2 1 1 3 3 . 4"]);
        assert_eq!(rounded(&units, Measurement::Nominal, 3), 0.691);
        assert_eq!(rounded(&units, Measurement::Interval, 3), 0.811);
    }

    #[test]
    fn hayes_and_krippendorffs_forty_articles_and_five_observers() {
        // Answering the Call for a Standard Reliability Measure for Coding Data (2007), table 1
        let units = units(&[
            "1 1 2 . 0 0 1 1 2 2 . 0 1 3 1 1 2 1 1 0 0 0 2 0 1 0 0 1 1 1 1 2 2 3 2 2 2 2 2 1",
            "1 1 3 0 0 0 0 . 2 1 1 0 2 3 1 1 1 2 1 0 0 0 3 0 2 1 0 2 1 1 1 1 2 2 2 2 2 2 2 1",
            "2 0 3 0 0 0 2 2 2 1 0 0 2 2 1 1 2 3 0 0 1 . 3 0 . 1 0 1 2 2 0 2 . 2 2 3 2 . 2 1",
            ". 1 3 . . . . 0 . 1 0 0 2 2 . . . 3 1 . 1 0 3 0 2 1 1 2 2 . . 1 2 2 . . . 1 2 .",
            "2 . . 0 0 0 1 . 2 . . . . 3 1 1 2 . . 0 . 0 . . 2 . 0 . . 2 0 . 2 . 2 2 2 2 . 1",
        ]);
        assert_eq!(rounded(&units, Measurement::Nominal, 3), 0.477);
        assert_eq!(rounded(&units, Measurement::Ordinal, 4), 0.7598);
        assert_eq!(rounded(&units, Measurement::Interval, 3), 0.757);
    }

    #[test]
    fn it_is_undefined_without_pairs_or_without_expected_disagreement() {
        let undefined: [&[&[u8]]; 5] = [&[], &[&[]], &[&[4], &[7], &[9]], &[&[5, 5], &[5, 5, 5]], &[&[5, 5], &[7]]];
        for units in undefined {
            assert!(ALL.iter().all(|measurement| krippendorff_alpha(units, *measurement).is_none()), "{units:?}");
        }
    }

    #[test]
    fn perfect_agreement_is_one_and_systematic_disagreement_is_negative() {
        for measurement in ALL {
            assert_eq!(krippendorff_alpha([[2, 2], [9, 9], [20, 20]], measurement), Some(1.0));
            assert_eq!(krippendorff_alpha([[0, 0], [u8::MAX, u8::MAX]], measurement), Some(1.0));
            assert!(krippendorff_alpha([[2, 20], [20, 2], [2, 20]], measurement).unwrap() < 0.0);
        }
    }

    /// The definition, pair by pair: mean squared difference within units over that of all pairs.
    fn by_definition(units: &[Vec<u8>]) -> Option<f64> {
        let paired: Vec<&Vec<u8>> = units.iter().filter(|unit| unit.len() > 1).collect();
        let all: Vec<f64> = paired.iter().flat_map(|unit| unit.iter().map(|value| f64::from(*value))).collect();
        let squares = |values: &[f64]| values.iter().flat_map(|a| values.iter().map(move |b| (a - b).powi(2))).sum::<f64>();
        let expected = squares(&all) / (all.len() as f64 - 1.0);
        let observed: f64 = paired
            .iter()
            .map(|unit| squares(&unit.iter().map(|value| f64::from(*value)).collect::<Vec<_>>()) / (unit.len() as f64 - 1.0))
            .sum();
        (expected > 0.0).then(|| 1.0 - observed / expected)
    }

    fn any_units() -> impl Strategy<Value = Vec<Vec<u8>>> {
        prop::collection::vec(prop::collection::vec(2_u8..=20, 0..5), 0..30)
    }

    proptest! {
        #[test]
        fn it_is_what_the_definition_says(units in any_units()) {
            match (krippendorff_alpha(&units, Measurement::Interval), by_definition(&units)) {
                (Some(counted), Some(defined)) => prop_assert!((counted - defined).abs() < 1e-9, "{} {}", counted, defined),
                (counted, defined) => prop_assert_eq!(counted, defined),
            }
        }

        #[test]
        fn the_order_of_units_and_values_changes_nothing((units, shuffled) in any_units().prop_flat_map(|units| (Just(units.clone()), Just(units).prop_shuffle()))) {
            let reversed: Vec<Vec<u8>> = shuffled.into_iter().map(|unit| unit.into_iter().rev().collect()).collect();
            for measurement in ALL {
                prop_assert_eq!(krippendorff_alpha(&units, measurement), krippendorff_alpha(&reversed, measurement));
            }
        }

        #[test]
        fn a_shifted_scale_changes_nothing(units in any_units(), by in 1_u8..100) {
            let shifted: Vec<Vec<u8>> = units.iter().map(|unit| unit.iter().map(|value| value + by).collect()).collect();
            for measurement in ALL {
                prop_assert_eq!(krippendorff_alpha(&units, measurement), krippendorff_alpha(&shifted, measurement));
            }
        }
    }
}
