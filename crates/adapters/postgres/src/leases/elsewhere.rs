//! What a leased login can leave where its own database's transaction does not reach: in other databases of the server, and in
//! transactions it has prepared, where the server allows them.

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

use crate::pool::PgStore;

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

async fn run(options: &PgConnectOptions, database: &str, statements: &[String]) -> Result<(), sqlx::Error> {
    let mut connection = options.clone().database(database).connect().await?;
    for statement in statements {
        sqlx::query(AssertSqlSafe(statement.clone())).execute(&mut connection).await?;
    }
    connection.close().await
}

/// Drops what the login owns in other databases. Whoever may connect to a database can make large objects there; the service can connect
/// wherever its leases can.
pub(super) async fn drop_owned(store: &PgStore, login: &str) -> Result<(), sqlx::Error> {
    let databases: Vec<String> = sqlx::query_scalar(
        "SELECT DISTINCT d.datname::text FROM pg_shdepend AS s JOIN pg_database AS d ON d.oid = s.dbid
          WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = (SELECT oid FROM pg_roles WHERE rolname = $1)
            AND d.datname <> current_database() AND d.datallowconn",
    )
    .bind(login)
    .fetch_all(store.pool())
    .await?;
    for database in databases {
        run(store.options(), &database, &[format!("DROP OWNED BY {}", quoted(login))]).await?;
    }
    Ok(())
}

/// Rolls back what the login has prepared, as the login itself: its sessions are gone and it cannot sign in.
pub(super) async fn roll_back_prepared(store: &PgStore, login: &str) -> Result<(), sqlx::Error> {
    let prepared: Vec<(String, String)> =
        sqlx::query_as("SELECT gid, database::text FROM pg_prepared_xacts WHERE owner = $1").bind(login).fetch_all(store.pool()).await?;
    for (gid, database) in prepared {
        let roll_back = format!("ROLLBACK PREPARED '{}'", gid.replace('\'', "''"));
        run(store.options(), &database, &[format!("SET ROLE {}", quoted(login)), roll_back]).await?;
    }
    Ok(())
}
