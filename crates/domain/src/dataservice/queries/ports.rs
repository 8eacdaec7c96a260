//! What queries need.

use async_trait::async_trait;

use super::super::DataError;
use super::{Neighbours, Rows, Search, Select};

/// A store of rows.
#[async_trait]
pub trait RowStore: Send + Sync {
    /// Reads one page and the total in one snapshot. MUST show rows of [`Select::confined_to`] only, MUST end after
    /// [`Select::statement_time`] with [`DataError::Timeout`], and MUST change nothing.
    async fn select(&self, plan: &Select) -> Result<Rows, DataError>;

    /// Reads the rows whose embeddings are the nearest: as many as [`Search::top_k`], or all there are that the plan allows, whoever else has
    /// embeddings nearby. MUST keep to the plan as [`select`](RowStore::select) does. A store without embeddings leaves it as it is.
    async fn search(&self, plan: &Search) -> Result<Neighbours, DataError> {
        let message = format!("{} has no embeddings to search", plan.table.database);
        Err(DataError::invalid("UNSUPPORTED_QUERY_TYPE", message))
    }
}
