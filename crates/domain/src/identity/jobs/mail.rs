//! Mails with a secret in them. The secret is made by the job itself, so that it is stored nowhere but, as a digest, where it is checked.

use std::time::Duration;

use chrono::TimeDelta;

use crate::identity::{
    Account, IdentityPorts, IdentitySettings, IdentityUnitOfWork, Mail, MailError, OneTimePurpose, OneTimeToken, PasswordReset,
};
use crate::kernel::{
    Backoff, ClaimedJob, ExposeSecret, JobError, JobHandler, JobLease, JobPayload, NewJob, StoreError, Timestamp, UserId,
    retry_on_contention,
};

/// How long a magic link works.
const MAGIC_LINK_LIFETIME: TimeDelta = TimeDelta::minutes(10);
/// How long the confirmation of an address works.
const VERIFICATION_LIFETIME: TimeDelta = TimeDelta::hours(24);

/// What a mail is for. Stored: add variants, never rename.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailPurpose {
    /// A six-digit code.
    ResetPassword,
    /// A link that signs in.
    MagicLink,
    /// A link that confirms the address.
    VerifyEmail,
}

/// The payload of `identity.mail.send`. Enqueued for unknown addresses, too, with nobody to send to.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SendMail {
    /// To whom; to the address the account has when the mail is made.
    pub user_id: Option<UserId>,
    /// What for.
    pub purpose: MailPurpose,
}

impl JobPayload for SendMail {
    const KIND: &'static str = "identity.mail.send";
    const VERSION: u16 = 1;
}

/// A job that sends a mail, or does nothing for nobody.
pub(crate) fn mail_job(ports: &IdentityPorts, user_id: Option<UserId>, purpose: MailPurpose, now: Timestamp) -> Result<NewJob, StoreError> {
    let job = NewJob::of(ports.ids.generate(), &SendMail { user_id, purpose }, now)?;
    Ok(match user_id {
        Some(user_id) => job.for_user(user_id),
        None => job,
    })
}

/// What a reset code is stored as; bound to the person, so that a stored digest tells nothing about other people's codes.
pub(crate) fn reset_code_digest(ports: &IdentityPorts, user_id: UserId, code: &str) -> String {
    ports.secrets.digest("password_reset", &format!("{user_id}:{code}"))
}

/// Runs `identity.mail.send`.
pub struct SendMailJob {
    ports: IdentityPorts,
    settings: IdentitySettings,
}

impl SendMailJob {
    /// Makes the handler.
    pub fn new(ports: IdentityPorts, settings: IdentitySettings) -> Self {
        Self { ports, settings }
    }

    /// Makes the secret, stores its digest, and writes the mail; `None` when there is nobody to send to. A run after a lost one makes
    /// another secret.
    async fn prepare(&self, lease: JobLease, payload: &SendMail) -> Result<Option<Mail>, StoreError> {
        let Some(user_id) = payload.user_id else { return Ok(None) };
        let mut uow = self.ports.store.begin().await?;
        uow.jobs().guard(lease).await?;
        let Some(account) = uow.accounts().find(user_id).await?.filter(|account| account.is_active) else { return Ok(None) };
        let mail = match payload.purpose {
            MailPurpose::ResetPassword => self.reset_mail(uow.as_mut(), &account).await?,
            MailPurpose::MagicLink => self.magic_link_mail(uow.as_mut(), &account).await?,
            MailPurpose::VerifyEmail if account.email_verified => return Ok(None),
            MailPurpose::VerifyEmail => self.verification_mail(uow.as_mut(), &account).await?,
        };
        uow.commit().await?;
        Ok(Some(mail))
    }

