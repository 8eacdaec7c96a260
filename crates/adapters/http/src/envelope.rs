//! The bodies of success: `{"status":"success","data":{…}}`, lists with `pagination`.

use atelier_domain::kernel::{Page, Paged, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

/// A success with its data.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Success<T> {
    /// Always `success`.
    #[schema(example = "success")]
    status: &'static str,
    /// The answer.
    data: T,
}

impl<T> Success<T> {
    /// Wraps the data.
    pub(crate) fn new(data: T) -> Self {
        Self { status: "success", data }
    }
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SuccessPage<T, P> {
    /// Always `success`.
    #[schema(example = "success")]
    status: &'static str,
    /// The items.
    data: T,
    /// Where in the list they are.
    pagination: P,
}

impl<T, P> SuccessPage<T, P> {
    /// Wraps a page.
    pub(crate) fn new(data: T, pagination: P) -> Self {
        Self { status: "success", data, pagination }
    }
}

/// Paging by skip and limit (WearIT).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SkipPagination {
    /// Items left out.
    #[schema(example = 0)]
    skip: u64,
    /// Most items per page.
    #[schema(example = 10)]
    limit: u32,
    /// Items in the whole list.
    #[schema(example = 42)]
    total: u64,
    /// Pass it as `after` to get the next page; null on the last.
    next: Option<String>,
}

impl SkipPagination {
    /// Describes `length` items of a list to which things are only added at the end, so that the position is the cursor.
    pub(crate) fn of_growing(skip: u64, limit: u32, length: usize, total: u64) -> Self {
        let end = skip + length as u64;
        Self { skip, limit, total, next: (length > 0 && end < total).then(|| end.to_string()) }
    }

    /// Describes a page that was asked for with `page`.
    pub(crate) fn of<T>(page: &Page, paged: &Paged<T>) -> Self {
        Self { skip: page.skip, limit: page.limit, total: paged.total, next: paged.next.as_ref().map(ToString::to_string) }
    }
}

/// Paging by number (accounts, Prompt Challenge, data).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NumberedPagination {
    /// The page, from 1.
    #[schema(example = 1)]
    page: u64,
    /// Most items per page.
    #[schema(example = 20)]
    limit: u32,
    /// Items in the whole list.
    #[schema(example = 42)]
    total: u64,
    /// Pass it as `after` to get the next page; null on the last.
    next: Option<String>,
}

impl NumberedPagination {
    /// Describes a page that was asked for with `page`.
    pub(crate) fn of<T>(page: &Page, paged: &Paged<T>) -> Self {
        let number = page.skip / u64::from(page.limit.max(1)) + 1;
        Self { page: number, limit: page.limit, total: paged.total, next: paged.next.as_ref().map(ToString::to_string) }
    }
}

/// A time on the wire: RFC 3339, UTC, `Z`, milliseconds.
pub(crate) fn time(at: Timestamp) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
