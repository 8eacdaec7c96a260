//! A sender that sends nothing.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use atelier_domain::kernel::{ExposeSecret, Timestamp};
use atelier_domain::wearit::webhooks::{AttemptOutcome, OutgoingMessage, Sent, TargetRefused, WebhookSender};

/// A message that would have been sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentWebhook {
    /// Where to.
    pub url: String,
    /// `webhook-id`.
    pub id: String,
    /// `webhook-timestamp`.
    pub at: Timestamp,
    /// The body.
    pub payload: String,
    /// What it would have been signed with.
    pub secrets: Vec<String>,
}

/// Takes messages down and answers what it was told to, by default that each arrived. An address with `private` in it is refused, and so is
/// one without TLS.
#[derive(Debug, Default)]
pub struct ScriptedWebhookSender {
    script: Mutex<VecDeque<Sent>>,
    sent: Mutex<Vec<SentWebhook>>,
}

impl ScriptedWebhookSender {
    /// One whose messages all arrive.
    pub fn new() -> Self {
        Self::default()
    }

    /// The next message that has no outcome yet will have this one.
    pub fn then(&self, outcome: AttemptOutcome) {
        self.then_sent(Sent { outcome, took: Duration::from_millis(7), retry_after: None });
    }

    /// As [`then`](Self::then), with everything a receiver may answer.
    pub fn then_sent(&self, sent: Sent) {
        self.script.lock().unwrap_or_else(PoisonError::into_inner).push_back(sent);
    }

    /// What was sent so far, oldest first.
    pub fn sent(&self) -> Vec<SentWebhook> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait::async_trait]
impl WebhookSender for ScriptedWebhookSender {
    async fn check(&self, url: &str) -> Result<String, TargetRefused> {
        match url {
            private if private.contains("private") => Err(TargetRefused::Private),
            https if https.starts_with("https://") => Ok(https.to_owned()),
            _ => Err(TargetRefused::Malformed),
        }
    }

    async fn send(&self, message: &OutgoingMessage<'_>) -> Sent {
        let taken = SentWebhook {
            url: message.url.to_owned(),
            id: message.id.to_owned(),
            at: message.at,
            payload: message.payload.to_owned(),
            secrets: message.secrets.iter().map(|secret| secret.expose_secret().to_owned()).collect(),
        };
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).push(taken);
        let scripted = self.script.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        scripted.unwrap_or(Sent { outcome: AttemptOutcome::Answered(204), took: Duration::from_millis(7), retry_after: None })
    }
}
