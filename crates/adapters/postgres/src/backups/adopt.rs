//! Making a restored database the service's own: the roles that its grants and policies name are those of the database it was taken from,
//! and carry that one's mark.

use std::collections::BTreeMap;

use atelier_backup::{BackupError, PostgresqlFacts};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::login::quoted;

const GROUPS: [&str; 4] = ["tenant", "tenant_reader", "admin", "admin_reader"];

/// Every grant outside PostgreSQL's own schemas. Names are as they are written where `pg_catalog` alone is searched.
const GRANTS: &str = r"
WITH ours AS (SELECT oid FROM pg_namespace WHERE nspname NOT LIKE 'pg\_%' AND nspname <> 'information_schema'),
grants AS (
    SELECT a.grantee, a.privilege_type, a.is_grantable, CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind,
           c.oid::regclass::text AS object, '' AS part
      FROM pg_class c CROSS JOIN aclexplode(c.relacl) AS a WHERE c.relnamespace IN (SELECT oid FROM ours)
    UNION ALL
    SELECT a.grantee, a.privilege_type, a.is_grantable, 'TABLE', c.oid::regclass::text, format(' (%I)', t.attname)
      FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid CROSS JOIN aclexplode(t.attacl) AS a
     WHERE c.relnamespace IN (SELECT oid FROM ours)
    UNION ALL
    SELECT a.grantee, a.privilege_type, a.is_grantable, 'ROUTINE', p.oid::regprocedure::text, ''
      FROM pg_proc p CROSS JOIN aclexplode(p.proacl) AS a WHERE p.pronamespace IN (SELECT oid FROM ours)
    UNION ALL
    SELECT a.grantee, a.privilege_type, a.is_grantable, 'SCHEMA', quote_ident(n.nspname), ''
      FROM pg_namespace n CROSS JOIN aclexplode(n.nspacl) AS a WHERE n.oid IN (SELECT oid FROM ours)
)";

/// Every role that a grant or policy names, but PostgreSQL's own.
pub(super) async fn named_roles(session: &mut PgConnection) -> Result<Vec<String>, sqlx::Error> {
    let ask = format!(
        r"{GRANTS} SELECT rolname::text FROM pg_roles
           WHERE oid IN (SELECT grantee FROM grants UNION SELECT unnest(polroles) FROM pg_policy) AND rolname NOT LIKE 'pg\_%' ORDER BY 1"
    );
    sqlx::query_scalar(AssertSqlSafe(ask)).fetch_all(session).await
}

/// What the names of a database's group roles begin with.
pub(super) async fn role_prefix(session: &mut PgConnection, database: &str) -> Result<String, sqlx::Error> {
    sqlx::query_scalar("SELECT 'atelier_' || left(md5($1), 8) || '_'").bind(database).fetch_one(session).await
}

/// The names of a database's group roles.
pub(super) async fn group_roles(session: &mut PgConnection, database: &str) -> Result<Vec<String>, sqlx::Error> {
    let prefix = role_prefix(session, database).await?;
    Ok(GROUPS.iter().map(|called| format!("{prefix}{called}")).collect())
}

async fn run(session: &mut PgConnection, statement: String) -> Result<(), sqlx::Error> {
    // Names in it come from the server's catalogues and are quoted.
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(session).await.map(drop)
}

async fn has_role(session: &mut PgConnection, role: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)").bind(role).fetch_one(session).await
}

/// Makes the roles that the dump names and the server has not, without a login. Answers which.
pub(super) async fn make_room(session: &mut PgConnection, facts: &PostgresqlFacts) -> Result<Vec<String>, BackupError> {
    let failed = || BackupError::store("making the roles that the backup names");
    let mut made = Vec::new();
    for role in facts.roles.iter().chain([&facts.login]) {
        if !has_role(session, role).await.map_err(failed())? {
            run(session, format!("CREATE ROLE {} NOLOGIN", quoted(role))).await.map_err(failed())?;
            made.push(role.clone());
        }
    }
    Ok(made)
}

/// Gives the restored database the group roles of its name, and what the dump granted to those of the old name; the login of this service
/// takes the place of the login it was taken with. `name` is what the database will be called.
pub(super) async fn adopt(session: &mut PgConnection, facts: &PostgresqlFacts, name: &str) -> Result<(), BackupError> {
    let failed = || BackupError::store("giving the restored database its roles");
    let mut work = session.begin().await.map_err(failed())?;
    run(&mut work, "SET LOCAL search_path = pg_catalog".to_owned()).await.map_err(failed())?;
    let becomes = become_ours(&mut work, facts, name).await.map_err(failed())?;
    move_policies(&mut work, &becomes).await.map_err(failed())?;
    move_grants(&mut work, &becomes).await.map_err(failed())?;
    begin_anew(&mut work).await.map_err(failed())?;
    work.commit().await.map_err(failed())
}

