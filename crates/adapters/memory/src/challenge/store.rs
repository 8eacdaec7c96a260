//! Prompt Challenge's store and unit of work.

use std::sync::Arc;

use atelier_domain::challenge::analytics::{AnalyticsQueries, AnalyticsRepository};
use atelier_domain::challenge::conversations::{ConversationQueries, ConversationRepository};
use atelier_domain::challenge::enrolments::{EnrolmentQueries, EnrolmentRepository};
use atelier_domain::challenge::evaluations::{AssignmentQueries, AssignmentRepository, EvaluationQueries, EvaluationRepository};
use atelier_domain::challenge::hackathons::{HackathonQueries, HackathonRepository};
use atelier_domain::challenge::maintenance::Diagnosis;
use atelier_domain::challenge::participants::{ParticipantQueries, ParticipantRepository, StudentProfile};
use atelier_domain::challenge::results::{ResultsQueries, ResultsRepository};
use atelier_domain::challenge::{ChallengeStore, ChallengeUnitOfWork, Erasure, Orphans};
use atelier_domain::identity::Role;
use atelier_domain::kernel::{HackathonId, StoreError, Timestamp, UserId};

use crate::challenge::ConversationRow;
use crate::store::MemoryStore;
use crate::transaction::Transaction;

impl ChallengeUnitOfWork for Transaction {
    fn participants(&mut self) -> &mut dyn ParticipantRepository {
        self
    }

    fn hackathons(&mut self) -> &mut dyn HackathonRepository {
        self
    }

    fn enrolments(&mut self) -> &mut dyn EnrolmentRepository {
        self
    }

    fn conversations(&mut self) -> &mut dyn ConversationRepository {
        self
    }

    fn evaluations(&mut self) -> &mut dyn EvaluationRepository {
        self
    }

    fn assignments(&mut self) -> &mut dyn AssignmentRepository {
        self
    }

    fn results(&mut self) -> &mut dyn ResultsRepository {
        self
    }

    fn analytics(&mut self) -> &mut dyn AnalyticsRepository {
        self
    }
}

#[async_trait::async_trait]
impl ChallengeStore for MemoryStore {
    async fn begin(&self) -> Result<Box<dyn ChallengeUnitOfWork>, StoreError> {
        Ok(Box::new(self.transaction().await))
    }

    fn participants(&self) -> &dyn ParticipantQueries {
        self
    }

    fn hackathons(&self) -> &dyn HackathonQueries {
        self
    }

    fn enrolments(&self) -> &dyn EnrolmentQueries {
        self
    }

    fn conversations(&self) -> &dyn ConversationQueries {
        self
    }

    fn evaluations(&self) -> &dyn EvaluationQueries {
        self
    }

    fn assignments(&self) -> &dyn AssignmentQueries {
        self
    }

    fn results(&self) -> &dyn ResultsQueries {
        self
    }

    fn analytics(&self) -> &dyn AnalyticsQueries {
        self
    }

    async fn orphans(&self) -> Result<Orphans, StoreError> {
        let state = self.committed();
        let without_student = |row: &ConversationRow| !row.student_erased && !state.participants.contains_key(&row.conversation.student_id);
        let conversations = state.conversations.values().filter(|row| without_student(row)).count() as u64;
        let evaluations = state.evaluations.values().filter(|row| !state.conversations.contains_key(&row.conversation_id)).count() as u64;
        Ok(Orphans { conversations, evaluations })
    }

    async fn archive_conversations(&self, hackathons: &[HackathonId], created_before: Timestamp) -> Result<u64, StoreError> {
        let mut transaction = self.transaction().await;
        let mut marked = 0;
        for row in Arc::make_mut(&mut transaction.state.conversations).values_mut() {
            let conversation = &mut row.conversation;
            if !conversation.archived && conversation.created_at < created_before && hackathons.contains(&conversation.hackathon_id) {
                conversation.archived = true;
                marked += 1;
            }
        }
        transaction.publish();
        Ok(marked)
    }

    /// Every participant has the field.
    async fn complete_consents(&self) -> Result<u64, StoreError> {
        Ok(0)
    }

    async fn complete_student_profiles(&self) -> Result<u64, StoreError> {
        let mut transaction = self.transaction().await;
        let mut completed = 0;
        for row in Arc::make_mut(&mut transaction.state.participants).values_mut() {
            if row.role == Role::Student && row.profile.student.is_none() {
                row.profile.student = Some(StudentProfile::default());
                completed += 1;
            }
        }
        transaction.publish();
        Ok(completed)
    }

    fn engine(&self) -> &'static str {
        "Memory"
    }

    async fn diagnose(&self) -> Result<Diagnosis, StoreError> {
        let state = self.committed();
        let tables = [state.participants.len(), state.hackathons.len(), state.conversations.len(), state.evaluations.len()];
        let (collections, documents) = (tables.len() as u64, tables.iter().sum::<usize>() as u64);
        Ok(Diagnosis { engine: self.engine(), collections, documents, data_bytes: 0, indexes: 0 })
    }

    async fn erase_rows(&self, user_id: UserId, erasure: &Erasure) -> Result<(), StoreError> {
        let mut transaction = self.transaction().await;
        transaction.state.erase_participant(user_id, erasure);
        transaction.publish();
        Ok(())
    }
}
