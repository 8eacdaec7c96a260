//! What a leased login tries beyond its rows: to become somebody, to learn of somebody, to stay.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use atelier_domain::dataservice::Tier;
use atelier_domain::dataservice::leases::LeaseSettings;
use futures_util::StreamExt as _;
use sqlx::postgres::{PgConnection, PgPoolCopyExt as _};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

use super::world::{SERVERS, assert_nothing_left, client, options, refused, row, run, tenant, until, world};
use crate::database::{ALICE, BOB, TestDatabase, with_database};

async fn projects_of_both(database: &TestDatabase) {
    for (owner, title) in [(ALICE, "12"), (BOB, "secret")] {
        let project: uuid::Uuid = sqlx::query_scalar("INSERT INTO projects (user_id, title) VALUES ($1, $2) RETURNING id")
            .bind(owner)
            .bind(title)
            .fetch_one(&database.direct)
            .await
            .unwrap();
        sqlx::query("INSERT INTO media_assets (project_id, asset_type, file_path) VALUES ($1, 'video', '/v')")
            .bind(project)
            .execute(&database.direct)
            .await
            .unwrap();
    }
}

async fn texts(session: &mut PgConnection, sql: &str) -> Vec<String> {
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(session).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// Statements that would make the login more than it is, each of which must fail.
fn attempts(login: &str, admins: &str, bobs: &str) -> Vec<String> {
    let of_roles = [
        format!("SELECT set_config('role', '{admins}', false)"),
        format!("SELECT set_config('role', '{bobs}', false)"),
        "SELECT set_config('session_authorization', 'atelier', false)".to_owned(),
        format!("SET LOCAL ROLE \"{admins}\""),
        format!("ALTER ROLE \"{login}\" SUPERUSER"),
        format!("ALTER ROLE \"{login}\" BYPASSRLS"),
        format!("ALTER ROLE \"{login}\" REPLICATION"),
        format!("ALTER ROLE \"{login}\" RENAME TO somebody"),
        format!("ALTER ROLE \"{login}\" SET session_preload_libraries = 'x'"),
        format!("ALTER ROLE \"{bobs}\" SET search_path = 'x'"),
        format!("GRANT pg_read_server_files TO \"{login}\""),
        format!("GRANT pg_execute_server_program TO \"{login}\""),
        format!("GRANT pg_write_all_data TO \"{login}\""),
        format!("REASSIGN OWNED BY \"{bobs}\" TO \"{login}\""),
        format!("DROP OWNED BY \"{bobs}\""),
        format!("ALTER TABLE projects OWNER TO \"{login}\""),
        format!("ALTER FUNCTION dataservice.current_owner() OWNER TO \"{login}\""),
    ];
    let of_objects = [
        "ALTER FUNCTION dataservice.current_owner() RESET search_path",
        "ALTER TABLE projects ADD COLUMN x INT",
        "ALTER TABLE projects DISABLE TRIGGER ALL",
        "ALTER POLICY own ON projects USING (true)",
        "ALTER SCHEMA dataservice RENAME TO other",
        "COMMENT ON TABLE projects IS 'mine'",
        "CREATE FUNCTION pg_temp.lower(text) RETURNS text LANGUAGE sql AS 'SELECT $1'",
        "CREATE TABLE pg_temp.projects (id UUID)",
        "CREATE TEMPORARY VIEW projects AS SELECT 1",
        "CREATE TEMPORARY SEQUENCE s",
        "SELECT 1 INTO TEMPORARY t",
        "SELECT 1 INTO t",
        "CREATE VIEW v AS SELECT 1",
        "CREATE MATERIALIZED VIEW v AS SELECT 1",
        "CREATE TYPE t AS (x INT)",
        "CREATE DOMAIN d AS INT",
        "CREATE SEQUENCE s",
        "CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)",
        "CREATE CAST (int AS uuid) WITH INOUT",
        "CREATE INDEX ON projects (title)",
        "CREATE TRIGGER t AFTER INSERT ON projects EXECUTE FUNCTION set_updated_at()",
        "CREATE RULE r AS ON SELECT TO projects DO INSTEAD NOTHING",
        "CREATE POLICY mine ON projects USING (true)",
        "CREATE EVENT TRIGGER t ON ddl_command_start EXECUTE FUNCTION set_updated_at()",
        "CREATE PUBLICATION p FOR ALL TABLES",
        "CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1' PUBLICATION p",
        "CREATE FOREIGN DATA WRAPPER w",
        "CREATE SERVER s FOREIGN DATA WRAPPER w",
        "CREATE TABLESPACE t LOCATION '/tmp'",
        "CREATE LANGUAGE plpython3u",
        "CREATE EXTENSION file_fdw",
        "CREATE EXTENSION adminpack",
        "CREATE STATISTICS s ON title, status FROM projects",
        "REINDEX TABLE projects",
        "CLUSTER projects USING projects_pkey",
        "SELECT dblink('host=127.0.0.1', 'SELECT 1')",
    ]
    .map(str::to_owned);
    let of_the_server = [
        "ALTER SYSTEM SET log_statement = 'none'",
        "SELECT pg_reload_conf()",
        "SELECT pg_rotate_logfile()",
        "SELECT pg_switch_wal()",
        "SELECT pg_create_restore_point('x')",
        "SELECT pg_stat_reset()",
        "SELECT pg_read_binary_file('PG_VERSION')",
        "SELECT pg_stat_file('PG_VERSION')",
        "SELECT pg_ls_waldir()",
        "SELECT pg_ls_tmpdir()",
        "SELECT pg_create_logical_replication_slot('s', 'pgoutput')",
        "SELECT pg_replication_origin_create('x')",
        "COPY projects (title) FROM PROGRAM 'id'",
        "COPY projects (title) FROM '/etc/passwd'",
        "LOAD 'auto_explain'",
        "CHECKPOINT",
        "SET session_preload_libraries = 'x'",
        "SET log_min_messages = 'panic'",
        "SET zero_damaged_pages = on",
        "SELECT setting FROM pg_file_settings",
        "SELECT * FROM pg_hba_file_rules",
        "SELECT * FROM pg_user_mapping",
        "SELECT passwd FROM pg_shadow",
        "DO $$ BEGIN EXECUTE 'CREATE ROLE through_plpgsql'; END $$",
    ]
    .map(str::to_owned);
    let of_the_service = [
        "SELECT * FROM dataservice.tx_log",
        "SELECT * FROM dataservice.tx_outbox",
        "SELECT * FROM dataservice.tx_claims",
        "SELECT * FROM dataservice.tx_fences",
        "SELECT * FROM dataservice.data_versions",
        "SELECT * FROM dataservice.migrations",
        "SELECT * FROM dataservice.migration_runs",
        "DELETE FROM dataservice.leases",
        "DO $$ BEGIN LOCK TABLE dataservice.leases IN ACCESS SHARE MODE; END $$",
        "SELECT dataservice.grant_lease('{}', 'x', 1, 1, 1)",
        "SELECT dataservice.end_lease('x')",
        "SELECT dataservice.close_lease('x', now(), 'released', now())",
        "SELECT dataservice.end_sessions('x')",
        "SELECT dataservice.drop_login('x')",
        "SELECT dataservice.record_decision('x', gen_random_uuid(), NULL, 0, '', '{}', '{}', '{}', '{}', 1, '{}')",
        "SELECT dataservice.settle_outbox('{}', '{}', '{}', '{}', '{}', '{}', '{}')",
        "SELECT dataservice.make_login(NULL, 'x', 1)",
        "INSERT INTO users (id, email, password_hash) VALUES (gen_random_uuid(), 'bob@example.org', 'x')",
        "DELETE FROM users",
        "UPDATE users SET email = 'x'",
        "UPDATE users SET id = gen_random_uuid()",
    ]
    .map(str::to_owned);
    [&of_roles[..], &of_objects, &of_the_server, &of_the_service].concat()
}

#[tokio::test]
async fn whatever_would_make_it_more_than_it_is_is_refused() {
    for server in SERVERS {
        with_database(server, async |database| {
            projects_of_both(database).await;
            let world = world(database, LeaseSettings::default());
            let (alice, bob) = (tenant(ALICE, Tier::User, 1), tenant(BOB, Tier::User, 2));
            let (acquired, other) = (world.acquire(&alice, "write").await, world.acquire(&bob, "write").await);
            let (login, bobs) = (row(&world, &acquired).await.login, row(&world, &other).await.login);
            let admins: String = sqlx::query_scalar("SELECT dataservice.group_role('admin')").fetch_one(&database.direct).await.unwrap();
            let mut session = client(&acquired).await;
            for attempt in attempts(&login, &admins, &bobs) {
                let code = refused(&mut session, &attempt).await;
                // Refused for want of a right, or not there to be had at all.
                let known = ["42501", "0A000", "42883", "42704", "58P01", "55P02", "55000", "22023", "42939"];
                assert!(known.contains(&code.as_str()), "{attempt}: {code}");
            }
            assert_eq!(texts(&mut session, "SELECT session_user || ' ' || current_user").await, [format!("{login} {login}")]);
            session.close().await.unwrap();
            world.release(&alice, &acquired).await;
            world.release(&bob, &other).await;
            assert_nothing_left(database).await;
        })
        .await;
    }
}

#[tokio::test]
async fn no_way_of_asking_shows_a_row_of_another_owner() {
    for server in SERVERS {
        with_database(server, async |database| {
            projects_of_both(database).await;
            sqlx::raw_sql("ANALYZE").execute(&database.direct).await.unwrap();
            let world = world(database, LeaseSettings::default());
            let alice = tenant(ALICE, Tier::User, 1);
            let acquired = world.acquire(&alice, "write").await;
            let mut session = client(&acquired).await;
            for says in [
                format!("SELECT set_config('atelier.owner', '{BOB}', false)"),
                format!("SET atelier.owner = '{BOB}'"),
                format!("BEGIN; SET LOCAL atelier.owner = '{BOB}'"),
                "COMMIT; SET search_path = pg_temp, dataservice, public, pg_catalog".to_owned(),
                "SET enable_seqscan = off; SET enable_indexscan = off; SET enable_bitmapscan = off".to_owned(),
                "SET default_transaction_isolation = 'serializable'".to_owned(),
            ] {
                run(&mut session, &says).await;
                for ask in [
                    "SELECT title FROM projects",
                    "SELECT title FROM ONLY projects",
                    "SELECT title FROM projects TABLESAMPLE SYSTEM (100)",
                    "SELECT title FROM projects WHERE ctid = ANY (ARRAY(SELECT format('(0,%s)', n)::tid FROM generate_series(1, 250) AS n))",
                    "SELECT p.title FROM media_assets AS m RIGHT JOIN projects AS p ON p.id = m.project_id",
                    "SELECT title FROM projects FOR SHARE",
                    "SELECT (SELECT string_agg(title, ',') FROM projects)",
                    "WITH RECURSIVE all_of AS (SELECT title FROM projects UNION SELECT title FROM all_of) SELECT title FROM all_of",
                    "UPDATE projects SET title = title RETURNING title",
                    // A function that fails is not shown the rows of others first.
                    "SELECT title FROM projects WHERE title::int > 0",
                    "SELECT title FROM projects WHERE 1 / (length(title) - 6) < 1",
                    "SELECT title FROM projects ORDER BY title::int",
                ] {
                    assert_eq!(texts(&mut session, ask).await, ["12"], "{says}: {ask}");
                }
            }
            for nothing in [
                "SELECT most_common_vals::text FROM pg_stats WHERE tablename IN ('projects', 'users', 'media_assets')",
                "SELECT query FROM pg_stat_activity WHERE usename <> session_user AND query NOT IN ('', '<insufficient privilege>')",
                "SELECT title FROM projects WHERE user_id <> (SELECT dataservice.current_owner())",
            ] {
                assert_eq!(texts(&mut session, nothing).await, Vec::<String>::new(), "{nothing}");
            }
            let mut copied = Vec::new();
            let pool = sqlx::postgres::PgPoolOptions::new().max_connections(1);
            session.close().await.unwrap();
            let pool = pool.connect_with(options(&acquired)).await.unwrap();
            let mut stream = pool.copy_out_raw("COPY projects (title) TO STDOUT").await.unwrap();
            while let Some(bytes) = stream.next().await {
                copied.extend_from_slice(&bytes.unwrap());
            }
            assert_eq!(copied, b"12\n");
            drop(stream);
            pool.close().await;
            world.release(&alice, &acquired).await;
            assert_nothing_left(database).await;
        })
        .await;
    }
}

#[tokio::test]
async fn a_guess_at_anothers_row_is_refused_as_a_guess_at_none_is() {
    for server in SERVERS {
        with_database(server, async |database| {
            projects_of_both(database).await;
            let world = world(database, LeaseSettings::default());
            let alice = tenant(ALICE, Tier::User, 1);
            let acquired = world.acquire(&alice, "write").await;
            let mut session = client(&acquired).await;
            let bobs: uuid::Uuid =
                sqlx::query_scalar("SELECT id FROM projects WHERE user_id = $1").bind(BOB).fetch_one(&database.direct).await.unwrap();
            let mut answers = Vec::new();
            for id in [bobs, uuid::Uuid::from_u128(7)] {
                let mut told = Vec::new();
                for sql in [
                    format!("INSERT INTO media_assets (project_id, asset_type, file_path) VALUES ('{id}', 'x', '/')"),
                    format!("UPDATE projects SET title = 'x' WHERE id = '{id}' RETURNING title"),
                    format!("DELETE FROM projects WHERE id = '{id}' RETURNING title"),
                    format!("SELECT title FROM projects WHERE id = '{id}' FOR UPDATE"),
                    format!("INSERT INTO generation_jobs (project_id) SELECT '{id}'"),
                    format!("INSERT INTO project_versions (project_id, version, content) VALUES ('{id}', 1, '{{}}')"),
                ] {
                    told.push(match sqlx::query(AssertSqlSafe(sql)).execute(&mut session).await {
                        Ok(done) => format!("{} rows", done.rows_affected()),
                        Err(error) => error.to_string(),
                    });
                }
                answers.push(told);
            }
            assert_eq!(answers[0], answers[1]);
            // The id itself cannot be had twice; that is all a guess of an id, 122 bits at random, would tell.
            let taken = format!("INSERT INTO projects (id, user_id, title) VALUES ('{bobs}', '{ALICE}', 'x')");
            assert_eq!(refused(&mut session, &taken).await, "23505");
            let taken_over = format!("{taken} ON CONFLICT (id) DO UPDATE SET title = 'x'");
            assert_eq!(refused(&mut session, &taken_over).await, "42501");
            let title: String =
                sqlx::query_scalar("SELECT title FROM projects WHERE id = $1").bind(bobs).fetch_one(&database.direct).await.unwrap();
            assert_eq!(title, "secret");
            session.close().await.unwrap();
            world.release(&alice, &acquired).await;
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_signs_in_again_and_again_while_the_lease_is_taken_back_is_out_when_it_is() {
    for server in SERVERS {
        with_database(server, async |database| {
            let world = world(database, LeaseSettings::default());
            let alice = tenant(ALICE, Tier::User, 1);
            for _ in 0..5 {
                let acquired = world.acquire(&alice, "write").await;
                let (address, over) = (options(&acquired), Arc::new(AtomicBool::new(false)));
                let stubborn: Vec<_> = (0..4)
                    .map(|_| {
                        let (address, over) = (address.clone(), over.clone());
                        tokio::spawn(async move {
                            let mut sessions = 0;
                            while !over.load(Ordering::SeqCst) {
                                if let Ok(mut session) = address.connect().await {
                                    sessions += 1;
                                    let _ended = sqlx::query("SELECT pg_sleep(0.01)").execute(&mut session).await;
                                }
                            }
                            sessions
                        })
                    })
                    .collect();
                until("somebody signs in", async || {
                    let ask = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE usename = $1)";
                    let login = row(&world, &acquired).await.login;
                    sqlx::query_scalar(ask).bind(login).fetch_one(&database.direct).await.unwrap()
                })
                .await;
                world.release(&alice, &acquired).await;
                let left: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_stat_activity WHERE usename = $1")
                    .bind(row(&world, &acquired).await.login)
                    .fetch_one(&database.direct)
                    .await
                    .unwrap();
                assert_eq!(left, 0);
                assert!(address.connect().await.is_err());
                over.store(true, Ordering::SeqCst);
                for one in stubborn {
                    one.await.unwrap();
                }
            }
            assert_nothing_left(database).await;
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_swallows_every_error_or_never_reads_its_answer_is_ended_too() {
    for server in SERVERS {
        with_database(server, async |database| {
            let world = world(database, LeaseSettings::default());
            let alice = tenant(ALICE, Tier::User, 1);
            let swallow = "SET statement_timeout = 0; SELECT pg_advisory_lock(4712);
                           DO $$ BEGIN LOOP BEGIN PERFORM pg_sleep(0.2);
                           EXCEPTION WHEN query_canceled THEN NULL; WHEN OTHERS THEN NULL; END; END LOOP; END $$";
            for swallows in [true, false] {
                let acquired = world.acquire(&alice, "write").await;
                let (address, at_it, over) = (options(&acquired), Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
                let (begun, taken_back) = (at_it.clone(), over.clone());
                let busy = tokio::spawn(async move {
                    let mut session = address.connect().await.unwrap();
                    if swallows {
                        return sqlx::raw_sql(swallow).execute(&mut session).await.is_err();
                    }
                    // More than fits between them: the server waits for its reader.
                    let mut rows = sqlx::raw_sql("SELECT repeat('x', 100000) FROM generate_series(1, 100000)").fetch(&mut session);
                    rows.next().await.unwrap().unwrap();
                    begun.store(true, Ordering::SeqCst);
                    while !taken_back.load(Ordering::SeqCst) {
                        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                    }
                    while let Some(row) = rows.next().await {
                        if row.is_err() {
                            return true;
                        }
                    }
                    false
                });
                until("it is at it", async || {
                    let ask = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 4712 AND granted)";
                    at_it.load(Ordering::SeqCst) || sqlx::query_scalar(ask).fetch_one(&database.direct).await.unwrap()
                })
                .await;
                world.release(&alice, &acquired).await;
                over.store(true, Ordering::SeqCst);
                assert!(busy.await.unwrap(), "swallows: {swallows}");
                assert_nothing_left(database).await;
            }
        })
        .await;
    }
}
