//! Use cases of participants.

use std::sync::Arc;

use crate::challenge::analytics::{AnalyticsEvent, AnalyticsKind};
use crate::challenge::{ChallengeError, ChallengeStore};
use crate::identity::{Actor, Role};
use crate::kernel::{AuditEntry, Clock, FieldError, IdGenerator, Invalid, Page, Paged, Timestamp, UserId, retry_on_contention};

use super::{AccountTokens, ConsentGiven, Participant, ParticipantProfile};

/// The version of the consent text when the client names none.
const UNNAMED_VERSION: &str = "1";

/// What a person says of her consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentCommand {
    /// Whether she agrees.
    pub given: bool,
    /// The version of the text she read.
    pub version: Option<String>,
}

/// Participants' use cases.
#[derive(Clone)]
pub struct ParticipantService {
    store: Arc<dyn ChallengeStore>,
    ids: Arc<dyn IdGenerator>,
    clock: Arc<dyn Clock>,
}

impl ParticipantService {
    /// The service over its ports.
    pub fn new(store: Arc<dyn ChallengeStore>, ids: Arc<dyn IdGenerator>, clock: Arc<dyn Clock>) -> Self {
        Self { store, ids, clock }
    }

    /// The caller's participant.
    ///
    /// # Errors
    /// [`ChallengeError::NotFound`] before the first PUT.
    #[tracing::instrument(name = "challenge.participants.me", skip_all, fields(user_id = %actor.user_id))]
    pub async fn me(&self, actor: Actor) -> Result<Participant, ChallengeError> {
        self.store.participants().find(actor.user_id).await?.ok_or(ChallengeError::NotFound)
    }

    /// Stores the caller's profile, and the consent when it is said. Answers whether the participant is new.
    ///
    /// # Errors
    /// [`ChallengeError::Invalid`] with every field at fault; a profile of the jury is for examiners, one of a student for others.
    #[tracing::instrument(name = "challenge.participants.put", skip_all, fields(user_id = %actor.user_id))]
    pub async fn put_me(
        &self,
        actor: Actor,
        profile: ParticipantProfile,
        consent: Option<ConsentCommand>,
    ) -> Result<(Participant, bool), ChallengeError> {
        let now = self.clock.now();
        let profile = profile.checked(now.date_naive())?;
        fits_role(&profile, actor.role)?;
        let consent = consent.map(|command| given(command, now)).transpose()?;
        retry_on_contention(|| self.put_once(actor, &profile, consent.as_ref(), now), ChallengeError::store).await
    }

    async fn put_once(
        &self,
        actor: Actor,
        profile: &ParticipantProfile,
        consent: Option<&ConsentGiven>,
        now: Timestamp,
    ) -> Result<(Participant, bool), ChallengeError> {
        let mut uow = self.store.begin().await?;
        let before = uow.participants().find(actor.user_id).await?;
        let participant = Participant {
            account_id: actor.user_id,
            role: actor.role,
            profile: profile.clone(),
            consent: consent.cloned().or_else(|| before.as_ref().and_then(|before| before.consent.clone())),
            tokens: before.as_ref().map(|before| before.tokens).unwrap_or_default(),
            created_at: before.as_ref().map_or(now, |before| before.created_at),
            updated_at: now,
        };
        uow.participants().put(&participant).await?;
        let action = if before.is_none() { "profile_created" } else { "profile_changed" };
        uow.analytics().append(&self.event(actor, action, now)).await?;
        if let Some(consent) = consent {
            uow.analytics().append(&self.event(actor, consent_action(consent), now)).await?;
            uow.audit().append(&self.consent_entry(actor, consent)).await?;
        }
        uow.commit().await?;
        Ok((participant, before.is_none()))
    }

    /// Agrees, or takes the agreement back; audited with version and date (checklist CP7).
    ///
    /// # Errors
    /// [`ChallengeError::NotFound`] before the first PUT of the profile.
    #[tracing::instrument(name = "challenge.participants.consent", skip_all, fields(user_id = %actor.user_id, given = command.given))]
    pub async fn consent(&self, actor: Actor, command: ConsentCommand) -> Result<Participant, ChallengeError> {
        let now = self.clock.now();
        let consent = given(command, now)?;
        let work = || async {
            let mut uow = self.store.begin().await?;
            let mut participant = uow.participants().find(actor.user_id).await?.ok_or(ChallengeError::NotFound)?;
            participant.consent = Some(consent.clone());
            participant.role = actor.role;
            participant.updated_at = now;
            uow.participants().put(&participant).await?;
            uow.analytics().append(&self.event(actor, consent_action(&consent), now)).await?;
            uow.audit().append(&self.consent_entry(actor, &consent)).await?;
            uow.commit().await?;
            Ok(participant)
        };
        retry_on_contention(work, ChallengeError::store).await
    }

