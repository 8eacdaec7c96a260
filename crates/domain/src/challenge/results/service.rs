//! Use cases of results.

use std::collections::HashMap;
use std::sync::Arc;

use crate::challenge::conversations::Conversation;
use crate::challenge::enrolments::Enrolment;
use crate::challenge::evaluations::EvaluationPorts;
use crate::challenge::hackathons::{Hackathon, HackathonStatus};
use crate::challenge::participants::{PersonName, require_admin};
use crate::challenge::{ChallengeError, ChallengeStore};
use crate::identity::{Actor, Role};
use crate::kernel::{
    AuditEntry, Clock, ConversationId, HackathonId, IdGenerator, SecretGenerator, StoreError, Timestamp, UserId, retry_on_contention,
};

use super::rows::Export;
use super::{Exported, Grade, JuryAgreement, Leaderboard, PublishedResults, SimilarityInput, StudentName};

/// Rows read at a time.
const BATCH: u32 = 1_000;

/// Results' use cases.
#[derive(Clone)]
pub struct ResultsService {
    store: Arc<dyn ChallengeStore>,
    ids: Arc<dyn IdGenerator>,
    secrets: Arc<dyn SecretGenerator>,
    clock: Arc<dyn Clock>,
    examiners_per_conversation: u32,
}

impl ResultsService {
    /// The service over its ports; a rank takes as many notes as each conversation has examiners.
    pub fn new(ports: EvaluationPorts) -> Self {
        let EvaluationPorts { store, ids, secrets, clock, examiners_per_conversation } = ports;
        Self { store, ids, secrets, clock, examiners_per_conversation }
    }

    /// The leaderboard: administrators see it as it is now, everybody else as it was published.
    ///
    /// # Errors
    /// [`ChallengeError::NotFound`], also before publication.
    #[tracing::instrument(name = "challenge.results.leaderboard", skip_all, fields(hackathon_id = %id))]
    pub async fn leaderboard(&self, actor: Actor, id: HackathonId) -> Result<Leaderboard, ChallengeError> {
        if actor.is_admin() {
            let hackathon = self.hackathon(id).await?;
            return self.live(&hackathon).await;
        }
        let published = self.store.results().find(id).await?.ok_or(ChallengeError::NotFound)?;
        Ok(read(&published)?)
    }

    /// Who stands on a hackathon's leaderboard, by pseudonym, for those who were given the leaderboard: nobody while the hackathon is
    /// anonymous, nor whoever's data were erased.
    ///
    /// # Errors
    /// [`ChallengeError::NotFound`].
    #[tracing::instrument(name = "challenge.results.names", skip_all, fields(hackathon_id = %id))]
    pub async fn names(&self, id: HackathonId) -> Result<HashMap<String, StudentName>, ChallengeError> {
        if self.hackathon(id).await?.anonymous {
            return Ok(HashMap::new());
        }
        let enrolments = self.store.enrolments().of_hackathon(id).await?.into_iter().filter(|enrolment| !enrolment.key.test);
        let pseudonyms: HashMap<UserId, String> = enrolments.map(|Enrolment { key, pseudonym, .. }| (key.student_id, pseudonym)).collect();
        let students: Vec<UserId> = pseudonyms.keys().copied().collect();
        let names = self.store.participants().names(&students).await?.into_iter();
        let named = names.filter_map(|PersonName { account_id, first_name, last_name }| {
            Some((pseudonyms.get(&account_id)?.clone(), StudentName { first_name, last_name }))
        });
        Ok(named.collect())
    }

    async fn live(&self, hackathon: &Hackathon) -> Result<Leaderboard, ChallengeError> {
        let conversations = self.store.conversations().all_gradable(hackathon.id).await?;
        let given = self.store.evaluations().notes(hackathon.id).await?;
        let enrolments = self.store.enrolments().of_hackathon(hackathon.id).await?;
        Ok(Leaderboard::of(&conversations, &given, &enrolments, self.examiners_per_conversation as usize))
    }

