//! From the domain's mail to a MIME message.

use atelier_domain::identity::{Mail, MailError};
use lettre::Message;
use lettre::message::{Mailbox, header::ContentType};

/// The mailer cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum MailSetupError {
    /// `MAIL_FROM` is no mailbox.
    #[error("MAIL_FROM is no mailbox: write it as Name <address@example.org>")]
    Sender(#[source] lettre::address::AddressError),
    /// `SMTP_URL` cannot be used. The URL itself is not shown: it holds a password.
    #[error("SMTP_URL cannot be used: write it as smtp://user:password@host:587 or smtps://user:password@host")]
    Url(#[source] lettre::transport::smtp::Error),
    /// The folder for mails cannot be made.
    #[error("the folder for mails cannot be made")]
    Folder(#[source] std::io::Error),
}

/// Reads the sender.
pub(crate) fn sender(text: &str) -> Result<Mailbox, MailSetupError> {
    text.parse().map_err(MailSetupError::Sender)
}

/// Writes the message: UTF-8 plain text.
pub(crate) fn message(from: &Mailbox, mail: &Mail) -> Result<Message, MailError> {
    let refused = |error: Box<dyn std::error::Error + Send + Sync>| MailError::Permanent(error);
    let address = mail.to.as_str().parse().map_err(|error: lettre::address::AddressError| refused(error.into()))?;
    Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, address))
        .subject(mail.subject.clone())
        .header(ContentType::TEXT_PLAIN)
        .body(mail.text.clone())
        .map_err(|error| refused(error.into()))
}
