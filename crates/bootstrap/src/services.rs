//! From ports to services: the same wiring for every set of adapters, and for tests.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use atelier_adapter_http::{HealthCheck, HttpServices, Products};
use atelier_adapter_postgres::PgBackupTasks;
use atelier_domain::challenge::maintenance::MaintenanceService;
use atelier_domain::dataservice::transactions::Recovery;
use atelier_domain::identity::{
    AccountAdministration, AccountService, AuditService, Consent, EraseAccountJob, IdentityPersonalData, IdentityPorts, IdentitySettings,
    LiveTickets, PersonalDataService, PurgeTokens, PurgeTokensJob, RecoveryService, SealAudit, SealAuditJob, SendMailJob,
};
use atelier_domain::kernel::{DirectObjectAccess, JobHandler, JobPayload, JobQueue, PersonalData, RateLimiter, StoreError, Timer, UserId};
use atelier_domain::wearit::body::{BodyService, PhotoExaminer};
use atelier_domain::wearit::favorites::FavoriteService;
use atelier_domain::wearit::integrity::{CheckFiles, CheckFilesHandler, IntegrityService};
use atelier_domain::wearit::quotas::{QuotaLimits, QuotaService};
use atelier_domain::wearit::tryon::{
    CallbackAddresses, ConsentCheck, ConsentState, ExpireResults, GivenConsent, ProviderCallbacks, ProviderChain, ReconcileTryOns,
    ResultRetention, RunLimits, RunnerPorts, TryOnProvider, TryOnReconciler, TryOnRunner, TryOnService,
};
use atelier_domain::wearit::uploads::{DeleteObjectsHandler, SweepUploads, SweepUploadsHandler, UploadService};
use atelier_domain::wearit::wardrobe::WardrobeService;
use atelier_domain::wearit::webhooks::{
    DeliverWebhook, DeliverWebhooks, EndpointSecrets, PurgeDeliveries, PurgeDeliveriesHandler, RetrySchedule, WebhookSender, WebhookService,
};
use atelier_domain::wearit::{WearitPersonalData, WearitStore};
use chrono::TimeDelta;
use metrics_exporter_prometheus::PrometheusHandle;

use crate::backups::{
    BackUpChanges, BackUpPostgres, BackUpStore, BackupHandler, Backups, PostgresBackupHandler, TestPostgresRestore, VerifyBackup,
};
use crate::challenge::{Challenge, ChallengeParts};
use crate::dataservice::DataParts;
use crate::worker::{Schedule, Scheduler, Worker};

/// Everything the services need from outside; any set of adapters will do.
#[derive(Clone)]
pub struct Parts {
    /// What identity needs; several of its ports serve the other contexts too.
    pub identity: IdentityPorts,
    /// What the operator decided about accounts.
    pub identity_settings: IdentitySettings,
    /// WearIT's store; the same database as identity's.
    pub wearit: Arc<dyn WearitStore>,
    /// What Prompt Challenge needs.
    pub challenge: ChallengeParts,
    /// What the Core Database Service needs.
    pub data: DataParts,
    /// The job queue of that database.
    pub jobs: Arc<dyn JobQueue>,
    /// The server side of signed URLs, when the object store has no server of its own.
    pub direct_objects: Option<Arc<dyn DirectObjectAccess>>,
    /// Try-on providers in order of preference.
    pub providers: Vec<Arc<dyn TryOnProvider>>,
    /// Where the world reaches this service, for what providers tell by themselves; none where it does not.
    pub callback_url: Option<String>,
    /// What people may use, by role.
    pub quotas: QuotaLimits,
    /// What webhooks need.
    pub webhooks: WebhookParts,
    /// Looks at body photos when they are uploaded.
    pub examiner: Option<Arc<dyn PhotoExaminer>>,
    /// Rate limits shared by the processes, where there is something to share them through.
    pub shared_limits: Option<Arc<dyn RateLimiter>>,
    /// Waits.
    pub timer: Arc<dyn Timer>,
    /// Limits of a try-on run.
    pub run_limits: RunLimits,
    /// How long finished try-ons are kept; for ever when none.
    pub result_retention: Option<TimeDelta>,
    /// One check per configured store.
    pub health: Vec<Arc<dyn HealthCheck>>,
}

