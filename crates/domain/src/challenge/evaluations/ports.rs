//! What evaluations and assignments need from a store. Collections `evaluations` and `assignments`.

use crate::kernel::{ConversationId, EvaluationId, HackathonId, Page, Paged, StoreError, UserId};

use super::{Assignment, Evaluation, EvaluationStats, GivenNote};

/// Which evaluations are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EvaluationFilter {
    /// Only of this examiner.
    pub examiner_id: Option<UserId>,
    /// Only of this hackathon.
    pub hackathon_id: Option<HackathonId>,
    /// Only about this student.
    pub student_id: Option<UserId>,
}

/// Reads evaluations outside a unit of work.
#[async_trait::async_trait]
pub trait EvaluationQueries: Send + Sync {
    /// One of them.
    async fn find(&self, id: EvaluationId) -> Result<Option<Evaluation>, StoreError>;
    /// A page, last graded first, ties by id descending. The cursor's key is `gradedAt`.
    async fn list(&self, filter: &EvaluationFilter, page: &Page) -> Result<Paged<Evaluation>, StoreError>;
    /// The conversation's, by examiner.
    async fn of_conversation(&self, conversation_id: ConversationId) -> Result<Vec<Evaluation>, StoreError>;
    /// Which of these conversations the examiner has graded.
    async fn graded_by(&self, examiner_id: UserId, hackathon_id: HackathonId) -> Result<Vec<ConversationId>, StoreError>;
    /// Up to `limit` of the hackathon's with an id after `after`, by id ascending: for exports.
    async fn of_hackathon(&self, hackathon_id: HackathonId, after: Option<EvaluationId>, limit: u32)
    -> Result<Vec<Evaluation>, StoreError>;
    /// Every note given in the hackathon, in any order.
    async fn notes(&self, hackathon_id: HackathonId) -> Result<Vec<GivenNote>, StoreError>;
    /// The hackathon's notes in figures.
    async fn stats(&self, hackathon_id: HackathonId) -> Result<EvaluationStats, StoreError>;
}

/// Evaluations inside a unit of work.
#[async_trait::async_trait]
pub trait EvaluationRepository: Send {
    /// One of them.
    async fn find(&mut self, id: EvaluationId) -> Result<Option<Evaluation>, StoreError>;
    /// The examiner's of the conversation.
    async fn of_pair(&mut self, examiner_id: UserId, conversation_id: ConversationId) -> Result<Option<Evaluation>, StoreError>;
    /// Stores a new one. MUST answer [`StoreError::Conflict`] on `evaluations.conversationId` when the examiner has graded the conversation.
    async fn insert(&mut self, evaluation: &Evaluation) -> Result<(), StoreError>;
    /// Stores a changed one.
    async fn update(&mut self, evaluation: &Evaluation) -> Result<(), StoreError>;
    /// Removes one. `false` when there was none.
    async fn delete(&mut self, id: EvaluationId) -> Result<bool, StoreError>;
}

/// Reads assignments outside a unit of work.
#[async_trait::async_trait]
pub trait AssignmentQueries: Send + Sync {
    /// The examiner's in a hackathon, in any order.
    async fn of_examiner(&self, examiner_id: UserId, hackathon_id: HackathonId) -> Result<Vec<Assignment>, StoreError>;
    /// Every one of a hackathon, in any order.
    async fn of_hackathon(&self, hackathon_id: HackathonId) -> Result<Vec<Assignment>, StoreError>;
}

/// Assignments inside a unit of work.
#[async_trait::async_trait]
pub trait AssignmentRepository: Send {
    /// Those of a conversation, in any order.
    async fn of_conversation(&mut self, conversation_id: ConversationId) -> Result<Vec<Assignment>, StoreError>;
    /// Stores one in the place of the pair's earlier one.
    async fn put(&mut self, assignment: &Assignment) -> Result<(), StoreError>;
    /// Removes the pair's. `false` when there was none.
    async fn delete(&mut self, conversation_id: ConversationId, examiner_id: UserId) -> Result<bool, StoreError>;
}
