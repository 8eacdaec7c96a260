//! The rows of `users`: each account has one from its first use of this service on.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

use super::super::{DataError, Tenant, Tier};
use super::{AccountEmails, OwnerRows};

/// Owners remembered as having their row; beyond that they are asked for again.
const REMEMBERED: usize = 100_000;

/// Makes the rows of `users` other tables point to.
pub struct Owners {
    rows: Arc<dyn OwnerRows>,
    emails: Arc<dyn AccountEmails>,
    known: Mutex<HashSet<(Uuid, Tier)>>,
}

impl Owners {
    /// Owners whose rows are kept here and whose addresses are kept there.
    pub fn new(rows: Arc<dyn OwnerRows>, emails: Arc<dyn AccountEmails>) -> Self {
        Self { rows, emails, known: Mutex::default() }
    }

    /// Makes sure that the tenant has its row; asks the database once for each.
    ///
    /// # Errors
    /// [`DataError`] when a store fails.
    pub async fn ensure(&self, tenant: &Tenant) -> Result<(), DataError> {
        let mark = (tenant.owner, tenant.tier);
        if self.known.lock().unwrap_or_else(PoisonError::into_inner).contains(&mark) {
            return Ok(());
        }
        self.make_sure(tenant).await
    }

    /// As [`ensure`](Self::ensure), asking the database whatever is remembered.
    ///
    /// # Errors
    /// [`DataError`] when a store fails.
    pub async fn make_sure(&self, tenant: &Tenant) -> Result<(), DataError> {
        let role = tenant.tier.as_str();
        if !self.rows.is_there(tenant.owner, role).await? {
            let email = self.emails.email_of(tenant.account_id).await.map_err(|error| DataError::Internal(error.into()))?;
            // An account that is being erased has none any more.
            let email = email.map_or_else(|| placeholder(tenant.owner), |email| email.as_str().to_owned());
            self.rows.make(tenant.owner, role, &email).await?;
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert((tenant.owner, tenant.tier));
        Ok(())
    }
}

fn placeholder(owner: Uuid) -> String {
    format!("{owner}@users.invalid")
}
