//! `POST /data/query`.

use std::time::Instant;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, post, web};
use atelier_domain::dataservice::queries::{CacheState, Freshness, PageInfo, Pagination, QueryRequest, QueryType, SearchRequest};
use atelier_domain::dataservice::{DataError, Database, Tenant};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::body::DataRequest;
use super::failure::failure;
use crate::error::ApiError;
use crate::failures::DataItemFailures;
use crate::state::HttpServices;

/// Which page.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PaginationBody {
    /// The page, from 1.
    #[schema(example = 1)]
    page: Option<u64>,
    /// Rows a page: 20 unless told; at most 100, for premium 500, for administrators 1000.
    #[schema(example = 20)]
    limit: Option<u64>,
    /// `pagination.next` of the page before; takes the place of `page`.
    after: Option<String>,
}

/// A query.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct QueryBody {
    /// `postgresql`, `cosmosdb` or `vector`.
    #[schema(example = "postgresql")]
    database: String,
    /// `select`, `count` for the total alone, or, with `vector`, `search` for the nearest embeddings.
    #[schema(example = "select")]
    query_type: String,
    /// The table.
    #[schema(example = "projects")]
    table: String,
    /// `{"column": value}`, `{"column": {"operator": value}}` with `eq ne gt gte lt lte in nin like ilike is_null between contains`, and
    /// `and`, `or`, `not`.
    #[serde(default)]
    #[schema(value_type = Object, example = json!({"status": "active"}))]
    filters: serde_json::Value,
    /// The columns wanted; all that may be read when absent.
    select: Option<Vec<String>>,
    /// Up to three columns, `-` before one for descending; newest first when absent.
    #[serde(default)]
    order: Vec<String>,
    /// Which page.
    #[serde(default)]
    pagination: PaginationBody,
    /// Of a search: the embedding the others are compared with.
    #[schema(value_type = Option<Vec<f32>>)]
    vector: Option<serde_json::Value>,
    /// Of a search: how many of the nearest, 10 unless told, at most 100.
    top_k: Option<u64>,
    /// Of a search: the least score (cosine, from -1 to 1) of an answer.
    min_score: Option<f64>,
}

/// What is asked for.
enum Asked {
    Rows(QueryRequest),
    Nearest(SearchRequest),
}

fn surplus(field: &str, with: &str) -> DataError {
    DataError::invalid("VALIDATION_FAILED", format!("{field}: there is none with query_type {with}"))
}

impl QueryBody {
    fn asked(self) -> Result<Asked, DataError> {
        let database: Database = self.database.parse().map_err(|error: atelier_domain::dataservice::UnknownDatabase| {
            DataError::invalid("VALIDATION_FAILED", format!("database: {error}"))
        })?;
        let query_type = match (self.query_type.as_str(), database) {
            ("select", _) => QueryType::Select,
            ("count", _) => QueryType::Count,
            ("search", Database::Vector) => return self.search().map(Asked::Nearest),
            (other, _) => {
                let expected = if database == Database::Vector { "select, count or search" } else { "select or count" };
                let message = format!("query_type: {expected} are expected, not {:?}", other.chars().take(32).collect::<String>());
                return Err(DataError::invalid("UNSUPPORTED_QUERY_TYPE", message));
            }
        };
        let given = [("vector", self.vector.is_some()), ("top_k", self.top_k.is_some()), ("min_score", self.min_score.is_some())];
        if let Some((field, _)) = given.into_iter().find(|(_, given)| *given) {
            return Err(surplus(field, &self.query_type));
        }
        let PaginationBody { page, limit, after } = self.pagination;
        Ok(Asked::Rows(QueryRequest {
            database,
            query_type,
            table: self.table,
            filters: self.filters,
            select: self.select,
            order: self.order,
            pagination: Pagination { page, limit, after },
        }))
    }