    /// Publishes the results of a finished hackathon for good: evaluations are closed first, then the leaderboard is computed once and
    /// kept. Cut off between, a repeat completes it.
    ///
    /// # Errors
    /// [`ChallengeError::Forbidden`] without the role `admin`; [`ChallengeError::NotFound`]; [`ChallengeError::InvalidState`] unless the
    /// hackathon is finished, or when it was published before.
    #[tracing::instrument(name = "challenge.results.publish", skip_all, fields(hackathon_id = %id))]
    pub async fn publish(&self, actor: Actor, id: HackathonId) -> Result<(Leaderboard, Timestamp), ChallengeError> {
        require_admin(actor)?;
        let now = self.clock.now();
        let hackathon = retry_on_contention(|| self.close_grading(actor, id, now), ChallengeError::store).await?;
        let published_at = hackathon.published_at.unwrap_or(now);
        let leaderboard = self.live(&hackathon).await?;
        let content = serde_json::to_string(&leaderboard).map_err(|error| StoreError::Other(error.into()))?;
        let results = PublishedResults { hackathon_id: id, published_at, content };
        let stored = retry_on_contention(|| self.keep(&results), ChallengeError::store).await;
        match stored {
            Err(ChallengeError::Store(clash)) if clash.is_conflict_on("results.hackathonId") => {
                Err(ChallengeError::InvalidState(PUBLISHED_BEFORE))
            }
            settled => settled.map(|()| (leaderboard, published_at)),
        }
    }

    async fn close_grading(&self, actor: Actor, id: HackathonId, now: Timestamp) -> Result<Hackathon, ChallengeError> {
        if self.store.results().find(id).await?.is_some() {
            return Err(ChallengeError::InvalidState(PUBLISHED_BEFORE));
        }
        let mut uow = self.store.begin().await?;
        let mut hackathon = uow.hackathons().find(id).await?.ok_or(ChallengeError::NotFound)?;
        if hackathon.status != HackathonStatus::Finished {
            return Err(ChallengeError::InvalidState("results are published of a finished hackathon (Terminé)"));
        }
        if hackathon.published_at.is_some() {
            return Ok(hackathon);
        }
        hackathon.published_at = Some(now);
        hackathon.version += 1;
        hackathon.updated_at = now;
        uow.hackathons().update(&hackathon).await?;
        uow.audit().append(&self.entry(actor, "challenge.results_published", id, String::new(), now)).await?;
        uow.commit().await?;
        Ok(hackathon)
    }

    async fn keep(&self, results: &PublishedResults) -> Result<(), ChallengeError> {
        let mut uow = self.store.begin().await?;
        uow.results().insert(results).await?;
        Ok(uow.commit().await?)
    }

    /// How far the jury agrees: for administrators, for examiners once published.
    ///
    /// # Errors
    /// [`ChallengeError::Forbidden`] for students; [`ChallengeError::NotFound`].
    #[tracing::instrument(name = "challenge.results.agreement", skip_all, fields(hackathon_id = %id))]
    pub async fn agreement(&self, actor: Actor, id: HackathonId) -> Result<JuryAgreement<UserId, ConversationId>, ChallengeError> {
        let hackathon = self.hackathon(id).await?;
        match actor.role {
            Role::Admin => {}
            Role::Examiner if hackathon.published_at.is_some() => {}
            Role::Examiner => return Err(ChallengeError::NotFound),
            _ => return Err(ChallengeError::Forbidden("examiner")),
        }
        let aliases: HashMap<ConversationId, ConversationId> =
            self.store.conversations().all_gradable(id).await?.iter().map(|gradable| (gradable.id, gradable.alias)).collect();
        let given = self.store.evaluations().notes(id).await?.into_iter();
        let grades: Vec<_> = given
            .filter_map(|given| {
                let conversation = *aliases.get(&given.conversation_id)?;
                Some(Grade { judge: given.examiner_id, conversation, note: given.note.halves() })
            })
            .collect();
        Ok(JuryAgreement::of(&grades))
    }

