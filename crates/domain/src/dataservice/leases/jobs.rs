//! What ends leases whose time is over, finishes revocations for ever, and sets right what a restart has lost.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use super::service::{CLAIM, Leases};
use crate::dataservice::{DataError, Database};
use crate::kernel::error_chain;

/// Most leases ended between two looks at what is due, so that a thousand dead ones do not hold up the next that dies.
const BATCH: u32 = 50;
/// Most batches of one sweep.
const BATCHES: u32 = 20;
/// How long ended leases are kept for a repeated release.
const KEPT: Duration = Duration::from_secs(7 * 24 * 3600);

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Leases ended.
    pub ended: u64,
    /// Revocations that failed and are due later.
    pub failed: u64,
    /// Logins made again.
    pub restored: u64,
}

/// Ends leases. Any number of processes may run it; a second between two sweeps is right: a login of Redis works until the sweep after its
/// lease's end, one of PostgreSQL shows no rows from that end on.
pub struct LeaseSweeper {
    leases: Arc<Leases>,
}

impl LeaseSweeper {
    /// Sweeps these leases.
    pub fn new(leases: Arc<Leases>) -> Self {
        Self { leases }
    }

    /// Once, before the first sweep: removes logins without a lease, and forgets leases that ended a week ago. Worth repeating daily.
    ///
    /// # Errors
    /// [`DataError`] of the store.
    pub async fn tidy(&self) -> Result<(), DataError> {
        let ports = self.leases.ports();
        let strays = ports.store.drop_strays().await?;
        if strays > 0 {
            tracing::warn!(strays, "logins without a lease were removed");
        }
        ports.store.purge(ports.clock.now() - KEPT).await?;
        Ok(())
    }

    /// Ends what is due now.
    ///
    /// # Errors
    /// [`DataError`] when the leases cannot be read; what fails for one store does not hold up the others.
    pub async fn sweep(&self) -> Result<Swept, DataError> {
        let ports = self.leases.ports();
        let mut swept = Swept::default();
        // A store that does not answer is asked once a sweep, however many of its leases are due.
        let mut away: HashSet<Database> = HashSet::new();
        for _ in 0..BATCHES {
            let now = ports.clock.now();
            let due = ports.store.due(now, BATCH, now + CLAIM).await?;
            let last = due.len() < BATCH as usize;
            for lease in due {
                let (database, login) = (lease.database, lease.login.clone());
                let known_away = away.contains(&database);
                match self.leases.end_due(lease, known_away).await {
                    Ok(()) => swept.ended += 1,
                    Err(_) if known_away => swept.failed += 1,
                    Err(error) => {
                        let problem = error_chain(&error);
                        tracing::warn!(login, %database, problem, "a lease could not be ended: it is closed, and tried again");
                        swept.failed += 1;
                        if matches!(error, DataError::Unavailable { .. } | DataError::Timeout { .. } | DataError::NotConfigured(_)) {
                            away.insert(database);
                        }
                    }
                }
            }
            if last {
                break;
            }
        }
        for lease in ports.store.obstructing().await? {
            let login = lease.login.clone();
            tracing::warn!(login, "a leased session locks a whole table: its lease is taken back");
            self.leases.take_back(lease).await?;
            swept.ended += 1;
        }
        if !away.contains(&Database::Redis) {
            match self.leases.restore().await {
                Ok(restored) => swept.restored = restored,
                Err(error) => tracing::warn!(problem = error_chain(&error), "leased logins of Redis could not be checked"),
            }
        }
        Ok(swept)
    }
}