/// What webhooks need from outside.
#[derive(Clone)]
pub struct WebhookParts {
    /// Sends messages.
    pub sender: Arc<dyn WebhookSender>,
    /// The waits between attempts.
    pub schedule: RetrySchedule,
    /// Messages sent at the same time by one process, beside its other jobs.
    pub concurrency: usize,
}

/// Every service of the product, and its background work.
pub struct Services {
    parts: Parts,
    /// Accounts and sessions.
    pub accounts: Arc<AccountService>,
    /// What administrators do with accounts.
    pub administration: Arc<AccountAdministration>,
    /// The audit trail.
    pub audit: Arc<AuditService>,
    recovery: Arc<RecoveryService>,
    tickets: Arc<LiveTickets>,
    personal_data: Arc<PersonalDataService>,
    wardrobe: Arc<WardrobeService>,
    body: Arc<BodyService>,
    favorites: Arc<FavoriteService>,
    uploads: Arc<UploadService>,
    tryons: Arc<TryOnService>,
    webhooks: Arc<WebhookService>,
    quotas: Arc<QuotaService>,
    callbacks: Arc<ProviderCallbacks>,
    challenge: Challenge,
    /// The check of rows and files.
    pub integrity: IntegrityService,
    /// Every kind of background job.
    pub handlers: Vec<Arc<dyn JobHandler>>,
    backups: Option<Backups>,
    backs_up_postgres: bool,
    products: Products,
}

/// A stuck try-on is given up after this long without a live job.
const STUCK_AFTER: TimeDelta = TimeDelta::minutes(15);

