//! The port that sends.

use std::time::Duration;

use crate::kernel::{SecretString, Timestamp};

use super::AttemptOutcome;

/// The address may not be sent to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetRefused {
    /// It is no address that messages can be sent to.
    #[error("must be an absolute https:// address without user and password")]
    Malformed,
    /// It is not encrypted, and the operator wants it to be.
    #[error("must begin with https://")]
    Insecure,
    /// It is of this machine, of a private network or otherwise not of the public internet.
    #[error("must not be an address of a private, local or reserved network")]
    Private,
    /// Its host has no address.
    #[error("has a host that cannot be found")]
    Unresolved,
}

/// A message as it is to be sent.
pub struct OutgoingMessage<'a> {
    /// Where to.
    pub url: &'a str,
    /// `webhook-id`.
    pub id: &'a str,
    /// `webhook-timestamp`: of this attempt.
    pub at: Timestamp,
    /// The body, JSON.
    pub payload: &'a str,
    /// What it is signed with, one signature for each: `whsec_` and base64.
    pub secrets: &'a [SecretString],
}

/// What came of sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// Whether there was an answer, and which.
    pub outcome: AttemptOutcome,
    /// How long it took.
    pub took: Duration,
    /// How long the receiver asks to be left alone (`Retry-After`).
    pub retry_after: Option<Duration>,
}

/// Sends messages to addresses that people name, and therefore trusts none of them.
///
/// MUST: signs as Standard Webhooks 1.0 says; connects to no address of a network that is not public, also when the name only now resolves to
/// one; follows no redirect; ends in time whatever the receiver does, and reads a bounded part of its answer.
#[async_trait::async_trait]
pub trait WebhookSender: Send + Sync {
    /// Whether the address may be sent to at this moment; answers it in its normal form.
    ///
    /// # Errors
    /// [`TargetRefused`].
    async fn check(&self, url: &str) -> Result<String, TargetRefused>;
    /// Sends once.
    async fn send(&self, message: &OutgoingMessage<'_>) -> Sent;
}