    fn search(self) -> Result<SearchRequest, DataError> {
        let PaginationBody { page, limit, after } = self.pagination;
        if page.is_some() || limit.is_some() || after.is_some() {
            return Err(surplus("pagination", "search: top_k says how many"));
        }
        if !self.order.is_empty() {
            return Err(surplus("order", "search: the nearest come first"));
        }
        let Self { table, vector, top_k, min_score, filters, select, .. } = self;
        Ok(SearchRequest { table, vector: vector.unwrap_or_default(), top_k, min_score, filters, select })
    }
}

/// Which page the answer is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PageDto {
    /// The page, from 1.
    #[schema(example = 1)]
    page: u64,
    /// Most rows a page.
    #[schema(example = 20)]
    limit: u32,
    /// All rows the filter finds, exactly; of a search those that are answered.
    #[schema(example = 45)]
    total: u64,
    /// All pages.
    #[schema(example = 3)]
    pages: u64,
    /// The cursor of the next page, when there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl From<PageInfo> for PageDto {
    fn from(PageInfo { page, limit, total, pages, next }: PageInfo) -> Self {
        Self { page, limit, total, pages, next }
    }
}

/// One page of rows.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct QueryAnswerBody {
    /// The rows.
    #[schema(value_type = Vec<Object>)]
    data: Box<RawValue>,
    /// Which page.
    pagination: PageDto,
    /// How long the work took, in milliseconds.
    #[schema(example = 25)]
    execution_time_ms: u64,
}

/// What the headers demand.
pub(super) fn freshness(request: &HttpRequest) -> Result<Freshness, DataError> {
    let no_cache = request
        .headers()
        .get_all(header::CACHE_CONTROL)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|directive| directive.trim().eq_ignore_ascii_case("no-cache"));
    let min_version = match request.headers().get("x-min-data-version") {
        None => None,
        Some(sent) => {
            let parsed = sent.to_str().ok().and_then(|text| text.parse().ok());
            let message = "X-Min-Data-Version: send a version as X-Data-Version gave it";
            Some(parsed.ok_or_else(|| DataError::invalid("VALIDATION_FAILED", message))?)
        }
    };
    Ok(Freshness { no_cache, min_version })
}

/// Reads one page of a table and its exact total, one's own rows only. `X-Cache` tells where the answer comes from; `Cache-Control: no-cache`
/// asks the store itself, `X-Min-Data-Version` refuses an answer older than what one has written. A search answers its rows with their
/// `score`, the best first.
#[utoipa::path(tag = "data", security(("bearer" = [])),
    request_body = QueryBody, responses((status = 200, description = "The page", body = QueryAnswerBody), DataItemFailures))]
#[post("/data/query")]
pub(super) async fn query(
    request: HttpRequest,
    DataRequest { caller, body, .. }: DataRequest<QueryBody>,
    services: web::Data<HttpServices>,
) -> Result<HttpResponse, ApiError> {
    let freshness = freshness(&request).map_err(failure)?;
    answer(&services, &caller.0, body, freshness).await
}

/// The page, whatever the route that was asked.
pub(super) async fn answer(
    services: &HttpServices,
    tenant: &Tenant,
    body: QueryBody,
    freshness: Freshness,
) -> Result<HttpResponse, ApiError> {
    let began = Instant::now();
    let queries = &services.data.queries;
    let answer = match body.asked().map_err(failure)? {
        Asked::Rows(request) => queries.run(tenant, &request, freshness).await,
        Asked::Nearest(request) => queries.search(tenant, &request, freshness).await,
    };
    let answer = answer.map_err(failure)?;
    let cache = match answer.cache {
        CacheState::Hit => "HIT",
        CacheState::Miss => "MISS",
        CacheState::Bypass => "BYPASS",
    };
    metrics::counter!("cache_requests_total", "result" => cache).increment(1);
    let mut response = HttpResponse::Ok();
    response.insert_header(("X-Cache", cache));
    if let Some(version) = answer.version {
        response.insert_header(("X-Data-Version", version.to_string()));
    }
    let data = RawValue::from_string(answer.data).map_err(|error| ApiError::internal(&error))?;
    let execution_time_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(response.json(QueryAnswerBody { data, pagination: answer.pagination.into(), execution_time_ms }))
}
