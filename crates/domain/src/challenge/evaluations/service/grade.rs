//! Giving, changing and taking back a note.

use crate::challenge::ChallengeError;
use crate::challenge::analytics::{AnalyticsEvent, AnalyticsKind};
use crate::challenge::conversations::Conversation;
use crate::challenge::evaluations::{Comment, Evaluation, Note};
use crate::challenge::hackathons::{Hackathon, HackathonStatus};
use crate::challenge::store::hackathon_of;
use crate::identity::Actor;
use crate::kernel::{ConversationId, EvaluationId, FieldError, Idempotency, IdempotentRequest, Invalid, Timestamp, retry_on_contention};

use super::{EvaluationSeen, EvaluationService, require_jury};

/// The unique key on examiner and conversation, as stores report a clash.
const ONCE_PER_CONVERSATION: &str = "evaluations.conversationId";

/// What an examiner says of a conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvaluation {
    /// `conversationId`, as the examiner knows it.
    pub conversation_id: ConversationId,
    /// `note`, 1–10 by 0.5.
    pub note: f64,
    /// `comment`, at least 10 characters.
    pub comment: String,
}

/// Changes to an evaluation; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChangeEvaluation {
    /// `note`.
    pub note: Option<f64>,
    /// `comment`.
    pub comment: Option<String>,
    /// The version the change is made to (`If-Match`).
    pub expected_version: Option<u32>,
}

impl EvaluationService {
    /// Grades a conversation that was handed in, once.
    ///
    /// # Errors
    /// [`ChallengeError::Forbidden`] without the role; [`ChallengeError::Invalid`] in the source document's words; [`ChallengeError::NotFound`]
    /// for a conversation that is not handed in, a trial, or one's own; [`ChallengeError::AlreadyEvaluated`];
    /// [`ChallengeError::InvalidState`] after recusal, publication or archiving; [`ChallengeError::IdempotencyMismatch`].
    #[tracing::instrument(name = "challenge.evaluations.grade", skip_all, fields(user_id = %actor.user_id))]
    pub async fn grade(
        &self,
        actor: Actor,
        new: &NewEvaluation,
        request: Option<&IdempotentRequest>,
    ) -> Result<EvaluationSeen, ChallengeError> {
        require_jury(actor)?;
        let (note, comment) = both(Note::parse(new.note), Comment::parse(&new.comment))?;
        let conversation = self.conversations.for_jury(actor, new.conversation_id).await?.conversation;
        let now = self.ports.clock.now();
        let evaluation = Evaluation {
            id: self.ports.ids.generate(),
            conversation_id: conversation.id,
            student_id: conversation.student_id,
            examiner_id: actor.user_id,
            hackathon_id: conversation.hackathon_id,
            task_id: conversation.task_id,
            note,
            comment,
            version: 1,
            graded_at: now,
            created_at: now,
            updated_at: now,
        };
        let idempotency = Idempotency { operation: "challenge.evaluations.grade", user_id: actor.user_id, request, now };
        let stored = retry_on_contention(|| self.insert(actor, &evaluation, idempotency), ChallengeError::store).await;
        let evaluation = match stored {
            Err(ChallengeError::Store(clash)) if clash.is_conflict_on(ONCE_PER_CONVERSATION) => {
                let of_conversation = self.ports.store.evaluations().of_conversation(evaluation.conversation_id).await?;
                let existing = of_conversation.iter().find(|other| other.examiner_id == actor.user_id).map(|other| other.id);
                return Err(ChallengeError::AlreadyEvaluated { existing });
            }
            settled => settled?,
        };
        self.seen(actor, evaluation).await
    }

    async fn insert(&self, actor: Actor, evaluation: &Evaluation, idempotency: Idempotency<'_>) -> Result<Evaluation, ChallengeError> {
        let mut uow = self.ports.store.begin().await?;
        if let Some(earlier) = idempotency.claim(uow.idempotency(), evaluation.id).await? {
            return uow.evaluations().find(earlier).await?.ok_or(ChallengeError::NotFound);
        }
        let mut conversation = uow.conversations().find(evaluation.conversation_id).await?.ok_or(ChallengeError::NotFound)?;
        if !conversation.is_gradable() {
            return Err(ChallengeError::NotFound);
        }
        let hackathon = hackathon_of(uow.as_mut(), evaluation.hackathon_id).await?;
        check_grading_open(&hackathon)?;
        if let Some(existing) = uow.evaluations().of_pair(actor.user_id, conversation.id).await? {
            return Err(ChallengeError::AlreadyEvaluated { existing: Some(existing.id) });
        }
        let assignments = uow.assignments().of_conversation(conversation.id).await?;
        if assignments.iter().any(|assignment| assignment.examiner_id == actor.user_id && assignment.is_recused()) {
            return Err(ChallengeError::InvalidState("you have recused yourself from this conversation"));
        }
        uow.evaluations().insert(evaluation).await?;
        uow.assignments().delete(conversation.id, actor.user_id).await?;
        conversation.evaluation_count += 1;
        uow.conversations().update(&conversation).await?;
        let event = AnalyticsEvent::new(
            self.ports.ids.as_ref(),
            AnalyticsKind::EvaluationGiven,
            actor.user_id,
            Some(evaluation.hackathon_id),
            evaluation.created_at,
        );
        uow.analytics().append(&event.with("tacheId", evaluation.task_id.as_str())).await?;
        let details = format!("note={}", evaluation.note);
        uow.audit().append(&self.entry(actor, "challenge.evaluation_given", evaluation.id, details, evaluation.created_at)).await?;
        uow.commit().await?;
        Ok(evaluation.clone())
    }

