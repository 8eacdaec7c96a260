//! Mail into files, for installations without a mail server.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use atelier_domain::identity::{Mail, MailError, Mailer};
use lettre::message::Mailbox;

use crate::message::{MailSetupError, message, sender};

/// Writes each mail as a file (`.eml`, which mail programs open) and logs the path, never address or content.
pub struct FileMailer {
    folder: PathBuf,
    from: Mailbox,
    written: AtomicU64,
}

impl FileMailer {
    /// A mailer that writes to this folder, which is made when it is missing.
    ///
    /// # Errors
    /// [`MailSetupError`] when the folder cannot be made or the sender cannot be used.
    pub fn new(folder: PathBuf, from: &str) -> Result<Self, MailSetupError> {
        std::fs::create_dir_all(&folder).map_err(MailSetupError::Folder)?;
        Ok(Self { folder, from: sender(from)?, written: AtomicU64::new(0) })
    }
}

#[async_trait]
impl Mailer for FileMailer {
    #[tracing::instrument(name = "mail.file.send", skip_all)]
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let bytes = message(&self.from, mail)?.formatted();
        loop {
            let number = self.written.fetch_add(1, Ordering::Relaxed) + 1;
            let path = self.folder.join(format!("{number:06}.eml"));
            match write_new(&path, &bytes).await {
                Ok(()) => {
                    tracing::info!(path = %path.display(), "mail written: set SMTP_URL to have mails sent");
                    return Ok(());
                }
                // an earlier process wrote this number
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(MailError::Transient(error.into())),
            }
        }
    }
}

async fn write_new(path: &std::path::Path, bytes: &[u8]) -> std::io::Result<()> {
    use tokio::io::AsyncWriteExt;
    let mut options = tokio::fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(path).await?;
    file.write_all(bytes).await?;
    file.flush().await
}