    /// What the search for nearly equal final prompts works on. The search itself takes CPU: it is [`SimilarityInput::compute`], which is
    /// not to be called on an async thread.
    ///
    /// # Errors
    /// [`ChallengeError::Forbidden`] without the role `admin`; [`ChallengeError::NotFound`].
    #[tracing::instrument(name = "challenge.results.similarity", skip_all, fields(hackathon_id = %id))]
    pub async fn similarity(&self, actor: Actor, id: HackathonId) -> Result<SimilarityInput, ChallengeError> {
        require_admin(actor)?;
        let hackathon = self.hackathon(id).await?;
        Ok(SimilarityInput::new(hackathon.tasks, self.gradable(id).await?))
    }

    /// Says that the caller exports, in the audit trail, and answers the pseudonyms its rows need.
    ///
    /// # Errors
    /// [`ChallengeError::Forbidden`] without the role `admin`; [`ChallengeError::NotFound`].
    #[tracing::instrument(name = "challenge.results.export", skip_all, fields(hackathon_id = %id, what = what.as_str()))]
    pub async fn begin_export(&self, actor: Actor, id: HackathonId, what: Exported) -> Result<Export, ChallengeError> {
        require_admin(actor)?;
        let hackathon = self.hackathon(id).await?;
        let now = self.clock.now();
        let work = || async {
            let mut uow = self.store.begin().await?;
            let details = format!("what={}", what.as_str());
            uow.audit().append(&self.entry(actor, "challenge.exported", id, details, now)).await?;
            uow.commit().await?;
            Ok::<(), ChallengeError>(())
        };
        retry_on_contention(work, ChallengeError::store).await?;
        let pseudonyms = self.store.enrolments().of_hackathon(id).await?.into_iter().filter(|enrolment| !enrolment.key.test);
        let pseudonyms = pseudonyms.map(|Enrolment { key, pseudonym, .. }| (key.student_id, pseudonym)).collect();
        Ok(Export::new(self.store.clone(), self.secrets.clone(), self.live_rows(&hackathon, what).await?, id, what, pseudonyms))
    }

    /// The leaderboard's rows, which an export of results needs all at once: places are known only then.
    async fn live_rows(&self, hackathon: &Hackathon, what: Exported) -> Result<Option<Leaderboard>, ChallengeError> {
        match what {
            Exported::Results => self.live(hackathon).await.map(Some),
            Exported::Evaluations | Exported::Conversations => Ok(None),
        }
    }

    async fn hackathon(&self, id: HackathonId) -> Result<Hackathon, ChallengeError> {
        self.store.hackathons().find(id).await?.ok_or(ChallengeError::NotFound)
    }

    async fn gradable(&self, id: HackathonId) -> Result<Vec<Conversation>, StoreError> {
        let mut all: Vec<Conversation> = Vec::new();
        loop {
            let batch = self.store.conversations().gradable(id, all.last().map(|last| last.alias), BATCH).await?;
            let last = batch.len() < BATCH as usize;
            all.extend(batch);
            if last {
                return Ok(all);
            }
        }
    }

    fn entry(&self, actor: Actor, action: &'static str, id: HackathonId, details: String, at: Timestamp) -> AuditEntry {
        let subject = format!("hackathon:{id}");
        AuditEntry { id: self.ids.generate(), at, actor: Some(actor.user_id), action: action.into(), subject, details }
    }
}

const PUBLISHED_BEFORE: &str = "the results were published already and do not change";

fn read(results: &PublishedResults) -> Result<Leaderboard, StoreError> {
    serde_json::from_str(&results.content).map_err(|_unreadable| StoreError::Corrupt {
        entity: "results",
        id: results.hackathon_id.to_string(),
        field: "content",
    })
}
