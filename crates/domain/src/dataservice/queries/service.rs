//! The use case: a checked query, answered from the cache or the store.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::catalogue::{Catalogue, Table};
use super::super::{DataError, Database, Rejected, Tenant};
use super::answer::{CacheState, Freshness, PageInfo, QueryAnswer, neighbours, page};
use super::cache::{AnswerCache, CACHED_FOR, LARGEST_CACHED, key, search_key};
use super::{QueryRequest, RowStore, Search, SearchRequest, Select};

#[derive(Serialize, Deserialize)]
struct Kept {
    data: String,
    pagination: PageInfo,
}

/// What a store is asked.
enum Plan {
    Rows(Select),
    Nearest(Search),
}

impl Plan {
    fn table(&self) -> &'static str {
        match self {
            Self::Rows(plan) => plan.table.name,
            Self::Nearest(plan) => plan.table.name,
        }
    }

    fn confined_to(&self) -> Option<Uuid> {
        match self {
            Self::Rows(plan) => plan.confined_to,
            Self::Nearest(plan) => plan.confined_to,
        }
    }

    fn key(&self, owner: Uuid, version: u64) -> String {
        match self {
            Self::Rows(plan) => key(plan, owner, version),
            Self::Nearest(plan) => search_key(plan, owner, version),
        }
    }

    async fn ask(&self, store: &dyn RowStore, cache: CacheState) -> Result<QueryAnswer, DataError> {
        match self {
            Self::Rows(plan) => page(plan, &store.select(plan).await?, cache),
            Self::Nearest(plan) => neighbours(plan, &store.search(plan).await?, cache),
        }
    }
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
        let (store, table) = self.place(request.database, &request.table)?;
        self.answer(request.database, store.as_ref(), &Plan::Rows(Select::check(table, tenant, request)?), freshness).await
    }

    /// Finds the nearest embeddings.
    ///
    /// # Errors
    /// As [`Search::check`], otherwise as [`run`](Self::run).
    pub async fn search(&self, tenant: &Tenant, request: &SearchRequest, freshness: Freshness) -> Result<QueryAnswer, DataError> {
        let (store, table) = self.place(Database::Vector, &request.table)?;
        self.answer(Database::Vector, store.as_ref(), &Plan::Nearest(Search::check(table, tenant, request)?), freshness).await
    }

    fn place(&self, database: Database, called: &str) -> Result<(&Arc<dyn RowStore>, Arc<Table>), DataError> {
        let store = self.stores.get(&database).ok_or(DataError::NotConfigured(database))?;
        let table = self.catalogue.table(database, called).ok_or_else(|| {
            let message = format!("{database} has no table of that name");
            DataError::NotFound(Rejected::new("TABLE_NOT_FOUND", message).with("table", called.chars().take(64).collect::<String>()))
        })?;
        Ok((store, table))
    }

    async fn answer(&self, database: Database, store: &dyn RowStore, plan: &Plan, freshness: Freshness) -> Result<QueryAnswer, DataError> {
        match (&self.cache, plan.confined_to()) {
            (Some(cache), Some(owner)) if database.counts_versions() && !freshness.no_cache => {
                cached(store, cache.as_ref(), plan, owner, freshness).await
            }
            _ => plan.ask(store, CacheState::Bypass).await,
        }
    }
}

async fn cached(
    store: &dyn RowStore,
    cache: &dyn AnswerCache,
    plan: &Plan,
    owner: Uuid,
    freshness: Freshness,
) -> Result<QueryAnswer, DataError> {
    let known = cache.version(plan.table(), owner).await;
    let Some(version) = known.filter(|version| freshness.min_version.is_none_or(|wanted| *version >= wanted)) else {
        return fill(store, cache, plan, owner).await;
    };
    let key = plan.key(owner, version);
    if let Some(hit) = kept(cache, owner, &key, version).await {
        return Ok(hit);
    }
    // Of many who miss together one asks the store, and the others find what it kept.
    let _turn = cache.turn(&key).await;
    match kept(cache, owner, &key, version).await {
        Some(hit) => Ok(hit),
        None => fill(store, cache, plan, owner).await,
    }
}

/// Reads, and keeps the answer under the version of the very snapshot it was read from.
async fn fill(store: &dyn RowStore, cache: &dyn AnswerCache, plan: &Plan, owner: Uuid) -> Result<QueryAnswer, DataError> {
    let read = plan.ask(store, CacheState::Miss).await?;
    let Some(version) = read.version.filter(|_| read.data.len() <= LARGEST_CACHED) else {
        return Ok(QueryAnswer { cache: CacheState::Bypass, ..read });
    };
    cache.raise(plan.table(), owner, version).await;
    let kept = Kept { data: read.data.clone(), pagination: read.pagination.clone() };
    if let Ok(text) = serde_json::to_string(&kept) {
        cache.put(owner, &plan.key(owner, version), &text, CACHED_FOR).await;
    }
    Ok(read)
}

async fn kept(cache: &dyn AnswerCache, owner: Uuid, key: &str, version: u64) -> Option<QueryAnswer> {
    let kept: Kept = serde_json::from_str(&cache.get(owner, key).await?).ok()?;
    Some(QueryAnswer { data: kept.data, pagination: kept.pagination, cache: CacheState::Hit, version: Some(version) })
}
