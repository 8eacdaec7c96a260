//! A garment's size chart: for each size the body measurements it is made for.

use serde_json::{Map, Value};

use crate::kernel::{FieldError, Invalid};

/// What sizes are chosen by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// Chest girth.
    Chest,
    /// Waist girth.
    Waist,
    /// Hip girth.
    Hips,
    /// Height.
    Height,
}

impl Measure {
    /// Every measure.
    pub const ALL: [Self; 4] = [Self::Chest, Self::Waist, Self::Hips, Self::Height];

    /// The name on the wire and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Chest => "chest",
            Self::Waist => "waist",
            Self::Hips => "hips",
            Self::Height => "height",
        }
    }
}

/// From and to, in cm; both belong to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// The smallest measurement.
    pub from: f64,
    /// The largest.
    pub to: f64,
}

/// One size.
#[derive(Debug, Clone, PartialEq)]
pub struct SizeRow {
    /// What it is called: `S`, `38`, `W32 L34`.
    pub size: String,
    /// The body measurements it is made for, at least one.
    pub ranges: Vec<(Measure, Range)>,
}

impl SizeRow {
    /// The range of a measure.
    pub fn range(&self, measure: Measure) -> Option<Range> {
        self.ranges.iter().find_map(|(of, range)| (*of == measure).then_some(*range))
    }
}

/// A garment's sizes, smallest first.
#[derive(Debug, Clone, PartialEq)]
pub struct SizeChart(Vec<SizeRow>);

impl SizeChart {
    /// Most sizes of a chart.
    pub const MOST: usize = 30;
    const MOST_NAME: usize = 20;
    const SMALLEST: f64 = 10.0;
    const LARGEST: f64 = 300.0;

    /// The sizes, smallest first.
    pub fn rows(&self) -> &[SizeRow] {
        &self.0
    }

    /// Checks rows: 1 to 30 of them, each with its own name and at least one range of 10 to 300 cm; from one size to the next no range begins
    /// or ends lower.
    ///
    /// # Errors
    /// [`Invalid`] on fields `size_chart` and `size_chart.N`.
    pub fn new(rows: Vec<SizeRow>) -> Result<Self, Invalid> {
        if rows.is_empty() || rows.len() > Self::MOST {
            return Err(Invalid::field("size_chart", format!("must have 1 to {} sizes", Self::MOST)));
        }
        let mut problems = Vec::new();
        for (number, row) in rows.iter().enumerate() {
            if let Some(message) = Self::problem(row, &rows[..number]) {
                problems.push(FieldError { field: format!("size_chart.{number}"), message });
            }
        }
        Invalid::check(problems)?;
        Ok(Self(rows))
    }

    fn problem(row: &SizeRow, smaller: &[SizeRow]) -> Option<String> {
        let length = row.size.chars().count();
        if length == 0 || length > Self::MOST_NAME || row.size.chars().any(char::is_control) || row.size.trim() != row.size {
            return Some(format!("size must have 1 to {} characters on one line", Self::MOST_NAME));
        }
        if smaller.iter().any(|other| other.size == row.size) {
            return Some("size is there already".to_owned());
        }
        if row.ranges.is_empty() {
            return Some("must have chest, waist, hips or height".to_owned());
        }
        for (measure, range) in &row.ranges {
            let name = measure.as_str();
            if !(Self::SMALLEST <= range.from && range.from <= range.to && range.to <= Self::LARGEST) {
                return Some(format!("{name} must be two numbers of cm, the smaller first, {} to {}", Self::SMALLEST, Self::LARGEST));
            }
            let before = smaller.iter().rev().find_map(|other| other.range(*measure));
            if before.is_some_and(|before| before.from > range.from || before.to > range.to) {
                return Some(format!("{name} must not be smaller than that of the size before: put the smallest size first"));
            }
        }
        None
    }

    /// Reads `[{"size":"S","chest":[86,94]}, …]`.
    ///
    /// # Errors
    /// [`Invalid`] as [`new`](Self::new), or when it has another form.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let form = || Invalid::field("size_chart", r#"must be a list like [{"size": "S", "chest": [86, 94], "waist": [70, 78]}]"#);
        let value: Value = serde_json::from_str(text).map_err(|_no_json| form())?;
        let rows = value.as_array().ok_or_else(form)?;
        let rows = rows.iter().map(Self::row).collect::<Option<Vec<_>>>().ok_or_else(form)?;
        Self::new(rows)
    }

    fn row(value: &Value) -> Option<SizeRow> {
        let fields = value.as_object()?;
        let mut row = SizeRow { size: fields.get("size")?.as_str()?.to_owned(), ranges: Vec::new() };
        for (name, value) in fields.iter().filter(|(name, _)| *name != "size") {
            let measure = Measure::ALL.into_iter().find(|measure| measure.as_str() == name)?;
            let [from, to] = value.as_array()?.as_slice() else { return None };
            row.ranges.push((measure, Range { from: from.as_f64()?, to: to.as_f64()? }));
        }
        row.ranges.sort_by_key(|(measure, _)| *measure);
        Some(row)
    }

    /// The form that [`parse`](Self::parse) reads.
    pub fn to_json(&self) -> Value {
        let row = |row: &SizeRow| {
            let mut fields = Map::new();
            fields.insert("size".to_owned(), row.size.clone().into());
            for (measure, Range { from, to }) in &row.ranges {
                fields.insert(measure.as_str().to_owned(), vec![*from, *to].into());
            }
            Value::Object(fields)
        };
        self.0.iter().map(row).collect()
    }
}
