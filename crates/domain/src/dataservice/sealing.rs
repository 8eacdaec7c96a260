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

/// A sealed stream cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StreamError {
    /// The key is not among those of the setting.
    #[error("it was sealed with the key {0}, which is not in DB_ENCRYPTION_KEY: add that key behind the present one")]
    UnknownKey(String),
    /// Cut off, put in another order, changed, or of something else.
    #[error("it is not what was sealed: a part of it was changed, moved or cut off, or it belongs to another backup")]
    Changed,
}

/// Authenticated encryption of what is too large to be held at once: pieces that open only in their order, to the last one.
pub trait StreamSealer: Send + Sync {
    /// Begins a stream: what it begins with, and what seals its pieces. `context` is authenticated as for [`Sealer`].
    fn seal_stream(&self, context: &str) -> (Vec<u8>, Box<dyn SealPieces>);
    /// Begins to open a stream that begins with these [`STREAM_HEADER`] bytes.
    ///
    /// # Errors
    /// [`StreamError`].
    fn open_stream(&self, context: &str, header: &[u8]) -> Result<Box<dyn OpenPieces>, StreamError>;
}

/// Bytes that a sealed stream begins with.
pub const STREAM_HEADER: usize = 37;
/// Bytes of every piece but the last, before they are sealed.
pub const STREAM_PIECE: usize = 64 * 1024;
/// Bytes by which sealing makes a piece longer.
pub const STREAM_TAG: usize = 16;

/// Seals the pieces of one stream.
pub trait SealPieces: Send {
    /// A piece that others follow.
    ///
    /// # Errors
    /// [`StreamError::Changed`] past 2³² pieces.
    fn next(&mut self, plain: &[u8]) -> Result<Vec<u8>, StreamError>;
    /// The last piece; it may be empty.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    fn last(self: Box<Self>, plain: &[u8]) -> Result<Vec<u8>, StreamError>;
}

/// Opens the pieces of one stream. What it answers is authentic as far as it goes; whole is only what ended with [`last`](Self::last).
pub trait OpenPieces: Send {
    /// A piece that others follow.
    ///
    /// # Errors
    /// [`StreamError::Changed`].
    fn next(&mut self, sealed: &[u8]) -> Result<Vec<u8>, StreamError>;
    /// The last piece.
    ///
    /// # Errors
    /// [`StreamError::Changed`].
    fn last(self: Box<Self>, sealed: &[u8]) -> Result<Vec<u8>, StreamError>;
}
