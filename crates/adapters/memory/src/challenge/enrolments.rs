//! Enrolments with their ledgers.

use std::sync::Arc;

use atelier_domain::challenge::enrolments::{Enrolment, EnrolmentKey, EnrolmentQueries, EnrolmentRepository};
use atelier_domain::kernel::{HackathonId, StoreError, UserId};

use crate::store::MemoryStore;
use crate::transaction::Transaction;

#[async_trait::async_trait]
impl EnrolmentQueries for MemoryStore {
    async fn find(&self, key: EnrolmentKey) -> Result<Option<Enrolment>, StoreError> {
        Ok(self.committed().enrolments.get(&key).cloned())
    }

    async fn of_hackathon(&self, hackathon_id: HackathonId) -> Result<Vec<Enrolment>, StoreError> {
        let state = self.committed();
        Ok(state.enrolments.values().filter(|row| row.key.hackathon_id == hackathon_id).cloned().collect())
    }

    async fn of_student(&self, student_id: UserId) -> Result<Vec<Enrolment>, StoreError> {
        let state = self.committed();
        Ok(state.enrolments.values().filter(|row| row.key.student_id == student_id).cloned().collect())
    }
}

#[async_trait::async_trait]
impl EnrolmentRepository for Transaction {
    async fn find(&mut self, key: EnrolmentKey) -> Result<Option<Enrolment>, StoreError> {
        Ok(self.state.enrolments.get(&key).cloned())
    }

    async fn insert(&mut self, enrolment: &Enrolment) -> Result<(), StoreError> {
        let conflict = |constraint: &str| Err(StoreError::Conflict { constraint: constraint.to_owned() });
        if self.state.enrolments.contains_key(&enrolment.key) {
            return conflict("enrolments.key");
        }
        let same_name = |row: &Enrolment| row.key.hackathon_id == enrolment.key.hackathon_id && row.pseudonym == enrolment.pseudonym;
        if self.state.enrolments.values().any(same_name) {
            return conflict("enrolments.pseudonym");
        }
        Arc::make_mut(&mut self.state.enrolments).insert(enrolment.key, enrolment.clone());
        Ok(())
    }

    async fn update(&mut self, enrolment: &Enrolment) -> Result<(), StoreError> {
        if let Some(row) = Arc::make_mut(&mut self.state.enrolments).get_mut(&enrolment.key) {
            row.ledger.clone_from(&enrolment.ledger);
        }
        Ok(())
    }
}
