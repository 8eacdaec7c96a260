//! Participants.

use std::cmp::Reverse;
use std::sync::Arc;

use atelier_domain::challenge::participants::{Participant, ParticipantQueries, ParticipantRepository, PersonName};
use atelier_domain::identity::Role;
use atelier_domain::kernel::{Page, Paged, StoreError, UserId};

use crate::page::{Order, Position, paged};
use crate::store::MemoryStore;
use crate::transaction::Transaction;

#[async_trait::async_trait]
impl ParticipantQueries for MemoryStore {
    async fn find(&self, account_id: UserId) -> Result<Option<Participant>, StoreError> {
        Ok(self.committed().participants.get(&account_id).cloned())
    }

    async fn names(&self, account_ids: &[UserId]) -> Result<Vec<PersonName>, StoreError> {
        let state = self.committed();
        let wanted = state.participants.values().filter(|row| account_ids.contains(&row.account_id));
        let name = |Participant { account_id, profile, .. }: &Participant| PersonName {
            account_id: *account_id,
            first_name: profile.first_name.clone(),
            last_name: profile.last_name.clone(),
        };
        Ok(wanted.map(name).collect())
    }

    async fn list(&self, role: Option<Role>, page: &Page) -> Result<Paged<Participant>, StoreError> {
        let state = self.committed();
        let rows = state.participants.values().filter(|row| role.is_none_or(|role| row.role == role));
        paged(rows, page, Order::NewestFirst, |row| Position::by_time(row.created_at, row.account_id))
    }

    async fn count_by_role(&self) -> Result<Vec<(Role, u64)>, StoreError> {
        let state = self.committed();
        let of_role = |role: Role| (role, state.participants.values().filter(|row| row.role == role).count() as u64);
        let mut counts: Vec<(Role, u64)> = Role::ALL.into_iter().map(of_role).filter(|(_, people)| *people > 0).collect();
        counts.sort_by_key(|(role, people)| (Reverse(*people), role.as_str()));
        Ok(counts)
    }
}

#[async_trait::async_trait]
impl ParticipantRepository for Transaction {
    async fn find(&mut self, account_id: UserId) -> Result<Option<Participant>, StoreError> {
        Ok(self.state.participants.get(&account_id).cloned())
    }

    async fn put(&mut self, participant: &Participant) -> Result<(), StoreError> {
        Arc::make_mut(&mut self.state.participants).insert(participant.account_id, participant.clone());
        Ok(())
    }
}
