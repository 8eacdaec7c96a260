//! Rows of `dataservice.leases`.

use std::fmt::Write as _;

use atelier_domain::dataservice::leases::{Ended, Ending, Lease, LeaseState, NewLease};
use atelier_domain::dataservice::{DataError, Tier};
use atelier_domain::kernel::{Source, Timestamp};
use serde_json::{Value, json};
use sqlx::Row;
use sqlx::postgres::PgRow;

/// What [`lease`] reads.
pub(super) const COLUMNS: &str = "id, account_id, owner, tier, service_name, database_type, operation_type, login, state, acquired_at, \
                                  expires_at, ends_at, ended_at, ended_by, attempts, next_attempt_at";

fn read(row: &PgRow) -> Result<Lease, Source> {
    let text = |column: &str| row.try_get::<String, _>(column);
    let tier = text("tier")?;
    let ended_at: Option<Timestamp> = row.try_get("ended_at")?;
    let ended_by: Option<String> = row.try_get("ended_by")?;
    let why = if ended_by.as_deref() == Some("released") { Ending::Released } else { Ending::Expired };
    let id = text("id")?;
    Ok(Lease {
        id: id.parse()?,
        account_id: text("account_id")?.parse()?,
        owner: row.try_get("owner")?,
        tier: Tier::ALL.into_iter().find(|known| known.as_str() == tier).ok_or("an unknown level")?,
        service_name: text("service_name")?.parse()?,
        database: text("database_type")?.parse()?,
        operation: text("operation_type")?.parse()?,
        login: text("login")?,
        state: text("state")?.parse::<LeaseState>()?,
        acquired_at: row.try_get("acquired_at")?,
        expires_at: row.try_get("expires_at")?,
        ends_at: row.try_get("ends_at")?,
        ended: ended_at.map(|at| Ended { at, why }),
        attempts: row.try_get::<i32, _>("attempts")?.unsigned_abs(),
        next_attempt_at: row.try_get("next_attempt_at")?,
    })
}

/// A lease as its row says it.
pub(super) fn lease(row: &PgRow) -> Result<Lease, DataError> {
    read(row).map_err(DataError::Internal)
}

/// The row of a lease to be, as the function `grant_lease` takes it.
pub(super) fn candidate(new: &NewLease) -> Value {
    let lease = &new.lease;
    let secret = new.sealed.iter().fold("\\x".to_owned(), |mut hex, byte| {
        let _infallible = write!(hex, "{byte:02x}");
        hex
    });
    json!({
        "id": lease.id.as_str(),
        "account_id": lease.account_id.to_string(),
        "owner": lease.owner.to_string(),
        "tier": lease.tier.as_str(),
        "service_name": lease.service_name.as_str(),
        "database_type": lease.database.as_str(),
        "operation_type": lease.operation.as_str(),
        "login": lease.login,
        "secret": secret,
        "idempotency_key": new.idempotency_key,
        "acquired_at": lease.acquired_at,
        "expires_at": lease.expires_at,
        "ends_at": lease.ends_at,
    })
}
