//! What the use case says: rows as JSON, and which page they are.

use serde::{Deserialize, Serialize};

use super::super::catalogue::{Column, Value};
use super::super::{DataError, Rejected};
use super::{Neighbours, Rows, Search, Select};

/// Largest answer, in bytes.
pub const LARGEST_ANSWER: usize = 5 * 1024 * 1024;

/// Which page an answer is, and of how many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageInfo {
    /// The page, counted from 1.
    pub page: u64,
    /// Most rows a page.
    pub limit: u32,
    /// All rows that fulfil the filter, counted in the same snapshot. Of a search those it answers: there is no further page.
    pub total: u64,
    /// All pages.
    pub pages: u64,
    /// The cursor of the next page, when there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next: Option<String>,
}

/// Where an answer comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheState {
    /// From the cache.
    Hit,
    /// From the store, and kept.
    Miss,
    /// From the store, past the cache.
    Bypass,
}

/// A page of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryAnswer {
    /// The rows, as the text of a JSON array.
    pub data: String,
    /// Which page.
    pub pagination: PageInfo,
    /// Where it comes from.
    pub cache: CacheState,
    /// The version of the owner's rows of the table the answer was read from.
    pub version: Option<u64>,
}

/// How fresh an answer must be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Freshness {
    /// The cache is not asked.
    pub no_cache: bool,
    /// At least this version: what the caller has written itself.
    pub min_version: Option<u64>,
}

/// A list of rows as it is written.
struct Writer(String);

impl Writer {
    fn new() -> Self {
        Self("[".to_owned())
    }

    fn row<'r>(&mut self, cells: impl Iterator<Item = (&'r Column, &'r Value)>, score: Option<f64>) -> Result<(), DataError> {
        let text = &mut self.0;
        text.push_str(if text.len() == 1 { "{" } else { ",{" });
        for (at, (column, value)) in cells.enumerate() {
            let separator = if at == 0 { "" } else { "," };
            // Column names are the catalogue's: nothing in them needs an escape.
            text.push_str(&format!("{separator}\"{}\":{}", column.name, value.to_json()));
        }
        if let Some(score) = score {
            text.push_str(&format!(",\"score\":{}", serde_json::Value::from(score)));
        }
        text.push('}');
        if text.len() > LARGEST_ANSWER {
            let message = format!("the answer would be larger than {LARGEST_ANSWER} bytes: ask for fewer rows or columns");
            return Err(DataError::Invalid(Rejected::new("RESPONSE_TOO_LARGE", message).with("limit", LARGEST_ANSWER)));
        }
        Ok(())
    }

    fn end(mut self) -> String {
        self.0.push(']');
        self.0
    }
}

/// A page.
pub(super) fn page(plan: &Select, rows: &Rows, cache: CacheState) -> Result<QueryAnswer, DataError> {
    let limit = plan.limit as usize;
    let mut data = Writer::new();
    for row in rows.rows.iter().take(limit) {
        data.row(plan.shown().zip(row), None)?;
    }
    let next = match &rows.continuation {
        Some(continuation) => Some(plan.continued(continuation)),
        None => (rows.rows.len() > limit).then(|| rows.rows.get(limit - 1).map(|last| plan.cursor(last))).flatten(),
    };
    let pagination =
        PageInfo { page: plan.page, limit: plan.limit, total: rows.total, pages: rows.total.div_ceil(u64::from(plan.limit)), next };
    Ok(QueryAnswer { data: data.end(), pagination, cache, version: rows.version })
}

/// What a search has found.
pub(super) fn neighbours(plan: &Search, found: &Neighbours, cache: CacheState) -> Result<QueryAnswer, DataError> {
    let mut data = Writer::new();
    for row in &found.rows {
        data.row(plan.shown().zip(&row.cells), Some(row.score))?;
    }
    let total = found.rows.len() as u64;
    let pagination = PageInfo { page: 1, limit: plan.top_k, total, pages: total.min(1), next: None };
    Ok(QueryAnswer { data: data.end(), pagination, cache, version: found.version })
}
