//! Showing evaluations: administrators all, examiners their own and, of what they have graded, the others', students theirs once published.

use std::collections::{HashMap, HashSet};

use crate::challenge::ChallengeError;
use crate::challenge::conversations::alias_of;
use crate::challenge::evaluations::{Evaluation, EvaluationFilter, EvaluationStats};
use crate::challenge::hackathons::Hackathon;
use crate::identity::{Actor, Role};
use crate::kernel::{ConversationId, EvaluationId, HackathonId, Page, Paged, StoreError, UserId};

use super::EvaluationService;

/// How many evaluations are read at once.
const BATCH: u32 = 1_000;

/// An evaluation as the caller may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvaluationSeen {
    /// The evaluation. Of its ids only those beside it may be shown.
    pub evaluation: Evaluation,
    /// The conversation's id as the caller knows it.
    pub conversation_id: ConversationId,
    /// The student, where the caller may know.
    pub student_id: Option<UserId>,
    /// The examiner, where the caller may know.
    pub examiner_id: Option<UserId>,
}

impl EvaluationService {
    /// One evaluation. Another examiner's is shown once one's own is in.
    ///
    /// # Errors
    /// [`ChallengeError::NotFound`], also for what the caller may not see.
    #[tracing::instrument(name = "challenge.evaluations.get", skip_all, fields(user_id = %actor.user_id, evaluation_id = %id))]
    pub async fn get(&self, actor: Actor, id: EvaluationId) -> Result<EvaluationSeen, ChallengeError> {
        let evaluation = self.ports.store.evaluations().find(id).await?.ok_or(ChallengeError::NotFound)?;
        let may = match actor.role {
            Role::Admin => true,
            Role::Examiner => {
                let of_conversation = self.ports.store.evaluations().of_conversation(evaluation.conversation_id).await?;
                of_conversation.iter().any(|other| other.examiner_id == actor.user_id)
            }
            _ => evaluation.student_id == actor.user_id && self.is_published(evaluation.hackathon_id).await?,
        };
        if may { self.seen(actor, evaluation).await } else { Err(ChallengeError::NotFound) }
    }

    /// A page, last graded first: administrators as they filter, examiners their own, students those about them in a published hackathon.
    ///
    /// # Errors
    /// [`ChallengeError::Invalid`] when the cursor is of another list.
    #[tracing::instrument(name = "challenge.evaluations.list", skip_all, fields(user_id = %actor.user_id))]
    pub async fn list(&self, actor: Actor, filter: &EvaluationFilter, page: &Page) -> Result<Paged<EvaluationSeen>, ChallengeError> {
        page.check_sorted_by_time()?;
        let filter = match actor.role {
            Role::Admin => filter.clone(),
            Role::Examiner => match filter.examiner_id {
                Some(other) if other != actor.user_id => return Err(ChallengeError::Forbidden("admin")),
                _ => EvaluationFilter { examiner_id: Some(actor.user_id), ..filter.clone() }.without_student(),
            },
            _ => match filter.hackathon_id {
                Some(hackathon) if self.is_published(hackathon).await? => {
                    EvaluationFilter { student_id: Some(actor.user_id), hackathon_id: Some(hackathon), examiner_id: None }
                }
                _ => return Ok(Paged { items: Vec::new(), total: 0, next: None }),
            },
        };
        let found = self.ports.store.evaluations().list(&filter, page).await?;
        let mut anonymous = HashMap::new();
        let mut items = Vec::with_capacity(found.items.len());
        for evaluation in found.items {
            let hackathon = evaluation.hackathon_id;
            if let std::collections::hash_map::Entry::Vacant(unknown) = anonymous.entry(hackathon) {
                unknown.insert(self.ports.store.hackathons().find(hackathon).await?.is_none_or(|hackathon| hackathon.anonymous));
            }
            let is_anonymous = anonymous.get(&hackathon).copied().unwrap_or(true);
            items.push(self.shown(actor, evaluation, is_anonymous)?);
        }
        Ok(Paged { items, total: found.total, next: found.next })
    }

    /// A hackathon's notes in figures: for administrators, and for everybody once published. Before, examiners get those of the
    /// conversations they have graded, whose notes they may read: from the figures of all a note could be told that is hidden from them.
    ///
    /// # Errors
    /// [`ChallengeError::NotFound`].
    #[tracing::instrument(name = "challenge.evaluations.stats", skip_all, fields(hackathon_id = %hackathon_id))]
    pub async fn stats(&self, actor: Actor, hackathon_id: HackathonId) -> Result<EvaluationStats, ChallengeError> {
        let hackathon = self.ports.store.hackathons().find(hackathon_id).await?.ok_or(ChallengeError::NotFound)?;
        if !matches!(actor.role, Role::Admin | Role::Examiner) && hackathon.published_at.is_none() {
            return Err(ChallengeError::NotFound);
        }
        if actor.role == Role::Examiner && hackathon.published_at.is_none() {
            return self.stats_of_graded(actor, hackathon_id).await;
        }
        Ok(self.ports.store.evaluations().stats(hackathon_id).await?)
    }

    async fn stats_of_graded(&self, actor: Actor, hackathon_id: HackathonId) -> Result<EvaluationStats, ChallengeError> {
        let evaluations = self.ports.store.evaluations();
        let graded: HashSet<ConversationId> = evaluations.graded_by(actor.user_id, hackathon_id).await?.into_iter().collect();
        let mut notes = Vec::new();
        let mut after = None;
        loop {
            let batch = evaluations.of_hackathon(hackathon_id, after, BATCH).await?;
            let Some(last) = batch.last() else { break };
            after = Some(last.id);
            notes.extend(batch.iter().filter(|evaluation| graded.contains(&evaluation.conversation_id)).map(|evaluation| evaluation.note));
        }
        Ok(EvaluationStats::of(&notes))
    }

    pub(super) async fn seen(&self, actor: Actor, evaluation: Evaluation) -> Result<EvaluationSeen, ChallengeError> {
        let hackathon = self.ports.store.hackathons().find(evaluation.hackathon_id).await?;
        let anonymous = hackathon.is_none_or(|hackathon: Hackathon| hackathon.anonymous);
        Ok(self.shown(actor, evaluation, anonymous)?)
    }

    fn shown(&self, actor: Actor, evaluation: Evaluation, anonymous: bool) -> Result<EvaluationSeen, StoreError> {
        let (conversation_id, student_id, examiner_id) = match actor.role {
            Role::Admin => (evaluation.conversation_id, Some(evaluation.student_id), Some(evaluation.examiner_id)),
            Role::Examiner if anonymous => {
                let alias = alias_of(self.ports.secrets.as_ref(), evaluation.hackathon_id, evaluation.conversation_id)?;
                (alias, None, Some(evaluation.examiner_id))
            }
            Role::Examiner => (evaluation.conversation_id, Some(evaluation.student_id), Some(evaluation.examiner_id)),
            _ => (evaluation.conversation_id, Some(evaluation.student_id), None),
        };
        Ok(EvaluationSeen { evaluation, conversation_id, student_id, examiner_id })
    }

    async fn is_published(&self, hackathon_id: HackathonId) -> Result<bool, ChallengeError> {
        let hackathon = self.ports.store.hackathons().find(hackathon_id).await?;
        Ok(hackathon.is_some_and(|hackathon| hackathon.published_at.is_some()))
    }
}

impl EvaluationFilter {
    /// Examiners cannot look for a student.
    fn without_student(self) -> Self {
        Self { student_id: None, ..self }
    }
}
