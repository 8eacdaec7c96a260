//! What leases need.

use async_trait::async_trait;

use super::model::{Lease, LeaseId};
use crate::dataservice::{DataError, Database};
use crate::kernel::{SecretString, Timestamp};

/// A lease that is to be.
pub struct NewLease {
    /// The row; its login is the part after the store's prefix.
    pub lease: Lease,
    /// The clear password.
    pub password: SecretString,
    /// The password as it is kept.
    pub sealed: Vec<u8>,
    /// The client's idempotency key.
    pub idempotency_key: Option<String>,
    /// Most live leases of the account.
    pub quota: u32,
    /// Most leases of the store.
    pub max: u32,
}

/// What became of it.
#[derive(Debug)]
pub enum Grant {
    /// It is there; so many leases does the store bear now.
    Granted {
        /// With its full login.
        lease: Lease,
        /// This one included.
        used: u32,
    },
    /// The key was used for the same before, and that lease lives.
    Same {
        /// It.
        lease: Lease,
        /// Its password as it is kept.
        sealed: Vec<u8>,
        /// So many leases does the store bear.
        used: u32,
    },
    /// The key was used for something else, and that lease lives.
    KeyReused,
    /// The account has all the leases it may have.
    QuotaExceeded {
        /// When the first of them ends.
        until: Timestamp,
    },
    /// The store bears all the leases it may.
    Full,
}

/// How many leases stand where, at one store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeaseCounts {
    /// Granting or active.
    pub live: u32,
    /// Closed, their logins not yet gone.
    pub revoking: u32,
    /// Those of them whose revocation has failed and is tried again.
    pub backlog: u32,
    /// What the store's budget says: the sum of the two.
    pub used: u32,
}

/// Where leases are kept: PostgreSQL, which for its own leases is the store that bears them, too.
///
/// Every method is one transaction. Those that take a changed lease MUST write nothing and answer `false` when the row is no longer in a
/// state from which that change comes.
#[async_trait]
pub trait LeaseStore: Send + Sync {
    /// Takes a place of the budget and writes the row, for PostgreSQL with its login, or none of it. Two calls at the same moment MUST NOT
    /// both get the last place, nor go beyond the account's quota, nor make two leases for one key.
    async fn grant(&self, new: &NewLease) -> Result<Grant, DataError>;
    /// The login was made: granting → active.
    async fn activate(&self, lease: &Lease) -> Result<bool, DataError>;
    /// A lease, ended ones included for seven days.
    async fn find(&self, id: &LeaseId) -> Result<Option<Lease>, DataError>;
    /// The later end of an active lease; for PostgreSQL the login's with it.
    async fn renew(&self, lease: &Lease) -> Result<bool, DataError>;
    /// Closes access: granting or active → revoking, not to be [due](LeaseStore::due) before `claimed_until`. For PostgreSQL the login is
    /// off with it, and open sessions see no rows.
    async fn close(&self, lease: &Lease, claimed_until: Timestamp) -> Result<bool, DataError>;
    /// Gives the place back: revoking → released or expired; the password is forgotten. For PostgreSQL sessions are ended before, and the
    /// login and all it owns goes with it. MUST be repeatable.
    async fn end(&self, lease: &Lease) -> Result<(), DataError>;
    /// Keeps when the next attempt is, and why this one failed.
    async fn postpone(&self, lease: &Lease, error: &str) -> Result<(), DataError>;
    /// At most `limit` leases whose time is over or whose revocation is due, longest overdue first. No other caller gets the same before
    /// `claimed_until`.
    async fn due(&self, now: Timestamp, limit: u32, claimed_until: Timestamp) -> Result<Vec<Lease>, DataError>;
    /// The active leases of PostgreSQL whose sessions keep a whole table from everybody else: the right to delete rows is the right to lock
    /// their table.
    async fn obstructing(&self) -> Result<Vec<Lease>, DataError>;
    /// The active leases of a store that are not over, with their passwords as they are kept.
    async fn active(&self, database: Database, now: Timestamp) -> Result<Vec<(Lease, Vec<u8>)>, DataError>;
    /// How many stand where.
    async fn counts(&self, database: Database) -> Result<LeaseCounts, DataError>;
    /// Forgets leases that ended before; returns how many.
    async fn purge(&self, before: Timestamp) -> Result<u64, DataError>;
    /// Removes logins of ours without a row, as a restored backup leaves them; returns how many.
    async fn drop_strays(&self) -> Result<u64, DataError>;
    /// How a client reaches PostgreSQL with this login.
    fn url(&self, lease: &Lease, password: &SecretString) -> SecretString;
}

/// A store beside PostgreSQL that bears leases.
#[async_trait]
pub trait LeaseTarget: Send + Sync {
    /// Which.
    fn database(&self) -> Database;
    /// Makes the login, or sets it right. MUST be repeatable.
    async fn open(&self, lease: &Lease, password: &SecretString) -> Result<(), DataError>;
    /// Removes the login and ends its sessions. MUST be repeatable and succeed when there is none.
    async fn close(&self, lease: &Lease) -> Result<(), DataError>;
    /// Those of these leases whose login is not there, after a restart for example.
    async fn missing<'a>(&self, leases: &'a [(Lease, Vec<u8>)]) -> Result<Vec<&'a (Lease, Vec<u8>)>, DataError>;
    /// How a client reaches it with this login.
    fn url(&self, lease: &Lease, password: &SecretString) -> SecretString;
}
