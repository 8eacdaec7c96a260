//! Evaluations.

use std::sync::Arc;

use atelier_domain::challenge::evaluations::{
    Evaluation, EvaluationFilter, EvaluationQueries, EvaluationRepository, EvaluationStats, GivenNote,
};
use atelier_domain::kernel::{ConversationId, EvaluationId, HackathonId, Page, Paged, StoreError, UserId};

use crate::page::{Order, Position, paged};
use crate::state::State;
use crate::store::MemoryStore;
use crate::transaction::Transaction;

impl State {
    fn evaluation_of(&self, examiner_id: UserId, conversation_id: ConversationId) -> Option<&Evaluation> {
        self.evaluations.values().find(|row| row.examiner_id == examiner_id && row.conversation_id == conversation_id)
    }
}

fn matches(evaluation: &Evaluation, filter: &EvaluationFilter) -> bool {
    filter.examiner_id.is_none_or(|examiner| evaluation.examiner_id == examiner)
        && filter.hackathon_id.is_none_or(|hackathon| evaluation.hackathon_id == hackathon)
        && filter.student_id.is_none_or(|student| evaluation.student_id == student)
}

#[async_trait::async_trait]
impl EvaluationQueries for MemoryStore {
    async fn find(&self, id: EvaluationId) -> Result<Option<Evaluation>, StoreError> {
        Ok(self.committed().evaluations.get(&id).cloned())
    }

    async fn list(&self, filter: &EvaluationFilter, page: &Page) -> Result<Paged<Evaluation>, StoreError> {
        let state = self.committed();
        let rows = state.evaluations.values().filter(|row| matches(row, filter));
        paged(rows, page, Order::NewestFirst, |row| Position::by_time(row.graded_at, row.id))
    }

    async fn of_conversation(&self, conversation_id: ConversationId) -> Result<Vec<Evaluation>, StoreError> {
        let state = self.committed();
        let mut found: Vec<&Evaluation> = state.evaluations.values().filter(|row| row.conversation_id == conversation_id).collect();
        found.sort_by_key(|row| row.examiner_id);
        Ok(found.into_iter().cloned().collect())
    }

    async fn graded_by(&self, examiner_id: UserId, hackathon_id: HackathonId) -> Result<Vec<ConversationId>, StoreError> {
        let state = self.committed();
        let graded = state.evaluations.values().filter(|row| row.examiner_id == examiner_id && row.hackathon_id == hackathon_id);
        Ok(graded.map(|row| row.conversation_id).collect())
    }

    async fn of_hackathon(
        &self,
        hackathon_id: HackathonId,
        after: Option<EvaluationId>,
        limit: u32,
    ) -> Result<Vec<Evaluation>, StoreError> {
        let state = self.committed();
        let wanted = |row: &&Evaluation| row.hackathon_id == hackathon_id && after.is_none_or(|after| after < row.id);
        Ok(state.evaluations.values().filter(wanted).take(limit as usize).cloned().collect())
    }

    async fn notes(&self, hackathon_id: HackathonId) -> Result<Vec<GivenNote>, StoreError> {
        let state = self.committed();
        let rows = state.evaluations.values().filter(|row| row.hackathon_id == hackathon_id);
        Ok(rows.map(|row| GivenNote { conversation_id: row.conversation_id, examiner_id: row.examiner_id, note: row.note }).collect())
    }

    async fn stats(&self, hackathon_id: HackathonId) -> Result<EvaluationStats, StoreError> {
        let state = self.committed();
        let notes = || state.evaluations.values().filter(|row| row.hackathon_id == hackathon_id).map(|row| row.note);
        let total = notes().count() as u64;
        let halves: u64 = notes().map(|note| u64::from(note.halves())).sum();
        let average = (total > 0).then(|| halves as f64 / 2.0 / total as f64);
        Ok(EvaluationStats { average, total, highest: notes().max(), lowest: notes().min() })
    }
}

#[async_trait::async_trait]
impl EvaluationRepository for Transaction {
    async fn find(&mut self, id: EvaluationId) -> Result<Option<Evaluation>, StoreError> {
        Ok(self.state.evaluations.get(&id).cloned())
    }

    async fn of_pair(&mut self, examiner_id: UserId, conversation_id: ConversationId) -> Result<Option<Evaluation>, StoreError> {
        Ok(self.state.evaluation_of(examiner_id, conversation_id).cloned())
    }

    async fn insert(&mut self, evaluation: &Evaluation) -> Result<(), StoreError> {
        if self.state.evaluation_of(evaluation.examiner_id, evaluation.conversation_id).is_some() {
            return Err(StoreError::Conflict { constraint: "evaluations.conversationId".to_owned() });
        }
        Arc::make_mut(&mut self.state.evaluations).insert(evaluation.id, evaluation.clone());
        Ok(())
    }

    async fn update(&mut self, evaluation: &Evaluation) -> Result<(), StoreError> {
        if let Some(row) = Arc::make_mut(&mut self.state.evaluations).get_mut(&evaluation.id) {
            row.clone_from(evaluation);
        }
        Ok(())
    }

    async fn delete(&mut self, id: EvaluationId) -> Result<bool, StoreError> {
        Ok(Arc::make_mut(&mut self.state.evaluations).remove(&id).is_some())
    }
}
