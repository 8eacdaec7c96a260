//! The comparison of a body with a chart.

use crate::wearit::body::{Length, Measurements};
use crate::wearit::wardrobe::Category;

use super::{Measure, SizeChart, standard};

/// Which chart a hint is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChartKind {
    /// The garment's own.
    Garment,
    /// The letters of EN 13402-3 for women.
    StandardWomen,
    /// The letters of EN 13402-3 for men.
    StandardMen,
}

impl ChartKind {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Garment => "garment",
            Self::StandardWomen => "en_13402_women",
            Self::StandardMen => "en_13402_men",
        }
    }
}

/// How well the size fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// Every measurement is within the size.
    Good,
    /// Some measurement is between two sizes, or would take the next smaller one: it fits, a little loosely.
    Loose,
    /// Measurements are more than one size apart: no size fits well.
    Uneven,
    /// Some measurement is beyond the largest size.
    TooLarge,
    /// Every measurement is below the smallest size.
    TooSmall,
}

impl Fit {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Loose => "loose",
            Self::Uneven => "uneven",
            Self::TooLarge => "body_too_large",
            Self::TooSmall => "body_too_small",
        }
    }
}

/// The size that one measurement asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasuredSize {
    /// Which measurement.
    pub measure: Measure,
    /// Its value in cm.
    pub cm: f64,
    /// The size.
    pub size: String,
}

/// Which size would fit.
#[derive(Debug, Clone, PartialEq)]
pub struct SizeHint {
    /// From which chart.
    pub chart: ChartKind,
    /// The size: the smallest that no measurement is too large for.
    pub size: String,
    /// How well it fits.
    pub fit: Fit,
    /// What each measurement asks for.
    pub measured: Vec<MeasuredSize>,
}

/// What is looked at for a category; nothing where sizes are of something else.
fn relevant(category: Category) -> &'static [Measure] {
    match category {
        Category::Tops | Category::Outerwear => &[Measure::Chest, Measure::Waist, Measure::Height],
        Category::Bottoms => &[Measure::Waist, Measure::Hips, Measure::Height],
        Category::Dresses => &[Measure::Chest, Measure::Waist, Measure::Hips, Measure::Height],
        Category::Shoes | Category::Accessories => &[],
    }
}

fn value_of(measurements: &Measurements, measure: Measure) -> Option<f64> {
    let length = match measure {
        Measure::Chest => measurements.chest,
        Measure::Waist => measurements.waist,
        Measure::Hips => measurements.hips,
        Measure::Height => measurements.height,
    };
    length.map(Length::cm)
}

/// Where a measurement stands in a chart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Below,
    Within(usize),
    /// Above the size before, below this one.
    Between(usize),
    Above,
}

impl Place {
    fn of(chart: &SizeChart, measure: Measure, cm: f64) -> Option<Self> {
        let sizes: Vec<_> = chart.rows().iter().enumerate().filter_map(|(n, row)| row.range(measure).map(|range| (n, range))).collect();
        let (first, _) = sizes.first()?;
        match sizes.iter().find(|(_, range)| cm <= range.to) {
            Some((number, range)) if cm >= range.from => Some(Self::Within(*number)),
            Some((number, _)) if number == first => Some(Self::Below),
            Some((number, _)) => Some(Self::Between(*number)),
            None => Some(Self::Above),
        }
    }

    fn row(self, chart: &SizeChart) -> usize {
        match self {
            Self::Below => 0,
            Self::Within(number) | Self::Between(number) => number,
            Self::Above => chart.rows().len() - 1,
        }
    }
}

fn hint(kind: ChartKind, chart: &SizeChart, category: Category, measurements: &Measurements) -> Option<SizeHint> {
    let placed: Vec<(Measure, f64, Place)> = relevant(category)
        .iter()
        .filter_map(|measure| {
            let cm = value_of(measurements, *measure)?;
            Some((*measure, cm, Place::of(chart, *measure, cm)?))
        })
        .collect();
    let rows = || placed.iter().map(|(_, _, place)| place.row(chart));
    let (smallest, largest) = (rows().min()?, rows().max()?);
    let any = |wanted: fn(&Place) -> bool| placed.iter().any(|(_, _, place)| wanted(place));
    let fit = if any(|place| *place == Place::Above) {
        Fit::TooLarge
    } else if placed.iter().all(|(_, _, place)| *place == Place::Below) {
        Fit::TooSmall
    } else if largest - smallest > 1 {
        Fit::Uneven
    } else if largest > smallest || any(|place| matches!(place, Place::Between(_) | Place::Below)) {
        Fit::Loose
    } else {
        Fit::Good
    };
    let named = |row: usize| chart.rows()[row].size.clone();
    let measured = placed.iter().map(|(measure, cm, place)| MeasuredSize { measure: *measure, cm: *cm, size: named(place.row(chart)) });
    Some(SizeHint { chart: kind, size: named(largest), fit, measured: measured.collect() })
}

/// Which size of a garment would fit: by its own chart; without one in the letters of EN 13402-3, women's and men's. Nothing where no
/// measurement is known that the chart goes by.
pub fn size_hints(chart: Option<&SizeChart>, category: Category, measurements: &Measurements) -> Vec<SizeHint> {
    if let Some(chart) = chart {
        return hint(ChartKind::Garment, chart, category, measurements).into_iter().collect();
    }
    let standards = [(ChartKind::StandardWomen, standard::women()), (ChartKind::StandardMen, standard::men())];
    standards.into_iter().filter_map(|(kind, chart)| hint(kind, &chart?, category, measurements)).collect()
}
