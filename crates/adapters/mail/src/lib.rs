//! Mail: over SMTP, or into files where there is no mail server.

mod file;
mod message;
mod smtp;

pub use file::FileMailer;
pub use message::MailSetupError;
pub use smtp::SmtpMailer;
