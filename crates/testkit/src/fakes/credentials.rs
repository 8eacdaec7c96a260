//! Password hashes and access tokens without cryptography.

use std::sync::atomic::{AtomicU64, Ordering};

use atelier_domain::identity::{AccessClaims, Password, PasswordError, PasswordHasher, TokenRejected, TokenSigner};
use atelier_domain::kernel::{ExposeSecret, SecretString, Timestamp};

/// "Hashes" a password by writing it behind a bcrypt-like prefix. Counts verifications, so that a test can see that an unknown account
/// costs one as well.
#[derive(Debug)]
pub struct PlainHasher {
    cost: u32,
    verifications: AtomicU64,
}

impl PlainHasher {
    /// A hasher of cost 4.
    pub fn new() -> Self {
        Self::with_cost(4)
    }

    /// A hasher that writes this cost into its hashes, and wants hashes of another cost made anew.
    pub fn with_cost(cost: u32) -> Self {
        Self { cost, verifications: AtomicU64::new(0) }
    }

    /// How often [`verify`](PasswordHasher::verify) was asked.
    pub fn verifications(&self) -> u64 {
        self.verifications.load(Ordering::SeqCst)
    }

    fn prefix(&self) -> String {
        format!("$2b${:02}$", self.cost)
    }
}

impl Default for PlainHasher {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait::async_trait]
impl PasswordHasher for PlainHasher {
    async fn hash(&self, password: &Password) -> Result<SecretString, PasswordError> {
        Ok(format!("{}{}", self.prefix(), password.secret().expose_secret()).into())
    }

    async fn verify(&self, password: &SecretString, hash: Option<&SecretString>) -> Result<bool, PasswordError> {
        self.verifications.fetch_add(1, Ordering::SeqCst);
        let hashed = hash.and_then(|hash| hash.expose_secret().splitn(4, '$').nth(3));
        Ok(hashed == Some(password.expose_secret()))
    }

    fn needs_rehash(&self, hash: &SecretString) -> bool {
        !hash.expose_secret().starts_with(&self.prefix())
    }
}

/// "Signs" a token by writing the claims down. Anybody can forge one.
#[derive(Debug, Default)]
pub struct PlainTokenSigner {
    signed: AtomicU64,
}

impl PlainTokenSigner {
    /// A signer whose first token has `jti` 1.
    pub fn new() -> Self {
        Self::default()
    }
}

impl TokenSigner for PlainTokenSigner {
    fn sign(&self, claims: &AccessClaims) -> SecretString {
        let session = claims.session_id.map_or_else(|| "-".to_owned(), |id| id.to_string());
        let (issued, expires) = (claims.issued_at.timestamp_millis(), claims.expires_at.timestamp_millis());
        let number = self.signed.fetch_add(1, Ordering::SeqCst) + 1;
        format!("plain.{}.{}.{session}.{issued}.{expires}.{number}", claims.user_id, claims.role).into()
    }

    fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, TokenRejected> {
        let claims = read_claims(token).ok_or_else(|| TokenRejected("not a plain token".to_owned()))?;
        if claims.expires_at <= now {
            return Err(TokenRejected("expired".to_owned()));
        }
        Ok(claims)
    }
}

fn read_claims(token: &str) -> Option<AccessClaims> {
    let parts: Vec<&str> = token.split('.').collect();
    let ["plain", user, role, session, issued, expires, number] = parts[..] else {
        return None;
    };
    // A token with something appended is not the one that was signed.
    number.parse::<u64>().ok()?;
    Some(AccessClaims {
        user_id: user.parse().ok()?,
        role: role.parse().ok()?,
        session_id: if session == "-" { None } else { Some(session.parse().ok()?) },
        issued_at: Timestamp::from_timestamp_millis(issued.parse().ok()?)?,
        expires_at: Timestamp::from_timestamp_millis(expires.parse().ok()?)?,
    })
}
