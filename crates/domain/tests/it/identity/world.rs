//! Identity over memory adapters and fakes, with a worker that runs its jobs on demand.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use atelier_adapter_memory::{MemoryAttemptLimiter, MemoryMailer, MemoryObjectStore, MemoryStore};
use atelier_domain::identity::{
    AccountAdministration, AccountService, Actor, Client, CreateAdmin, EraseAccountJob, IdentityPersonalData, IdentityPorts,
    IdentitySettings, LiveTickets, LogIn, PersonalDataService, PurgeTokensJob, RecoveryService, SealAuditJob, SendMailJob, SignUp,
    SignedIn,
};
use atelier_domain::kernel::{AttemptLimiter, ClaimedJob, Clock, ExposeSecret, JobError, JobHandler, JobQueue, PersonalData};
use atelier_testkit::{FixedClock, PassthroughImages, PlainHasher, PlainTokenSigner, SeededIds, SeededSecrets};

/// A password that is good enough.
pub(super) const PASSWORD: &str = "securepassword123";

/// Everything a test of identity touches.
pub(super) struct World {
    pub(super) store: MemoryStore,
    pub(super) objects: MemoryObjectStore,
    pub(super) mailer: MemoryMailer,
    pub(super) clock: FixedClock,
    pub(super) hasher: Arc<PlainHasher>,
    pub(super) ports: IdentityPorts,
    pub(super) accounts: AccountService,
    pub(super) recovery: RecoveryService,
    pub(super) tickets: LiveTickets,
    pub(super) administration: AccountAdministration,
    pub(super) personal_data: PersonalDataService,
    handlers: Vec<Box<dyn JobHandler>>,
}

impl World {
    pub(super) fn new() -> Self {
        Self::with(IdentitySettings::default(), Vec::new(), |ports| ports)
    }

    /// With other settings, further contexts, and ports replaced before the services are made.
    pub(super) fn with(
        settings: IdentitySettings,
        contexts: Vec<Arc<dyn PersonalData>>,
        replace: impl FnOnce(IdentityPorts) -> IdentityPorts,
    ) -> Self {
        let clock = FixedClock::new();
        let shared_clock: Arc<dyn Clock> = Arc::new(clock.clone());
        let (store, objects, mailer) = (MemoryStore::new(), MemoryObjectStore::new(Arc::clone(&shared_clock)), MemoryMailer::new());
        let hasher = Arc::new(PlainHasher::new());
        let ports = replace(IdentityPorts {
            store: Arc::new(store.clone()),
            events: Arc::new(store.clone()),
            objects: Arc::new(objects.clone()),
            images: Arc::new(PassthroughImages),
            hasher: Arc::clone(&hasher) as _,
            signer: Arc::new(PlainTokenSigner::new()),
            secrets: Arc::new(SeededSecrets::new()),
            limiter: Arc::new(MemoryAttemptLimiter::new(Arc::clone(&shared_clock))),
            mailer: Arc::new(mailer.clone()),
            clock: shared_clock,
            ids: Arc::new(SeededIds::default()),
        });
        let mut all: Vec<Arc<dyn PersonalData>> = vec![Arc::new(IdentityPersonalData::new(ports.clone()))];
        all.extend(contexts);
        Self {
            accounts: AccountService::new(ports.clone(), settings.clone()),
            recovery: RecoveryService::new(ports.clone(), settings.clone()),
            tickets: LiveTickets::new(ports.clone()),
            administration: AccountAdministration::new(ports.clone()),
            personal_data: PersonalDataService::new(ports.clone(), all.clone()),
            handlers: vec![
                Box::new(SendMailJob::new(ports.clone(), settings)),
                Box::new(EraseAccountJob::new(ports.clone(), all)),
                Box::new(PurgeTokensJob::new(ports.clone())),
                Box::new(SealAuditJob::new(ports.clone())),
            ],
            store,
            objects,
            mailer,
            clock,
            hasher,
            ports,
        }
    }

