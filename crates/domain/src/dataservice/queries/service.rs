//! The use case: a checked query, answered from the cache or the store.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::super::catalogue::Catalogue;
use super::super::{DataError, Database, Rejected, Tenant};
use super::cache::{AnswerCache, CACHED_FOR, LARGEST_CACHED, key};
use super::{QueryRequest, RowStore, Rows, Select};

/// Largest answer.
const LARGEST_ANSWER: usize = 5 * 1024 * 1024;

/// Which page an answer is, and of how many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageInfo {
    /// The page, counted from 1.
    pub page: u64,
    /// Most rows a page.
    pub limit: u32,
    /// All rows that fulfil the filter, counted in the same snapshot.
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

#[derive(Serialize, Deserialize)]
struct Kept {
    data: String,
    pagination: PageInfo,
}

/// Queries over every configured store.
#[derive(Clone)]
pub struct QueryService {
    catalogue: Arc<Catalogue>,
    stores: BTreeMap<Database, Arc<dyn RowStore>>,
    cache: Option<Arc<dyn AnswerCache>>,
}

impl QueryService {
    /// Over these stores, with a cache where there is one.
    pub fn new(catalogue: Arc<Catalogue>, stores: BTreeMap<Database, Arc<dyn RowStore>>, cache: Option<Arc<dyn AnswerCache>>) -> Self {
        Self { catalogue, stores, cache }
    }

    /// Answers a query.
    ///
    /// # Errors
    /// As [`Select::check`]; [`DataError::NotFound`] for an unknown table, [`DataError::NotConfigured`] for a store that is not there, and
    /// what the store says.
    pub async fn run(&self, tenant: &Tenant, request: &QueryRequest, freshness: Freshness) -> Result<QueryAnswer, DataError> {
        if request.database == Database::Redis {
            let message = "Redis has no tables to query: take what is under a key through a lease";
            return Err(DataError::invalid("UNSUPPORTED_QUERY_TYPE", message));
        }
        let store = self.stores.get(&request.database).ok_or(DataError::NotConfigured(request.database))?;
        let table = self.catalogue.table(request.database, &request.table).ok_or_else(|| {
            let message = format!("{} has no table of that name", request.database);
            DataError::NotFound(Rejected::new("TABLE_NOT_FOUND", message).with("table", request.table.chars().take(64).collect::<String>()))
        })?;
        let plan = Select::check(table, tenant, request)?;
        match (&self.cache, plan.confined_to) {
            (Some(cache), Some(owner)) if !freshness.no_cache => self.cached(store.as_ref(), cache.as_ref(), &plan, owner, freshness).await,
            _ => answer(&plan, &store.select(&plan).await?, CacheState::Bypass),
        }
    }

    async fn cached(
        &self,
        store: &dyn RowStore,
        cache: &dyn AnswerCache,
        plan: &Select,
        owner: uuid::Uuid,
        freshness: Freshness,
    ) -> Result<QueryAnswer, DataError> {
        let known = cache.version(plan.table.name, owner).await;
        let Some(version) = known.filter(|version| freshness.min_version.is_none_or(|wanted| *version >= wanted)) else {
            return self.fill(store, cache, plan, owner).await;
        };
        let key = key(plan, owner, version);
        if let Some(hit) = kept(cache, owner, &key, version).await {
            return Ok(hit);
        }
        // Of many who miss together one asks the store, and the others find what it kept.
        let _turn = cache.turn(&key).await;
        match kept(cache, owner, &key, version).await {
            Some(hit) => Ok(hit),
            None => self.fill(store, cache, plan, owner).await,
        }
    }

    /// Reads, and keeps the answer under the version of the very snapshot it was read from.
    async fn fill(
        &self,
        store: &dyn RowStore,
        cache: &dyn AnswerCache,
        plan: &Select,
        owner: uuid::Uuid,
    ) -> Result<QueryAnswer, DataError> {
        let read = answer(plan, &store.select(plan).await?, CacheState::Miss)?;
        let Some(version) = read.version.filter(|_| read.data.len() <= LARGEST_CACHED) else {
            return Ok(QueryAnswer { cache: CacheState::Bypass, ..read });
        };
        cache.raise(plan.table.name, owner, version).await;
        let kept = Kept { data: read.data.clone(), pagination: read.pagination.clone() };
        if let Ok(text) = serde_json::to_string(&kept) {
            cache.put(owner, &key(plan, owner, version), &text, CACHED_FOR).await;
        }
        Ok(read)
    }
}

async fn kept(cache: &dyn AnswerCache, owner: uuid::Uuid, key: &str, version: u64) -> Option<QueryAnswer> {
    let kept: Kept = serde_json::from_str(&cache.get(owner, key).await?).ok()?;
    Some(QueryAnswer { data: kept.data, pagination: kept.pagination, cache: CacheState::Hit, version: Some(version) })
}

fn answer(plan: &Select, rows: &Rows, cache: CacheState) -> Result<QueryAnswer, DataError> {
    let limit = plan.limit as usize;
    let mut data = String::from("[");
    for (at, row) in rows.rows.iter().take(limit).enumerate() {
        data.push_str(if at == 0 { "{" } else { ",{" });
        for (column, (described, value)) in plan.shown().zip(row).enumerate() {
            let separator = if column == 0 { "" } else { "," };
            // Column names are the catalogue's: nothing in them needs an escape.
            data.push_str(&format!("{separator}\"{}\":", described.name));
            data.push_str(&value.to_json().to_string());
        }
        data.push('}');
        if data.len() > LARGEST_ANSWER {
            let message = format!("the answer would be larger than {LARGEST_ANSWER} bytes: ask for fewer rows or columns");
            return Err(DataError::Invalid(Rejected::new("RESPONSE_TOO_LARGE", message).with("limit", LARGEST_ANSWER)));
        }
    }
    data.push(']');
    let next = (rows.rows.len() > limit).then(|| rows.rows.get(limit - 1).map(|last| plan.cursor(last))).flatten();
    let pagination =
        PageInfo { page: plan.page, limit: plan.limit, total: rows.total, pages: rows.total.div_ceil(u64::from(plan.limit)), next };
    Ok(QueryAnswer { data, pagination, cache, version: rows.version })
}
