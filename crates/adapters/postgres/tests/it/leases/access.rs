//! What a leased login can and cannot do.

use atelier_domain::dataservice::Tier;
use atelier_domain::dataservice::leases::LeaseSettings;
use sqlx::Connection;

use super::world::{SERVERS, assert_nothing_left, client, refused, row, run, tenant, world};
use crate::database::{ALICE, BOB, TestDatabase, with_database};

async fn projects_of_both(database: &TestDatabase) {
    for owner in [ALICE, BOB] {
        sqlx::query("INSERT INTO projects (user_id, title) VALUES ($1, 'P')").bind(owner).execute(&database.direct).await.unwrap();
    }
}

async fn count(connection: &mut sqlx::PgConnection, table: &'static str) -> i64 {
    sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT count(id) FROM {table}"))).fetch_one(connection).await.unwrap()
}

#[tokio::test]
async fn a_read_credential_reads_its_owners_rows_and_writes_none() {
    for server in SERVERS {
        with_database(server, async |database| {
            projects_of_both(database).await;
            let world = world(database, LeaseSettings::default());
            let alice = tenant(ALICE, Tier::User, 1);
            let acquired = world.acquire(&alice, "read").await;
            let mut session = client(&acquired).await;
            assert_eq!(count(&mut session, "projects").await, 1);
            assert_eq!(count(&mut session, "users").await, 1);
            let insert = format!("INSERT INTO projects (user_id, title) VALUES ('{ALICE}', 'new')");
            assert_eq!(refused(&mut session, &insert).await, "25006", "a read-only session");
            run(&mut session, "SET default_transaction_read_only = off").await;
            for write in [&insert, "UPDATE projects SET title = 'x'", "DELETE FROM projects", "SELECT 1 FROM projects FOR UPDATE"] {
                assert_eq!(refused(&mut session, write).await, "42501", "{write}");
            }
            drop(session);
            world.release(&alice, &acquired).await;
            assert_nothing_left(database).await;
        })
        .await;
    }
}

#[tokio::test]
async fn a_write_credential_writes_its_owners_rows_and_nobody_elses() {
    for server in SERVERS {
        with_database(server, async |database| {
            projects_of_both(database).await;
            let world = world(database, LeaseSettings::default());
            let alice = tenant(ALICE, Tier::User, 1);
            let acquired = world.acquire(&alice, "write").await;
            let mut session = client(&acquired).await;
            run(&mut session, &format!("INSERT INTO projects (user_id, title) VALUES ('{ALICE}', 'new')")).await;
            run(&mut session, "UPDATE projects SET title = 'mine'").await;
            // Saying to be somebody else does not help.
            run(&mut session, &format!("SET atelier.owner = '{BOB}'")).await;
            assert_eq!(count(&mut session, "projects").await, 2);
            assert_eq!(refused(&mut session, &format!("INSERT INTO projects (user_id, title) VALUES ('{BOB}', 'x')")).await, "42501");
            assert_eq!(refused(&mut session, &format!("UPDATE projects SET user_id = '{BOB}'")).await, "42501");
            run(&mut session, "DELETE FROM projects").await;
            let left: (i64, String) =
                sqlx::query_as("SELECT count(*), min(title) FROM projects").fetch_one(&database.direct).await.unwrap();
            assert_eq!(left, (1, "P".to_owned()), "only that of the other owner, as it was");
            drop(session);
            world.release(&alice, &acquired).await;
        })
        .await;
    }
}

#[tokio::test]
async fn an_administrators_credential_sees_every_owner_and_a_read_one_still_writes_nothing() {
    with_database("TEST_POSTGRES_URL", async |database| {
        projects_of_both(database).await;
        let world = world(database, LeaseSettings::default());
        let admin = tenant(ALICE, Tier::Admin, 9);
        let acquired = world.acquire(&admin, "read").await;
        let mut session = client(&acquired).await;
        assert_eq!(count(&mut session, "projects").await, 2);
        run(&mut session, "SET default_transaction_read_only = off").await;
        assert_eq!(refused(&mut session, "DELETE FROM projects").await, "42501");
        drop(session);
        world.release(&admin, &acquired).await;
    })
    .await;
}

