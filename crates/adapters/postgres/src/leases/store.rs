//! [`PgLeases`].

use async_trait::async_trait;
use atelier_domain::dataservice::leases::{Grant, Lease, LeaseCounts, LeaseId, LeaseStore, NewLease};
use atelier_domain::dataservice::{DataError, Database};
use atelier_domain::kernel::{ExposeSecret, SecretString, Timestamp};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row};

use super::elsewhere;
use super::row::{COLUMNS, candidate, lease};
use super::url::{InvalidLeaseUrl, LeaseAddress};
use crate::error::data_error;
use crate::pool::PgStore;

/// Leases kept in PostgreSQL, those of PostgreSQL with their roles.
///
/// The service's login needs CREATEROLE. A role is made with a verifier computed here (SCRAM-SHA-256, RFC 7677): the clear password is in
/// no statement, so that no log of the server can hold it.
pub struct PgLeases {
    store: PgStore,
    address: LeaseAddress,
}

/// What the grants of the catalogue cannot be blamed for is our fault here.
fn lease_error(error: sqlx::Error) -> DataError {
    let code = error.as_database_error().and_then(|reported| reported.code()).map(std::borrow::Cow::into_owned);
    match code.as_deref() {
        Some("42501" | "42P01" | "42883" | "23505" | "23514") => DataError::Internal(error.into()),
        _ => data_error(error),
    }
}

/// Thousands of rounds of hashing: beside the requests.
async fn verifier(password: SecretString) -> Result<String, DataError> {
    let hashing = move || postgres_protocol::password::scram_sha_256(password.expose_secret().as_bytes());
    tokio::task::spawn_blocking(hashing).await.map_err(|error| DataError::Internal(error.into()))
}

fn has_code(error: &sqlx::Error, wanted: &str) -> bool {
    error.as_database_error().and_then(|reported| reported.code()).is_some_and(|code| code == wanted)
}

fn unsigned(number: i64) -> u32 {
    u32::try_from(number).unwrap_or_default()
}

impl PgLeases {
    /// Over this store; clients find the same database at `address`, whose user and password do not matter.
    ///
    /// # Errors
    /// [`InvalidLeaseUrl`].
    pub fn new(store: PgStore, address: &str) -> Result<Self, InvalidLeaseUrl> {
        Ok(Self { store, address: LeaseAddress::of(address)? })
    }

    /// How many connections the server gives to logins that are no superusers: what the pools of all processes and `LEASE_MAX` must share.
    ///
    /// # Errors
    /// [`DataError::Unavailable`].
    pub async fn connections_of_server(&self) -> Result<u32, DataError> {
        let connections: i64 = sqlx::query_scalar(
            "SELECT sum(CASE name WHEN 'max_connections' THEN setting::bigint ELSE -setting::bigint END)::bigint FROM pg_settings
              WHERE name IN ('max_connections', 'superuser_reserved_connections', 'reserved_connections')",
        )
        .fetch_one(self.store.pool())
        .await
        .map_err(lease_error)?;
        Ok(unsigned(connections))
    }

    async fn kept(&self, id: &str) -> Result<Option<PgRow>, DataError> {
        let sql = format!("SELECT {COLUMNS}, secret FROM dataservice.leases WHERE id = $1");
        sqlx::query(AssertSqlSafe(sql)).bind(id).fetch_optional(self.store.pool()).await.map_err(lease_error)
    }

    /// Once more after what stands in the way is removed: a login can own things in other databases, and prepare transactions.
    async fn unobstructed(&self, sql: &'static str, argument: &str, login: &str) -> Result<(), sqlx::Error> {
        let mut tries = 0;
        loop {
            let result = sqlx::query(sql).bind(argument).execute(self.store.pool()).await;
            tries += 1;
            match result {
                Ok(_) => return Ok(()),
                Err(error) if tries < 4 && has_code(&error, "2BP01") => elsewhere::drop_owned(&self.store, login).await?,
                Err(error) if tries < 4 && has_code(&error, "55006") => elsewhere::roll_back_prepared(&self.store, login).await?,
                Err(error) => return Err(error),
            }
        }
    }
}

