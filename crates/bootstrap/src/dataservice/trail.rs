//! What administrators decide about operations, in the audit trail that identity keeps.

use std::sync::Arc;

use async_trait::async_trait;
use atelier_domain::dataservice::DataError;
use atelier_domain::dataservice::transactions::OperatorTrail;
use atelier_domain::identity::{IdentityPorts, IdentityStore};
use atelier_domain::kernel::{AuditEntry, Clock, IdGenerator, StoreError, UserId, retry_on_contention};

/// Writes it there.
pub(crate) struct AuditedDecisions {
    store: Arc<dyn IdentityStore>,
    ids: Arc<dyn IdGenerator>,
    clock: Arc<dyn Clock>,
}

impl AuditedDecisions {
    /// In this trail.
    pub(crate) fn new(identity: &IdentityPorts) -> Self {
        Self { store: identity.store.clone(), ids: identity.ids.clone(), clock: identity.clock.clone() }
    }
}

#[async_trait]
impl OperatorTrail for AuditedDecisions {
    async fn write_down(&self, actor: Option<UserId>, action: &'static str, subject: String) -> Result<(), DataError> {
        let entry =
            AuditEntry { id: self.ids.generate(), at: self.clock.now(), actor, action: action.into(), subject, details: String::new() };
        let append = async || {
            let mut uow = self.store.begin().await?;
            uow.audit().append(&entry).await?;
            uow.commit().await
        };
        retry_on_contention(append, |error: &StoreError| Some(error)).await.map_err(|error| DataError::Internal(error.into()))
    }
}
