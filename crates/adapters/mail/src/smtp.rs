//! Mail over SMTP.

use std::time::Duration;

use async_trait::async_trait;
use atelier_domain::identity::{Mail, MailError, Mailer};
use atelier_domain::kernel::{ExposeSecret, SecretString};
use lettre::message::Mailbox;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use crate::message::{MailSetupError, message, sender};

/// Longest wait for the server to take a step.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Hands mails to an SMTP server; TLS by rustls when the URL asks for it.
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl SmtpMailer {
    /// A mailer for `smtp://user:password@host:port` (plain), `smtp://…?tls=required` (STARTTLS) or `smtps://…` (TLS). Connects when the
    /// first mail is sent.
    ///
    /// # Errors
    /// [`MailSetupError`] when the URL or the sender cannot be used.
    pub fn new(url: &SecretString, from: &str) -> Result<Self, MailSetupError> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret()).map_err(MailSetupError::Url)?;
        Ok(Self { transport: builder.timeout(Some(TIMEOUT)).build(), from: sender(from)? })
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    #[tracing::instrument(name = "mail.smtp.send", skip_all)]
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let message = message(&self.from, mail)?;
        match self.transport.send(message).await {
            Ok(_response) => Ok(()),
            Err(error) if error.is_permanent() => Err(MailError::Permanent(error.into())),
            Err(error) => Err(MailError::Transient(error.into())),
        }
    }
}
