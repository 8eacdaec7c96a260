//! What became of a transaction.

use super::super::super::{DataError, Rejected, Tenant};
use super::super::{Committed, Outcome, TransactionError, TransactionId, TransactionStatus};
use super::execute::Transactions;

impl Transactions {
    /// What became of the transaction with this id, for its owner and for administrators.
    ///
    /// # Errors
    /// `TRANSACTION_NOT_FOUND` for one that is not there, is somebody else's, or was committed so long ago that the log has forgotten it.
    pub async fn status(&self, tenant: &Tenant, id: &str) -> Result<(TransactionId, TransactionStatus), TransactionError> {
        let not_found = || DataError::NotFound(Rejected::new("TRANSACTION_NOT_FOUND", "there is no such transaction"));
        let id = TransactionId::parse(id).ok_or_else(not_found)?;
        let logged = self.ports.coordinator.find(&id).await?;
        let logged = logged.filter(|logged| tenant.is_admin() || logged.owner == tenant.owner).ok_or_else(not_found)?;
        let status = match &logged.outcome {
            None => TransactionStatus::Running,
            Some(Outcome::Committed { answer }) => TransactionStatus::Committed(self.committed(&id, &logged, answer)?),
            Some(Outcome::Aborted { code, operation }) => TransactionStatus::Aborted { code: code.clone(), operation: *operation },
        };
        Ok((id, status))
    }

    /// The answer to an earlier request with the same key.
    pub(super) async fn replay(&self, id: TransactionId) -> Result<Committed, TransactionError> {
        let lost = || DataError::Internal(format!("{id} is committed and not in the log").into());
        let logged = self.ports.coordinator.find(&id).await.map_err(|error| TransactionError::of(error, &id, None))?.ok_or_else(lost)?;
        match &logged.outcome {
            Some(Outcome::Committed { answer }) => Ok(self.committed(&id, &logged, answer)?),
            _ => Err(lost().into()),
        }
    }
}
