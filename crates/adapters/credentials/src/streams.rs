//! Streams sealed under `DB_ENCRYPTION_KEY`: AES-256-GCM in the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár: "Online
//! Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", 2015) under a key of each stream's own (HKDF, RFC 5869).
//!
//! A stream begins with a version, the key's id and the salt of its own key. Each piece is sealed with its number and whether it is the
//! last, so that none can be changed, moved, left out or cut off.

use aead_stream::{DecryptorBE32, EncryptorBE32};
use aes_gcm::{Aes256Gcm, KeyInit};
use atelier_domain::dataservice::{OpenPieces, STREAM_HEADER, SealPieces, StreamError, StreamSealer};
use hkdf::Hkdf;
use sha2::Sha256;

use crate::random::random_bytes;
use crate::sealing::{AesGcmSealer, KEY_ID_BYTES};

const VERSION: u8 = 1;
const SALT_AT: usize = 1 + KEY_ID_BYTES;
const SALT_BYTES: usize = STREAM_HEADER - SALT_AT;
/// The last five bytes of a nonce are the piece's number and the mark of the last one.
const NONCE_BYTES: usize = 7;

/// The cipher of one stream, and what its nonces begin with.
fn derived(streams: &Hkdf<Sha256>, header: &[u8], context: &str) -> (Aes256Gcm, [u8; NONCE_BYTES]) {
    let expand = |purpose: &[u8], into: &mut [u8]| {
        streams.expand_multi_info(&[purpose, header, context.as_bytes()], into).expect("it is one block");
    };
    let (mut key, mut nonce) = ([0; 32], [0; NONCE_BYTES]);
    expand(b"key", &mut key);
    expand(b"nonce", &mut nonce);
    (Aes256Gcm::new(&key.into()), nonce)
}

struct Sealing(EncryptorBE32<Aes256Gcm>);

struct Opening(DecryptorBE32<Aes256Gcm>);

impl StreamSealer for AesGcmSealer {
    fn seal_stream(&self, context: &str) -> (Vec<u8>, Box<dyn SealPieces>) {
        let key = &self.keys[0];
        let salt: [u8; SALT_BYTES] = random_bytes();
        let mut header = Vec::with_capacity(STREAM_HEADER);
        header.push(VERSION);
        header.extend_from_slice(&key.id);
        header.extend_from_slice(&salt);
        let (cipher, nonce) = derived(&key.streams, &header, context);
        (header, Box::new(Sealing(EncryptorBE32::from_aead(cipher, &nonce.into()))))
    }

    fn open_stream(&self, context: &str, header: &[u8]) -> Result<Box<dyn OpenPieces>, StreamError> {
        if header.len() != STREAM_HEADER || header[0] != VERSION {
            return Err(StreamError::Changed);
        }
        let id = &header[1..SALT_AT];
        let key = self.keys.iter().find(|key| key.id == id).ok_or_else(|| StreamError::UnknownKey(hex::encode(id)))?;
        let (cipher, nonce) = derived(&key.streams, header, context);
        Ok(Box::new(Opening(DecryptorBE32::from_aead(cipher, &nonce.into()))))
    }
}

impl SealPieces for Sealing {
    fn next(&mut self, plain: &[u8]) -> Result<Vec<u8>, StreamError> {
        self.0.encrypt_next(plain).map_err(|_opaque| StreamError::Changed)
    }

    fn last(self: Box<Self>, plain: &[u8]) -> Result<Vec<u8>, StreamError> {
        self.0.encrypt_last(plain).map_err(|_opaque| StreamError::Changed)
    }
}

impl OpenPieces for Opening {
    fn next(&mut self, sealed: &[u8]) -> Result<Vec<u8>, StreamError> {
        self.0.decrypt_next(sealed).map_err(|_opaque| StreamError::Changed)
    }

    fn last(self: Box<Self>, sealed: &[u8]) -> Result<Vec<u8>, StreamError> {
        self.0.decrypt_last(sealed).map_err(|_opaque| StreamError::Changed)
    }
}
