//! Failed tries, counted against guessing (CX10): per account and address, and per address.

use std::time::Duration;

use crate::identity::IdentityError;
use crate::kernel::{AttemptLimiter, SecretGenerator};

use super::Client;

const WINDOW: Duration = Duration::from_secs(15 * 60);
const PER_ACCOUNT_AND_ADDRESS: u32 = 5;
const PER_ADDRESS: u32 = 50;

/// The failed tries of one action by one client, on one account where the client names one.
pub(crate) struct Attempts<'a> {
    limiter: &'a dyn AttemptLimiter,
    address: String,
    account: Option<String>,
}

impl<'a> Attempts<'a> {
    /// Tries on an account; `account` is what the client typed, kept as a digest only.
    pub(crate) fn on_account(
        limiter: &'a dyn AttemptLimiter,
        secrets: &dyn SecretGenerator,
        action: &str,
        account: &str,
        client: &Client,
    ) -> Self {
        let digest = secrets.digest("attempts", &account.trim().to_lowercase());
        let account = Some(format!("{action}:{}:{digest}", client.address));
        Self { account, ..Self::of_address(limiter, action, client) }
    }

    /// Tries with a secret that names no account.
    pub(crate) fn of_address(limiter: &'a dyn AttemptLimiter, action: &str, client: &Client) -> Self {
        Self { limiter, address: format!("{action}:{}", client.address), account: None }
    }

    /// Refuses when there were too many. Asked before the costly check and again after it, before its outcome is used: of many tries sent
    /// at the same moment, only the first few learn anything.
    pub(crate) async fn check(&self) -> Result<(), IdentityError> {
        let mut wait = self.limiter.blocked_for(&self.address, PER_ADDRESS, WINDOW).await;
        if let Some(account) = &self.account {
            wait = wait.max(self.limiter.blocked_for(account, PER_ACCOUNT_AND_ADDRESS, WINDOW).await);
        }
        match wait {
            Some(wait) => Err(IdentityError::TooManyAttempts { retry_after_seconds: wait.as_secs().max(1) }),
            None => Ok(()),
        }
    }

    /// Counts a failed try.
    pub(crate) async fn failed(&self) {
        self.limiter.record_failure(&self.address, WINDOW).await;
        if let Some(account) = &self.account {
            self.limiter.record_failure(account, WINDOW).await;
        }
    }

    /// Forgets the account's failures after a success; those of the address stay, or one good account would buy endless guesses.
    pub(crate) async fn succeeded(&self) {
        if let Some(account) = &self.account {
            self.limiter.reset(account).await;
        }
    }
}
