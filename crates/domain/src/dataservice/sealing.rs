//! Keeping secrets readable for the service alone: lease passwords, the transaction log's payloads, backups.

/// What was sealed cannot be opened: with another key, for another purpose, or changed since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a sealed record cannot be opened: DB_ENCRYPTION_KEY is not the one it was sealed with, or the record was changed")]
pub struct CannotOpen;

/// Authenticated encryption under `DB_ENCRYPTION_KEY`. The key's id is in what is sealed, so that older keys can still open it.
pub trait Sealer: Send + Sync {
    /// Encrypts. `context` names what it belongs to (e.g. `lease/conn_…`) and is authenticated with it: opened for another it fails.
    fn seal(&self, context: &str, plain: &[u8]) -> Vec<u8>;
    /// Decrypts.
    ///
    /// # Errors
    /// [`CannotOpen`].
    fn open(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, CannotOpen>;
}
