//! What a database holds, in one snapshot.

use atelier_backup::{BackupError, CollectionEntry, PostgresqlFacts};
use sqlx::{AssertSqlSafe, PgConnection};

/// Of the server and of minutes: neither rows nor tables are in a backup.
pub(super) const LEFT_OUT: [&str; 3] = ["dataservice.migration_lock", "dataservice.backup_lock", "dataservice.backup_tasks"];
/// Their rows are not in a backup: leases are logins of the server.
pub(super) const ROWS_LEFT_OUT: [&str; 2] = ["dataservice.leases", "dataservice.lease_budget"];

/// Every table that is backed up, and whether row-level security might hide rows of it from this login: a login that is neither a superuser
/// nor exempt needs a policy of its own that lets it see everything, and none that takes something away.
const TABLES: &str = r"
SELECT format('%s.%s', n.nspname, c.relname), format('%I.%I', n.nspname, c.relname),
       c.relrowsecurity AND NOT (me.rolsuper OR me.rolbypassrls) AND (c.relforcerowsecurity OR NOT pg_has_role(c.relowner, 'USAGE'))
       AND (NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polpermissive AND p.polcmd IN ('*', 'r')
                           AND p.polroles && ARRAY[0::oid, me.oid] AND pg_get_expr(p.polqual, p.polrelid) = 'true')
            OR EXISTS (SELECT FROM pg_policy p CROSS JOIN unnest(p.polroles) AS r (id)
                        WHERE p.polrelid = c.oid AND NOT p.polpermissive AND p.polcmd IN ('*', 'r')
                          AND (r.id = 0 OR pg_has_role(r.id, 'USAGE'))))
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  CROSS JOIN (SELECT oid, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user) AS me
 WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
 ORDER BY 1";

/// A survey.
pub(super) struct Survey {
    /// The tables with their rows.
    pub(super) tables: Vec<CollectionEntry>,
    /// The newest migration applied.
    pub(super) migration: Option<String>,
}

/// The server's major version.
pub(super) async fn server_version(session: &mut PgConnection) -> Result<u32, sqlx::Error> {
    let version: i32 = sqlx::query_scalar("SELECT current_setting('server_version_num')::int / 10000").fetch_one(session).await?;
    Ok(version.unsigned_abs())
}

/// Counts every row, of all owners.
pub(super) async fn survey(session: &mut PgConnection) -> Result<Survey, BackupError> {
    let failed = || BackupError::store("counting the rows");
    let found: Vec<(String, String, bool)> = sqlx::query_as(TABLES).fetch_all(&mut *session).await.map_err(failed())?;
    let mut tables = Vec::new();
    for (name, quoted, hides) in found {
        if LEFT_OUT.iter().chain(&ROWS_LEFT_OUT).any(|left_out| *left_out == name) {
            continue;
        }
        if hides {
            let text = format!(
                "row-level security may hide rows of {name} from the login of DATABASE_URL: give the table a policy as others have (CREATE POLICY \
                 keeper ON {quoted} TO CURRENT_USER USING (TRUE) WITH CHECK (TRUE)), by a migration. Nothing was backed up"
            );
            return Err(BackupError::Refused(text));
        }
        // The name comes from the catalogue, quoted there.
        let count = AssertSqlSafe(format!("SELECT count(*) FROM {quoted}"));
        let rows: i64 = sqlx::query_scalar(count).fetch_one(&mut *session).await.map_err(failed())?;
        tables.push(CollectionEntry { name, documents: rows.unsigned_abs(), id: None });
    }
    Ok(Survey { tables, migration: migration(session).await.map_err(failed())? })
}

async fn migration(session: &mut PgConnection) -> Result<Option<String>, sqlx::Error> {
    let there: bool = sqlx::query_scalar("SELECT to_regclass('dataservice.migrations') IS NOT NULL").fetch_one(&mut *session).await?;
    if !there {
        return Ok(None);
    }
    sqlx::query_scalar("SELECT max(version) FROM dataservice.migrations WHERE state = 'applied'").fetch_one(session).await
}

/// What a restore has to know beside the dump.
pub(super) async fn facts(session: &mut PgConnection, migration: Option<String>) -> Result<PostgresqlFacts, BackupError> {
    let failed = || BackupError::store("reading the roles");
    let there: bool = sqlx::query_scalar("SELECT to_regprocedure('dataservice.group_role(text)') IS NOT NULL")
        .fetch_one(&mut *session)
        .await
        .map_err(failed())?;
    if !there {
        return Err(BackupError::Refused("this is no database of the data service: its schema is missing".to_owned()));
    }
    let (role_prefix, login): (String, String) =
        sqlx::query_as("SELECT dataservice.group_role(''), current_user::text").fetch_one(&mut *session).await.map_err(failed())?;
    let roles = super::adopt::named_roles(session).await.map_err(failed())?;
    let server = server_version(session).await.map_err(failed())?;
    Ok(PostgresqlFacts { server, migration, role_prefix, login, roles })
}

/// Whether there is any table.
pub(super) async fn has_tables(session: &mut PgConnection) -> Result<bool, sqlx::Error> {
    Ok(!sqlx::query(TABLES).fetch_all(session).await?.is_empty())
}
