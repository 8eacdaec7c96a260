//! The migration engine.

use std::time::Duration;

use atelier_adapter_postgres::{MIGRATIONS, MigrationFile, PgMigrator};
use atelier_domain::dataservice::migrations::{DryRunOutcome, MigrationRun, MigrationStatus, Migrator, Resolution};
use atelier_domain::dataservice::{DataError, RunState};
use sqlx::AssertSqlSafe;

use crate::database::{TestDatabase, with_database};

const ADDS: MigrationFile =
    MigrationFile { version: "20990101_001", text: "-- description: Adds\n-- estimated: 2 minutes\nCREATE TABLE extra (id INT);" };
const INDEXES: MigrationFile = MigrationFile {
    version: "20990102_001",
    text: "-- description: Indexes\n-- no-transaction\nCREATE INDEX CONCURRENTLY extra_id ON extra (id);",
};
const FAILS: MigrationFile =
    MigrationFile { version: "20990103_001", text: "-- description: Fails\nCREATE TABLE more (id INT); SELECT 1 / 0;" };
const SLOW: MigrationFile = MigrationFile { version: "20990101_001", text: "-- description: Slow\nSELECT pg_sleep(2);" };

fn with(more: &[MigrationFile]) -> &'static [MigrationFile] {
    Vec::leak([MIGRATIONS, more].concat())
}

fn migrator(database: &TestDatabase, more: &[MigrationFile]) -> PgMigrator {
    PgMigrator::new(database.store.clone(), with(more))
}

fn code<T: std::fmt::Debug>(result: Result<T, DataError>) -> &'static str {
    result.unwrap_err().rejected().unwrap().code
}

