//! The port [`RowStore`] over Cosmos DB: always within the owner's partition.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use atelier_domain::dataservice::catalogue::{Table, Value};
use atelier_domain::dataservice::queries::{Direction, LARGEST_ANSWER, RowStore, Rows, Select};
use atelier_domain::dataservice::transactions::CosmosWrite;
use atelier_domain::dataservice::{DataError, Database, Rejected};
use serde_json::Value as Json;

use crate::condition::{Conditions, property, value};
use crate::{CosmosError, CosmosStore, Parameter};

/// Containers read as tables.
pub struct CosmosRows {
    store: Arc<CosmosStore>,
}

/// Documents of the service's own never come out.
pub(crate) fn not_ours() -> String {
    format!("NOT STARTSWITH(c.id, '{}')", CosmosWrite::RESERVED)
}

impl CosmosRows {
    /// Of this database.
    pub fn new(store: Arc<CosmosStore>) -> Self {
        Self { store }
    }

    async fn read(&self, plan: &Select) -> Result<Rows, DataError> {
        let table = plan.table.as_ref();
        let Some(partition) = plan.partition().map(|owner| owner.to_string()) else {
            return Err(DataError::Internal("a query of Cosmos DB without an owner".into()));
        };
        let mut conditions = Conditions::of(table);
        let wanted = format!("{} AND {}", not_ours(), conditions.holds(&plan.filter, true)?);
        let parameters = conditions.parameters();
        let (container, failed) = (table.name, |error| failed(error, table, plan.continuation.is_some()));
        let count = async { self.store.count(container, &partition, Some(&wanted), &parameters).await.map_err(failed) };
        if plan.counts_only() {
            return Ok(Rows { rows: Vec::new(), total: count.await?, version: None, continuation: None });
        }
        let columns: Vec<String> = plan.columns.iter().enumerate().map(|(at, id)| format!("{} AS f{at}", property(table, *id))).collect();
        let sql = format!("SELECT {} FROM c WHERE {wanted} ORDER BY {}", columns.join(", "), order(plan)?);
        let page = self.page(plan, &partition, &sql, &parameters);
        let (total, (documents, continuation)) = tokio::try_join!(count, async { page.await.map_err(failed) })?;
        if documents.iter().map(|document| document.to_string().len()).sum::<usize>() > LARGEST_ANSWER {
            let message = format!("the answer would be larger than {LARGEST_ANSWER} bytes: ask for fewer rows or columns");
            return Err(DataError::Invalid(Rejected::new("RESPONSE_TOO_LARGE", message).with("limit", LARGEST_ANSWER)));
        }
        let cells = |document: &Json| -> Vec<Value> {
            plan.columns.iter().enumerate().map(|(at, id)| value(table.at(*id).kind, &document[format!("f{at}")])).collect()
        };
        let rows: Vec<_> = documents.iter().map(cells).collect();
        // Of a first page that shows them all Cosmos DB may not know yet that nothing follows.
        let continuation = continuation.filter(|_| plan.continuation.is_some() || (rows.len() as u64) < total);
        Ok(Rows { rows, total, version: None, continuation })
    }

    /// A full page, which Cosmos DB may answer in several parts.
    async fn page(
        &self,
        plan: &Select,
        partition: &str,
        sql: &str,
        parameters: &[Parameter],
    ) -> Result<(Vec<Json>, Option<String>), CosmosError> {
        let (mut documents, mut size, mut continuation) = (Vec::new(), 0, plan.continuation.clone());
        while let Some(missing) = NonZeroU32::new(plan.limit.saturating_sub(u32::try_from(documents.len()).unwrap_or(u32::MAX))) {
            let page = self.store.query(plan.table.name, partition, sql, parameters, missing, continuation.as_deref()).await?;
            size += page.items.iter().map(|item| item.to_string().len()).sum::<usize>();
            documents.extend(page.items);
            continuation = page.continuation;
            if continuation.is_none() || size > LARGEST_ANSWER {
                break;
            }
        }
        Ok((documents, continuation))
    }
}

/// One column, as [indexed by default](https://learn.microsoft.com/en-us/azure/cosmos-db/index-policy#order-by-queries-on-multiple-properties):
/// several would need an index made for each combination, and what is empty is sorted elsewhere than in the other stores.
fn order(plan: &Select) -> Result<String, DataError> {
    let table = plan.table.as_ref();
    let named = match plan.order.as_slice() {
        [one] => one,
        [one, key] if key.column == table.key => one,
        _ => return Err(DataError::invalid("VALIDATION_FAILED", "order: Cosmos DB sorts by one column")),
    };
    let column = table.at(named.column);
    if column.nullable {
        return Err(DataError::invalid(
            "VALIDATION_FAILED",
            format!("order: {} may be empty, by which Cosmos DB does not sort", column.name),
        ));
    }
    let direction = match named.direction {
        Direction::Ascending => "ASC",
        Direction::Descending => "DESC",
    };
    Ok(format!("{} {direction}", property(table, named.column)))
}

fn failed(error: CosmosError, table: &Table, continued: bool) -> DataError {
    let database = Database::CosmosDb;
    match error {
        CosmosError::NotFound => {
            let message = format!("Cosmos DB has no container {}: it is made when the service starts", table.name);
            DataError::NotFound(Rejected::new("TABLE_NOT_FOUND", message).with("table", table.name))
        }
        CosmosError::Rejected { .. } if continued => {
            DataError::invalid("VALIDATION_FAILED", "pagination.after: Cosmos DB cannot go on from there; begin anew")
        }
        error @ CosmosError::Rejected { .. } => DataError::Internal(error.into()),
        error => DataError::Unavailable { database, source: error.into() },
    }
}

#[async_trait]
impl RowStore for CosmosRows {
    async fn select(&self, plan: &Select) -> Result<Rows, DataError> {
        let started = Instant::now();
        let read = tokio::time::timeout(plan.statement_time, self.read(plan)).await;
        metrics::histogram!("query_seconds", "table" => plan.table.name, "role" => plan.tier.as_str())
            .record(started.elapsed().as_secs_f64());
        read.unwrap_or_else(|elapsed| Err(DataError::Timeout { database: Database::CosmosDb, source: elapsed.into() }))
    }
}
