//! The quota's ledger: prompts and tokens are reserved before a model is asked, and settled once when the answer has ended.
//!
//! At every instant `free + reserved + used = quota` as long as providers count what was reserved for them; a provider that counts more is
//! recorded as it counts, and the next prompt is refused.

use crate::challenge::hackathons::Quotas;
use crate::kernel::{MessageId, Timestamp};

/// Which quota is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuotaKind {
    /// Prompts of the hackathon.
    Prompts,
    /// Tokens of the hackathon.
    Tokens,
    /// Tokens of the account, over all hackathons.
    AccountTokens,
}

impl QuotaKind {
    /// The name on the wire: `prompts` or `tokens`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Prompts => "prompts",
            Self::Tokens | Self::AccountTokens => "tokens",
        }
    }
}

/// The quota does not suffice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the quota of {} is used up: {used} used and {reserved} reserved of {limit}, {needed} needed", .quota.as_str())]
pub struct QuotaExceeded {
    /// Which.
    pub quota: QuotaKind,
    /// How much there is in all.
    pub limit: u64,
    /// How much of it was used.
    pub used: u64,
    /// How much is held for answers on their way.
    pub reserved: u64,
    /// What was needed at the least.
    pub needed: u64,
}

impl QuotaExceeded {
    /// What may still be reserved.
    pub fn remaining(&self) -> u64 {
        self.limit.saturating_sub(self.used.saturating_add(self.reserved))
    }
}

/// What is held for one answer on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reservation {
    /// The answer's message.
    pub message_id: MessageId,
    /// The tokens held; and one prompt.
    pub tokens: u64,
    /// Since when.
    pub at: Timestamp,
}

/// What is left of a quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaLeft {
    /// The quota.
    pub quotas: Quotas,
    /// Prompts used.
    pub prompts_used: u64,
    /// Prompts on their way.
    pub prompts_reserved: u64,
    /// Tokens used.
    pub tokens_used: u64,
    /// Tokens held for answers on their way.
    pub tokens_reserved: u64,
}

impl QuotaLeft {
    /// Prompts that may still be sent.
    pub fn prompts_free(&self) -> u64 {
        u64::from(self.quotas.prompts).saturating_sub(self.prompts_used + self.prompts_reserved)
    }

    /// Tokens that may still be reserved.
    pub fn tokens_free(&self) -> u64 {
        self.quotas.tokens.saturating_sub(self.tokens_used + self.tokens_reserved)
    }
}

/// A student's ledger in a hackathon.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Prompts used.
    pub prompts_used: u64,
    /// Tokens used.
    pub tokens_used: u64,
    /// Answers on their way.
    pub reservations: Vec<Reservation>,
}

impl Ledger {
    /// What is left under `quotas`.
    pub fn left(&self, quotas: Quotas) -> QuotaLeft {
        QuotaLeft {
            quotas,
            prompts_used: self.prompts_used,
            prompts_reserved: self.reservations.len() as u64,
            tokens_used: self.tokens_used,
            tokens_reserved: self.reservations.iter().map(|held| held.tokens).sum(),
        }
    }

    /// How many tokens can be had of `wanted`, `least` at the least, besides one prompt; nothing is reserved yet.
    ///
    /// # Errors
    /// [`QuotaExceeded`].
    pub fn available(&self, quotas: Quotas, wanted: u64, least: u64) -> Result<u64, QuotaExceeded> {
        let left = self.left(quotas);
        if left.prompts_free() == 0 {
            return Err(QuotaExceeded {
                quota: QuotaKind::Prompts,
                limit: u64::from(quotas.prompts),
                used: left.prompts_used,
                reserved: left.prompts_reserved,
                needed: 1,
            });
        }
        if left.tokens_free() < least {
            return Err(QuotaExceeded {
                quota: QuotaKind::Tokens,
                limit: quotas.tokens,
                used: left.tokens_used,
                reserved: left.tokens_reserved,
                needed: least,
            });
        }
        Ok(wanted.min(left.tokens_free()))
    }

    /// Holds a prompt and tokens.
    pub fn reserve(&mut self, reservation: Reservation) {
        self.reservations.push(reservation);
    }

    /// Settles a reservation once: `used` is the tokens really used, or none when the provider did not take the request, which gives the
    /// prompt back. Answers the tokens that were held; none when it was settled before.
    pub fn settle(&mut self, message_id: MessageId, used: Option<u64>) -> Option<u64> {
        let index = self.reservations.iter().position(|held| held.message_id == message_id)?;
        let held = self.reservations.swap_remove(index);
        if let Some(tokens) = used {
            self.prompts_used += 1;
            self.tokens_used += tokens;
        }
        Some(held.tokens)
    }
}