async fn ended(migrator: &PgMigrator, id: &str) -> MigrationRun {
    loop {
        let run = migrator.find_run(id).await.unwrap().unwrap();
        if run.state != RunState::Running {
            return run;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn pending(status: &MigrationStatus) -> Vec<&str> {
    status.pending.iter().map(|pending| pending.version.as_str()).collect()
}

#[tokio::test]
async fn an_empty_database_is_migrated_once_though_many_begin_together() {
    with_database("TEST_POSTGRES_URL", async |database| {
        sqlx::raw_sql("DROP SCHEMA dataservice CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public")
            .execute(&database.direct)
            .await
            .unwrap();
        // The extension went with its schema, and with it what needs it.
        let expected: Vec<_> =
            MIGRATIONS.iter().filter(|file| !file.text.contains("-- requires: vector")).map(|file| file.version).collect();
        let migrator = migrator(database, &[]);
        let before = migrator.status().await.unwrap();
        assert_eq!((&before.current_version, &before.last, pending(&before)), (&None, &None, expected.clone()));
        let all = (0..5).map(|n| {
            let migrator = migrator.clone();
            async move { migrator.migrate_empty(&format!("mig_{n}")).await.unwrap() }
        });
        for status in futures_util::future::join_all(all).await {
            assert!(status.pending.is_empty());
            assert_eq!(status.current_version.as_deref(), expected.last().copied());
        }
    })
    .await;
}

#[tokio::test]
async fn a_run_goes_up_to_its_target_and_then_on() {
    with_database("TEST_POSTGRES_URL", async |database| {
        let migrator = migrator(database, &[ADDS, INDEXES]);
        assert_eq!(pending(&migrator.status().await.unwrap()), [ADDS.version, INDEXES.version]);
        let run = migrator.start("mig_a", Some(ADDS.version)).await.unwrap();
        assert_eq!(
            (run.state, run.current_step, run.total_steps, run.remaining),
            (RunState::Running, 1, 1, Some(Duration::from_secs(120)))
        );
        assert_eq!(ended(&migrator, "mig_a").await.state, RunState::Completed);
        let status = migrator.status().await.unwrap();
        assert_eq!((status.current_version.as_deref(), pending(&status)), (Some(ADDS.version), vec![INDEXES.version]));
        assert_eq!(status.last.map(|last| last.version).as_deref(), Some(ADDS.version));
        migrator.start("mig_b", None).await.unwrap();
        assert_eq!(ended(&migrator, "mig_b").await.state, RunState::Completed);
        assert_eq!(code(migrator.start("mig_c", Some(ADDS.version)).await), "TARGET_BEHIND_CURRENT");
        assert_eq!(code(migrator.start("mig_c", Some("20980101_001")).await), "MIGRATION_NOT_FOUND");
        assert!(migrator.find_run("mig_c").await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn a_dry_run_tells_everything_and_changes_nothing() {
    with_database("TEST_POSTGRES_URL", async |database| {
        let steps = migrator(database, &[ADDS, INDEXES]).dry_run(None).await.unwrap();
        assert!(matches!(steps[0].outcome, DryRunOutcome::Executed { .. }), "{steps:?}");
        assert_eq!((steps[1].outcome.clone(), steps.len()), (DryRunOutcome::NotVerifiable, 2));
        let failing = migrator(database, &[FAILS]).dry_run(None).await.unwrap();
        assert!(matches!(&failing[0].outcome, DryRunOutcome::Failed { error } if error.contains("division by zero")), "{failing:?}");
        let made: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_class WHERE relname IN ('extra', 'more')")
            .fetch_one(&database.direct)
            .await
            .unwrap();
        assert_eq!(made, 0);
        assert_eq!(pending(&migrator(database, &[ADDS]).status().await.unwrap()), [ADDS.version]);
    })
    .await;
}

#[tokio::test]
async fn a_migration_that_fails_leaves_nothing_and_those_before_it_stay() {
    with_database("TEST_POSTGRES_URL", async |database| {
        let migrator = migrator(database, &[ADDS, FAILS]);
        migrator.start("mig_a", None).await.unwrap();
        let run = ended(&migrator, "mig_a").await;
        assert_eq!((run.state, run.current_step, run.total_steps), (RunState::Failed, 2, 2));
        assert!(run.error.unwrap().contains("division by zero") && run.finished_at.is_some());
        assert_eq!(pending(&migrator.status().await.unwrap()), [FAILS.version]);
        let made: bool = sqlx::query_scalar("SELECT to_regclass('more') IS NOT NULL").fetch_one(&database.direct).await.unwrap();
        assert!(!made);
    })
    .await;
}

#[tokio::test]
async fn two_runs_never_go_on_at_once() {
    with_database("TEST_POSTGRES_URL", async |database| {
        let (one, two) = (migrator(database, &[SLOW]), migrator(database, &[SLOW]));
        one.start("mig_a", None).await.unwrap();
        assert_eq!(code(two.start("mig_b", None).await), "MIGRATION_IN_PROGRESS");
        assert_eq!(two.status().await.unwrap().running.map(|run| run.id).as_deref(), Some("mig_a"));
        assert_eq!(ended(&two, "mig_a").await.state, RunState::Completed);
    })
    .await;
}

#[tokio::test]
async fn a_crash_outside_a_transaction_is_seen_and_blocks_until_it_is_settled() {
    with_database("TEST_POSTGRES_URL", async |database| {
        let migrator = migrator(database, &[INDEXES]);
        // The table is not there: the statement fails after the row that says it began.
        migrator.start("mig_a", None).await.unwrap();
        assert_eq!(ended(&migrator, "mig_a").await.state, RunState::Failed);
        assert_eq!(migrator.status().await.unwrap().dirty, [INDEXES.version]);
        assert_eq!(code(migrator.start("mig_b", None).await), "MIGRATION_DIRTY");
        migrator.resolve(INDEXES.version, Resolution::RolledBack).await.unwrap();
        sqlx::query("CREATE TABLE extra (id INT)").execute(&database.direct).await.unwrap();
        migrator.start("mig_b", None).await.unwrap();
        assert_eq!(ended(&migrator, "mig_b").await.state, RunState::Completed);
        assert_eq!(code(migrator.resolve(INDEXES.version, Resolution::Applied).await), "MIGRATION_NOT_FOUND");
    })
    .await;
}

#[tokio::test]
async fn a_run_whose_process_is_gone_is_interrupted_and_the_next_one_begins() {
    with_database("TEST_POSTGRES_URL", async |database| {
        let migrator = migrator(database, &[ADDS]);
        migrator.status().await.unwrap();
        let gone = "INSERT INTO dataservice.migration_runs (id, state, total_steps, heartbeat_at) VALUES ('mig_gone', 'running', 1, now() - interval '1 minute')";
        sqlx::query(gone).execute(&database.direct).await.unwrap();
        assert_eq!(migrator.find_run("mig_gone").await.unwrap().map(|run| run.state), Some(RunState::Interrupted));
        assert!(migrator.status().await.unwrap().running.is_none());
        migrator.start("mig_b", None).await.unwrap();
        assert_eq!(ended(&migrator, "mig_b").await.state, RunState::Completed);
    })
    .await;
}

#[tokio::test]
async fn a_changed_file_and_one_out_of_order_are_refused_and_a_missing_one_is_told() {
    with_database("TEST_POSTGRES_URL", async |database| {
        let now = migrator(database, &[ADDS]);
        now.start("mig_a", None).await.unwrap();
        assert_eq!(ended(&now, "mig_a").await.state, RunState::Completed);
        let changed = MigrationFile { text: "-- description: Adds\nCREATE TABLE extra (id BIGINT);", ..ADDS };
        let changed = migrator(database, &[changed, FAILS]);
        assert_eq!(changed.status().await.unwrap().checksum_mismatches, [ADDS.version]);
        assert_eq!(code(changed.start("mig_b", None).await), "CHECKSUM_MISMATCH");
        let earlier = MigrationFile { version: "20980101_001", ..SLOW };
        assert_eq!(code(migrator(database, &[earlier, ADDS]).start("mig_b", None).await), "MIGRATION_OUT_OF_ORDER");
        assert_eq!(migrator(database, &[]).status().await.unwrap().missing, [ADDS.version]);
    })
    .await;
}

#[tokio::test]
async fn a_migration_that_needs_an_extension_the_server_has_not_is_left_out() {
    with_database("TEST_POSTGRES15_URL", async |database| {
        let vectors =
            MigrationFile { version: "20990101_001", text: "-- description: V\n-- requires: vector\nCREATE TABLE v (v vector(3));" };
        assert!(pending(&migrator(database, &[vectors]).status().await.unwrap()).is_empty());
    })
    .await;
    with_database("TEST_POSTGRES_URL", async |database| {
        let vectors =
            MigrationFile { version: "20990101_001", text: "-- description: V\n-- requires: vector\nCREATE TABLE v (v vector(3));" };
        // Though a later one is there: the server has the extension since.
        let migrator_then = migrator(database, &[MigrationFile { version: "20990201_001", ..ADDS }]);
        migrator_then.start("mig_a", None).await.unwrap();
        assert_eq!(ended(&migrator_then, "mig_a").await.state, RunState::Completed);
        let migrator = migrator(database, &[vectors, MigrationFile { version: "20990201_001", ..ADDS }]);
        migrator.start("mig_v", None).await.unwrap();
        assert_eq!(ended(&migrator, "mig_v").await.state, RunState::Completed);
        sqlx::query(AssertSqlSafe("SELECT v FROM v".to_owned())).execute(&database.direct).await.unwrap();
    })
    .await;
}
