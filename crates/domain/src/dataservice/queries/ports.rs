//! What queries need.

use async_trait::async_trait;

use super::super::DataError;
use super::{Rows, Select};

/// A store of rows.
#[async_trait]
pub trait RowStore: Send + Sync {
    /// Reads one page and the total in one snapshot. MUST show rows of [`Select::confined_to`] only, MUST end after
    /// [`Select::statement_time`] with [`DataError::Timeout`], and MUST change nothing.
    async fn select(&self, plan: &Select) -> Result<Rows, DataError>;
}