    /// A page of participants, newest first.
    ///
    /// # Errors
    /// [`ChallengeError::Forbidden`] without the role `admin`.
    #[tracing::instrument(name = "challenge.participants.list", skip_all)]
    pub async fn list(&self, actor: Actor, role: Option<Role>, page: &Page) -> Result<Paged<Participant>, ChallengeError> {
        require_admin(actor)?;
        page.check_sorted_by_time()?;
        Ok(self.store.participants().list(role, page).await?)
    }

    /// How many of each role, the most frequent first (checklist P178).
    ///
    /// # Errors
    /// [`ChallengeError::Forbidden`] without the role `admin`.
    #[tracing::instrument(name = "challenge.participants.stats", skip_all)]
    pub async fn stats(&self, actor: Actor) -> Result<Vec<(Role, u64)>, ChallengeError> {
        require_admin(actor)?;
        Ok(self.store.participants().count_by_role().await?)
    }

    /// Sets the account's budget of tokens over all hackathons; none lifts it. Audited.
    ///
    /// # Errors
    /// [`ChallengeError::Forbidden`] without the role `admin`; [`ChallengeError::NotFound`].
    #[tracing::instrument(name = "challenge.participants.authorize", skip_all, fields(account = %account_id))]
    pub async fn authorize_tokens(&self, actor: Actor, account_id: UserId, authorized: Option<u64>) -> Result<Participant, ChallengeError> {
        require_admin(actor)?;
        let now = self.clock.now();
        let work = || async {
            let mut uow = self.store.begin().await?;
            let mut participant = uow.participants().find(account_id).await?.ok_or(ChallengeError::NotFound)?;
            let before = participant.tokens.authorized;
            participant.tokens = AccountTokens { authorized, ..participant.tokens };
            participant.updated_at = now;
            uow.participants().put(&participant).await?;
            let text = |tokens: Option<u64>| tokens.map_or_else(|| "none".to_owned(), |tokens| tokens.to_string());
            let details = format!("from={} to={}", text(before), text(authorized));
            uow.audit().append(&self.entry(actor, "challenge.tokens_authorized", account_id, details, now)).await?;
            uow.commit().await?;
            Ok(participant)
        };
        retry_on_contention(work, ChallengeError::store).await
    }

    fn event(&self, actor: Actor, action: &'static str, at: Timestamp) -> AnalyticsEvent {
        AnalyticsEvent::new(self.ids.as_ref(), AnalyticsKind::UserAction, actor.user_id, None, at).with("action", action)
    }

    fn consent_entry(&self, actor: Actor, consent: &ConsentGiven) -> AuditEntry {
        let action = format!("challenge.{}", consent_action(consent));
        self.entry(actor, &action, actor.user_id, format!("version={}", consent.version), consent.at)
    }

    fn entry(&self, actor: Actor, action: &str, account: UserId, details: String, at: Timestamp) -> AuditEntry {
        let subject = AuditEntry::account(account);
        AuditEntry { id: self.ids.generate(), at, actor: Some(actor.user_id), action: action.to_owned().into(), subject, details }
    }
}

/// Refuses whoever is no administrator.
pub(in crate::challenge) fn require_admin(actor: Actor) -> Result<(), ChallengeError> {
    if actor.is_admin() { Ok(()) } else { Err(ChallengeError::Forbidden("admin")) }
}

fn consent_action(consent: &ConsentGiven) -> &'static str {
    if consent.given { "consent_given" } else { "consent_withdrawn" }
}

fn given(command: ConsentCommand, at: Timestamp) -> Result<ConsentGiven, Invalid> {
    let version = command.version.unwrap_or_else(|| UNNAMED_VERSION.to_owned());
    let version = version.trim();
    if !(1..=50).contains(&version.chars().count()) || version.chars().any(|letter| letter.is_control() || letter.is_whitespace()) {
        return Err(Invalid::field("version", "must have 1 to 50 characters without blanks"));
    }
    Ok(ConsentGiven { given: command.given, version: version.to_owned(), at })
}

fn fits_role(profile: &ParticipantProfile, role: Role) -> Result<(), Invalid> {
    let mut fields = Vec::new();
    let mut fault = |field: &str, message: &str| fields.push(FieldError { field: field.to_owned(), message: message.to_owned() });
    if profile.student.is_some() && role == Role::Examiner {
        fault("profilEtudiant", "is for students, not for examiners");
    }
    if profile.jury.is_some() && !matches!(role, Role::Examiner | Role::Admin) {
        fault("profilJury", "is for examiners");
    }
    Invalid::check(fields)
}