#[tokio::test]
async fn a_leased_login_becomes_nobody_else_and_reaches_nothing_else() {
    for server in SERVERS {
        with_database(server, async |database| {
            projects_of_both(database).await;
            let world = world(database, LeaseSettings::default());
            let (alice, bob) = (tenant(ALICE, Tier::User, 1), tenant(BOB, Tier::User, 2));
            let (acquired, other) = (world.acquire(&alice, "write").await, world.acquire(&bob, "write").await);
            let (own, others) = (row(&world, &acquired).await, row(&world, &other).await);
            let groups: Vec<String> = sqlx::query_scalar("SELECT dataservice.group_role(unnest(ARRAY['tenant', 'admin']))")
                .fetch_all(&database.direct)
                .await
                .unwrap();
            let (login, bobs, tenants, admins) = (&own.login, &others.login, &groups[0], &groups[1]);
            let mut session = client(&acquired).await;
            for attempt in [
                format!("SET ROLE \"{admins}\""),
                format!("SET ROLE \"{bobs}\""),
                "SET ROLE atelier".to_owned(),
                "SET SESSION AUTHORIZATION atelier".to_owned(),
                format!("SET SESSION AUTHORIZATION \"{bobs}\""),
                format!("GRANT \"{admins}\" TO \"{login}\""),
                format!("GRANT \"{tenants}\" TO \"{bobs}\""),
                "CREATE ROLE another".to_owned(),
                format!("ALTER ROLE \"{bobs}\" PASSWORD 'x'"),
                format!("ALTER ROLE \"{bobs}\" NOLOGIN"),
                format!("ALTER ROLE \"{login}\" VALID UNTIL 'infinity'"),
                format!("ALTER ROLE \"{login}\" CONNECTION LIMIT 100"),
                format!("ALTER ROLE \"{login}\" CREATEROLE"),
                format!("DROP ROLE \"{bobs}\""),
                "CREATE TEMPORARY TABLE t (x INT)".to_owned(),
                "CREATE TABLE t (x INT)".to_owned(),
                "CREATE SCHEMA s".to_owned(),
                "CREATE FUNCTION f() RETURNS INT LANGUAGE sql AS 'SELECT 1'".to_owned(),
                "CREATE EXTENSION dblink".to_owned(),
                "CREATE EXTENSION postgres_fdw".to_owned(),
                "CREATE DATABASE d".to_owned(),
                "SELECT * FROM dataservice.leases".to_owned(),
                "UPDATE dataservice.leases SET expires_at = 'infinity'".to_owned(),
                "UPDATE dataservice.lease_budget SET used = 0".to_owned(),
                "SELECT dataservice.close_login('x')".to_owned(),
                "SELECT dataservice.renew_lease('x', now())".to_owned(),
                "SELECT dataservice.stray_logins()".to_owned(),
                "SELECT dataservice.raise_versions('{}', '{}')".to_owned(),
                "SELECT pg_read_file('/etc/passwd')".to_owned(),
                "SELECT pg_ls_dir('/')".to_owned(),
                "SELECT lo_import('/etc/passwd')".to_owned(),
                "COPY projects (title) TO PROGRAM 'id'".to_owned(),
                "COPY (SELECT 1) TO '/tmp/atelier-never'".to_owned(),
                "SELECT rolpassword FROM pg_authid".to_owned(),
                "SELECT password_hash FROM users".to_owned(),
                "UPDATE users SET role = 'admin'".to_owned(),
                "TRUNCATE projects".to_owned(),
                "BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE".to_owned(),
                "ROLLBACK; SELECT lo_export(1, '/tmp/atelier-never')".to_owned(),
                "ALTER TABLE projects DISABLE ROW LEVEL SECURITY".to_owned(),
                "DROP POLICY own ON projects".to_owned(),
                "SET row_security = off; SELECT title FROM projects".to_owned(),
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'atelier'".to_owned(),
                "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename = 'atelier'".to_owned(),
                "SET log_statement = 'none'".to_owned(),
                "SET session_replication_role = replica".to_owned(),
            ] {
                let code = refused(&mut session, &attempt).await;
                assert!(matches!(code.as_str(), "42501" | "22023" | "0A000" | "58P01"), "{attempt}: {code}");
            }
            run(&mut session, "RESET row_security").await;
            assert_eq!(count(&mut session, "projects").await, 1);
            // One session at a time.
            let second = sqlx::ConnectOptions::connect(&super::world::options(&acquired)).await.unwrap_err();
            assert_eq!(second.as_database_error().unwrap().code().unwrap(), "53300");
            session.close().await.unwrap();
            world.release(&alice, &acquired).await;
            world.release(&bob, &other).await;
            assert_nothing_left(database).await;
        })
        .await;
    }
}
