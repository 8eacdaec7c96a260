//! The audit trail.

use std::sync::Arc;

use atelier_domain::kernel::{AuditEntry, AuditWriter, StoreError};

use crate::transaction::Transaction;

#[async_trait::async_trait]
impl AuditWriter for Transaction {
    async fn append(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        Arc::make_mut(&mut self.state.audit).push(entry.clone());
        Ok(())
    }
}
