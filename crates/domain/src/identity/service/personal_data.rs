//! Everything held on a person: handing it out, and removing it.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::identity::jobs::EraseAccount;
use crate::identity::{Account, Actor, IdentityError, OneTimePurpose};
use crate::kernel::{
    EventFeed, ExportSection, NewJob, ObjectKey, PersonalData, PersonalDataError, SecretString, StoreError, Timestamp, UserId,
    retry_on_contention,
};

use super::administration::keep_an_admin;
use super::wiring::store_error;
use super::{Client, IdentityPorts};

/// Export and erasure across every context.
#[derive(Clone)]
pub struct PersonalDataService {
    ports: IdentityPorts,
    contexts: Vec<Arc<dyn PersonalData>>,
}

impl PersonalDataService {
    /// Makes the service; `contexts` are all that hold anything on a person, [`IdentityPersonalData`] among them.
    pub fn new(ports: IdentityPorts, contexts: Vec<Arc<dyn PersonalData>>) -> Self {
        Self { ports, contexts }
    }

    /// Everything held on the actor, a section per context; files as signed URLs.
    ///
    /// # Errors
    /// [`IdentityError::PersonalData`] when a context cannot be read.
    #[tracing::instrument(name = "identity.personal_data.export", skip_all, err(level = "debug"))]
    pub async fn export(&self, actor: &Actor) -> Result<Vec<ExportSection>, IdentityError> {
        let mut sections = Vec::with_capacity(self.contexts.len());
        for context in &self.contexts {
            sections.push(context.export(actor.user_id).await?);
        }
        Ok(sections)
    }

    /// Ends the account at once and leaves the erasure of its data to a job, all in one unit of work.
    ///
    /// # Errors
    /// [`IdentityError::BadCredentials`] when the password is wrong; [`IdentityError::LastAdmin`]; [`IdentityError::TooManyAttempts`].
    #[tracing::instrument(name = "identity.personal_data.request_erasure", skip_all, err(level = "debug"))]
    pub async fn request_erasure(&self, actor: &Actor, password: &SecretString, client: &Client) -> Result<(), IdentityError> {
        let account = self.ports.store.accounts().find(actor.user_id).await?;
        let account = account.filter(|account| account.is_active).ok_or(IdentityError::BadCredentials)?;
        self.ports.confirm_password(&account, "password", password, client).await?;
        let now = self.ports.clock.now();
        let payload = EraseAccount::of(account.id);
        // Not marked as the person's own job: erasing the person's jobs must not take this one away from itself.
        let job = NewJob::of(self.ports.ids.generate(), &payload, now)?.unique(payload.unique_key());
        retry_on_contention(
            || async {
                let mut uow = self.ports.store.begin().await?;
                let before = uow.accounts().find(actor.user_id).await?.filter(|account| account.is_active);
                let before = before.ok_or(IdentityError::BadCredentials)?;
                let after = Account { is_active: false, erasure_requested_at: Some(now), updated_at: now, ..before.clone() };
                keep_an_admin(uow.as_mut(), &before, &after).await?;
                uow.accounts().update(&after).await?;
                uow.sessions().revoke_all(actor.user_id, None, now).await?;
                uow.jobs().enqueue(&job).await?;
                uow.audit()
                    .append(&self.ports.audit(Some(actor.user_id), "identity.erasure_requested", after.id, String::new(), now))
                    .await?;
                Ok(uow.commit().await?)
            },
            store_error,
        )
        .await
    }
}

/// Identity's own part of a person's data.
#[derive(Clone)]
pub struct IdentityPersonalData {
    ports: IdentityPorts,
}

impl IdentityPersonalData {
    /// Makes the context's part.
    pub fn new(ports: IdentityPorts) -> Self {
        Self { ports }
    }

