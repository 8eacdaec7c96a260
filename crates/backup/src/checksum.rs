//! The checksum of a manifest, over what is not a file.

use sha2::{Digest, Sha256};

/// SHA-256 and length of a sequence of pieces.
#[derive(Debug, Clone, Default)]
pub struct Checksum {
    hash: Sha256,
    bytes: u64,
}

impl Checksum {
    /// Adds a piece.
    pub fn add(&mut self, piece: &[u8]) {
        self.hash.update(piece);
        self.bytes += piece.len() as u64;
    }

    /// The length, and the SHA-256 in hexadecimal digits.
    pub fn finish(self) -> (u64, String) {
        (self.bytes, hex::encode(self.hash.finalize()))
    }
}
