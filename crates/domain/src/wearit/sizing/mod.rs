//! Which size would fit: body measurements against a garment's size chart, or against the letters of EN 13402-3 when it has none.
//!
//! `chart` is a garment's chart, `standard` the letters of the norm, `hint` the comparison: pure functions, nothing is learnt or stored.

mod chart;
mod hint;
mod standard;

pub use chart::{Measure, Range, SizeChart, SizeRow};
pub use hint::{ChartKind, Fit, MeasuredSize, SizeHint, size_hints};
