//! What a provider tells by itself, at the address it was given: a hint to look, never the truth about money or pictures.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::kernel::{SecretGenerator, Timestamp, TryOnId, UserId};

/// How far a signed message's time may be from ours (Standard Webhooks).
pub const CALLBACK_TOLERANCE: Duration = Duration::from_secs(300);

/// A message as it came in.
#[derive(Debug, Clone)]
pub struct CallbackMessage {
    /// The request's headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The raw body.
    pub body: Bytes,
    /// When it came.
    pub received_at: Timestamp,
}

/// What a message said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The provider's id of the request.
    pub external_id: String,
    /// The provider's id of the message, or a digest of it: the same message is heard once.
    pub message_id: String,
    /// Whether the request came to its end, whichever.
    pub finished: bool,
    /// What has to be kept of the message, in the adapter's own form; nothing where polling tells everything. Of a message that says the
    /// request came to its end everything is kept, of others at most [`Heard::MOST_KEPT`] bytes of text, else nothing.
    pub kept: Option<Bytes>,
}

impl Heard {
    /// Most bytes kept of a message in the midst of the work.
    pub const MOST_KEPT: usize = 4_096;
}

/// Which attempt of which try-on a message is about, as its address says, and the secret that proves that we made the address.
#[derive(Clone)]
pub struct CallbackAddress {
    /// Whose try-on.
    pub user_id: UserId,
    /// Which.
    pub tryon_id: TryOnId,
    /// Which attempt, from 1.
    pub attempt: usize,
    /// The secret.
    pub token: String,
}

/// Makes and recognises the addresses providers are given: `{PUBLIC_URL}/api/v1/webhooks/providers/{provider}?user=…&tryon=…&attempt=…&token=…`.
/// The token is a keyed digest of the rest, so that nothing has to be stored for vendors that sign nothing.
#[derive(Clone)]
pub struct CallbackAddresses {
    public_url: Option<String>,
    secrets: Arc<dyn SecretGenerator>,
}

impl CallbackAddresses {
    /// Addresses under `public_url`; none are made without it.
    pub fn new(public_url: Option<String>, secrets: Arc<dyn SecretGenerator>) -> Self {
        Self { public_url, secrets }
    }

    fn token(&self, provider: &str, user_id: UserId, tryon_id: TryOnId, attempt: usize) -> String {
        self.secrets.digest("tryon.callback", &format!("{provider}/{user_id}/{tryon_id}/{attempt}"))
    }

    /// The address for an attempt.
    pub fn of(&self, provider: &str, user_id: UserId, tryon_id: TryOnId, attempt: usize) -> Option<String> {
        let public_url = self.public_url.as_deref()?.trim_end_matches('/');
        let token = self.token(provider, user_id, tryon_id, attempt);
        Some(format!("{public_url}/api/v1/webhooks/providers/{provider}?user={user_id}&tryon={tryon_id}&attempt={attempt}&token={token}"))
    }

    /// Whether the address is one of ours. Digests of the tokens are compared, so that time tells nothing of the tokens.
    pub fn is_ours(&self, provider: &str, address: &CallbackAddress) -> bool {
        let ours = self.token(provider, address.user_id, address.tryon_id, address.attempt);
        let digest = |token: &str| self.secrets.digest("tryon.callback.comparison", token);
        digest(&ours) == digest(&address.token)
    }
}

/// Why a message is not believed.
#[derive(Debug, thiserror::Error)]
pub enum CallbackError {
    /// The provider sends none.
    #[error("this provider sends no messages")]
    Unexpected,
    /// It is not signed as the provider signs.
    #[error("the signature is missing or wrong")]
    Signature,
    /// It is older, or from further in the future, than [`CALLBACK_TOLERANCE`].
    #[error("the message is not of this moment")]
    NotOfNow,
    /// It cannot be read.
    #[error("the message cannot be read: {0}")]
    Malformed(String),
}
