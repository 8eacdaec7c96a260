//! A backup holds every row of everybody, and what it must not hold is not in it.

use std::sync::Arc;

use atelier_adapter_postgres::{PgRows, PgStore, PoolSettings};
use atelier_backup::{BackUp, BackupEngine, BackupError, Layout, Selection};
use atelier_domain::dataservice::Tier;
use atelier_domain::dataservice::catalogue::Catalogue;
use atelier_domain::dataservice::queries::RowStore;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection};

use super::world::{SERVERS, World, content, now, session, sibling, traces};
use crate::database::{ALICE, with_database};
use crate::queries::{plan, request, tenant};

#[tokio::test]
async fn every_owners_rows_come_back_and_the_restored_database_serves_queries_owner_by_owner() {
    for server in SERVERS {
        with_database(server, async |database| {
            let world = World::new(server, database).await;
            let before = content(&database.direct).await;
            let taken = world.taken().await;
            assert!(taken.documents > 1600, "{taken:?}");
            let name = world.name("restored");
            let restored = world.engine.restore(&world.beside(&taken, &name), now()).await.unwrap();
            assert_eq!((&restored.target, restored.documents, restored.remarks.len()), (&name, taken.documents, 0), "{restored:?}");

            let pool = world.pool(&name).await;
            assert_eq!(content(&pool).await, before, "{server}");
            let budget: Vec<(String, i32)> =
                sqlx::query_as("SELECT database_type, used FROM dataservice.lease_budget ORDER BY 1").fetch_all(&pool).await.unwrap();
            assert_eq!(budget, [("postgresql".to_owned(), 0), ("redis".to_owned(), 0)]);
            // its policies and grants name roles of its own
            let strangers = "SELECT count(*) FROM pg_policies, unnest(roles) AS role WHERE role LIKE 'atelier\\_%' AND NOT starts_with(role, dataservice.group_role(''))";
            assert_eq!(sqlx::query_scalar::<_, i64>(strangers).fetch_one(&pool).await.unwrap(), 0);
            pool.close().await;

            let settings = PoolSettings { min: 0, max: 2, ..PoolSettings::default() };
            let store = PgStore::connect(&sibling(&database.url, &name), settings).await.unwrap();
            let rows = PgRows::new(store.clone(), Arc::new(Catalogue::visiobook(None))).by_row_level_security_alone();
            for (tier, expected) in [(Tier::User, 400), (Tier::Admin, 800)] {
                let found = rows.select(&plan(&tenant(ALICE, tier), &request("projects", json!({}))).unwrap()).await.unwrap();
                assert_eq!(found.total, expected, "{server} {tier}");
            }
            store.close().await;
            world.drop_database(&name).await;
        })
        .await;
    }
}

/// The owner of a table is held to row-level security as everybody else: without a policy of its own a dump would be short of rows.
#[tokio::test]
async fn a_table_that_might_hide_rows_from_the_backup_stops_it() {
    for server in SERVERS {
        with_database(server, async |database| {
            let world = World::new(server, database).await;
            let back_up = async || world.engine.back_up(&BackUp { selection: Selection::All, layout: Layout::Archive }, now()).await;
            for (change, undo) in [
                ("DROP POLICY keeper ON media_assets", "CREATE POLICY keeper ON media_assets TO CURRENT_USER USING (TRUE)"),
                ("CREATE POLICY less ON projects AS RESTRICTIVE TO PUBLIC USING (title <> 'P1')", "DROP POLICY less ON projects"),
                ("ALTER POLICY keeper ON users USING (role = 'user')", "ALTER POLICY keeper ON users USING (TRUE)"),
            ] {
                world.run(change, None).await;
                let refused = back_up().await.unwrap_err();
                assert!(
                    matches!(&refused, BackupError::Refused(text) if text.contains("row-level security may hide rows")),
                    "{change}: {refused}"
                );
                assert_eq!(world.engine.list().await.unwrap(), []);
                world.run(undo, None).await;
            }
            assert!(back_up().await.unwrap().documents > 1600);
        })
        .await;
    }
}

