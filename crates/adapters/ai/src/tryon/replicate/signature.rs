//! Signatures of Standard Webhooks (github.com/standard-webhooks/standard-webhooks, spec 1.0), as Replicate's page
//! topics/webhooks/verify-webhook writes them.

use atelier_domain::kernel::{ExposeSecret, SecretString, Timestamp};
use atelier_domain::wearit::tryon::{CALLBACK_TOLERANCE, CallbackError, CallbackMessage};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{TimeDelta, TimeZone, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The account's secret, decoded.
pub(super) struct Signer(Hmac<Sha256>);

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer(…)")
    }
}

impl Signer {
    /// The secret `whsec_` and base64; none if it is not.
    pub(super) fn new(secret: &SecretString) -> Option<Self> {
        let key = STANDARD.decode(secret.expose_secret().strip_prefix("whsec_")?).ok().filter(|key| !key.is_empty())?;
        Hmac::new_from_slice(&key).ok().map(Self)
    }

    /// The message's id, if one of its signatures is right and it is of this moment.
    pub(super) fn check<'a>(&self, message: &'a CallbackMessage) -> Result<&'a str, CallbackError> {
        let header = |name: &str| message.headers.get(name).map(String::as_str).ok_or(CallbackError::Signature);
        let (id, sent, signatures) = (header("webhook-id")?, header("webhook-timestamp")?, header("webhook-signature")?);
        // Other versions may stand beside ours, and several secrets while one is changed. The comparison takes constant time.
        let is_right = |signature: &[u8]| {
            let signed = self.0.clone().chain_update(id).chain_update(b".").chain_update(sent).chain_update(b".");
            signed.chain_update(&message.body).verify_slice(signature).is_ok()
        };
        let candidates = signatures.split_whitespace().filter_map(|signature| STANDARD.decode(signature.strip_prefix("v1,")?).ok());
        if !candidates.into_iter().any(|signature| is_right(&signature)) {
            return Err(CallbackError::Signature);
        }
        if is_of_now(sent, message.received_at) { Ok(id) } else { Err(CallbackError::NotOfNow) }
    }
}

fn is_of_now(sent: &str, received_at: Timestamp) -> bool {
    let sent = sent.parse().ok().and_then(|seconds| Utc.timestamp_opt(seconds, 0).single());
    let tolerance = TimeDelta::from_std(CALLBACK_TOLERANCE).unwrap_or(TimeDelta::MAX);
    sent.is_some_and(|sent| (received_at - sent).abs() <= tolerance)
}
