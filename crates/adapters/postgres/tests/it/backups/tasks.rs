//! One task at a time, told to everybody.

use std::sync::Arc;
use std::time::Duration;

use atelier_adapter_postgres::PgBackupTasks;
use atelier_backup::BackupError;
use atelier_domain::dataservice::backups::{Backup, BackupId, BackupKeeper, BackupState, TaskKind};
use atelier_domain::dataservice::{DataError, RunState};
use atelier_domain::kernel::Clock;
use atelier_testkit::FixedClock;

use super::world::World;
use crate::database::with_database;

const SERVER: &str = "TEST_POSTGRES_URL";
const KEEP_DAYS: u32 = 30;

fn code<T: std::fmt::Debug>(result: Result<T, DataError>) -> &'static str {
    result.unwrap_err().rejected().unwrap().code
}

/// Waits until nothing is under way.
async fn settled(tasks: &PgBackupTasks) -> Vec<Backup> {
    loop {
        let overview = tasks.overview().await.unwrap();
        if overview.running.is_none() {
            return overview.backups;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_backup_is_begun_verified_and_restored_behind_the_answers_one_after_the_other() {
    with_database(SERVER, async |database| {
        let world = World::new(SERVER, database).await;
        let clock = Arc::new(FixedClock::new());
        let tasks = || PgBackupTasks::new(world.engine.clone(), clock.clone(), KEEP_DAYS);
        let (here, there) = (tasks(), tasks());
        assert_eq!(here.overview().await.unwrap().backups, []);
        let begun = here.start_backup().await.unwrap();
        assert_eq!((begun.state, &begun.id, begun.bytes), (BackupState::Running, &BackupId::at(clock.now()), None));
        // another process sees it and may not begin anything
        let seen = there.overview().await.unwrap();
        assert_eq!(seen.running.map(|task| (task.backup, task.kind)), Some((begun.id.clone(), TaskKind::Backup)));
        assert_eq!(code(there.start_backup().await), "BACKUP_IN_PROGRESS");
        assert!(matches!(there.back_up().await, Err(BackupError::InProgress)));
        let backups = settled(&there).await;
        let taken = &backups[0];
        assert_eq!((taken.state, &taken.id, backups.len()), (BackupState::Completed, &begun.id, 1), "{backups:?}");
        assert!(taken.bytes.is_some_and(|bytes| bytes > 1000) && taken.sha256.as_ref().is_some_and(|sum| sum.len() == 64), "{taken:?}");
        assert!(taken.schema_version.is_some() && taken.rows.is_some_and(|rows| rows > 1600));

        let task = here.start_verify(&taken.id).await.unwrap();
        assert_eq!((task.kind, task.state), (TaskKind::Verify, RunState::Running));
        assert_eq!(settled(&there).await[0].verified_at, Some(clock.now()));

        let target = world.name("target");
        here.start_restore(&taken.id, &target).await.unwrap();
        let after = settled(&there).await;
        let done = after[0].task.clone().unwrap();
        assert_eq!(
            (done.kind, done.state, done.target_database),
            (TaskKind::Restore, RunState::Completed, Some(target.clone())),
            "{after:?}"
        );
        assert_eq!(code(here.start_restore(&taken.id, &target).await), "PRECONDITION_FAILED");
        world.drop_database(&target).await;
        let unknown = "bak_20200101_000000".parse().unwrap();
        assert_eq!(code(here.start_verify(&unknown).await), "BACKUP_NOT_FOUND");
        assert_eq!(code(here.start_restore(&unknown, &target).await), "BACKUP_NOT_FOUND");

        // a second of the same second has an id of its own
        let second = here.start_backup().await.unwrap();
        let backups = settled(&here).await;
        assert_eq!((backups.len(), &backups[0].id), (2, &second.id));
        // and the restore test, which no route begins
        here.restore_test(&second.id).await.unwrap();
        assert_eq!(here.last_restore_test().await.unwrap(), Some(clock.now()));
    })
    .await;
}

#[tokio::test]
async fn what_failed_or_lost_its_process_is_told_and_is_no_backup() {
    with_database(SERVER, async |database| {
        let world = World::new(SERVER, database).await;
        let clock = Arc::new(FixedClock::new());
        let tasks = PgBackupTasks::new(world.engine.clone(), clock.clone(), KEEP_DAYS);
        world.run("DROP POLICY keeper ON media_assets", None).await;
        let begun = tasks.start_backup().await.unwrap();
        let backups = settled(&tasks).await;
        assert_eq!((backups[0].state, &backups[0].id), (BackupState::Failed, &begun.id));
        assert!(backups[0].error.as_ref().unwrap().contains("media_assets"), "{backups:?}");
        world.run("CREATE POLICY keeper ON media_assets TO CURRENT_USER USING (TRUE)", None).await;

        clock.advance(Duration::from_secs(60));
        let lost = BackupId::at(clock.now());
        let gone = format!(
            "INSERT INTO dataservice.backup_tasks (backup_id, kind, state, started_at, heartbeat_at)
             VALUES ('{lost}', 'backup', 'running', now(), now() - interval '1 minute')"
        );
        world.run(&gone, None).await;
        let overview = tasks.overview().await.unwrap();
        assert_eq!((overview.running, overview.backups[0].state, &overview.backups[0].id), (None, BackupState::Interrupted, &lost));
        // the turn went with the process
        clock.advance(Duration::from_secs(60));
        tasks.start_backup().await.unwrap();
        let states: Vec<_> = settled(&tasks).await.iter().map(|backup| backup.state).collect();
        assert_eq!(states, [BackupState::Completed, BackupState::Interrupted, BackupState::Failed]);

        // thirty days later the old one goes, with what was noted of it
        let first = tasks.overview().await.unwrap().backups[0].id.clone();
        tasks.verify(&first).await.unwrap();
        clock.advance(Duration::from_secs(31 * 24 * 3600));
        tasks.back_up().await.unwrap();
        let left: Vec<_> =
            std::fs::read_dir(world.folder.path().join("backups")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, [format!("{}.tar.gz", BackupId::at(clock.now()).stamp()).as_str()]);
        assert_eq!(tasks.overview().await.unwrap().backups.len(), 1);
    })
    .await;
}
