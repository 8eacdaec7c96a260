//! Use cases of hackathons.

use std::sync::Arc;

use crate::challenge::participants::require_admin;
use crate::challenge::words::{contains_all_words, words};
use crate::challenge::{ChallengeError, ChallengeStore, ChallengeUnitOfWork};
use crate::identity::Actor;
use crate::kernel::{
    AuditEntry, Cache, Clock, HackathonId, IdGenerator, Idempotency, IdempotentRequest, Invalid, Page, Paged, Timestamp, UserId,
    retry_on_contention,
};

use super::active::RunningHackathons;
use super::command::tasks_of;
use super::{ChangeHackathon, Hackathon, HackathonFilter, HackathonStatus, InvalidTransition, NewHackathon};

/// What a list is narrowed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HackathonSearch {
    /// Only of this status.
    pub status: Option<HackathonStatus>,
    /// Only those that take prompts now.
    pub active: bool,
    /// Words of name or description.
    pub q: Option<String>,
}

/// What becomes of evaluations that examiners have claimed and not given, when their hackathon is archived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OpenEvaluations {
    /// They keep it from being archived.
    Forbid,
    /// They cannot be given any more.
    Abandon,
}

/// Hackathons' use cases.
#[derive(Clone)]
pub struct HackathonService {
    store: Arc<dyn ChallengeStore>,
    running: RunningHackathons,
    ids: Arc<dyn IdGenerator>,
    clock: Arc<dyn Clock>,
}

impl HackathonService {
    /// The service over its ports. With a cache the running hackathons are remembered for 300 seconds, until the next change of any; it must
    /// be one that every process shares, or have no other process beside it.
    pub fn new(
        store: Arc<dyn ChallengeStore>,
        ids: Arc<dyn IdGenerator>,
        clock: Arc<dyn Clock>,
        shared_cache: Option<Arc<dyn Cache>>,
    ) -> Self {
        let running = RunningHackathons::new(store.clone(), shared_cache, ids.clone());
        Self { store, running, ids, clock }
    }

