//! Addresses as accounts keep them, for the contexts that do not know accounts.

use std::sync::Arc;

use async_trait::async_trait;
use atelier_domain::challenge::conversations::AddressBook;
use atelier_domain::dataservice::transactions::AccountEmails;
use atelier_domain::identity::IdentityStore;
use atelier_domain::kernel::{Email, StoreError, UserId};

/// Reads them in identity's store.
pub(crate) struct AccountAddresses(pub(crate) Arc<dyn IdentityStore>);

impl AccountAddresses {
    async fn of(&self, account: UserId) -> Result<Option<Email>, StoreError> {
        Ok(self.0.accounts().find(account).await?.map(|account| account.email))
    }
}

#[async_trait]
impl AddressBook for AccountAddresses {
    async fn email_of(&self, account_id: UserId) -> Result<Option<Email>, StoreError> {
        self.of(account_id).await
    }
}

#[async_trait]
impl AccountEmails for AccountAddresses {
    async fn email_of(&self, account: UserId) -> Result<Option<Email>, StoreError> {
        self.of(account).await
    }
}
