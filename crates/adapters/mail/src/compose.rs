//! Messages (RFC 5322).

use atelier_domain::identity::{Mail, MailError};
use lettre::Message;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MessageBuilder};

/// The configured sender is no address.
#[derive(Debug, thiserror::Error)]
#[error("MAIL_FROM is not a sender: write an address, or Name <address>")]
pub struct InvalidSender(#[source] lettre::address::AddressError);

/// Reads `address` or `Name <address>`.
pub(crate) fn parse_sender(text: &str) -> Result<Mailbox, InvalidSender> {
    text.parse().map_err(InvalidSender)
}

/// A plain-text message with date and message id. Everything a caller gives ends up encoded, so it cannot add header lines.
pub(crate) fn compose(from: &Mailbox, mail: &Mail) -> Result<Message, MailError> {
    let refused = |error: Box<dyn std::error::Error + Send + Sync>| MailError::Permanent(error);
    let to = mail.to.as_str().parse().map_err(|error: lettre::address::AddressError| refused(error.into()))?;
    // The sender's domain stands for this host in the message id; the host's own name is nobody's business.
    let builder: MessageBuilder = Message::builder().from(from.clone()).to(Mailbox::new(None, to)).subject(&mail.subject);
    builder.header(ContentType::TEXT_PLAIN).body(mail.text.clone()).map_err(|error| refused(error.into()))
}