/// Which role takes the place of which; those of this database are made where they are missing.
async fn become_ours(work: &mut PgConnection, facts: &PostgresqlFacts, name: &str) -> Result<BTreeMap<String, String>, sqlx::Error> {
    let server = super::survey::server_version(work).await?;
    let prefix = role_prefix(work, name).await?;
    let login: String = sqlx::query_scalar("SELECT current_user::text").fetch_one(&mut *work).await?;
    let mut becomes = BTreeMap::from([(facts.login.clone(), login)]);
    for called in GROUPS {
        let role = format!("{prefix}{called}");
        if !has_role(work, &role).await? {
            run(work, format!("CREATE ROLE {} NOLOGIN", quoted(&role))).await?;
        }
        // As the migration does it.
        let how = if server >= 16 { " WITH SET TRUE, INHERIT FALSE" } else { "" };
        run(work, format!("GRANT {} TO CURRENT_USER{how}", quoted(&role))).await?;
        becomes.insert(format!("{}{called}", facts.role_prefix), role);
    }
    becomes.retain(|was, is| was != is);
    Ok(becomes)
}

async fn move_policies(work: &mut PgConnection, becomes: &BTreeMap<String, String>) -> Result<(), sqlx::Error> {
    let ask = "SELECT format('%I ON %I.%I', policyname, schemaname, tablename), roles::text[] FROM pg_policies";
    let policies: Vec<(String, Vec<String>)> = sqlx::query_as(ask).fetch_all(&mut *work).await?;
    for (policy, roles) in policies {
        if roles.iter().any(|role| becomes.contains_key(role)) {
            let roles: Vec<_> = roles.iter().map(|role| quoted(becomes.get(role).unwrap_or(role))).collect();
            // The pseudo-role is no name.
            let roles = roles.join(", ").replace("\"public\"", "PUBLIC");
            run(work, format!("ALTER POLICY {policy} TO {roles}")).await?;
        }
    }
    Ok(())
}

async fn move_grants(work: &mut PgConnection, becomes: &BTreeMap<String, String>) -> Result<(), sqlx::Error> {
    let ask = format!(
        "{GRANTS} SELECT r.rolname::text, g.privilege_type || g.part, g.kind || ' ' || g.object, g.is_grantable
           FROM grants g JOIN pg_roles r ON r.oid = g.grantee WHERE r.rolname = ANY($1)"
    );
    let old: Vec<&String> = becomes.keys().collect();
    let grants: Vec<(String, String, String, bool)> = sqlx::query_as(AssertSqlSafe(ask)).bind(&old).fetch_all(&mut *work).await?;
    for (was, privilege, object, is_grantable) in grants {
        let Some(is) = becomes.get(&was) else { continue };
        let option = if is_grantable { " WITH GRANT OPTION" } else { "" };
        run(work, format!("GRANT {privilege} ON {object} TO {}{option}", quoted(is))).await?;
        run(work, format!("REVOKE {privilege} ON {object} FROM {}", quoted(&was))).await?;
    }
    Ok(())
}

/// What belongs to the time before: no lease is alive, and no answer that a cache kept passes for one of the restored rows.
async fn begin_anew(work: &mut PgConnection) -> Result<(), sqlx::Error> {
    for (table, statement) in [
        (
            "dataservice.lease_budget",
            "INSERT INTO dataservice.lease_budget (database_type) VALUES ('postgresql'), ('redis') ON CONFLICT DO NOTHING",
        ),
        ("dataservice.data_versions", "UPDATE dataservice.data_versions SET version = version + 1000000"),
    ] {
        let there: bool = sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL").bind(table).fetch_one(&mut *work).await?;
        if there {
            run(work, statement.to_owned()).await?;
        }
    }
    let database: String = sqlx::query_scalar("SELECT current_database()::text").fetch_one(&mut *work).await?;
    run(work, format!("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC", quoted(&database))).await
}

/// Removes roles that were made to be named by the dump, where nothing names them any more. Answers those that stay.
pub(super) async fn clear_room(session: &mut PgConnection, made: Vec<String>) -> Vec<String> {
    let mut stay = Vec::new();
    for role in made {
        if run(session, format!("DROP ROLE {}", quoted(&role))).await.is_err() {
            stay.push(role);
        }
    }
    stay
}
