//! What a client asks for.

use serde_json::Value as Json;

use super::super::Database;

/// Rows, or only how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum QueryType {
    /// One page of rows and the total.
    Select,
    /// The total alone.
    Count,
}

/// Which page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pagination {
    /// The page, counted from 1.
    pub page: Option<u64>,
    /// Rows a page; 20 unless told, at most what the role allows.
    pub limit: Option<u64>,
    /// Continue after this cursor (`pagination.next` of the page before) instead of counting pages.
    pub after: Option<String>,
}

/// A query as it came in: nothing of it is trusted yet.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryRequest {
    /// The store.
    pub database: Database,
    /// Rows or a number.
    pub query_type: QueryType,
    /// The table.
    pub table: String,
    /// The filters, see [`super::parse_filters`].
    pub filters: Json,
    /// The columns wanted; all readable ones when none is named.
    pub select: Option<Vec<String>>,
    /// The order: column names, a leading `-` for descending. Newest first when none is named.
    pub order: Vec<String>,
    /// Which page.
    pub pagination: Pagination,
}
