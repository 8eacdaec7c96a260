//! WearIT's wardrobe, body, favourites and uploads over memory adapters, with a worker that runs their jobs on demand.

use std::collections::BTreeSet;
use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use atelier_adapter_memory::{MemoryObjectStore, MemoryStore};
use atelier_domain::identity::{Actor, Role};
use atelier_domain::kernel::{
    ClaimedJob, Clock, EntityId, EventFeed, EventKind, Fingerprint, IdGenerator, IdempotencyKey, IdempotentRequest, JobError, JobHandler,
    JobQueue, NewJob, ObjectKey, ObjectStore, UserId,
};
use atelier_domain::wearit::WearitStore;
use atelier_domain::wearit::body::{BodyService, ExaminationError, MeasurementsPatch, PhotoExaminer, PutBody};
use atelier_domain::wearit::favorites::FavoriteService;
use atelier_domain::wearit::tryon::{TryOn, TryOnOutcome};
use atelier_domain::wearit::uploads::{
    CreateUpload, DeleteObjectsHandler, ImageSource, SweepUploads, SweepUploadsHandler, UploadService, UploadTicket,
};
use atelier_domain::wearit::wardrobe::{AddClothing, Clothing, WardrobeService};
use atelier_testkit::{FixedClock, PassthroughImages, SeededIds};
use bytes::Bytes;
use tempfile::TempDir;

use super::faults::{FaultyObjects, FaultyStore};

/// Everything a test of these features touches.
pub(super) struct World {
    pub(super) memory: MemoryStore,
    pub(super) store: FaultyStore,
    pub(super) kept: MemoryObjectStore,
    pub(super) objects: FaultyObjects,
    pub(super) examiner: Arc<ScriptedExaminer>,
    pub(super) clock: FixedClock,
    pub(super) ids: Arc<SeededIds>,
    pub(super) wardrobe: WardrobeService,
    pub(super) body: BodyService,
    pub(super) favorites: FavoriteService,
    pub(super) uploads: UploadService,
    handlers: Vec<Box<dyn JobHandler>>,
    files: TempDir,
    next_file: AtomicU32,
}

impl World {
    pub(super) fn new() -> Self {
        Self::over(MemoryStore::new(), FixedClock::new())
    }

    /// Over a store that others use too.
    pub(super) fn over(memory: MemoryStore, clock: FixedClock) -> Self {
        let shared_clock: Arc<dyn Clock> = Arc::new(clock.clone());
        let kept = MemoryObjectStore::new(Arc::clone(&shared_clock));
        let (faulty_store, faulty_objects) = (FaultyStore::new(memory.clone()), FaultyObjects::new(kept.clone()));
        let store: Arc<dyn WearitStore> = Arc::new(faulty_store.clone());
        let objects: Arc<dyn ObjectStore> = Arc::new(faulty_objects.clone());
        let seeded = Arc::new(SeededIds::default());
        let ids: Arc<dyn IdGenerator> = Arc::clone(&seeded) as _;
        let images = Arc::new(PassthroughImages);
        let examiner = Arc::new(ScriptedExaminer::default());
        let uploads = UploadService::new(store.clone(), objects.clone(), ids.clone(), shared_clock.clone());
        Self {
            wardrobe: WardrobeService::new(
                store.clone(),
                objects.clone(),
                images.clone(),
                uploads.clone(),
                ids.clone(),
                shared_clock.clone(),
            ),
            body: BodyService::new(
                store.clone(),
                objects.clone(),
                images,
                Some(examiner.clone()),
                uploads.clone(),
                ids.clone(),
                shared_clock.clone(),
            ),
            favorites: FavoriteService::new(store.clone(), ids.clone(), shared_clock.clone()),
            uploads,
            handlers: vec![
                Box::new(DeleteObjectsHandler::new(store.clone(), objects.clone(), shared_clock.clone())),
                Box::new(SweepUploadsHandler::new(store, objects, ids, shared_clock)),
            ],
            memory,
            store: faulty_store,
            kept,
            objects: faulty_objects,
            examiner,
            clock,
            ids: seeded,
            files: TempDir::new().unwrap(),
            next_file: AtomicU32::new(0),
        }
    }

    /// Somebody with an account.
    pub(super) fn person(&self) -> Actor {
        Actor { user_id: self.ids.make(), role: Role::User, session_id: None }
    }

    /// A spooled picture; `mark` tells pictures apart.
    pub(super) fn photo(&self, mark: &str) -> ImageSource {
        self.spooled(&PassthroughImages::jpeg(mark))
    }

    /// A spooled file with these bytes.
    pub(super) fn spooled(&self, bytes: &[u8]) -> ImageSource {
        let path = self.files.path().join(self.next_file.fetch_add(1, Ordering::SeqCst).to_string());
        fs::write(&path, bytes).unwrap();
        ImageSource::File(path)
    }

    /// A complete wish to add a top.
    pub(super) fn top(&self) -> AddClothing {
        AddClothing {
            name: Some("Striped T-shirt".to_owned()),
            category: Some("tops".to_owned()),
            brand: Some("Nordlicht".to_owned()),
            size_chart: None,
            image: Some(self.photo("top")),
        }
    }

    /// Adds a top.
    pub(super) async fn added(&self, actor: Actor) -> Clothing {
        self.wardrobe.add(actor, self.top(), None).await.unwrap()
    }

