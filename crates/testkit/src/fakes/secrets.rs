//! Secrets that count.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};

use atelier_domain::kernel::{SecretGenerator, SecretString};

/// Makes secrets from a counter: no secret twice, the same ones in each run. Its digests are no protection, only different for different
/// purposes and secrets.
#[derive(Debug, Default)]
pub struct SeededSecrets {
    made: AtomicU64,
}

impl SeededSecrets {
    /// Secrets from the first.
    pub fn new() -> Self {
        Self::default()
    }

    fn next(&self) -> u64 {
        self.made.fetch_add(1, Ordering::SeqCst) + 1
    }
}

impl SecretGenerator for SeededSecrets {
    fn token(&self) -> SecretString {
        format!("token-{:037}", self.next()).into()
    }

    fn six_digits(&self) -> SecretString {
        // A step without common divisor with 10^6: every code comes once, the first ones far apart, some with leading zeros.
        format!("{:06}", self.next().wrapping_mul(77_773) % 1_000_000).into()
    }

    fn digest(&self, purpose: &str, secret: &str) -> String {
        let part = |number: u8| {
            let mut hasher = DefaultHasher::new();
            (number, purpose, secret).hash(&mut hasher);
            format!("{:016x}", hasher.finish())
        };
        (0..4).map(part).collect()
    }
}