    async fn erase_rows(&self, user_id: UserId) -> Result<(), StoreError> {
        let mut uow = self.ports.store.begin().await?;
        uow.sessions().delete_all(user_id).await?;
        uow.resets().delete(user_id).await?;
        for purpose in OneTimePurpose::ALL {
            uow.one_time_tokens().delete_all(purpose, user_id).await?;
        }
        uow.commit().await
    }

    /// The audit trail as far as it is about the person; who else acted is not theirs to know.
    async fn audit(&self, user_id: UserId) -> Result<Vec<Value>, StoreError> {
        let entries = self.ports.store.audit_of(user_id).await?;
        let shown = entries.iter().map(|entry| {
            json!({
                "at": text(entry.at),
                "by": if entry.actor == Some(user_id) { "you" } else { "somebody else" },
                "action": entry.action,
                "subject": entry.subject,
                "details": entry.details,
            })
        });
        Ok(shown.collect())
    }

    /// The live events kept for replay.
    async fn events(&self, user_id: UserId) -> Result<Vec<Value>, StoreError> {
        let events = self.ports.events.after(user_id, 0, u32::try_from(<dyn EventFeed>::KEPT).unwrap_or(u32::MAX)).await?;
        Ok(events.iter().map(|event| json!({ "seq": event.seq, "at": text(event.at), "event": event.kind })).collect())
    }
}

fn text(at: Timestamp) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

#[async_trait::async_trait]
impl PersonalData for IdentityPersonalData {
    fn context(&self) -> &'static str {
        "identity"
    }

    /// The context's own, and those of the kernel, which [`crate::identity::IdentityStore::erase_kernel_rows`] clears.
    fn collections(&self) -> &'static [&'static str] {
        &[
            "users",
            "sessions",
            "refresh_tokens",
            "password_reset",
            "magic_links",
            "email_verifications",
            "ws_tickets",
            "jobs",
            "events",
            "idempotency",
            "audit",
        ]
    }

    async fn export(&self, user_id: UserId) -> Result<ExportSection, PersonalDataError> {
        let account = self.ports.store.accounts().find(user_id).await?;
        let sessions = self.ports.store.sessions().live(user_id, self.ports.clock.now()).await?;
        let avatar_url = match &account {
            Some(account) if account.has_avatar => {
                Some(self.ports.objects.presign_get(&ObjectKey::avatar(user_id), std::time::Duration::from_secs(3600)).await?.url)
            }
            _ => None,
        };
        let account = account.map(|account| {
            json!({
                "id": account.id.to_string(),
                "data_user_id": account.data_user_id().to_string(),
                "email": account.email.as_str(),
                "email_verified": account.email_verified,
                "name": account.name.as_str(),
                "role": account.role.as_str(),
                "is_active": account.is_active,
                "avatar_url": avatar_url,
                "consent": account.consent.as_ref().map(|consent| json!({ "version": consent.version, "at": text(consent.at) })),
                "created_at": text(account.created_at),
                "updated_at": text(account.updated_at),
            })
        });
        let sessions: Vec<_> = sessions
            .iter()
            .map(|session| {
                json!({
                    "id": session.id.to_string(),
                    "user_agent": session.user_agent,
                    "address": session.address,
                    "created_at": text(session.created_at),
                    "last_used_at": text(session.last_used_at),
                    "expires_at": text(session.expires_at),
                })
            })
            .collect();
        let data = json!({
            "account": account,
            "sessions": sessions,
            "audit": self.audit(user_id).await?,
            "events": self.events(user_id).await?,
        });
        Ok(ExportSection { context: self.context(), data })
    }

    /// Removes sessions, codes, tokens and the avatar. The account's own row is left to the erasure's last step: while it stands, a run
    /// that was cut off is seen to be unfinished.
    async fn erase(&self, user_id: UserId) -> Result<(), PersonalDataError> {
        retry_on_contention(|| self.erase_rows(user_id), |error: &StoreError| Some(error)).await?;
        Ok(self.ports.objects.delete(&ObjectKey::avatar(user_id)).await?)
    }
}
