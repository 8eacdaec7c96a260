//! Reading rows.

use std::collections::VecDeque;

use futures_core::Stream;
use futures_util::stream::try_unfold;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::error::Error;
use crate::filter::Filter;
use crate::transport::{Answer, Call};

/// A store of rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Database {
    /// The relational tables.
    #[default]
    PostgreSql,
    /// Documents.
    CosmosDb,
    /// Embeddings.
    Vector,
}

/// Where an answer comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheState {
    /// From the service's cache.
    Hit,
    /// From the store, and kept.
    Miss,
    /// From the store, past the cache.
    Bypass,
}

impl CacheState {
    pub(crate) fn of(answer: &Answer) -> Option<Self> {
        match answer.header("x-cache") {
            Some("HIT") => Some(Self::Hit),
            Some("MISS") => Some(Self::Miss),
            Some("BYPASS") => Some(Self::Bypass),
            _ => None,
        }
    }
}

/// One page of rows.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// All rows the filter finds, exactly.
    pub total: u64,
    /// All pages.
    pub pages: u64,
    /// The cursor of the next page, when there is one; for [`Query::after`].
    pub next: Option<String>,
    /// Where it comes from.
    pub cache: Option<CacheState>,
    /// The version of the rows it was read from; for [`Query::min_data_version`].
    pub data_version: Option<u64>,
}

#[derive(Debug, Clone, Default, Serialize)]
struct Pagination {
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<String>,
}

#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Options {
    #[serde(skip_serializing_if = "Option::is_none")]
    cache: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_data_version: Option<u64>,
}

impl Options {
    pub(crate) fn bypass(&mut self) {
        self.cache = Some("bypass");
    }

    pub(crate) fn not_before(&mut self, version: u64) {
        self.min_data_version = Some(version);
    }
}

#[derive(Debug, Clone, Serialize)]
struct Body {
    database: Database,
    query_type: &'static str,
    table: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    filters: Option<Filter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    select: Option<Vec<String>>,
    order: Vec<String>,
    pagination: Pagination,
    search_options: Options,
}

#[derive(Deserialize)]
struct AnswerBody<T> {
    data: Vec<T>,
    pagination: PaginationAnswer,
}

#[derive(Deserialize)]
struct PaginationAnswer {
    total: u64,
    pages: u64,
    next: Option<String>,
}

/// A query that is being put together.
#[derive(Debug, Clone)]
#[must_use]
pub struct Query {
    client: Client,
    body: Body,
}

impl Query {
    pub(crate) fn new(client: Client, table: &str) -> Self {
        let body = Body {
            database: Database::default(),
            query_type: "select",
            table: table.to_owned(),
            filters: None,
            select: None,
            order: Vec::new(),
            pagination: Pagination::default(),
            search_options: Options::default(),
        };
        Self { client, body }
    }

    /// Of another store than PostgreSQL.
    pub fn on(mut self, database: Database) -> Self {
        self.body.database = database;
        self
    }

    /// Only rows that fulfil this too.
    pub fn filter(mut self, filter: Filter) -> Self {
        self.body.filters = Some(match self.body.filters.take() {
            Some(before) => before.and(filter),
            None => filter,
        });
        self
    }

    /// Only these columns; all that may be read unless told.
    pub fn select<C: Into<String>>(mut self, columns: impl IntoIterator<Item = C>) -> Self {
        self.body.select = Some(columns.into_iter().map(Into::into).collect());
        self
    }

    /// Smallest first; of up to three columns, one after the other. Newest first unless told.
    pub fn ascending(mut self, column: &str) -> Self {
        self.body.order.push(column.to_owned());
        self
    }

    /// Largest first; of up to three columns, one after the other.
    pub fn descending(mut self, column: &str) -> Self {
        self.body.order.push(format!("-{column}"));
        self
    }

    /// Rows a page: 20 unless told; at most 100, for premium 500, for administrators 1000.
    pub fn limit(mut self, limit: u32) -> Self {
        self.body.pagination.limit = Some(limit);
        self
    }

    /// Which page, from 1.
    pub fn page(mut self, page: u64) -> Self {
        self.body.pagination = Pagination { page: Some(page), after: None, ..self.body.pagination };
        self
    }

    /// The page behind this cursor ([`Page::next`]); deep pages cost what the first does.
    pub fn after(mut self, cursor: impl Into<String>) -> Self {
        self.body.pagination = Pagination { page: None, after: Some(cursor.into()), ..self.body.pagination };
        self
    }

    /// From the store itself, past the cache.
    pub fn bypass_cache(mut self) -> Self {
        self.body.search_options.bypass();
        self
    }

    /// No answer older than this version: [`Committed::data_version`](crate::Committed::data_version) of one's own write.
    pub fn min_data_version(mut self, version: u64) -> Self {
        self.body.search_options.not_before(version);
        self
    }

    /// The page.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn fetch<T: DeserializeOwned>(&self) -> Result<Page<T>, Error> {
        let answer = self.client.transport.send(&Call::post("/api/v2/data/search", &self.body)?.repeatable()).await?;
        let AnswerBody { data, pagination } = answer.read()?;
        let PaginationAnswer { total, pages, next } = pagination;
        Ok(Page { rows: data, total, pages, next, cache: CacheState::of(&answer), data_version: answer.data_version() })
    }

    /// How many rows there are.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn count(mut self) -> Result<u64, Error> {
        self.body.query_type = "count";
        Ok(self.fetch::<serde_json::Value>().await?.total)
    }

    /// Every row, page after page by their cursors; a page is asked for when the rows of the one before are used up.
    pub fn rows<T: DeserializeOwned + Send>(self) -> impl Stream<Item = Result<T, Error>> + Send + use<T> {
        try_unfold((Some(self), VecDeque::new()), async |(query, mut rows): (Option<Self>, VecDeque<T>)| {
            let mut query = query;
            loop {
                if let Some(row) = rows.pop_front() {
                    return Ok(Some((row, (query, rows))));
                }
                let Some(asked) = query.take() else { return Ok(None) };
                let page = asked.fetch::<T>().await?;
                rows = page.rows.into();
                query = page.next.map(|cursor| asked.after(cursor));
            }
        })
    }
}
