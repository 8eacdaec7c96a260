//! Seeing and changing one's own account.

use crate::identity::jobs::{MailPurpose, mail_job};
use crate::identity::service::confirmation::same_hash;
use crate::identity::service::wiring::{email_taken, store_error};
use crate::identity::service::{Client, Profile};
use crate::identity::{Account, Actor, Consent, IdentityError, IdentityUnitOfWork, Name, OneTimePurpose};
use crate::kernel::{Email, Invalid, SecretString, StoreError, UserId, retry_on_contention};

use super::AccountService;

/// Changes to one's own account; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct UpdateMe {
    /// Another name.
    pub name: Option<String>,
    /// Another address; needs the password, and has to be confirmed anew.
    pub email: Option<String>,
    /// The present password, needed for another address.
    pub current_password: Option<SecretString>,
}

impl AccountService {
    /// The actor's own account.
    ///
    /// # Errors
    /// [`IdentityError::BadCredentials`] when it is gone.
    #[tracing::instrument(name = "identity.account.me", skip_all, err(level = "debug"))]
    pub async fn me(&self, actor: &Actor) -> Result<Profile, IdentityError> {
        let account = self.own_account(actor).await?;
        self.ports.profile(account).await
    }

    /// Changes name and address. Another address is audited, clears `email_verified`, voids what was mailed to the old one, and is mailed
    /// a link to confirm it.
    ///
    /// # Errors
    /// [`IdentityError::Invalid`] naming the field, `current_password` when it is missing; [`IdentityError::BadCredentials`] when it is wrong;
    /// [`IdentityError::EmailTaken`]; [`IdentityError::TooManyAttempts`] after five wrong passwords.
    #[tracing::instrument(name = "identity.account.update_me", skip_all, err(level = "debug"))]
    pub async fn update_me(&self, actor: &Actor, command: UpdateMe, client: &Client) -> Result<Profile, IdentityError> {
        let name = command.name.as_deref().map(Name::parse).transpose()?;
        let email = command.email.as_deref().map(Email::parse).transpose()?;
        let checked = self.own_account(actor).await?;
        let email = email.filter(|email| *email != checked.email);
        let name = name.filter(|name| *name != checked.name);
        if name.is_none() && email.is_none() {
            return self.ports.profile(checked).await;
        }
        if email.is_some() {
            let missing = || Invalid::field("current_password", "is needed to change the e-mail address");
            let password = command.current_password.as_ref().ok_or_else(missing)?;
            self.ports.confirm_password(&checked, "current_password", password, client).await?;
        }
        let now = self.now();
        let account = retry_on_contention(
            || async {
                let mut uow = self.ports.store.begin().await?;
                let mut account = uow.accounts().find(actor.user_id).await?.ok_or(IdentityError::BadCredentials)?;
                if !account.is_active || (email.is_some() && !same_hash(&account, &checked)) {
                    return Err(IdentityError::BadCredentials);
                }
                if let Some(name) = &name {
                    account.name = name.clone();
                }
                account.updated_at = now;
                if let Some(email) = &email {
                    change_email(uow.as_mut(), &mut account, email).await?;
                    uow.audit()
                        .append(&self.ports.audit(Some(actor.user_id), "identity.email_changed", account.id, String::new(), now))
                        .await?;
                    uow.jobs().enqueue(&mail_job(&self.ports, Some(account.id), MailPurpose::VerifyEmail, now)?).await?;
                }
                uow.accounts().update(&account).await.map_err(email_taken)?;
                uow.commit().await.map_err(email_taken)?;
                Ok(account)
            },
            store_error,
        )
        .await?;
        self.ports.profile(account).await
    }

    /// Records consent to the processing of body photos.
    ///
    /// # Errors
    /// [`IdentityError::Invalid`] on `version` when it is not the present version, or no plain text of 1 to 50 characters.
    #[tracing::instrument(name = "identity.account.give_consent", skip_all, err(level = "debug"))]
    pub async fn give_consent(&self, actor: &Actor, version: &str) -> Result<Profile, IdentityError> {
        let version = version.trim();
        if version.is_empty() || version.chars().count() > 50 || version.chars().any(char::is_control) {
            return Err(Invalid::field("version", "must have 1 to 50 characters").into());
        }
        if let Some(asked) = self.settings.consent_version.as_deref().filter(|asked| *asked != version) {
            return Err(Invalid::field("version", format!("must be the present version, {asked}")).into());
        }
        let now = self.now();
        let account = retry_on_contention(
            || async {
                let mut uow = self.ports.store.begin().await?;
                let account = uow.accounts().find(actor.user_id).await?.filter(|account| account.is_active);
                let mut account = account.ok_or(IdentityError::BadCredentials)?;
                account.consent = Some(Consent { version: version.to_owned(), at: now });
                account.updated_at = now;
                uow.accounts().update(&account).await?;
                let details = format!("version={version}");
                uow.audit().append(&self.ports.audit(Some(actor.user_id), "identity.consent_given", account.id, details, now)).await?;
                uow.commit().await?;
                Ok(account)
            },
            store_error,
        )
        .await?;
        self.ports.profile(account).await
    }

    /// Whether the person agreed to the present version of the consent text; `true` when none is asked for.
    ///
    /// # Errors
    /// [`StoreError`] when the account cannot be read.
    pub async fn has_consented(&self, user_id: UserId) -> Result<bool, StoreError> {
        let Some(asked) = &self.settings.consent_version else { return Ok(true) };
        let account = self.ports.store.accounts().find(user_id).await?;
        Ok(account.and_then(|account| account.consent).is_some_and(|consent| consent.version == *asked))
    }

    /// What the person agreed to and when, unless another version is asked for by now.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn consent_in_force(&self, user_id: UserId) -> Result<Option<Consent>, StoreError> {
        let consent = self.ports.store.accounts().find(user_id).await?.and_then(|account| account.consent);
        let asked = self.settings.consent_version.as_ref();
        Ok(consent.filter(|consent| asked.is_none_or(|asked| consent.version == *asked)))
    }
}

/// Gives the account another address, unconfirmed, and voids everything that was mailed to the old one.
pub(crate) async fn change_email(uow: &mut dyn IdentityUnitOfWork, account: &mut Account, email: &Email) -> Result<(), StoreError> {
    account.email = email.clone();
    account.email_verified = false;
    uow.resets().delete(account.id).await?;
    uow.one_time_tokens().delete_all(OneTimePurpose::MagicLink, account.id).await?;
    uow.one_time_tokens().delete_all(OneTimePurpose::VerifyEmail, account.id).await
}