    /// Signs somebody up.
    pub(super) async fn sign_up(&self, email: &str) -> SignedIn {
        self.accounts.sign_up(sign_up(email), &client()).await.unwrap()
    }

    /// Signs somebody up and answers who acts then.
    pub(super) async fn person(&self, email: &str) -> Actor {
        self.actor(&self.sign_up(email).await).await
    }

    /// Who acts with these tokens.
    pub(super) async fn actor(&self, signed_in: &SignedIn) -> Actor {
        self.accounts.authenticate(signed_in.tokens.access_token.expose_secret()).await.unwrap()
    }

    /// Makes an administrator.
    pub(super) async fn admin(&self, email: &str) -> Actor {
        let command = CreateAdmin { email: email.to_owned(), name: "Grace Hopper".to_owned(), password: PASSWORD.into() };
        let account = self.administration.create_admin(command).await.unwrap();
        Actor { user_id: account.id, role: account.role, session_id: None }
    }

    /// The next due job of any of identity's kinds.
    pub(super) async fn claim(&self) -> Option<ClaimedJob> {
        let kinds: Vec<_> = self.handlers.iter().map(|handler| handler.kind()).collect();
        self.store.claim("test", &kinds, self.clock.now(), Duration::from_secs(60)).await.unwrap()
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

    /// The last mail's text.
    pub(super) fn last_mail(&self) -> String {
        self.mailer.sent().last().unwrap().text.clone()
    }

    /// The six digits of the last mail.
    pub(super) fn mailed_code(&self) -> String {
        self.last_mail().lines().map(str::trim).find(|line| line.len() == 6 && line.bytes().all(|b| b.is_ascii_digit())).unwrap().to_owned()
    }

    /// The token in the last mail's link.
    pub(super) fn mailed_token(&self, parameter: &str) -> String {
        let mail = self.last_mail();
        let (_, token) = mail.split_once(&format!("/#{parameter}=")).unwrap();
        token.lines().next().unwrap().to_owned()
    }

    /// What was audited, in order.
    pub(super) fn audited(&self) -> Vec<String> {
        self.store.audit_trail().into_iter().map(|entry| entry.action.into_owned()).collect()
    }
}

pub(super) fn client() -> Client {
    Client { address: "192.0.2.7".to_owned(), user_agent: "curl/8".to_owned() }
}

pub(super) fn client_at(address: &str) -> Client {
    Client { address: address.to_owned(), ..client() }
}

pub(super) fn sign_up(email: &str) -> SignUp {
    SignUp { email: email.to_owned(), password: PASSWORD.into(), name: "John Doe".to_owned() }
}

pub(super) fn log_in(email: &str, password: &str) -> LogIn {
    LogIn { email: email.to_owned(), password: password.into() }
}

/// A limiter for which five failures on a key are recorded, by somebody else, right after the first look.
pub(super) struct FailuresMeanwhile {
    limiter: Arc<dyn AttemptLimiter>,
    key: String,
    looked: AtomicBool,
}

impl FailuresMeanwhile {
    pub(super) fn new(limiter: Arc<dyn AttemptLimiter>, key: String) -> Self {
        Self { limiter, key, looked: AtomicBool::new(false) }
    }
}

#[async_trait::async_trait]
impl AttemptLimiter for FailuresMeanwhile {
    async fn blocked_for(&self, key: &str, limit: u32, window: Duration) -> Option<Duration> {
        let answer = self.limiter.blocked_for(key, limit, window).await;
        if key == self.key && !self.looked.swap(true, Ordering::SeqCst) {
            for _ in 0..5 {
                self.limiter.record_failure(key, window).await;
            }
        }
        answer
    }
    async fn record_failure(&self, key: &str, window: Duration) {
        self.limiter.record_failure(key, window).await;
    }
    async fn reset(&self, key: &str) {
        self.limiter.reset(key).await;
    }
}