    /// A wish to have a body of 175 cm with a photo.
    pub(super) fn first_body(&self) -> PutBody {
        let measurements = MeasurementsPatch { height: Some(Some(175.0)), ..MeasurementsPatch::default() };
        PutBody { measurements, image: Some(self.photo("body")) }
    }

    /// An announced upload.
    pub(super) async fn announced(&self, actor: Actor) -> UploadTicket {
        let command = CreateUpload { content_type: "image/jpeg".to_owned(), size: 1_000 };
        self.uploads.create(actor, command, None).await.unwrap()
    }

    /// An announced upload whose file was put.
    pub(super) async fn put_upload(&self, actor: Actor, mark: &str) -> UploadTicket {
        let ticket = self.announced(actor).await;
        self.kept.put(&ticket.upload.key(), PassthroughImages::jpeg(mark), "image/jpeg").await.unwrap();
        ticket
    }

    /// Stores a try-on as it is.
    pub(super) async fn store_tryon(&self, tryon: &TryOn) {
        let mut uow = WearitStore::begin(&self.memory).await.unwrap();
        uow.tryons().insert(tryon).await.unwrap();
        uow.commit().await.unwrap();
    }

    /// The try-on as it is stored.
    pub(super) async fn tryon(&self, tryon: &TryOn) -> TryOn {
        WearitStore::tryons(&self.memory).find(tryon.user_id, tryon.id).await.unwrap().unwrap()
    }

    /// Keys of every stored file.
    pub(super) fn files(&self) -> BTreeSet<String> {
        self.kept.keys().iter().map(ToString::to_string).collect()
    }

    /// The bytes of a stored file.
    pub(super) async fn file(&self, key: &ObjectKey) -> Bytes {
        self.kept.get(key).await.unwrap()
    }

    /// Ids and statuses of the live events so far.
    pub(super) async fn events(&self, user_id: UserId) -> Vec<(String, String)> {
        let events = self.memory.after(user_id, 0, 100).await.unwrap();
        let described = events.into_iter().filter_map(|event| match event.kind {
            EventKind::TryOnUpdated { tryon_id, status, .. } => Some((tryon_id.to_string(), status)),
            EventKind::TryOnDeleted { .. } => None,
        });
        described.collect()
    }

    /// Enqueues a sweep of uploads and runs every due job.
    pub(super) async fn sweep(&self) {
        let job = NewJob::of(self.ids.make(), &SweepUploads::default(), self.clock.now()).unwrap();
        let mut uow = WearitStore::begin(&self.memory).await.unwrap();
        uow.jobs().enqueue(&job).await.unwrap();
        uow.commit().await.unwrap();
        self.work().await;
    }

    /// The next due job.
    pub(super) async fn claim(&self) -> Option<ClaimedJob> {
        let kinds: Vec<_> = self.handlers.iter().map(|handler| handler.kind()).collect();
        self.memory.claim("test", &kinds, self.clock.now(), Duration::from_secs(60)).await.unwrap()
    }

    pub(super) async fn run(&self, job: &ClaimedJob) -> Result<(), JobError> {
        self.handlers.iter().find(|handler| handler.kind() == job.kind).unwrap().run(job).await
    }

    /// Runs every due job; each must succeed.
    pub(super) async fn work(&self) {
        while let Some(job) = self.claim().await {
            self.run(&job).await.unwrap();
        }
    }
}

/// The three files of a garment.
pub(super) fn files_of(clothing: &Clothing) -> BTreeSet<String> {
    let (user, id) = (clothing.user_id, clothing.id);
    [ObjectKey::clothing(user, id), ObjectKey::clothing_thumbnail(user, id), ObjectKey::clothing_source(user, id)]
        .map(|key| key.to_string())
        .into()
}

/// A request with this key that asks for what `content` stands for.
pub(super) fn keyed(key: &str, content: u8) -> IdempotentRequest {
    IdempotentRequest { key: IdempotencyKey::parse(key).unwrap(), fingerprint: Fingerprint([content; 32]) }
}

/// The try-on with its picture.
pub(super) fn completed(mut tryon: TryOn) -> TryOn {
    let outcome =
        TryOnOutcome { model_used: "scripted@1".to_owned(), processing_time: 0.5, preview: false, warnings: Vec::new(), confidence: None };
    tryon.start("scripted", tryon.created_at).unwrap();
    tryon.complete(outcome, tryon.created_at).unwrap();
    tryon
}

/// An id nothing has.
pub(super) fn nowhere<T: EntityId>() -> T {
    T::from_bytes([0xee; 12])
}

/// Says what it was told to say of every photo.
pub(super) struct ScriptedExaminer {
    findings: Mutex<Option<Vec<String>>>,
}

impl Default for ScriptedExaminer {
    /// Finds nothing.
    fn default() -> Self {
        Self { findings: Mutex::new(Some(Vec::new())) }
    }
}

impl ScriptedExaminer {
    /// From now on it finds this; with `None` it fails.
    pub(super) fn find(&self, findings: Option<&[&str]>) {
        let findings = findings.map(|words| words.iter().map(ToString::to_string).collect());
        *self.findings.lock().unwrap_or_else(PoisonError::into_inner) = findings;
    }
}

#[async_trait::async_trait]
impl PhotoExaminer for ScriptedExaminer {
    async fn examine(&self, _source: Bytes) -> Result<Vec<String>, ExaminationError> {
        let findings = self.findings.lock().unwrap_or_else(PoisonError::into_inner).clone();
        findings.ok_or_else(|| ExaminationError("told to fail".into()))
    }
}
