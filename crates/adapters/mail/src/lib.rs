//! Mail: by SMTP, or into a directory where nobody set up a mail server.
//!
//! Both [`SmtpMailer`] and [`FileMailer`] implement [`Mailer`](atelier_domain::identity::Mailer). Neither logs an address or a content.

mod compose;
mod file;
mod smtp;

pub use compose::InvalidSender;
pub use file::{FileMailer, FileMailerError};
pub use smtp::{SmtpMailer, SmtpMailerError};
