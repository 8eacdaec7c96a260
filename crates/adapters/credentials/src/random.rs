//! Random secrets and the keyed digests they are stored under.

use atelier_domain::kernel::{ExposeSecret, SecretGenerator, SecretString};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use rand::TryRng;
use rand::rngs::SysRng;
use sha2::Sha256;

/// Bytes from the operating system's generator.
///
/// Without one nothing secret can be made, so its failure ends the process instead of weakening a secret.
pub(crate) fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SysRng.try_fill_bytes(&mut bytes).expect("the operating system's random number generator answers");
    bytes
}

/// 256 random bits as 43 characters of URL-safe base64.
pub(crate) fn random_token() -> SecretString {
    URL_SAFE_NO_PAD.encode(random_bytes::<32>()).into()
}

/// Makes secrets from the operating system's generator and digests them with HMAC-SHA-256 (RFC 2104) under the installation's key.
pub struct RandomSecrets {
    keyed: Hmac<Sha256>,
}

impl RandomSecrets {
    /// A generator whose digests are made under `key`. With another key, stored digests match nothing.
    pub fn new(key: &SecretString) -> Self {
        let keyed = Hmac::new_from_slice(key.expose_secret().as_bytes()).expect("HMAC takes a key of any length");
        Self { keyed }
    }
}

impl SecretGenerator for RandomSecrets {
    fn token(&self) -> SecretString {
        random_token()
    }

    fn six_digits(&self) -> SecretString {
        // Numbers above the last whole million are drawn again: a plain remainder would favour the low codes.
        const CODES: u32 = 1_000_000;
        const FAIR: u32 = u32::MAX / CODES * CODES;
        loop {
            let number = u32::from_be_bytes(random_bytes());
            if number < FAIR {
                return format!("{:06}", number % CODES).into();
            }
        }
    }

    fn digest(&self, purpose: &str, secret: &str) -> String {
        let mut mac = self.keyed.clone();
        // The length in front keeps ("ab", "c") and ("a", "bc") apart.
        mac.update(&(purpose.len() as u64).to_be_bytes());
        mac.update(purpose.as_bytes());
        mac.update(secret.as_bytes());
        hex::encode(mac.finalize().into_bytes())
    }
}
