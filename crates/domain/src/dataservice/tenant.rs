//! Who asks, and how much they may ask for.

use std::fmt;
use std::time::Duration;

use uuid::Uuid;

use crate::identity::{Actor, Role};
use crate::kernel::{EntityId, UserId, data_user_id};

/// The three levels of access of the Core Database Service. Students and examiners are users here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tier {
    /// One's own rows.
    User,
    /// One's own rows, with higher limits.
    Premium,
    /// Every row, maintenance and monitoring.
    Admin,
}

impl Tier {
    /// Every level.
    pub const ALL: [Self; 3] = [Self::User, Self::Premium, Self::Admin];

    /// The name, as stored in the column `users.role`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Premium => "premium",
            Self::Admin => "admin",
        }
    }

    /// What the level allows.
    pub fn allowance(self) -> Allowance {
        match self {
            Self::User => {
                Allowance { requests_per_minute: 60, rows_per_page: 100, statement_time: Duration::from_secs(5), operations: 20, leases: 2 }
            }
            Self::Premium => Allowance {
                requests_per_minute: 300,
                rows_per_page: 500,
                statement_time: Duration::from_secs(10),
                operations: 50,
                leases: 10,
            },
            Self::Admin => Allowance {
                requests_per_minute: 1200,
                rows_per_page: 1000,
                statement_time: Duration::from_secs(30),
                operations: 100,
                leases: 50,
            },
        }
    }
}

impl From<Role> for Tier {
    fn from(role: Role) -> Self {
        match role {
            Role::Admin => Self::Admin,
            Role::Premium => Self::Premium,
            Role::User | Role::Student | Role::Examiner => Self::User,
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Limits of a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Requests a minute, over all routes of this product.
    pub requests_per_minute: u32,
    /// Most rows of one page.
    pub rows_per_page: u32,
    /// Longest time one statement may run.
    pub statement_time: Duration,
    /// Most operations of one transaction.
    pub operations: usize,
    /// Most leases alive at once.
    pub leases: u32,
}

/// The caller as this context sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tenant {
    /// The account.
    pub account_id: UserId,
    /// The owner id of the account's rows, in every store.
    pub owner: Uuid,
    /// What it may do.
    pub tier: Tier,
}

impl Tenant {
    /// The tenant an actor is.
    pub fn of(actor: &Actor) -> Self {
        Self { account_id: actor.user_id, owner: data_user_id(actor.user_id), tier: Tier::from(actor.role) }
    }

    /// Whoever works at the operator's command line: an administrator without an account.
    pub fn operator() -> Self {
        Self { account_id: UserId::from_bytes([0; 12]), owner: Uuid::nil(), tier: Tier::Admin }
    }

    /// Who that is for the audit trail; none for the operator's command line.
    pub fn actor(&self) -> Option<UserId> {
        (!self.owner.is_nil()).then_some(self.account_id)
    }

    /// Whether it sees every owner's rows.
    pub fn is_admin(&self) -> bool {
        self.tier == Tier::Admin
    }

    /// The limits of its level.
    pub fn allowance(&self) -> Allowance {
        self.tier.allowance()
    }

    /// The only owner whose rows it may touch; none for administrators.
    pub fn confined_to(&self) -> Option<Uuid> {
        (!self.is_admin()).then_some(self.owner)
    }
}
