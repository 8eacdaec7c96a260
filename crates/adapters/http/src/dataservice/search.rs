//! `POST /data/search`: what `/data/query` is called in v2.

use actix_web::{HttpRequest, HttpResponse, post, web};
use atelier_domain::dataservice::queries::Freshness;
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use utoipa::ToSchema;

use super::body::DataRequest;
use super::failure::failure;
use super::queries::{QueryAnswerBody, QueryBody, answer, freshness};
use crate::error::ApiError;
use crate::failures::DataItemFailures;
use crate::state::HttpServices;

/// Whether a remembered answer will do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum CacheUse {
    /// It will, while nothing has changed.
    #[default]
    Use,
    /// The store itself is asked, as with `Cache-Control: no-cache`.
    Bypass,
}

/// How the answer is found.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchOptions {
    /// `use` a remembered answer, or `bypass` it.
    #[serde(default)]
    cache: CacheUse,
    /// No answer older than this version, which `X-Data-Version` told with one's own write; as `X-Min-Data-Version`.
    #[schema(example = 7)]
    min_data_version: Option<u64>,
}

impl SearchOptions {
    /// What the body and the headers demand together: the stricter of the two.
    fn with(&self, headers: Freshness) -> Freshness {
        Freshness {
            no_cache: headers.no_cache || self.cache == CacheUse::Bypass,
            min_version: headers.min_version.max(self.min_data_version),
        }
    }
}

/// A query with its options.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(try_from = "Map<String, Json>")]
pub(super) struct SearchBody {
    #[serde(flatten)]
    query: QueryBody,
    /// How the answer is found.
    #[serde(default)]
    search_options: SearchOptions,
}

/// Read in two parts, since a flattened one would let unknown fields pass.
impl TryFrom<Map<String, Json>> for SearchBody {
    type Error = serde_json::Error;

    fn try_from(mut sent: Map<String, Json>) -> Result<Self, serde_json::Error> {
        let options = sent.remove("search_options").map(serde_json::from_value).transpose()?;
        Ok(Self { query: serde_json::from_value(Json::Object(sent))?, search_options: options.unwrap_or_default() })
    }
}

/// Reads one page of a table and its exact total, one's own rows only: `/data/query` of v1, with `search_options`.
#[utoipa::path(tag = "data", security(("bearer" = [])),
    request_body = SearchBody, responses((status = 200, description = "The page", body = QueryAnswerBody), DataItemFailures))]
#[post("/data/search")]
pub(super) async fn search(
    request: HttpRequest,
    DataRequest { caller, body, .. }: DataRequest<SearchBody>,
    services: web::Data<HttpServices>,
) -> Result<HttpResponse, ApiError> {
    let freshness = body.search_options.with(freshness(&request).map_err(failure)?);
    answer(&services, &caller.0, body.query, freshness).await
}
