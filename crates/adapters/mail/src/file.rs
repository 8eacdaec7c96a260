//! Mails as files, for development and for installations without a mail server.

use std::fs::{DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use atelier_domain::identity::{Mail, MailError, Mailer};
use chrono::{DateTime, Utc};
use lettre::Message;
use lettre::message::Mailbox;
use lettre::message::header::Date;

use crate::compose::{InvalidSender, compose, parse_sender};

/// The mailer cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum FileMailerError {
    /// The sender is no address.
    #[error(transparent)]
    Sender(#[from] InvalidSender),
    /// The directory cannot be made.
    #[error("cannot keep mails in {}", path.display())]
    Directory {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Writes each mail to a directory as `<UTC time>-<random>.eml`, readable by this account of the machine only, and logs the path.
pub struct FileMailer {
    directory: PathBuf,
    from: Mailbox,
}

impl FileMailer {
    /// A mailer that writes to `directory`, made where missing, with `from` (`Name <address>`) as sender.
    ///
    /// # Errors
    /// [`FileMailerError`].
    pub fn new(directory: impl Into<PathBuf>, from: &str) -> Result<Self, FileMailerError> {
        let (directory, from) = (directory.into(), parse_sender(from)?);
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&directory);
        made.map_err(|source| FileMailerError::Directory { path: directory.clone(), source })?;
        Ok(Self { directory, from })
    }
}

/// Writes beside the final name and renames, so that who watches the directory sees whole mails only.
fn write(directory: &Path, message: &Message) -> io::Result<PathBuf> {
    let date = message.headers().get::<Date>().map_or(SystemTime::UNIX_EPOCH, SystemTime::from);
    let stamp = DateTime::<Utc>::from(date).format("%Y%m%dT%H%M%SZ-").to_string();
    let mut file = tempfile::Builder::new().prefix(&stamp).suffix(".part").tempfile_in(directory)?;
    file.write_all(&message.formatted())?;
    file.as_file().sync_all()?;
    let path = file.path().with_extension("eml");
    file.persist_noclobber(&path)?;
    File::open(directory)?.sync_all()?;
    Ok(path)
}

#[async_trait::async_trait]
impl Mailer for FileMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let (directory, message) = (self.directory.clone(), compose(&self.from, mail)?);
        let written = tokio::task::spawn_blocking(move || write(&directory, &message)).await;
        let path =
            written.map_err(|panicked| MailError::Transient(panicked.into()))?.map_err(|error| MailError::Transient(error.into()))?;
        tracing::info!(path = %path.display(), "mail written to a file: no SMTP_URL is set");
        Ok(())
    }
}
