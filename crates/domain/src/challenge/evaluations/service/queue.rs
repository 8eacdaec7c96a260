//! Sharing the work: who has which conversation, and what is still to be graded.

use std::collections::{HashMap, HashSet};

use crate::challenge::ChallengeError;
use crate::challenge::anonymity::order_key;
use crate::challenge::conversations::{Conversation, Gradable};
use crate::challenge::evaluations::{Assignment, AssignmentState};
use crate::challenge::hackathons::{Hackathon, TaskId};
use crate::identity::{Actor, Role};
use crate::kernel::{ConversationId, HackathonId, Timestamp, retry_on_contention};

use super::grade::check_grading_open;
use super::{EvaluationService, require_jury};
use crate::challenge::store::hackathon_of;

/// What the caller has to do with a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueState {
    /// Free to be claimed.
    Open,
    /// Claimed by the caller until then.
    Claimed {
        /// The end of the claim.
        until: Timestamp,
    },
    /// Graded by the caller.
    Graded,
}

/// A conversation in an examiner's queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    /// The conversation as the caller knows it.
    pub conversation_id: ConversationId,
    /// Its task.
    pub task_id: TaskId,
    /// What the caller has to do with it.
    pub state: QueueState,
    /// How many evaluations there are; told to administrators only.
    pub evaluations: Option<u32>,
}

impl EvaluationService {
    /// The caller's queue in a hackathon: what is claimed, what is free, what is graded, in an order of the caller's own that tells nothing of
    /// when or by whom the work was done. Administrators see every gradable conversation.
    ///
    /// # Errors
    /// [`ChallengeError::Forbidden`] without the role; [`ChallengeError::NotFound`].
    #[tracing::instrument(name = "challenge.evaluations.queue", skip_all, fields(user_id = %actor.user_id, hackathon_id = %hackathon_id))]
    pub async fn queue(&self, actor: Actor, hackathon_id: HackathonId) -> Result<Vec<Queued>, ChallengeError> {
        require_jury(actor)?;
        let store = &self.ports.store;
        let hackathon = store.hackathons().find(hackathon_id).await?.ok_or(ChallengeError::NotFound)?;
        let now = self.ports.clock.now();
        let graded: HashSet<ConversationId> = store.evaluations().graded_by(actor.user_id, hackathon_id).await?.into_iter().collect();
        let mut assignments: HashMap<ConversationId, Vec<Assignment>> = HashMap::new();
        for assignment in store.assignments().of_hackathon(hackathon_id).await? {
            assignments.entry(assignment.conversation_id).or_default().push(assignment);
        }
        let mut queue = Vec::new();
        for conversation in &store.conversations().all_gradable(hackathon_id).await? {
            let of_conversation = assignments.get(&conversation.id).map(Vec::as_slice).unwrap_or_default();
            if let Some(state) = self.state(actor, conversation, graded.contains(&conversation.id), of_conversation, now) {
                queue.push((self.place(actor, conversation)?, self.queued(actor, &hackathon, conversation, state)));
            }
        }
        queue.sort_by_key(|(place, queued)| (*place, queued.conversation_id));
        Ok(queue.into_iter().map(|(_, queued)| queued).collect())
    }

    fn state(&self, actor: Actor, conversation: &Gradable, graded: bool, assignments: &[Assignment], now: Timestamp) -> Option<QueueState> {
        if graded {
            return Some(QueueState::Graded);
        }
        let mine = assignments.iter().find(|assignment| assignment.examiner_id == actor.user_id);
        match mine.map(|mine| (mine.state, mine.holds(now))) {
            Some((AssignmentState::Recused, _)) => return None,
            Some((AssignmentState::Claimed { until }, true)) => return Some(QueueState::Claimed { until }),
            _ => {}
        }
        if actor.is_admin() {
            return Some(QueueState::Open);
        }
        let free = self.has_place(conversation.evaluation_count, assignments, actor, now) && conversation.student_id != actor.user_id;
        free.then_some(QueueState::Open)
    }

    fn has_place(&self, evaluations: u32, assignments: &[Assignment], actor: Actor, now: Timestamp) -> bool {
        let claimed = assignments.iter().filter(|other| other.examiner_id != actor.user_id && other.holds(now)).count();
        u64::from(evaluations) + (claimed as u64) < u64::from(self.ports.examiners_per_conversation)
    }

