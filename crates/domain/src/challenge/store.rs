//! The context's store and unit of work: one accessor per feature.

use super::ChallengeError;
use crate::kernel::{HackathonId, StoreError, Timestamp, UnitOfWork, UserId};

use super::analytics::{AnalyticsQueries, AnalyticsRepository};
use super::conversations::{ConversationQueries, ConversationRepository};
use super::enrolments::{EnrolmentQueries, EnrolmentRepository};
use super::evaluations::{AssignmentQueries, AssignmentRepository, EvaluationQueries, EvaluationRepository};
use super::hackathons::{Hackathon, HackathonQueries, HackathonRepository};
use super::maintenance::Diagnosis;
use super::participants::{ParticipantQueries, ParticipantRepository};
use super::results::{ResultsQueries, ResultsRepository};

/// Prompt Challenge's unit of work. Whatever it finds by its key stays as it is until the unit of work ends: of two that find the same and
/// write, one is answered with [`StoreError::Contention`] (or waits) and runs again.
pub trait ChallengeUnitOfWork: UnitOfWork {
    /// Participants.
    fn participants(&mut self) -> &mut dyn ParticipantRepository;
    /// Hackathons.
    fn hackathons(&mut self) -> &mut dyn HackathonRepository;
    /// Who takes part, with the quota ledgers.
    fn enrolments(&mut self) -> &mut dyn EnrolmentRepository;
    /// Conversations and their messages.
    fn conversations(&mut self) -> &mut dyn ConversationRepository;
    /// Evaluations.
    fn evaluations(&mut self) -> &mut dyn EvaluationRepository;
    /// Claims and recusals of examiners.
    fn assignments(&mut self) -> &mut dyn AssignmentRepository;
    /// Published results.
    fn results(&mut self) -> &mut dyn ResultsRepository;
    /// Analytics events.
    fn analytics(&mut self) -> &mut dyn AnalyticsRepository;
}

/// Prompt Challenge's store.
#[async_trait::async_trait]
pub trait ChallengeStore: Send + Sync {
    /// Begins a unit of work.
    async fn begin(&self) -> Result<Box<dyn ChallengeUnitOfWork>, StoreError>;
    /// Reads participants.
    fn participants(&self) -> &dyn ParticipantQueries;
    /// Reads hackathons.
    fn hackathons(&self) -> &dyn HackathonQueries;
    /// Reads enrolments.
    fn enrolments(&self) -> &dyn EnrolmentQueries;
    /// Reads conversations, and notes what arrives of an answer.
    fn conversations(&self) -> &dyn ConversationQueries;
    /// Reads evaluations.
    fn evaluations(&self) -> &dyn EvaluationQueries;
    /// Reads claims and recusals.
    fn assignments(&self) -> &dyn AssignmentQueries;
    /// Reads published results.
    fn results(&self) -> &dyn ResultsQueries;
    /// Reads analytics events.
    fn analytics(&self) -> &dyn AnalyticsQueries;
    /// How many documents point to something that is not there (checklist P230).
    async fn orphans(&self) -> Result<Orphans, StoreError>;
    /// Marks every conversation of these hackathons created before `created_before` as archived (checklist P216, CP33); answers how many.
    async fn archive_conversations(&self, hackathons: &[HackathonId], created_before: Timestamp) -> Result<u64, StoreError>;
    /// Writes `consentementRGPD: false` where the field is missing, as in documents of other programs (checklist P211); answers how many. A
    /// store that always has the field answers 0.
    async fn complete_consents(&self) -> Result<u64, StoreError>;
    /// Gives students without a `profilEtudiant` an empty one (checklist P213); answers how many.
    async fn complete_student_profiles(&self) -> Result<u64, StoreError>;
    /// The store's product, e.g. `MongoDB`.
    fn engine(&self) -> &'static str;
    /// Asks the store whether it answers, and how large it is (checklist P227).
    async fn diagnose(&self) -> Result<Diagnosis, StoreError>;
    /// Removes the person from the context's collections as `erasure` says; repeatable.
    async fn erase_rows(&self, user_id: UserId, erasure: &Erasure) -> Result<(), StoreError>;
}

/// Documents whose reference leads nowhere.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Orphans {
    /// Conversations whose student has no participant. Those that an erasure kept are none: they lead nowhere on purpose.
    pub conversations: u64,
    /// Evaluations whose conversation is gone.
    pub evaluations: u64,
}

/// How a person leaves.
///
/// The participant, enrolments, claims, recusals and analytics events go. Conversations go with their evaluations, except in `kept`: there the texts go (the
/// messages, the final version's prompt and answer, the group), and what was graded stays under `stand_in` as student. Evaluations the
/// person gave stay under `stand_in` as examiner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// The hackathons whose grades are kept: the finished ones.
    pub kept: Vec<HackathonId>,
    /// Stands in the person's place; a new id that leads nowhere.
    pub stand_in: UserId,
}

/// The hackathon a document of the unit of work belongs to.
pub(super) async fn hackathon_of(uow: &mut dyn ChallengeUnitOfWork, id: HackathonId) -> Result<Hackathon, ChallengeError> {
    uow.hackathons().find(id).await?.ok_or(ChallengeError::NotFound)
}