impl Services {
    /// Wires the services.
    pub fn new(parts: Parts) -> Self {
        let IdentityPorts { objects, images, clock, ids, .. } = parts.identity.clone();
        let store = parts.wearit.clone();
        let settings = parts.identity_settings.clone();
        let providers = ProviderChain::new(parts.providers.clone());
        let addresses = CallbackAddresses::new(parts.callback_url.clone(), parts.identity.secrets.clone());
        let challenge = Challenge::new(parts.challenge.clone(), &parts.identity, parts.timer.clone());
        let contexts: Vec<Arc<dyn PersonalData>> = vec![
            Arc::new(IdentityPersonalData::new(parts.identity.clone())),
            Arc::new(WearitPersonalData::new(store.clone(), objects.clone())),
            challenge.personal_data(),
            parts.data.personal_data(),
        ];
        let integrity = IntegrityService::new(store.clone(), objects.clone(), clock.clone());
        let uploads = UploadService::new(store.clone(), objects.clone(), ids.clone(), clock.clone());
        let accounts = Arc::new(AccountService::new(parts.identity.clone(), settings.clone()));
        let consent = Arc::new(AccountConsent(accounts.clone()));
        let mut handlers: Vec<Arc<dyn JobHandler>> = vec![
            Arc::new(SendMailJob::new(parts.identity.clone(), settings.clone())),
            Arc::new(EraseAccountJob::new(parts.identity.clone(), contexts.clone())),
            Arc::new(PurgeTokensJob::new(parts.identity.clone())),
            Arc::new(SealAuditJob::new(parts.identity.clone())),
            Arc::new(DeleteObjectsHandler::new(store.clone(), objects.clone(), clock.clone())),
            Arc::new(SweepUploadsHandler::new(store.clone(), objects.clone(), ids.clone(), clock.clone())),
            Arc::new(CheckFilesHandler::new(integrity.clone(), store.clone(), ids.clone(), clock.clone())),
            Arc::new(TryOnReconciler::new(store.clone(), ids.clone(), clock.clone(), STUCK_AFTER)),
            Arc::new(TryOnRunner::new(
                RunnerPorts {
                    store: store.clone(),
                    objects: objects.clone(),
                    images: images.clone(),
                    providers: providers.clone(),
                    callbacks: addresses.clone(),
                    events: parts.identity.events.clone(),
                    ids: ids.clone(),
                    clock: clock.clone(),
                    timer: parts.timer.clone(),
                },
                parts.run_limits,
            )),
        ];
        let WebhookParts { sender, schedule, .. } = parts.webhooks.clone();
        let endpoint_secrets = EndpointSecrets::new(parts.identity.secrets.clone());
        handlers.push(Arc::new(DeliverWebhooks::new(store.clone(), sender.clone(), endpoint_secrets.clone(), clock.clone(), schedule)));
        handlers.push(Arc::new(PurgeDeliveriesHandler::new(store.clone(), clock.clone())));
        handlers.extend(challenge.handlers());
        if let Some(kept_for) = parts.result_retention {
            handlers.push(Arc::new(ResultRetention::new(store.clone(), ids.clone(), clock.clone(), kept_for)));
        }
        Self {
            accounts,
            administration: Arc::new(AccountAdministration::new(parts.identity.clone())),
            audit: Arc::new(AuditService::new(parts.identity.store.clone())),
            recovery: Arc::new(RecoveryService::new(parts.identity.clone(), settings)),
            tickets: Arc::new(LiveTickets::new(parts.identity.clone())),
            personal_data: Arc::new(PersonalDataService::new(parts.identity.clone(), contexts)),
            wardrobe: Arc::new(
                WardrobeService::new(store.clone(), objects.clone(), images.clone(), uploads.clone(), ids.clone(), clock.clone())
                    .with_quotas(parts.quotas),
            ),
            body: Arc::new(
                BodyService::new(
                    store.clone(),
                    objects.clone(),
                    images,
                    parts.examiner.clone(),
                    uploads.clone(),
                    ids.clone(),
                    clock.clone(),
                )
                .with_quotas(parts.quotas),
            ),
            quotas: Arc::new(QuotaService::new(store.clone(), parts.quotas, clock.clone())),
            favorites: Arc::new(FavoriteService::new(store.clone(), ids.clone(), clock.clone())),
            uploads: Arc::new(uploads),
            webhooks: Arc::new(WebhookService::new(store.clone(), sender, endpoint_secrets, ids.clone(), clock.clone())),
            callbacks: Arc::new(ProviderCallbacks::new(store.clone(), objects.clone(), providers.clone(), addresses, clock.clone())),
            tryons: Arc::new(TryOnService::new(store, parts.jobs.clone(), consent, providers, ids, clock).with_quotas(parts.quotas)),
            challenge,
            integrity,
            handlers,
            backups: None,
            backs_up_postgres: false,
            products: Products::ALL,
            parts,
        }
    }

    /// With the schedules of these products only. What they have queued is still worked off: an erasure may have left files to delete.
    #[must_use]
    pub(crate) fn with_products(self, products: Products) -> Self {
        Self { products, ..self }
    }

    /// What operators do with operations of the Core Database Service that cannot be applied; none without its database.
    pub(crate) fn recovery(&self) -> Option<Recovery> {
        self.parts.data.recovery(&self.parts.identity)
    }

    /// What operators do to the data as a whole.
    pub fn maintenance(&self) -> &MaintenanceService {
        self.challenge.maintenance()
    }

    /// With backups on a schedule.
    #[must_use]
    pub(crate) fn with_backups(mut self, backups: Option<Backups>) -> Self {
        let IdentityPorts { store, clock, .. } = &self.parts.identity;
        if let Some(backups) = &backups {
            self.handlers.extend(BackupHandler::all(backups, store, clock));
        }
        self.backups = backups;
        self
    }

    /// With backups of PostgreSQL on a schedule.
    #[must_use]
    pub(crate) fn with_postgres_backups(mut self, tasks: Option<&PgBackupTasks>) -> Self {
        let IdentityPorts { store, clock, .. } = &self.parts.identity;
        if let Some(tasks) = tasks {
            self.handlers.extend(PostgresBackupHandler::all(tasks, store, clock));
        }
        self.backs_up_postgres = tasks.is_some();
        self
    }

