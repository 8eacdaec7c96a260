//! The nearest embeddings.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::error::Error;
use crate::filter::Filter;
use crate::query::{CacheState, Database, Options};
use crate::transport::Call;

/// A row that was found.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Neighbour<T> {
    /// The cosine of the angle between its embedding and the one asked for: 1 for the same direction, 0 for a right angle, -1 for the
    /// opposite.
    pub score: f64,
    /// Its columns.
    #[serde(flatten)]
    pub row: T,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Neighbours<T> {
    /// The nearest first.
    pub rows: Vec<Neighbour<T>>,
    /// Where it comes from.
    pub cache: Option<CacheState>,
    /// The version of the rows it was read from; for [`Search::min_data_version`].
    pub data_version: Option<u64>,
}

#[derive(Debug, Clone, Serialize)]
struct Body {
    database: Database,
    query_type: &'static str,
    table: String,
    vector: Vec<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_k: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_score: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filters: Option<Filter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    select: Option<Vec<String>>,
    search_options: Options,
}

#[derive(Deserialize)]
struct AnswerBody<T> {
    data: Vec<Neighbour<T>>,
}

/// A search that is being put together.
#[derive(Debug, Clone)]
#[must_use]
pub struct Search {
    client: Client,
    body: Body,
}

impl Search {
    pub(crate) fn new(client: Client, table: &str, vector: Vec<f32>) -> Self {
        let body = Body {
            database: Database::Vector,
            query_type: "search",
            table: table.to_owned(),
            vector,
            top_k: None,
            min_score: None,
            filters: None,
            select: None,
            search_options: Options::default(),
        };
        Self { client, body }
    }

    /// How many of the nearest: 10 unless told, at most 100.
    pub fn top_k(mut self, most: u32) -> Self {
        self.body.top_k = Some(most);
        self
    }

    /// None whose score is less, from -1 to 1.
    pub fn min_score(mut self, least: f64) -> Self {
        self.body.min_score = Some(least);
        self
    }

    /// Only among rows that fulfil this too.
    pub fn filter(mut self, filter: Filter) -> Self {
        self.body.filters = Some(match self.body.filters.take() {
            Some(before) => before.and(filter),
            None => filter,
        });
        self
    }

    /// Only these columns; all but the embedding itself unless told.
    pub fn select<C: Into<String>>(mut self, columns: impl IntoIterator<Item = C>) -> Self {
        self.body.select = Some(columns.into_iter().map(Into::into).collect());
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

    /// The nearest.
    ///
    /// # Errors
    /// [`Error`]; `INVALID_VALUE` for a vector of other dimensions than the service is set to, or one that is all zeros.
    pub async fn fetch<T: DeserializeOwned>(&self) -> Result<Neighbours<T>, Error> {
        let answer = self.client.transport.send(&Call::post("/api/v2/data/search", &self.body)?.repeatable()).await?;
        let AnswerBody { data: rows } = answer.read()?;
        Ok(Neighbours { rows, cache: CacheState::of(&answer), data_version: answer.data_version() })
    }
}
