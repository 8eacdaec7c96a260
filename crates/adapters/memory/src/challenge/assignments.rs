//! Claims and recusals of examiners.

use std::sync::Arc;

use atelier_domain::challenge::evaluations::{Assignment, AssignmentQueries, AssignmentRepository};
use atelier_domain::kernel::{ConversationId, HackathonId, StoreError, UserId};

use crate::store::MemoryStore;
use crate::transaction::Transaction;

#[async_trait::async_trait]
impl AssignmentQueries for MemoryStore {
    async fn of_examiner(&self, examiner_id: UserId, hackathon_id: HackathonId) -> Result<Vec<Assignment>, StoreError> {
        let state = self.committed();
        let of_examiner = state.assignments.values().filter(|row| row.examiner_id == examiner_id && row.hackathon_id == hackathon_id);
        Ok(of_examiner.copied().collect())
    }

    async fn of_hackathon(&self, hackathon_id: HackathonId) -> Result<Vec<Assignment>, StoreError> {
        let state = self.committed();
        Ok(state.assignments.values().filter(|row| row.hackathon_id == hackathon_id).copied().collect())
    }
}

#[async_trait::async_trait]
impl AssignmentRepository for Transaction {
    async fn of_conversation(&mut self, conversation_id: ConversationId) -> Result<Vec<Assignment>, StoreError> {
        Ok(self.state.assignments.values().filter(|row| row.conversation_id == conversation_id).copied().collect())
    }

    async fn put(&mut self, assignment: &Assignment) -> Result<(), StoreError> {
        let pair = (assignment.conversation_id, assignment.examiner_id);
        Arc::make_mut(&mut self.state.assignments).insert(pair, *assignment);
        Ok(())
    }

    async fn delete(&mut self, conversation_id: ConversationId, examiner_id: UserId) -> Result<bool, StoreError> {
        Ok(Arc::make_mut(&mut self.state.assignments).remove(&(conversation_id, examiner_id)).is_some())
    }
}
