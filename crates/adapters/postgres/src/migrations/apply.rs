//! Applying one migration.

use std::time::Instant;

use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::file::MigrationFile;

/// Taken by each migration for its transaction; the history can still be read.
const ONE_AT_A_TIME: &str = "LOCK TABLE dataservice.migrations IN EXCLUSIVE MODE";
/// A migration that waits longer for a lock gives way to the requests that queue up behind it, and is tried again.
const LOCK_TIMEOUT: &str = "SET LOCAL lock_timeout = '3s'";
const TRIES: u32 = 3;

fn millis(began: Instant) -> i64 {
    i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX)
}

fn found_a_lock(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).is_some_and(|code| code == "55P03")
}

/// Applies a migration and writes it down.
pub(super) async fn apply(connection: &mut PgConnection, file: &MigrationFile, run_id: &str) -> Result<(), sqlx::Error> {
    if !file.is_transactional() {
        return outside(connection, file, run_id).await;
    }
    let mut tries = 1;
    loop {
        match inside(connection, file, run_id).await {
            Err(error) if found_a_lock(&error) && tries < TRIES => tries += 1,
            result => return result,
        }
    }
}

async fn inside(connection: &mut PgConnection, file: &MigrationFile, run_id: &str) -> Result<(), sqlx::Error> {
    let began = Instant::now();
    let mut transaction = connection.begin().await?;
    sqlx::raw_sql(LOCK_TIMEOUT).execute(&mut *transaction).await?;
    sqlx::raw_sql(ONE_AT_A_TIME).execute(&mut *transaction).await?;
    sqlx::raw_sql(AssertSqlSafe(file.text.to_owned())).execute(&mut *transaction).await?;
    let insert = "INSERT INTO dataservice.migrations (version, description, checksum, state, applied_at, duration_ms, run_id)
                  VALUES ($1, $2, $3, 'applied', clock_timestamp(), $4, $5)";
    sqlx::query(insert)
        .bind(file.version)
        .bind(file.description())
        .bind(file.checksum())
        .bind(millis(began))
        .bind(run_id)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}

/// The row is there before the work begins, so that a crash in between is seen.
async fn outside(connection: &mut PgConnection, file: &MigrationFile, run_id: &str) -> Result<(), sqlx::Error> {
    let began = Instant::now();
    let insert = "INSERT INTO dataservice.migrations (version, description, checksum, state, run_id) VALUES ($1, $2, $3, 'started', $4)";
    sqlx::query(insert).bind(file.version).bind(file.description()).bind(file.checksum()).bind(run_id).execute(&mut *connection).await?;
    sqlx::raw_sql(AssertSqlSafe(file.text.to_owned())).execute(&mut *connection).await?;
    let update = "UPDATE dataservice.migrations SET state = 'applied', applied_at = clock_timestamp(), duration_ms = $2 WHERE version = $1";
    sqlx::query(update).bind(file.version).bind(millis(began)).execute(connection).await?;
    Ok(())
}
