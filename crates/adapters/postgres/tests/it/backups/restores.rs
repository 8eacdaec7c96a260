//! Restores over the live database, and onto another server.

use std::path::PathBuf;

use atelier_backup::{BackupEngine, BackupError, Restore};
use atelier_testkit::contract::present;
use sqlx::{AssertSqlSafe, Connection};

use super::world::{World, content, drop_database, now, session, sibling};
use crate::database::with_database;

const SERVER: &str = "TEST_POSTGRES_URL";

#[tokio::test]
async fn a_database_with_tables_is_replaced_only_when_that_is_said_twice_and_keeps_its_rows_under_another_name() {
    with_database(SERVER, async |database| {
        let world = World::new(SERVER, database).await;
        let taken = world.taken().await;
        let live = world.name("live");
        let engine = world.at(&sibling(&database.url, &live));
        let over = |drop, confirmed| Restore { archive: taken.path.clone(), drop, confirmed, ..Restore::default() };
        // missing: it is made
        engine.restore(&over(false, false), now()).await.unwrap();
        let mut session = session(&sibling(&database.url, &live)).await;
        sqlx::query("UPDATE projects SET title = 'later'").execute(&mut session).await.unwrap();
        for (drop, confirmed) in [(false, false), (false, true), (true, false)] {
            let refused = engine.restore(&over(drop, confirmed), now()).await.unwrap_err();
            assert!(matches!(refused, BackupError::NotEmpty { .. } | BackupError::NotConfirmed { .. }), "{refused}");
        }
        let refused = engine.restore(&over(true, true), now()).await.unwrap_err();
        assert!(refused.to_string().contains("is in use: stop the service"), "{refused}");
        session.close().await.unwrap();

        let at = now();
        let restored = engine.restore(&over(true, true), at).await.unwrap();
        let aside = format!("{live}_before_{}", at.format("%Y%m%d_%H%M%S"));
        assert!(restored.remarks[0].contains(&aside), "{restored:?}");
        let later = "SELECT count(*) FROM projects WHERE title = 'later'";
        for (name, expected) in [(&live, 0), (&aside, 800)] {
            let pool = world.pool(name).await;
            assert_eq!(sqlx::query_scalar::<_, i64>(later).fetch_one(&pool).await.unwrap(), expected, "{name}");
            pool.close().await;
        }
        // an empty one is filled
        world.drop_database(&aside).await;
        world.drop_database(&live).await;
        sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {live}"))).execute(&database.direct).await.unwrap();
        engine.restore(&over(false, false), now()).await.unwrap();
        let pool = world.pool(&live).await;
        assert_eq!(content(&pool).await, content(&database.direct).await);
        pool.close().await;
        world.drop_database(&live).await;
    })
    .await;
}

/// There the roles that grants and policies name are not known, and the service has another login.
#[tokio::test]
async fn a_backup_is_restored_on_another_server_by_another_login() {
    const OTHER: &str = "TEST_POSTGRES15_URL";
    with_database(OTHER, async |database| {
        let Some(server) = present(std::env::var(SERVER).ok(), SERVER) else { return };
        let world = World::new(OTHER, database).await;
        world.run("CREATE ROLE t_reporting NOLOGIN", None).await;
        world.run("GRANT SELECT ON projects TO t_reporting", None).await;
        let taken = world.taken().await;
        let (login, live) = (format!("t_login_{}", std::process::id()), world.name("moved"));
        let mut admin = session(&server).await;
        let make = format!("CREATE ROLE {login} LOGIN CREATEDB CREATEROLE PASSWORD 'other'");
        sqlx::query(AssertSqlSafe(make)).execute(&mut admin).await.unwrap();
        let mut url = url::Url::parse(&sibling(&server, &live)).unwrap();
        url.set_username(&login).unwrap();
        url.set_password(Some("other")).unwrap();
        let engine = world.at(url.as_str()).with_programs(PathBuf::from(std::env::var("TEST_POSTGRES_BIN").unwrap()));
        let restored = engine.restore(&Restore { archive: taken.path.clone(), ..Restore::default() }, now()).await.unwrap();
        assert!(restored.documents == taken.documents && restored.remarks[0].contains("t_reporting"), "{restored:?}");

        let mut moved = session(url.as_str()).await;
        let named = "SELECT DISTINCT role FROM pg_policies, unnest(roles) AS role WHERE policyname = 'keeper'";
        assert_eq!(sqlx::query_scalar::<_, String>(named).fetch_all(&mut moved).await.unwrap(), [login.as_str()]);
        let groups = "SELECT count(*) FROM pg_roles WHERE starts_with(rolname, dataservice.group_role(''))";
        assert_eq!(sqlx::query_scalar::<_, i64>(groups).fetch_one(&mut moved).await.unwrap(), 4);
        moved.close().await.unwrap();
        drop_database(url.as_str(), &live).await;
        let mut clean = session(&sibling(url.as_str(), "postgres")).await;
        sqlx::query("DROP ROLE t_reporting").execute(&mut clean).await.unwrap();
        clean.close().await.unwrap();
        sqlx::query(AssertSqlSafe(format!("DROP ROLE {login}"))).execute(&mut admin).await.unwrap();
        admin.close().await.unwrap();
        world.run("REVOKE SELECT ON projects FROM t_reporting", None).await;
        world.run("DROP ROLE t_reporting", None).await;
    })
    .await;
}
