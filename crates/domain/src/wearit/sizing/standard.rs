//! The letters of EN 13402-3: body girths in cm for XS to 3XL, women's and men's. Where the norm's intervals meet, the smaller size ends.

use super::{Measure, Range, SizeChart, SizeRow};

const LETTERS: [&str; 7] = ["XS", "S", "M", "L", "XL", "XXL", "3XL"];

/// Where each letter ends and the next begins, the first bound being where XS begins.
struct Girths {
    chest: [f64; 8],
    waist: [f64; 8],
    hips: Option<[f64; 8]>,
}

/// EN 13402-3, letter codes for women: bust, waist and hip girth.
const WOMEN: Girths = Girths {
    chest: [74.0, 82.0, 90.0, 98.0, 107.0, 119.0, 131.0, 143.0],
    waist: [58.0, 66.0, 74.0, 82.0, 91.0, 103.0, 115.0, 127.0],
    hips: Some([82.0, 90.0, 98.0, 106.0, 115.0, 127.0, 139.0, 151.0]),
};

/// EN 13402-3, letter codes for men: chest and waist girth.
const MEN: Girths = Girths {
    chest: [78.0, 86.0, 94.0, 102.0, 110.0, 118.0, 129.0, 141.0],
    waist: [66.0, 74.0, 82.0, 90.0, 98.0, 106.0, 119.0, 133.0],
    hips: None,
};

impl Girths {
    fn chart(&self) -> Option<SizeChart> {
        let row = |number: usize| {
            let range = |bounds: &[f64; 8]| Range { from: bounds[number], to: bounds[number + 1] };
            let mut ranges = vec![(Measure::Chest, range(&self.chest)), (Measure::Waist, range(&self.waist))];
            ranges.extend(self.hips.as_ref().map(|hips| (Measure::Hips, range(hips))));
            SizeRow { size: LETTERS[number].to_owned(), ranges }
        };
        SizeChart::new((0..LETTERS.len()).map(row).collect()).ok()
    }
}

/// The women's letters.
pub(super) fn women() -> Option<SizeChart> {
    WOMEN.chart()
}

/// The men's letters.
pub(super) fn men() -> Option<SizeChart> {
    MEN.chart()
}
