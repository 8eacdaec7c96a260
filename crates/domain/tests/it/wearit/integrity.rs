//! Rows and files belong together.

use std::sync::Arc;
use std::time::Duration;

use atelier_domain::kernel::{Clock, IdGenerator, JobHandler, JobQueue, NewJob, ObjectKey, ObjectStore};
use atelier_domain::wearit::WearitStore;
use atelier_domain::wearit::integrity::{CheckFiles, CheckFilesHandler, Findings, IntegrityService, Phase};
use atelier_testkit::clothing;
use bytes::Bytes;
use chrono::TimeDelta;

use super::world::World;

fn integrity(world: &World) -> IntegrityService {
    IntegrityService::new(Arc::new(world.memory.clone()), Arc::new(world.kept.clone()), Arc::new(world.clock.clone()))
}

/// The whole walk.
async fn findings(world: &World, grace: TimeDelta) -> Findings {
    let (service, mut all) = (integrity(world), Findings::default());
    for phase in Phase::ALL {
        let mut after: Option<String> = None;
        loop {
            let step = service.step(phase, after.as_deref(), grace).await.unwrap();
            all.rows += step.findings.rows;
            all.files += step.findings.files;
            all.missing.extend(step.findings.missing);
            all.orphans.extend(step.findings.orphans);
            after = step.next;
            if after.is_none() {
                break;
            }
        }
    }
    all
}

/// Runs the job and every piece that follows it; answers how many there were.
async fn run_the_job(world: &World) -> usize {
    let store: Arc<dyn WearitStore> = Arc::new(world.memory.clone());
    let (clock, ids): (Arc<dyn Clock>, Arc<dyn IdGenerator>) = (Arc::new(world.clock.clone()), world.ids.clone());
    let handler = CheckFilesHandler::new(integrity(world), store.clone(), ids.clone(), clock.clone());
    let mut uow = store.begin().await.unwrap();
    uow.jobs().enqueue(&NewJob::of(ids.generate(), &CheckFiles::default(), clock.now()).unwrap()).await.unwrap();
    uow.commit().await.unwrap();
    let mut pieces = 0;
    while let Some(job) = world.memory.claim("test", &[handler.kind()], clock.now(), Duration::from_secs(60)).await.unwrap() {
        handler.run(&job).await.unwrap();
        pieces += 1;
    }
    pieces
}

#[tokio::test]
async fn where_every_row_has_its_files_nothing_is_found() {
    let world = World::new();
    let actor = world.person();
    world.added(actor).await;
    world.body.put(actor, world.first_body()).await.unwrap();
    let found = findings(&world, TimeDelta::zero()).await;
    assert_eq!(found, Findings { rows: 2, files: 5, missing: vec![], orphans: vec![] });
}

#[tokio::test]
async fn a_missing_file_is_found_by_its_row() {
    let world = World::new();
    let garment = world.added(world.person()).await;
    let lost = ObjectKey::clothing_thumbnail(garment.user_id, garment.id);
    world.kept.delete(&lost).await.unwrap();
    assert_eq!(findings(&world, TimeDelta::zero()).await.missing, [lost]);
}

#[tokio::test]
async fn a_file_without_a_row_is_an_orphan_once_it_is_old_enough() {
    let world = World::new();
    let kept = world.added(world.person()).await;
    let never_committed = clothing(world.person().user_id);
    let orphan = ObjectKey::clothing(never_committed.user_id, never_committed.id);
    world.kept.put(&orphan, Bytes::from_static(b"x"), "image/jpeg").await.unwrap();
    assert_eq!(findings(&world, TimeDelta::hours(1)).await.orphans, [], "its row may be about to be committed");
    world.clock.advance(Duration::from_secs(3_600));
    assert_eq!(findings(&world, TimeDelta::hours(1)).await.orphans, std::slice::from_ref(&orphan));
    integrity(&world).remove(&[orphan]).await.unwrap();
    let found = findings(&world, TimeDelta::zero()).await;
    assert_eq!((found.orphans, found.missing), (vec![], vec![]));
    assert!(world.kept.head(&ObjectKey::clothing(kept.user_id, kept.id)).await.unwrap().is_some());
}

#[tokio::test]
async fn the_daily_job_walks_everything_in_pieces_and_removes_only_old_orphans() {
    let world = World::new();
    let actor = world.person();
    // More garments than one piece looks at, three files each.
    for _ in 0..IntegrityService::BATCH / 3 + 1 {
        world.added(actor).await;
    }
    let (old, young) = (clothing(world.person().user_id), clothing(world.person().user_id));
    let key = |garment: &atelier_domain::wearit::wardrobe::Clothing| ObjectKey::clothing(garment.user_id, garment.id);
    world.kept.put(&key(&old), Bytes::from_static(b"x"), "image/jpeg").await.unwrap();
    world.clock.advance(CheckFilesHandler::GRACE.to_std().unwrap());
    world.kept.put(&key(&young), Bytes::from_static(b"x"), "image/jpeg").await.unwrap();
    let before = world.kept.keys().len();
    assert_eq!(run_the_job(&world).await, Phase::ALL.len() + 1, "one phase takes two pieces");
    assert_eq!(world.kept.keys().len(), before - 1);
    assert!(world.kept.head(&key(&old)).await.unwrap().is_none());
    assert!(world.kept.head(&key(&young)).await.unwrap().is_some());
}