    async fn reset_mail(&self, uow: &mut dyn IdentityUnitOfWork, account: &Account) -> Result<Mail, StoreError> {
        let now = self.ports.clock.now();
        let code = self.ports.secrets.six_digits();
        let reset = PasswordReset {
            id: self.ports.ids.generate(),
            user_id: account.id,
            code_digest: reset_code_digest(&self.ports, account.id, code.expose_secret()),
            tries: 0,
            created_at: now,
            expires_at: now + PasswordReset::LIFETIME,
        };
        uow.resets().replace(&reset).await?;
        let text = format!(
            "Hello {},\n\nyour code to set a new password is:\n\n    {}\n\nIt works once, within 10 minutes. If you did not ask for it, ignore this \
             mail: your password stays as it is.\n",
            account.name.as_str(),
            code.expose_secret()
        );
        Ok(Mail { to: account.email.clone(), subject: "Your password reset code".to_owned(), text })
    }

    async fn magic_link_mail(&self, uow: &mut dyn IdentityUnitOfWork, account: &Account) -> Result<Mail, StoreError> {
        let link = self.one_time_link(uow, account, OneTimePurpose::MagicLink, MAGIC_LINK_LIFETIME, "magic").await?;
        let text = format!(
            "Hello {},\n\nopen this link to sign in:\n\n{link}\n\nIt works once, within 10 minutes. If you did not ask for it, ignore this mail.\n",
            account.name.as_str()
        );
        Ok(Mail { to: account.email.clone(), subject: "Your sign-in link".to_owned(), text })
    }

    async fn verification_mail(&self, uow: &mut dyn IdentityUnitOfWork, account: &Account) -> Result<Mail, StoreError> {
        let link = self.one_time_link(uow, account, OneTimePurpose::VerifyEmail, VERIFICATION_LIFETIME, "verify").await?;
        let text = format!(
            "Hello {},\n\nopen this link to confirm your e-mail address:\n\n{link}\n\nIt works within 24 hours. If you have no account with us, \
             ignore this mail.\n",
            account.name.as_str()
        );
        Ok(Mail { to: account.email.clone(), subject: "Confirm your e-mail address".to_owned(), text })
    }

    async fn one_time_link(
        &self,
        uow: &mut dyn IdentityUnitOfWork,
        account: &Account,
        purpose: OneTimePurpose,
        lifetime: TimeDelta,
        parameter: &str,
    ) -> Result<String, StoreError> {
        let now = self.ports.clock.now();
        let token = self.ports.secrets.token();
        let stored = OneTimeToken {
            id: self.ports.ids.generate(),
            purpose,
            user_id: account.id,
            digest: self.ports.secrets.digest(purpose.collection(), token.expose_secret()),
            email: Some(account.email.clone()),
            created_at: now,
            expires_at: now + lifetime,
        };
        uow.one_time_tokens().insert(&stored).await?;
        Ok(self.settings.link(parameter, token.expose_secret()))
    }

    async fn complete(&self, lease: JobLease) -> Result<(), StoreError> {
        let mut uow = self.ports.store.begin().await?;
        uow.jobs().complete(lease, self.ports.clock.now()).await?;
        uow.commit().await
    }
}

#[async_trait::async_trait]
impl JobHandler for SendMailJob {
    fn kind(&self) -> &'static str {
        SendMail::KIND
    }

    fn backoff(&self) -> Backoff {
        Backoff { attempts: 6, first: Duration::from_secs(5), longest: Duration::from_secs(120) }
    }

    #[tracing::instrument(name = "identity.mail.send", skip_all, fields(job_id = %job.lease.job_id, attempt = job.attempt))]
    async fn run(&self, job: &ClaimedJob) -> Result<(), JobError> {
        let payload: SendMail = job.payload().map_err(|error| JobError::Fail(error.into()))?;
        if let Some(mail) = retry_on_contention(|| self.prepare(job.lease, &payload), |error: &StoreError| Some(error)).await? {
            self.ports.mailer.send(&mail).await.map_err(|error| match error {
                MailError::Permanent(_) => JobError::Fail(error.into()),
                MailError::Transient(_) => JobError::Retry { source: error.into(), after: None },
            })?;
        }
        Ok(retry_on_contention(|| self.complete(job.lease), |error: &StoreError| Some(error)).await?)
    }

    /// Nobody waits for a mail that could not be sent: asking again makes another.
    async fn give_up(&self, _job: &ClaimedJob, _error: &JobError) -> Result<(), JobError> {
        Ok(())
    }
}