    /// What the HTTP surface is given.
    pub fn http(&self, metrics: Option<PrometheusHandle>) -> HttpServices {
        HttpServices {
            accounts: self.accounts.clone(),
            administration: self.administration.clone(),
            audit: self.audit.clone(),
            recovery: self.recovery.clone(),
            tickets: self.tickets.clone(),
            personal_data: self.personal_data.clone(),
            wardrobe: self.wardrobe.clone(),
            body: self.body.clone(),
            favorites: self.favorites.clone(),
            uploads: self.uploads.clone(),
            tryons: self.tryons.clone(),
            webhooks: self.webhooks.clone(),
            quotas: self.quotas.clone(),
            callbacks: self.callbacks.clone(),
            challenge: self.challenge.http(),
            data: self.parts.data.http(&self.parts.identity),
            events: self.parts.identity.events.clone(),
            objects: self.parts.identity.objects.clone(),
            direct_objects: self.parts.direct_objects.clone(),
            token_signer: self.parts.identity.signer.clone(),
            health: self.parts.health.clone(),
            metrics,
            shared_limits: self.parts.shared_limits.clone(),
            identity: self.parts.identity_settings.clone(),
            clock: self.parts.identity.clock.clone(),
            ids: self.parts.identity.ids.clone(),
        }
    }

    /// A worker over every job, with the schedules. Any number of processes may run one.
    ///
    /// # Errors
    /// When a schedule's payload cannot be written as JSON.
    pub fn worker(&self, concurrency: usize, name: String) -> Result<Worker, serde_json::Error> {
        const MINUTE: Duration = Duration::from_secs(60);
        let mut schedules =
            vec![Schedule::every(60 * MINUTE, &PurgeTokens::default())?, Schedule::every(SealAudit::PERIOD, &SealAudit::default())?];
        if self.products.wearit {
            schedules.push(Schedule::every(MINUTE, &ReconcileTryOns::default())?);
            schedules.push(Schedule::every(60 * MINUTE, &SweepUploads::default())?);
            schedules.push(Schedule::every(60 * MINUTE, &PurgeDeliveries::default())?);
            schedules.push(Schedule::every(24 * 60 * MINUTE, &CheckFiles::default())?);
            if self.parts.result_retention.is_some() {
                schedules.push(Schedule::every(60 * MINUTE, &ExpireResults::default())?);
            }
        }
        if self.products.challenge {
            schedules.extend(Challenge::schedules()?);
        }
        if let Some(backups) = self.backups.clone() {
            schedules.push(Schedule::every(24 * 60 * MINUTE, &BackUpStore::default())?);
            schedules.push(Schedule::every(24 * 60 * MINUTE, &VerifyBackup::default())?);
            if backups.knows_changes() {
                schedules.push(Schedule::every(60 * MINUTE, &BackUpChanges::default())?);
            }
            tokio::task::spawn_blocking(move || backups.show());
        }
        if self.backs_up_postgres {
            schedules.push(Schedule::every(24 * 60 * MINUTE, &BackUpPostgres::default())?);
            schedules.push(Schedule::every(24 * 60 * MINUTE, &TestPostgresRestore::default())?);
        }
        let IdentityPorts { store, ids, clock, .. } = self.parts.identity.clone();
        let scheduler = Scheduler::new(store, ids, clock.clone(), schedules);
        let worker = Worker::new(self.parts.jobs.clone(), self.handlers.clone(), clock, concurrency, name, Some(scheduler));
        Ok(worker.with_lane(&[DeliverWebhook::KIND], self.parts.webhooks.concurrency))
    }
}

/// Consent as accounts keep it, for WearIT, which does not know accounts.
struct AccountConsent(Arc<AccountService>);

#[async_trait]
impl ConsentCheck for AccountConsent {
    async fn of(&self, user_id: UserId) -> Result<ConsentState, StoreError> {
        if let Some(Consent { version, at }) = self.0.consent_in_force(user_id).await? {
            return Ok(ConsentState::Given(GivenConsent { version, at }));
        }
        Ok(if self.0.has_consented(user_id).await? { ConsentState::NotAsked } else { ConsentState::Missing })
    }
}
