//! Mails, kept instead of sent.

use std::sync::{Arc, Mutex, PoisonError};

use atelier_domain::identity::{Mail, MailError, Mailer};

/// Keeps every mail, for whoever wants to read it. Clones share the mails.
#[derive(Debug, Clone, Default)]
pub struct MemoryMailer {
    mails: Arc<Mutex<Vec<Mail>>>,
}

impl MemoryMailer {
    /// An empty letter box.
    pub fn new() -> Self {
        Self::default()
    }

    /// Every mail so far, oldest first.
    pub fn sent(&self) -> Vec<Mail> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait::async_trait]
impl Mailer for MemoryMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner).push(mail.clone());
        Ok(())
    }
}