    /// Where the conversation stands in the caller's own order.
    fn place(&self, actor: Actor, conversation: &Gradable) -> Result<u64, ChallengeError> {
        let digest = self.ports.secrets.digest(&format!("challenge.order:{}", actor.user_id), &conversation.alias.to_string());
        let corrupt =
            |_no_hex| crate::kernel::StoreError::Corrupt { entity: "conversation", id: conversation.id.to_string(), field: "alias" };
        Ok(order_key(&digest).map_err(corrupt)?)
    }

    fn queued(&self, actor: Actor, hackathon: &Hackathon, conversation: &Gradable, state: QueueState) -> Queued {
        let blind = hackathon.anonymous && actor.role == Role::Examiner;
        Queued {
            conversation_id: if blind { conversation.alias } else { conversation.id },
            task_id: conversation.task_id.clone(),
            state,
            evaluations: actor.is_admin().then_some(conversation.evaluation_count),
        }
    }

    /// Keeps a place of a conversation for the caller for 30 minutes; claiming again begins them anew.
    ///
    /// # Errors
    /// [`ChallengeError::Forbidden`] without the role; [`ChallengeError::NotFound`]; [`ChallengeError::AlreadyEvaluated`];
    /// [`ChallengeError::Claimed`] when enough others have it; [`ChallengeError::InvalidState`] after recusal or publication.
    #[tracing::instrument(name = "challenge.evaluations.claim", skip_all, fields(user_id = %actor.user_id))]
    pub async fn claim(&self, actor: Actor, id: ConversationId) -> Result<Queued, ChallengeError> {
        require_jury(actor)?;
        let conversation = self.conversations.for_jury(actor, id).await?.conversation;
        let now = self.ports.clock.now();
        let until = now + Assignment::CLAIMED_FOR;
        let work = || async {
            let mut uow = self.ports.store.begin().await?;
            let present = uow.conversations().find(conversation.id).await?.ok_or(ChallengeError::NotFound)?;
            check_grading_open(&hackathon_of(uow.as_mut(), present.hackathon_id).await?)?;
            if let Some(existing) = uow.evaluations().of_pair(actor.user_id, present.id).await? {
                return Err(ChallengeError::AlreadyEvaluated { existing: Some(existing.id) });
            }
            let assignments = uow.assignments().of_conversation(present.id).await?;
            if assignments.iter().any(|mine| mine.examiner_id == actor.user_id && mine.is_recused()) {
                return Err(ChallengeError::InvalidState("you have recused yourself from this conversation"));
            }
            if !self.has_place(present.evaluation_count, &assignments, actor, now) {
                return Err(ChallengeError::Claimed);
            }
            uow.assignments().put(&assignment(actor, &present, AssignmentState::Claimed { until }, now)).await?;
            // Claims of one conversation meet at it, so that no two take its last place.
            uow.conversations().update(&present).await?;
            uow.commit().await?;
            Ok(())
        };
        retry_on_contention(work, ChallengeError::store).await?;
        let hackathon = self.ports.store.hackathons().find(conversation.hackathon_id).await?.ok_or(ChallengeError::NotFound)?;
        let gradable = Gradable::of(&conversation).ok_or(ChallengeError::NotFound)?;
        Ok(self.queued(actor, &hackathon, &gradable, QueueState::Claimed { until }))
    }

    /// Takes the caller out of a conversation's jury for good: a conflict of interest.
    ///
    /// # Errors
    /// [`ChallengeError::Forbidden`] without the role; [`ChallengeError::NotFound`]; [`ChallengeError::AlreadyEvaluated`].
    #[tracing::instrument(name = "challenge.evaluations.recuse", skip_all, fields(user_id = %actor.user_id))]
    pub async fn recuse(&self, actor: Actor, id: ConversationId) -> Result<(), ChallengeError> {
        require_jury(actor)?;
        let conversation = self.conversations.for_jury(actor, id).await?.conversation;
        let now = self.ports.clock.now();
        let work = || async {
            let mut uow = self.ports.store.begin().await?;
            let present = uow.conversations().find(conversation.id).await?.ok_or(ChallengeError::NotFound)?;
            if let Some(existing) = uow.evaluations().of_pair(actor.user_id, present.id).await? {
                return Err(ChallengeError::AlreadyEvaluated { existing: Some(existing.id) });
            }
            uow.assignments().put(&assignment(actor, &present, AssignmentState::Recused, now)).await?;
            uow.commit().await?;
            Ok(())
        };
        retry_on_contention(work, ChallengeError::store).await
    }
}

fn assignment(actor: Actor, conversation: &Conversation, state: AssignmentState, at: Timestamp) -> Assignment {
    Assignment { conversation_id: conversation.id, examiner_id: actor.user_id, hackathon_id: conversation.hackathon_id, state, at }
}