/// Whoever holds a lease may leave things in the database that would keep a dump from being restored.
#[tokio::test]
async fn leases_and_what_their_holders_left_are_not_in_a_backup() {
    for server in SERVERS {
        with_database(server, async |database| {
            let world = World::new(server, database).await;
            let login: String = sqlx::query_scalar("SELECT dataservice.group_role('lease_held')").fetch_one(&database.direct).await.unwrap();
            let group: String = sqlx::query_scalar("SELECT dataservice.group_role('tenant')").fetch_one(&database.direct).await.unwrap();
            for statement in [
                format!("CREATE ROLE \"{login}\" LOGIN PASSWORD 'held'"),
                format!("GRANT \"{group}\" TO \"{login}\""),
                format!(
                    "INSERT INTO dataservice.leases (id, account_id, owner, tier, service_name, database_type, operation_type, login, state,
                            acquired_at, expires_at, ends_at) VALUES ('conn_1', 'a', '{ALICE}', 'user', 's', 'postgresql', 'write', '{login}',
                            'active', now(), now() + interval '5 minutes', now() + interval '1 hour')"
                ),
                "UPDATE dataservice.lease_budget SET used = 1 WHERE database_type = 'postgresql'".to_owned(),
            ] {
                world.run(&statement, None).await;
            }
            let mut url = url::Url::parse(&database.url).unwrap();
            url.set_username(&login).unwrap();
            url.set_password(Some("held")).unwrap();
            let mut held = session(url.as_str()).await;
            for statement in [
                "SELECT lo_from_bytea(0, 'left behind')",
                "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC",
            ] {
                sqlx::query(statement).execute(&mut held).await.unwrap();
            }
            held.close().await.unwrap();

            let taken = world.taken().await;
            let name = world.name("restored");
            world.engine.restore(&world.beside(&taken, &name), now()).await.unwrap();
            let pool = world.pool(&name).await;
            let left = "SELECT (SELECT count(*) FROM dataservice.leases) + (SELECT sum(used) FROM dataservice.lease_budget)
                             + (SELECT count(*) FROM pg_largeobject_metadata) + (SELECT count(*) FROM pg_default_acl)";
            assert_eq!(sqlx::query_scalar::<_, i64>(left).fetch_one(&pool).await.unwrap(), 0);
            pool.close().await;
            world.drop_database(&name).await;
            for statement in ["DROP OWNED BY", "DROP ROLE"] {
                if statement == "DROP OWNED BY" {
                    world.run(&format!("GRANT \"{login}\" TO CURRENT_USER"), None).await;
                }
                world.run(&format!("{statement} \"{login}\""), None).await;
            }
        })
        .await;
    }
}

#[tokio::test]
async fn a_restore_test_compares_records_and_leaves_nothing_behind() {
    for server in SERVERS {
        with_database(server, async |database| {
            let world = World::new(server, database).await;
            let taken = world.taken().await;
            let scratch: String = sqlx::query_scalar("SELECT 'atelier_restore_test_' || left(md5(current_database()), 8)")
                .fetch_one(&database.direct)
                .await
                .unwrap();
            // one that died left its database
            sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {scratch}"))).execute(&database.direct).await.unwrap();
            let at = now();
            let tested = world.engine.verify(&taken.path, at).await.unwrap();
            assert_eq!((tested.target, tested.documents), (scratch.clone(), taken.documents));
            assert_eq!(traces(&database.direct, &scratch).await, 0);
            let name = taken.path.file_name().unwrap().to_str().unwrap();
            let proofs = world.engine.folder().unwrap().proofs(name);
            assert_eq!((proofs.restore_tested_at, proofs.verified_at), (Some(at), None));
            let checked = world.engine.check(&taken.path, at).await.unwrap();
            assert!(checked.entries > 100 && checked.rows == taken.documents, "{checked:?}");
            assert_eq!(world.engine.folder().unwrap().proofs(name).verified_at, Some(at));
        })
        .await;
    }
}