#[async_trait]
impl LeaseStore for PgLeases {
    async fn grant(&self, new: &NewLease) -> Result<Grant, DataError> {
        let verifier = match new.lease.database {
            Database::PostgreSql => Some(verifier(new.password.clone()).await?),
            _ => None,
        };
        let statement_time = i64::try_from(new.lease.tier.allowance().statement_time.as_millis()).unwrap_or(i64::MAX);
        let row = sqlx::query("SELECT * FROM dataservice.grant_lease($1, $2, $3, $4, $5)")
            .bind(candidate(new))
            .bind(verifier)
            .bind(statement_time)
            .bind(i32::try_from(new.quota).unwrap_or(i32::MAX))
            .bind(i32::try_from(new.max).unwrap_or(i32::MAX))
            .fetch_one(self.store.pool())
            .await
            .map_err(lease_error)?;
        let outcome: String = row.try_get("outcome").map_err(lease_error)?;
        let used = unsigned(row.try_get::<Option<i32>, _>("bears").map_err(lease_error)?.unwrap_or_default().into());
        let granted: Option<String> = row.try_get("granted").map_err(lease_error)?;
        match (outcome.as_str(), granted) {
            ("granted", Some(login)) => {
                let mut lease = Lease { login, ..new.lease.clone() };
                if lease.database == Database::PostgreSql {
                    lease.activate(lease.acquired_at).map_err(|wrong| DataError::Internal(wrong.into()))?;
                }
                Ok(Grant::Granted { lease, used })
            }
            ("same", Some(id)) => {
                let kept = self.kept(&id).await?.ok_or_else(|| DataError::Internal("a lease went between two statements".into()))?;
                // One that was released in between has no password any more: it is granted anew.
                match kept.try_get::<Option<Vec<u8>>, _>("secret").map_err(lease_error)? {
                    Some(sealed) => Ok(Grant::Same { lease: lease(&kept)?, sealed, used }),
                    None => Ok(Grant::Full),
                }
            }
            ("reused", _) => Ok(Grant::KeyReused),
            ("quota", _) => Ok(Grant::QuotaExceeded { until: row.try_get("until").map_err(lease_error)? }),
            _ => Ok(Grant::Full),
        }
    }

    async fn activate(&self, lease: &Lease) -> Result<bool, DataError> {
        let activated = sqlx::query("UPDATE dataservice.leases SET state = 'active' WHERE id = $1 AND state IN ('granting', 'active')")
            .bind(lease.id.as_str())
            .execute(self.store.pool())
            .await;
        activated.map(|done| done.rows_affected() == 1).map_err(lease_error)
    }

    async fn find(&self, id: &LeaseId) -> Result<Option<Lease>, DataError> {
        self.kept(id.as_str()).await?.as_ref().map(lease).transpose()
    }

    async fn renew(&self, lease: &Lease) -> Result<bool, DataError> {
        let renewed = sqlx::query_scalar("SELECT dataservice.renew_lease($1, $2)").bind(lease.id.as_str()).bind(lease.expires_at);
        renewed.fetch_one(self.store.pool()).await.map_err(lease_error)
    }

    async fn close(&self, lease: &Lease, claimed_until: Timestamp) -> Result<bool, DataError> {
        let Some(ended) = lease.ended else { return Ok(false) };
        sqlx::query_scalar("SELECT dataservice.close_lease($1, $2, $3, $4)")
            .bind(lease.id.as_str())
            .bind(ended.at)
            .bind(ended.why.state().as_str())
            .bind(claimed_until)
            .fetch_one(self.store.pool())
            .await
            .map_err(lease_error)
    }

    async fn end(&self, lease: &Lease) -> Result<(), DataError> {
        self.unobstructed("SELECT dataservice.end_lease($1)", lease.id.as_str(), &lease.login).await.map_err(lease_error)
    }

    async fn postpone(&self, lease: &Lease, error: &str) -> Result<(), DataError> {
        sqlx::query(
            "UPDATE dataservice.leases SET attempts = $2, next_attempt_at = $3, last_error = $4 WHERE id = $1 AND state = 'revoking'",
        )
        .bind(lease.id.as_str())
        .bind(i32::try_from(lease.attempts).unwrap_or(i32::MAX))
        .bind(lease.next_attempt_at)
        .bind(error)
        .execute(self.store.pool())
        .await
        .map(drop)
        .map_err(lease_error)
    }

