//! bcrypt on a bounded pool.

use std::str::FromStr;
use std::sync::Arc;

use atelier_domain::identity::{Password, PasswordError, PasswordHasher};
use atelier_domain::kernel::{ExposeSecret, SecretString};
use bcrypt::HashParts;
use tokio::sync::Semaphore;

/// The bcrypt cost is not one bcrypt knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the bcrypt cost must be between 4 and 31, not {0}")]
pub struct CostOutOfRange(pub u32);

/// What bcrypt reads of a password; [`Password`] accepts no more.
const MAX_PASSWORD_BYTES: usize = 72;

/// Hashes passwords with bcrypt, prefix `$2b$` (checklist W18), on blocking threads.
///
/// At most `permits` hashings run at once and at most `queue_limit` more wait; any further one is refused with [`PasswordError::Busy`],
/// so that a flood of sign-ins costs neither memory nor everybody's patience. A hashing whose caller went away keeps its place until it
/// ends, because its thread does.
pub struct BcryptHasher {
    cost: u32,
    admitted: Arc<Semaphore>,
    running: Arc<Semaphore>,
    /// A well-formed hash of the present cost that stands in for an unknown account's.
    dummy: SecretString,
}

impl BcryptHasher {
    /// The cost of new hashes unless configured otherwise.
    pub const DEFAULT_COST: u32 = 12;

    /// A hasher of the given cost (4–31), running at most `permits` (at least 1) hashings at once with `queue_limit` more in line.
    ///
    /// # Errors
    /// [`CostOutOfRange`].
    pub fn new(cost: u32, permits: usize, queue_limit: usize) -> Result<Self, CostOutOfRange> {
        if !(4..=31).contains(&cost) {
            return Err(CostOutOfRange(cost));
        }
        let permits = permits.max(1);
        Ok(Self {
            cost,
            admitted: Arc::new(Semaphore::new(permits.saturating_add(queue_limit).min(Semaphore::MAX_PERMITS))),
            running: Arc::new(Semaphore::new(permits.min(Semaphore::MAX_PERMITS))),
            dummy: format!("$2b${cost:02}${}{}", "C6UzMDM.H6dfI/f/IKcEeO", "E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW").into(),
        })
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T, PasswordError> + Send + 'static) -> Result<T, PasswordError> {
        let failed = |error: Box<dyn std::error::Error + Send + Sync>| PasswordError::Failed(error);
        let admitted = Arc::clone(&self.admitted).try_acquire_owned().map_err(|_full| PasswordError::Busy)?;
        let running = Arc::clone(&self.running).acquire_owned().await.map_err(|closed| failed(closed.into()))?;
        tokio::task::spawn_blocking(move || {
            let _held = (admitted, running);
            work()
        })
        .await
        .map_err(|panicked| failed(panicked.into()))?
    }
}

#[async_trait::async_trait]
impl PasswordHasher for BcryptHasher {
    async fn hash(&self, password: &Password) -> Result<SecretString, PasswordError> {
        let (password, cost) = (password.secret().clone(), self.cost);
        self.run(move || {
            let hash = bcrypt::hash(password.expose_secret(), cost).map_err(|error| PasswordError::Failed(error.into()))?;
            Ok(SecretString::from(hash))
        })
        .await
    }

    async fn verify(&self, password: &SecretString, hash: Option<&SecretString>) -> Result<bool, PasswordError> {
        // bcrypt would read 72 bytes of a longer password and accept it.
        let known = hash.filter(|_| password.expose_secret().len() <= MAX_PASSWORD_BYTES);
        let (password, can_match) = (password.clone(), known.is_some());
        let hash = known.unwrap_or(&self.dummy).clone();
        self.run(move || {
            let matches =
                bcrypt::verify(password.expose_secret(), hash.expose_secret()).map_err(|error| PasswordError::Failed(error.into()))?;
            Ok(matches && can_match)
        })
        .await
    }

    fn needs_rehash(&self, hash: &SecretString) -> bool {
        HashParts::from_str(hash.expose_secret()).map_or(true, |parts| parts.get_cost() != self.cost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stand_in_for_an_unknown_account_costs_what_a_real_hash_costs() {
        for cost in [4, 12, 31] {
            let dummy = BcryptHasher::new(cost, 1, 0).map(|hasher| hasher.dummy);
            let parts = dummy.ok().and_then(|dummy| HashParts::from_str(dummy.expose_secret()).ok());
            assert_eq!(parts.map(|parts| parts.get_cost()), Some(cost));
        }
    }
}