    /// Changes one's own evaluation until the results are published; audited with both notes.
    ///
    /// # Errors
    /// [`ChallengeError::NotFound`] unless it is the caller's; [`ChallengeError::Invalid`]; [`ChallengeError::Stale`] when the expected
    /// version is not the present one; [`ChallengeError::InvalidState`] after publication.
    #[tracing::instrument(name = "challenge.evaluations.change", skip_all, fields(user_id = %actor.user_id, evaluation_id = %id))]
    pub async fn change(&self, actor: Actor, id: EvaluationId, change: &ChangeEvaluation) -> Result<EvaluationSeen, ChallengeError> {
        require_jury(actor)?;
        let note = change.note.map(Note::parse).transpose();
        let comment = change.comment.as_deref().map(Comment::parse).transpose();
        let (note, comment) = both(note, comment)?;
        let now = self.ports.clock.now();
        let work = || async {
            let mut uow = self.ports.store.begin().await?;
            let mut evaluation = uow.evaluations().find(id).await?.ok_or(ChallengeError::NotFound)?;
            if evaluation.examiner_id != actor.user_id {
                return Err(ChallengeError::NotFound);
            }
            if change.expected_version.is_some_and(|version| version != evaluation.version) {
                return Err(ChallengeError::Stale { version: evaluation.version });
            }
            check_grading_open(&hackathon_of(uow.as_mut(), evaluation.hackathon_id).await?)?;
            let before = evaluation.note;
            evaluation.note = note.unwrap_or(before);
            if let Some(comment) = &comment {
                evaluation.comment.clone_from(comment);
            }
            evaluation.version += 1;
            evaluation.graded_at = now;
            evaluation.updated_at = now;
            uow.evaluations().update(&evaluation).await?;
            let details =
                format!("note={before}->{} comment_changed={} version={}", evaluation.note, comment.is_some(), evaluation.version);
            uow.audit().append(&self.entry(actor, "challenge.evaluation_changed", id, details, now)).await?;
            uow.commit().await?;
            Ok(evaluation)
        };
        let evaluation = retry_on_contention(work, ChallengeError::store).await?;
        self.seen(actor, evaluation).await
    }

    /// Takes an evaluation back until the results are published: one's own, or as administrator any. Audited with its note.
    ///
    /// # Errors
    /// [`ChallengeError::NotFound`]; [`ChallengeError::InvalidState`] after publication.
    #[tracing::instrument(name = "challenge.evaluations.delete", skip_all, fields(user_id = %actor.user_id, evaluation_id = %id))]
    pub async fn delete(&self, actor: Actor, id: EvaluationId) -> Result<(), ChallengeError> {
        require_jury(actor)?;
        let now = self.ports.clock.now();
        retry_on_contention(|| self.delete_once(actor, id, now), ChallengeError::store).await
    }

    async fn delete_once(&self, actor: Actor, id: EvaluationId, now: Timestamp) -> Result<(), ChallengeError> {
        let mut uow = self.ports.store.begin().await?;
        let evaluation = uow.evaluations().find(id).await?.ok_or(ChallengeError::NotFound)?;
        if evaluation.examiner_id != actor.user_id && !actor.is_admin() {
            return Err(ChallengeError::NotFound);
        }
        check_grading_open(&hackathon_of(uow.as_mut(), evaluation.hackathon_id).await?)?;
        uow.evaluations().delete(id).await?;
        let conversation: Option<Conversation> = uow.conversations().find(evaluation.conversation_id).await?;
        if let Some(mut conversation) = conversation {
            conversation.evaluation_count = conversation.evaluation_count.saturating_sub(1);
            uow.conversations().update(&conversation).await?;
        }
        let details = format!("note={} examiner={}", evaluation.note, evaluation.examiner_id);
        uow.audit().append(&self.entry(actor, "challenge.evaluation_deleted", id, details, now)).await?;
        Ok(uow.commit().await?)
    }
}

/// Refuses grading once the results are public or the hackathon is archived.
pub(super) fn check_grading_open(hackathon: &Hackathon) -> Result<(), ChallengeError> {
    if hackathon.published_at.is_some() {
        return Err(ChallengeError::InvalidState("the results are published: evaluations stay as they are"));
    }
    match hackathon.status {
        HackathonStatus::Running | HackathonStatus::Finished => Ok(()),
        status => Err(ChallengeError::Closed { status, reason: "nothing is graded now" }),
    }
}

/// Both values, or the fields at fault of both.
fn both<A, B>(first: Result<A, Invalid>, second: Result<B, Invalid>) -> Result<(A, B), Invalid> {
    match (first, second) {
        (Ok(first), Ok(second)) => Ok((first, second)),
        (first, second) => {
            let fields: Vec<FieldError> = [first.err(), second.err()].into_iter().flatten().flat_map(|Invalid(fields)| fields).collect();
            Err(Invalid(fields))
        }
    }
}
