//! The scheduled backups of an embedded installation, under a clock that the test moves.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use atelier_adapter_sqlite::SqliteStore;
use atelier_domain::identity::IdentityStore;
use atelier_domain::kernel::{Clock, JobHandler, JobPayload, JobQueue, NewJob};
use atelier_testkit::{FixedClock, SeededIds};
use clap::Parser;
use tempfile::TempDir;

use super::{BackUpChanges, BackUpStore, BackupHandler, Backups, VerifyBackup};
use crate::config::Config;

const DAY: Duration = Duration::from_secs(24 * 3600);

#[derive(Parser)]
struct Command {
    #[command(flatten)]
    config: Config,
}

struct Scene {
    folder: TempDir,
    store: SqliteStore,
    clock: FixedClock,
    ids: SeededIds,
    backups: Backups,
    handlers: Vec<Arc<dyn JobHandler>>,
}

impl Scene {
    async fn new() -> Self {
        let (folder, clock) = (tempfile::tempdir().unwrap(), FixedClock::new());
        let path = |name: &str| folder.path().join(name).display().to_string();
        let arguments = ["test", "--data-dir", &path("data"), "--backup-dir", &path("backups")];
        let backups = Backups::scheduled(&Command::parse_from(arguments).config).unwrap();
        let store = SqliteStore::connect(folder.path().join("data/atelier.sqlite"), Arc::new(clock.clone())).await.unwrap();
        let (identity, now): (Arc<dyn IdentityStore>, Arc<dyn Clock>) = (Arc::new(store.clone()), Arc::new(clock.clone()));
        let handlers = BackupHandler::all(&backups, &identity, &now);
        Self { folder, store, clock, ids: SeededIds::new(1), backups, handlers }
    }

    /// Enqueues and runs one job, as a worker does.
    async fn run<P: JobPayload>(&self, payload: &P) {
        let mut uow = IdentityStore::begin(&self.store).await.unwrap();
        let id = self.ids.make();
        uow.jobs().enqueue(&NewJob::of(id, payload, self.clock.now()).unwrap()).await.unwrap();
        uow.commit().await.unwrap();
        let claimed = self.store.claim("test", &[P::KIND], self.clock.now(), DAY).await.unwrap().unwrap();
        let handler = self.handlers.iter().find(|handler| handler.kind() == P::KIND).unwrap();
        handler.run(&claimed).await.unwrap();
        let counts = self.store.counts().await.unwrap();
        assert_eq!((counts.queued, counts.running, counts.failed), (0, 0, 0));
    }

    fn archives(&self) -> usize {
        let named = |path: &Path| path.display().to_string().ends_with(".tar.gz");
        std::fs::read_dir(self.folder.path().join("backups")).unwrap().filter(|entry| named(&entry.as_ref().unwrap().path())).count()
    }
}

#[test]
fn nothing_is_scheduled_unless_a_directory_is_named() {
    assert!(Backups::scheduled(&Command::parse_from(["test"]).config).is_none());
}

#[tokio::test]
async fn a_backup_a_day_is_kept_for_thirty_days_and_proved_once_a_month() {
    let scene = Scene::new().await;
    assert!(!scene.backups.knows_changes(), "the embedded store has no history");
    let mut proofs = Vec::new();
    for _ in 0..40 {
        scene.run(&BackUpStore::default()).await;
        scene.run(&VerifyBackup::default()).await;
        proofs.push(scene.backups.folder().unwrap().last_verified().unwrap());
        scene.clock.advance(DAY);
    }
    // Today's, and those of the thirty days before.
    assert_eq!(scene.archives(), 31);
    proofs.dedup();
    assert_eq!(proofs.len(), 2, "on the first day and thirty days later: {proofs:?}");
    assert_eq!(proofs[1].verified_at - proofs[0].verified_at, chrono::TimeDelta::days(30));
    assert!(proofs[0].documents > 0);
}

#[tokio::test]
async fn a_job_that_is_run_again_does_not_take_the_backup_again() {
    let scene = Scene::new().await;
    scene.run(&BackUpStore::default()).await;
    // The same second: a second backup of it would be refused.
    scene.run(&BackUpStore::default()).await;
    scene.run(&BackUpChanges::default()).await;
    assert_eq!(scene.archives(), 1);
}
