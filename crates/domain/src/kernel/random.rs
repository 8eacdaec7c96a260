//! Randomness and keyed digests as a port.

use super::SecretString;

/// Makes secrets and the digests under which they are stored.
pub trait SecretGenerator: Send + Sync {
    /// A token of 256 random bits, in URL-safe text.
    fn token(&self) -> SecretString;
    /// Six random digits, leading zeros kept.
    fn six_digits(&self) -> SecretString;
    /// The keyed digest (HMAC-SHA-256 under the installation's key, hex) of a secret; `purpose` separates uses, so that a digest of one
    /// purpose never matches another's.
    fn digest(&self, purpose: &str, secret: &str) -> String;
}