    /// Makes a hackathon, as draft.
    ///
    /// # Errors
    /// [`ChallengeError::Forbidden`] without the role `admin`; [`ChallengeError::Invalid`] with every field at fault;
    /// [`ChallengeError::IdempotencyMismatch`].
    #[tracing::instrument(name = "challenge.hackathons.create", skip_all, fields(user_id = %actor.user_id))]
    pub async fn create(&self, actor: Actor, new: NewHackathon, request: Option<&IdempotentRequest>) -> Result<Hackathon, ChallengeError> {
        require_admin(actor)?;
        let now = self.clock.now();
        let hackathon = Hackathon {
            id: self.ids.generate(),
            name: new.name.trim().to_owned(),
            description: new.description,
            objectives: new.objectives,
            dates: new.dates,
            anonymous: new.anonymous,
            quotas: new.quotas,
            tasks: tasks_of(&new.tasks, &[]),
            status: HackathonStatus::Draft,
            published_at: None,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        hackathon.check()?;
        let idempotency = Idempotency { operation: "challenge.hackathons.create", user_id: actor.user_id, request, now };
        let work = || async {
            let mut uow = self.store.begin().await?;
            if let Some(earlier) = idempotency.claim(uow.idempotency(), hackathon.id).await? {
                return uow.hackathons().find(earlier).await?.ok_or(ChallengeError::NotFound);
            }
            uow.hackathons().insert(&hackathon).await?;
            uow.audit().append(&self.entry(Some(actor.user_id), "challenge.hackathon_created", hackathon.id, String::new(), now)).await?;
            uow.commit().await?;
            Ok(hackathon.clone())
        };
        retry_on_contention(work, ChallengeError::store).await
    }

    /// One hackathon; drafts are the administrators'.
    ///
    /// # Errors
    /// [`ChallengeError::NotFound`].
    #[tracing::instrument(name = "challenge.hackathons.get", skip_all, fields(hackathon_id = %id))]
    pub async fn get(&self, actor: Actor, id: HackathonId) -> Result<Hackathon, ChallengeError> {
        let found = self.store.hackathons().find(id).await?;
        found.filter(|hackathon| actor.is_admin() || hackathon.status != HackathonStatus::Draft).ok_or(ChallengeError::NotFound)
    }

    /// A page, latest `dates.debut` first. Drafts are the administrators'.
    ///
    /// # Errors
    /// [`ChallengeError::Invalid`] when the cursor is of another list.
    #[tracing::instrument(name = "challenge.hackathons.list", skip_all)]
    pub async fn list(&self, actor: Actor, search: &HackathonSearch, page: &Page) -> Result<Paged<Hackathon>, ChallengeError> {
        page.check_sorted_by_time()?;
        if search.active {
            return self.active(search, page).await;
        }
        let filter = HackathonFilter {
            status: search.status,
            without_drafts: !actor.is_admin(),
            words: search.q.as_deref().map(words).unwrap_or_default().into_iter().map(|word| word.folded).collect(),
        };
        Ok(self.store.hackathons().list(&filter, page).await?)
    }

    /// Those that run and whose dates hold now (checklist P184), as one page.
    async fn active(&self, search: &HackathonSearch, page: &Page) -> Result<Paged<Hackathon>, ChallengeError> {
        let now = self.clock.now();
        let mut running = self.running.list().await?;
        running.retain(|hackathon| hackathon.takes_prompts(now) && search.status.is_none_or(|status| status == hackathon.status));
        if let Some(q) = &search.q {
            running.retain(|hackathon| contains_all_words(&format!("{} {}", hackathon.name, hackathon.description), q));
        }
        let total = running.len() as u64;
        let skip = usize::try_from(page.skip).unwrap_or(usize::MAX);
        let items = running.into_iter().skip(skip).take(page.limit as usize).collect();
        Ok(Paged { items, total, next: None })
    }

    /// Changes a hackathon. Once it runs, tasks stay and quotas only grow; once it is over, nothing but `archiveLe` changes.
    ///
    /// # Errors
    /// [`ChallengeError::Forbidden`] without the role `admin`; [`ChallengeError::NotFound`]; [`ChallengeError::Invalid`];
    /// [`ChallengeError::InvalidState`]; [`ChallengeError::Stale`] when the expected version is not the present one.
    #[tracing::instrument(name = "challenge.hackathons.change", skip_all, fields(hackathon_id = %id))]
    pub async fn change(&self, actor: Actor, id: HackathonId, change: ChangeHackathon) -> Result<Hackathon, ChallengeError> {
        require_admin(actor)?;
        let now = self.clock.now();
        let work = || async {
            let mut uow = self.store.begin().await?;
            let before = uow.hackathons().find(id).await?.ok_or(ChallengeError::NotFound)?;
            if change.expected_version.is_some_and(|version| version != before.version) {
                return Err(ChallengeError::Stale { version: before.version });
            }
            let mut after = changed(&before, &change);
            after.check()?;
            allowed(&before, &after)?;
            after.version += 1;
            after.updated_at = now;
            uow.hackathons().update(&after).await?;
            let details = quota_details(&before, &after);
            uow.audit().append(&self.entry(Some(actor.user_id), "challenge.hackathon_changed", id, details, now)).await?;
            uow.commit().await?;
            Ok(after)
        };
        let changed = retry_on_contention(work, ChallengeError::store).await;
        self.forgetting(changed).await
    }

    /// Moves a hackathon on its way (checklist P122–P125); of two at once one wins, the other is told where it is now. It is archived only
    /// when no examiner holds a claim on a conversation that is not graded yet.
    ///
    /// # Errors
    /// [`ChallengeError::Forbidden`] without the role `admin`; [`ChallengeError::NotFound`]; [`ChallengeError::Transition`].
    #[tracing::instrument(name = "challenge.hackathons.transition", skip_all, fields(hackathon_id = %id, to = %to))]
    pub async fn transition(&self, actor: Actor, id: HackathonId, to: HackathonStatus) -> Result<Hackathon, ChallengeError> {
        require_admin(actor)?;
        self.move_to(Some(actor.user_id), id, to, OpenEvaluations::Forbid, self.clock.now()).await
    }

    /// As [`transition`](HackathonService::transition), whatever evaluations are open; they can no longer be given then.
    ///
    /// # Errors
    /// As [`transition`](HackathonService::transition).
    #[tracing::instrument(name = "challenge.hackathons.force_transition", skip_all, fields(hackathon_id = %id, to = %to))]
    pub async fn force_transition(&self, actor: Actor, id: HackathonId, to: HackathonStatus) -> Result<Hackathon, ChallengeError> {
        require_admin(actor)?;
        self.move_to(Some(actor.user_id), id, to, OpenEvaluations::Abandon, self.clock.now()).await
    }

    /// Moves a hackathon for the schedule or an administrator.
    pub(super) async fn move_to(
        &self,
        actor: Option<UserId>,
        id: HackathonId,
        to: HackathonStatus,
        open: OpenEvaluations,
        now: Timestamp,
    ) -> Result<Hackathon, ChallengeError> {
        let work = || async {
            let mut uow = self.store.begin().await?;
            let mut hackathon = uow.hackathons().find(id).await?.ok_or(ChallengeError::NotFound)?;
            let from = hackathon.status;
            hackathon.check_transition(to, now)?;
            // A claim needs the hackathon as it was found too: none comes between this look and the commit.
            if to == HackathonStatus::Archived && open == OpenEvaluations::Forbid {
                let assignments = self.store.assignments().of_hackathon(id).await?;
                if assignments.iter().any(|assignment| assignment.holds(now)) {
                    let because = Some("examiners are still grading: wait for them, or send force: true");
                    return Err(InvalidTransition { from, to, because }.into());
                }
            }
            hackathon.status = to;
            if to == HackathonStatus::Archived && actor.is_some() {
                hackathon.dates.archive_at = Some(now);
            }
            hackathon.version += 1;
            hackathon.updated_at = now;
            uow.hackathons().update(&hackathon).await?;
            let forced = if open == OpenEvaluations::Abandon && actor.is_some() { " force=true" } else { "" };
            let details = format!("from={from} to={to}{forced}");
            uow.audit().append(&self.entry(actor, "challenge.hackathon_status", id, details, now)).await?;
            uow.commit().await?;
            Ok(hackathon)
        };
        let moved = retry_on_contention(work, ChallengeError::store).await;
        self.forgetting(moved).await
    }

    /// Removes a hackathon nobody has worked in.
    ///
    /// # Errors
    /// [`ChallengeError::Forbidden`] without the role `admin`; [`ChallengeError::NotFound`]; [`ChallengeError::InvalidState`] when there
    /// are conversations.
    #[tracing::instrument(name = "challenge.hackathons.delete", skip_all, fields(hackathon_id = %id))]
    pub async fn delete(&self, actor: Actor, id: HackathonId) -> Result<(), ChallengeError> {
        require_admin(actor)?;
        let now = self.clock.now();
        let deleted = retry_on_contention(|| self.delete_once(actor, id, now), ChallengeError::store).await;
        self.forgetting(deleted).await
    }

    async fn delete_once(&self, actor: Actor, id: HackathonId, now: Timestamp) -> Result<(), ChallengeError> {
        let mut uow: Box<dyn ChallengeUnitOfWork> = self.store.begin().await?;
        uow.hackathons().find(id).await?.ok_or(ChallengeError::NotFound)?;
        if uow.conversations().any_of(id).await? {
            return Err(ChallengeError::InvalidState("students have worked in this hackathon: archive it instead"));
        }
        uow.hackathons().delete(id).await?;
        uow.audit().append(&self.entry(Some(actor.user_id), "challenge.hackathon_deleted", id, String::new(), now)).await?;
        Ok(uow.commit().await?)
    }

    /// What came of a change; the remembered list is of no more use, also when nobody knows whether a commit arrived.
    async fn forgetting<T>(&self, outcome: Result<T, ChallengeError>) -> Result<T, ChallengeError> {
        if matches!(outcome, Ok(_) | Err(ChallengeError::Store(_))) {
            self.running.forget().await;
        }
        outcome
    }

    fn entry(&self, actor: Option<UserId>, action: &'static str, id: HackathonId, details: String, at: Timestamp) -> AuditEntry {
        AuditEntry { id: self.ids.generate(), at, actor, action: action.into(), subject: format!("hackathon:{id}"), details }
    }
}

fn changed(before: &Hackathon, change: &ChangeHackathon) -> Hackathon {
    let mut after = before.clone();
    if let Some(name) = &change.name {
        name.trim().clone_into(&mut after.name);
    }
    if let Some(description) = &change.description {
        after.description.clone_from(description);
    }
    if let Some(objectives) = &change.objectives {
        after.objectives.clone_from(objectives);
    }
    after.dates.starts_at = change.starts_at.unwrap_or(before.dates.starts_at);
    after.dates.ends_at = change.ends_at.unwrap_or(before.dates.ends_at);
    after.dates.archive_at = change.archive_at.unwrap_or(before.dates.archive_at);
    after.anonymous = change.anonymous.unwrap_or(before.anonymous);
    after.quotas = change.quotas.unwrap_or(before.quotas);
    if let Some(labels) = &change.tasks {
        after.tasks = tasks_of(labels, &before.tasks);
    }
    after
}

/// What a status lets change.
fn allowed(before: &Hackathon, after: &Hackathon) -> Result<(), ChallengeError> {
    match before.status {
        HackathonStatus::Draft | HackathonStatus::Test => Ok(()),
        HackathonStatus::Running => {
            if before.tasks != after.tasks {
                return Err(ChallengeError::InvalidState("the tasks of a running hackathon stay as they are"));
            }
            if after.quotas.prompts < before.quotas.prompts || after.quotas.tokens < before.quotas.tokens {
                return Err(ChallengeError::InvalidState("the quotas of a running hackathon can only grow"));
            }
            if before.anonymous != after.anonymous {
                return Err(ChallengeError::InvalidState("anonymity was promised: it changes only before the hackathon runs"));
            }
            Ok(())
        }
        HackathonStatus::Finished | HackathonStatus::Archived => {
            let mut only_archive = after.clone();
            only_archive.dates.archive_at = before.dates.archive_at;
            if only_archive != *before || before.status == HackathonStatus::Archived {
                return Err(ChallengeError::InvalidState("the hackathon is over: nothing but archiveLe can be set, before it is archived"));
            }
            Ok(())
        }
    }
}

fn quota_details(before: &Hackathon, after: &Hackathon) -> String {
    if before.quotas == after.quotas {
        return String::new();
    }
    let (from, to) = (before.quotas, after.quotas);
    format!("prompts={}->{} tokens={}->{}", from.prompts, to.prompts, from.tokens, to.tokens)
}

impl From<super::UnknownHackathonStatus> for ChallengeError {
    fn from(error: super::UnknownHackathonStatus) -> Self {
        Self::Invalid(Invalid::field("statut", error.to_string()))
    }
}
