//! Accounts.

use std::sync::Arc;

use atelier_domain::identity::{Account, AccountFilter, AccountQueries, AccountRepository, AccountStats, Role};
use atelier_domain::kernel::{Email, Page, Paged, StoreError, UserId};

use crate::page::{Order, Position, paged};
use crate::state::State;
use crate::store::MemoryStore;
use crate::transaction::Transaction;

impl State {
    fn account_by_email(&self, email: &Email) -> Option<&Account> {
        self.accounts.values().find(|account| account.email == *email)
    }

    /// Refuses an address another account has.
    fn check_email(&self, account: &Account) -> Result<(), StoreError> {
        match self.account_by_email(&account.email) {
            Some(holder) if holder.id != account.id => Err(StoreError::Conflict { constraint: "users.email".to_owned() }),
            _ => Ok(()),
        }
    }
}

#[async_trait::async_trait]
impl AccountQueries for MemoryStore {
    async fn find(&self, id: UserId) -> Result<Option<Account>, StoreError> {
        Ok(self.committed().accounts.get(&id).cloned())
    }

    async fn find_by_email(&self, email: &Email) -> Result<Option<Account>, StoreError> {
        Ok(self.committed().account_by_email(email).cloned())
    }

    async fn list(&self, filter: &AccountFilter, page: &Page) -> Result<Paged<Account>, StoreError> {
        let state = self.committed();
        let rows = state.accounts.values().filter(|account| filter.role.is_none_or(|role| account.role == role));
        paged(rows, page, Order::NewestFirst, |account| Position::by_time(account.created_at, account.id))
    }

    async fn stats(&self) -> Result<AccountStats, StoreError> {
        let state = self.committed();
        let count = |wanted: &dyn Fn(&Account) -> bool| state.accounts.values().filter(|account| wanted(account)).count() as u64;
        let by_role = Role::ALL.map(|role| (role, count(&|account| account.role == role)));
        Ok(AccountStats {
            total: state.accounts.len() as u64,
            active: count(&|account| account.is_active),
            verified: count(&|account| account.email_verified),
            by_role: by_role.into_iter().filter(|(_, accounts)| *accounts > 0).collect(),
        })
    }
}

#[async_trait::async_trait]
impl AccountRepository for Transaction {
    async fn find(&mut self, id: UserId) -> Result<Option<Account>, StoreError> {
        Ok(self.state.accounts.get(&id).cloned())
    }

    async fn find_by_email(&mut self, email: &Email) -> Result<Option<Account>, StoreError> {
        Ok(self.state.account_by_email(email).cloned())
    }

    async fn insert(&mut self, account: &Account) -> Result<(), StoreError> {
        self.state.check_email(account)?;
        Arc::make_mut(&mut self.state.accounts).insert(account.id, account.clone());
        Ok(())
    }

    async fn update(&mut self, account: &Account) -> Result<bool, StoreError> {
        self.state.check_email(account)?;
        let row = Arc::make_mut(&mut self.state.accounts).get_mut(&account.id);
        Ok(row.map(|row| row.clone_from(account)).is_some())
    }

    async fn count_active(&mut self, role: Role) -> Result<u64, StoreError> {
        Ok(self.state.accounts.values().filter(|account| account.role == role && account.is_active).count() as u64)
    }

    async fn delete(&mut self, id: UserId) -> Result<bool, StoreError> {
        Ok(Arc::make_mut(&mut self.state.accounts).remove(&id).is_some())
    }
}
