//! Records sealed with AES-256-GCM (NIST SP 800-38D) under `DB_ENCRYPTION_KEY`.

use std::fmt;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use atelier_domain::dataservice::{CannotOpen, Sealer};
use atelier_domain::kernel::{ExposeSecret, SecretString};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use sha2::{Digest, Sha256};

use crate::random::random_bytes;

/// What is sealed begins with this, the key's id and the nonce; ciphertext and tag follow.
const VERSION: u8 = 1;
pub(crate) const KEY_ID_BYTES: usize = 4;
const NONCE_BYTES: usize = 12;
const NONCE_AT: usize = 1 + KEY_ID_BYTES;
const TEXT_AT: usize = NONCE_AT + NONCE_BYTES;

/// `DB_ENCRYPTION_KEY` holds no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("DB_ENCRYPTION_KEY needs a key, or several with commas between, the newest first: `openssl rand -base64 32` makes one")]
pub struct EncryptionKeyError;

pub(crate) struct Key {
    pub(crate) id: [u8; KEY_ID_BYTES],
    cipher: Aes256Gcm,
    /// What keys of streams are derived from.
    pub(crate) streams: Hkdf<Sha256>,
}

impl Key {
    fn of(text: &str) -> Self {
        let key = exact(text).unwrap_or_else(|| {
            let mut key = [0; 32];
            // RFC 5869. It spreads what the text holds; it does not make a guessable text a good key.
            Hkdf::<Sha256>::new(None, text.as_bytes()).expand(b"atelier DB_ENCRYPTION_KEY", &mut key).expect("32 bytes are one block");
            key
        });
        let digest = Sha256::digest(key);
        let mut id = [0; KEY_ID_BYTES];
        id.copy_from_slice(&digest[..KEY_ID_BYTES]);
        Self { id, cipher: Aes256Gcm::new(&key.into()), streams: Hkdf::new(Some(b"atelier streams"), &key) }
    }
}

/// 32 bytes written as hex or base64 are the key itself.
fn exact(text: &str) -> Option<[u8; 32]> {
    let decoded = hex::decode(text)
        .ok()
        .into_iter()
        .chain([STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD].into_iter().filter_map(|alphabet| alphabet.decode(text).ok()));
    decoded.into_iter().find_map(|bytes| bytes.try_into().ok())
}

/// Seals under the newest key and opens what any of its keys has sealed.
///
/// Nonces are random: renew the key before it has sealed 2³² records (SP 800-38D, 8.3).
pub struct AesGcmSealer {
    pub(crate) keys: Vec<Key>,
}

impl AesGcmSealer {
    /// From the text of `DB_ENCRYPTION_KEY`: 32 bytes in hex or base64, or any other text, from which a key is derived. Several with commas
    /// between: the first seals, the others only open, so that a key can be renewed without losing what older ones have sealed.
    ///
    /// # Errors
    /// [`EncryptionKeyError`] when no key is in it.
    pub fn new(setting: &SecretString) -> Result<Self, EncryptionKeyError> {
        let keys: Vec<Key> = setting.expose_secret().split(',').map(str::trim).filter(|text| !text.is_empty()).map(Key::of).collect();
        if keys.is_empty() { Err(EncryptionKeyError) } else { Ok(Self { keys }) }
    }

    /// The id of the key that seals, eight hex digits: it tells which key a record needs, not what the key is.
    pub fn key_id(&self) -> String {
        hex::encode(self.keys[0].id)
    }
}

impl fmt::Debug for AesGcmSealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AesGcmSealer").field("key_id", &self.key_id()).finish_non_exhaustive()
    }
}

/// Header and context: neither can be exchanged without the tag failing.
fn authenticated(header: &[u8], context: &str) -> Vec<u8> {
    [&header[..NONCE_AT], context.as_bytes()].concat()
}

impl Sealer for AesGcmSealer {
    fn seal(&self, context: &str, plain: &[u8]) -> Vec<u8> {
        let key = &self.keys[0];
        let nonce: [u8; NONCE_BYTES] = random_bytes();
        let mut sealed = Vec::with_capacity(TEXT_AT + plain.len() + 16);
        sealed.push(VERSION);
        sealed.extend_from_slice(&key.id);
        sealed.extend_from_slice(&nonce);
        let payload = Payload { msg: plain, aad: &authenticated(&sealed, context) };
        sealed.extend(key.cipher.encrypt(&Nonce::from(nonce), payload).expect("nothing is as long as 64 GiB"));
        sealed
    }

    fn open(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, CannotOpen> {
        let (header, text) = sealed.split_at_checked(TEXT_AT).ok_or(CannotOpen)?;
        if header[0] != VERSION {
            return Err(CannotOpen);
        }
        let mut nonce = [0; NONCE_BYTES];
        nonce.copy_from_slice(&header[NONCE_AT..]);
        let aad = authenticated(header, context);
        self.keys
            .iter()
            .filter(|key| key.id == header[1..NONCE_AT])
            .find_map(|key| key.cipher.decrypt(&Nonce::from(nonce), Payload { msg: text, aad: &aad }).ok())
            .ok_or(CannotOpen)
    }
}