    async fn due(&self, now: Timestamp, limit: u32, claimed_until: Timestamp) -> Result<Vec<Lease>, DataError> {
        let sql = format!(
            "UPDATE dataservice.leases SET next_attempt_at = $3 WHERE id IN (
                 SELECT id FROM dataservice.leases
                  WHERE state IN ('granting', 'active', 'revoking') AND (state = 'revoking' OR expires_at <= $1)
                    AND (next_attempt_at IS NULL OR next_attempt_at <= $1)
                  ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)
             RETURNING {COLUMNS}"
        );
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(now).bind(i64::from(limit)).bind(claimed_until).fetch_all(self.store.pool()).await;
        let mut due = rows.map_err(lease_error)?.iter().map(lease).collect::<Result<Vec<_>, _>>()?;
        due.sort_by_key(|lease| lease.expires_at);
        Ok(due)
    }

    async fn obstructing(&self) -> Result<Vec<Lease>, DataError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM dataservice.leases
              WHERE state IN ('granting', 'active', 'revoking') AND state = 'active' AND database_type = 'postgresql'
                AND login IN (SELECT a.usename FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
                               WHERE l.locktype = 'relation' AND l.granted AND a.usename IS NOT NULL
                                 AND l.mode IN ('ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock',
                                                'AccessExclusiveLock'))"
        );
        let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(self.store.pool()).await;
        rows.map_err(lease_error)?.iter().map(lease).collect()
    }

    async fn active(&self, database: Database, now: Timestamp) -> Result<Vec<(Lease, Vec<u8>)>, DataError> {
        let sql = format!(
            "SELECT {COLUMNS}, secret FROM dataservice.leases
              WHERE state IN ('granting', 'active', 'revoking') AND state = 'active' AND database_type = $1 AND expires_at > $2"
        );
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(database.as_str()).bind(now).fetch_all(self.store.pool()).await;
        let read = |row: &PgRow| Ok((lease(row)?, row.try_get("secret").map_err(lease_error)?));
        rows.map_err(lease_error)?.iter().map(read).collect()
    }

    async fn counts(&self, database: Database) -> Result<LeaseCounts, DataError> {
        let (live, revoking, backlog, used): (i64, i64, i64, i32) = sqlx::query_as(
            "SELECT count(*) FILTER (WHERE state <> 'revoking'), count(*) FILTER (WHERE state = 'revoking'),
                    count(*) FILTER (WHERE state = 'revoking' AND attempts > 0),
                    (SELECT used FROM dataservice.lease_budget WHERE database_type = $1)
               FROM dataservice.leases WHERE state IN ('granting', 'active', 'revoking') AND database_type = $1",
        )
        .bind(database.as_str())
        .fetch_one(self.store.pool())
        .await
        .map_err(lease_error)?;
        let counts =
            LeaseCounts { live: unsigned(live), revoking: unsigned(revoking), backlog: unsigned(backlog), used: unsigned(used.into()) };
        metrics::gauge!("leases_active", "database" => database.as_str()).set(counts.live);
        metrics::gauge!("leases_revoking", "database" => database.as_str()).set(counts.revoking);
        metrics::gauge!("lease_revocation_backlog", "database" => database.as_str()).set(counts.backlog);
        Ok(counts)
    }

    async fn purge(&self, before: Timestamp) -> Result<u64, DataError> {
        let purged = sqlx::query("DELETE FROM dataservice.leases WHERE state IN ('released', 'expired') AND ended_at < $1")
            .bind(before)
            .execute(self.store.pool())
            .await;
        purged.map(|done| done.rows_affected()).map_err(lease_error)
    }

    async fn drop_strays(&self) -> Result<u64, DataError> {
        let strays: Vec<String> =
            sqlx::query_scalar("SELECT dataservice.stray_logins()").fetch_all(self.store.pool()).await.map_err(lease_error)?;
        let mut dropped = 0;
        for stray in strays {
            let closed = async {
                for sql in ["SELECT dataservice.close_login($1)", "SELECT dataservice.end_sessions($1)"] {
                    sqlx::query(sql).bind(&stray).execute(self.store.pool()).await?;
                }
                self.unobstructed("SELECT dataservice.drop_login($1)", &stray, &stray).await
            };
            match closed.await {
                Ok(()) => dropped += 1,
                // One that cannot be dropped does not keep the others.
                Err(error) => tracing::warn!(login = stray, error = %error, "a login without a lease could not be removed"),
            }
        }
        Ok(dropped)
    }

    fn url(&self, lease: &Lease, password: &SecretString) -> SecretString {
        self.address.with(&lease.login, password)
    }
}
