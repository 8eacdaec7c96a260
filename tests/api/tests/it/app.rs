//! The application under test and its typed users.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use atelier_adapter_http::{HealthCheck, HealthStatus, HttpSettings, RateLimits, Server};
use atelier_adapter_memory::{MemoryAnswerCache, MemoryAttemptLimiter, MemoryMailer, MemoryObjectStore, MemoryRows, MemoryStore};
use atelier_bootstrap::worker::TokioTimer;
use atelier_bootstrap::{ChallengeParts, DataParts, Parts, Services, WebhookParts};
use atelier_domain::challenge::chat::{ChatModels, ChatUsage};
use atelier_domain::dataservice::Database;
use atelier_domain::dataservice::catalogue::Catalogue;
use atelier_domain::dataservice::queries::RowStore;
use atelier_domain::identity::{CreateAdmin, IdentityPorts, IdentitySettings};
use atelier_domain::kernel::{Clock, JobQueue};
use atelier_domain::wearit::quotas::QuotaLimits;
use atelier_domain::wearit::tryon::RunLimits;
use atelier_domain::wearit::webhooks::RetrySchedule;
use atelier_testkit::{
    ChatScript, FixedClock, MemoryCache, PassthroughImages, PlainHasher, PlainTokenSigner, ScriptedChatModel, ScriptedTryOnProvider,
    ScriptedWebhookSender, SeededIds, SeededSecrets,
};
use metrics_exporter_prometheus::PrometheusHandle;
use reqwest::multipart::{Form, Part};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

struct Up;

#[async_trait::async_trait]
impl HealthCheck for Up {
    fn name(&self) -> &'static str {
        "database"
    }
    async fn check(&self) -> HealthStatus {
        HealthStatus::UP
    }
}

/// The running application. Time stands still until the test moves it.
pub(crate) struct TestApp {
    pub(crate) base: String,
    pub(crate) clock: FixedClock,
    pub(crate) mailer: MemoryMailer,
    pub(crate) objects: MemoryObjectStore,
    pub(crate) provider: Arc<ScriptedTryOnProvider>,
    pub(crate) webhooks: Arc<ScriptedWebhookSender>,
    pub(crate) model: ScriptedChatModel,
    pub(crate) rows: MemoryRows,
    pub(crate) answers: MemoryAnswerCache,
    pub(crate) client: reqwest::Client,
    jobs: Arc<dyn JobQueue>,
    services: Services,
    server: Server,
    worker: CancellationToken,
}

/// A signed-in person.
#[derive(Clone)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) token: String,
    pub(crate) refresh_token: String,
}

/// An answer, its body read.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    /// The answer, if it has this status; the body is in the panic message.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self
    }

    /// The error's code, if the answer is an error of the one shape with this status.
    #[track_caller]
    pub(crate) fn error(self, status: u16, code: &str) -> Self {
        let answer = self.expect(status);
        let error = &answer.body["error"];
        assert_eq!(error["code"], code, "{}", answer.body);
        assert!(error["message"].is_string() && error["details"].is_object() && error["timestamp"].is_string(), "{error}");
        assert_eq!(error["request_id"].as_str(), answer.headers["x-request-id"].to_str().ok());
        answer
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// An answer in two pieces, counted by the provider as 20 and 30 tokens.
pub(crate) fn greeting() -> ChatScript {
    let usage = ChatUsage { prompt: 20, completion: 30, ..ChatUsage::default() };
    ChatScript::Answer { pieces: vec!["Bon".to_owned(), "jour !".to_owned()], usage }
}

pub(crate) const PASSWORD: &str = "securepassword123";

/// Bytes the image fake takes.
pub(crate) fn jpeg(mark: &str) -> Vec<u8> {
    PassthroughImages::jpeg(mark).to_vec()
}

pub(crate) fn image_part(mark: &str) -> Part {
    Part::bytes(jpeg(mark)).file_name("photo.jpg").mime_str("image/jpeg").unwrap()
}

impl TestApp {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}, IdentitySettings::default()).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut HttpSettings), identity_settings: IdentitySettings) -> Self {
        Self::start_over(change, identity_settings, |_| {}, None).await
    }

    /// Over other parts, and with metrics recorded where there is a handle.
    pub(crate) async fn start_over(
        change: impl FnOnce(&mut HttpSettings),
        mut identity_settings: IdentitySettings,
        change_parts: impl FnOnce(&mut Parts),
        metrics: Option<PrometheusHandle>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        identity_settings.public_url.clone_from(&base);
        let clock = FixedClock::new();
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let store = Arc::new(MemoryStore::new());
        let objects = MemoryObjectStore::new(shared.clone()).with_base_url(format!("{base}/files"));
        let mailer = MemoryMailer::new();
        let provider = Arc::new(ScriptedTryOnProvider::new());
        let webhooks = Arc::new(ScriptedWebhookSender::new());
        let model = ScriptedChatModel::new(greeting());
        let catalogue = Arc::new(Catalogue::visiobook(Some(crate::data::DIMENSIONS)));
        let (rows, answers) = (MemoryRows::new(catalogue.clone()), MemoryAnswerCache::default());
        let mut parts = Parts {
            identity: IdentityPorts {
                store: store.clone(),
                events: store.clone(),
                objects: Arc::new(objects.clone()),
                images: Arc::new(PassthroughImages),
                hasher: Arc::new(PlainHasher::new()),
                signer: Arc::new(PlainTokenSigner::new()),
                secrets: Arc::new(SeededSecrets::new()),
                limiter: Arc::new(MemoryAttemptLimiter::new(shared.clone())),
                mailer: Arc::new(mailer.clone()),
                clock: shared.clone(),
                ids: Arc::new(SeededIds::new(1)),
            },
            identity_settings,
            wearit: store.clone(),
            challenge: ChallengeParts {
                store: store.clone(),
                models: ChatModels::of(vec![Arc::new(model.clone())]).unwrap(),
                examiners_per_conversation: 2,
                cache: Some(Arc::new(MemoryCache::new(shared.clone()))),
            },
            data: DataParts {
                rows: [Database::PostgreSql, Database::Vector].map(|of| (of, Arc::new(rows.clone()) as Arc<dyn RowStore>)).into(),
                answers: Some(Arc::new(answers.clone())),
                catalogue,
                leases: Some(crate::data::connections::leases(Arc::new(SeededSecrets::new()), shared.clone(), Arc::new(TokioTimer))),
                ..DataParts::default()
            },
            jobs: store,
            shared_limits: None,
            direct_objects: Some(Arc::new(objects.clone())),
            providers: vec![provider.clone()],
            callback_url: Some(base.clone()),
            quotas: QuotaLimits::default(),
            webhooks: WebhookParts { sender: webhooks.clone(), schedule: RetrySchedule::default(), concurrency: 2 },
            examiner: None,
            timer: Arc::new(TokioTimer),
            run_limits: RunLimits::default(),
            result_retention: None,
            health: vec![Arc::new(Up)],
        };
        change_parts(&mut parts);
        let jobs = parts.jobs.clone();
        let services = Services::new(parts);
        let mut settings = HttpSettings {
            rate_limits: RateLimits { per_account: 100_000, per_address: 100_000 },
            threads: Some(1),
            ..HttpSettings::default()
        };
        change(&mut settings);
        let server = atelier_adapter_http::run(services.http(metrics), settings, listener).unwrap();
        // With the adapters of AI providers in the same build, reqwest knows TLS and wants to be told with which provider.
        let _already_set = rustls::crypto::ring::default_provider().install_default();
        // No root certificates: reading those of the machine takes longer than most tests.
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self {
            base,
            clock,
            mailer,
            objects,
            provider,
            webhooks,
            model,
            rows,
            answers,
            client,
            jobs,
            services,
            server,
            worker: CancellationToken::new(),
        }
    }

    /// Starts a worker; without it jobs stay queued.
    pub(crate) fn start_worker(&self) {
        let worker = self.services.worker(2, "test".to_owned()).unwrap();
        tokio::spawn(worker.run(self.worker.clone()));
    }

    /// Runs every job there is, one after the other, and returns when none is left.
    pub(crate) async fn work(&self) {
        self.work_until(async || self.jobs_left().await == 0).await;
    }

    /// How many jobs are queued, whenever they are due, or being run.
    pub(crate) async fn jobs_left(&self) -> u64 {
        let counts = self.jobs.counts().await.unwrap();
        counts.queued + counts.running
    }

    /// Runs jobs one after the other until it is as wanted.
    pub(crate) async fn work_until(&self, wanted: impl AsyncFn() -> bool) {
        for _ in 0..400 {
            let end = CancellationToken::new();
            let worker = tokio::spawn(self.services.worker(1, "test".to_owned()).unwrap().run(end.clone()));
            let waited = tokio::time::timeout(Duration::from_millis(50), async {
                while !wanted().await {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            });
            let is_done = waited.await.is_ok();
            end.cancel();
            worker.await.unwrap();
            if is_done {
                return;
            }
            // A worker that begins looks at once; one that waits may sleep through the news of the memory adapter for a while.
        }
        panic!("jobs that never end: {:?}", self.jobs.counts().await.unwrap());
    }

    /// Ends server and worker.
    pub(crate) async fn stop(self) {
        self.worker.cancel();
        self.server.drain().await.unwrap();
    }

    pub(crate) fn url(&self, path: &str) -> String {
        if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) }
    }

    pub(crate) fn request(&self, method: Method, path: &str, user: Option<&User>) -> reqwest::RequestBuilder {
        let request = self.client.request(method, self.url(path));
        match user {
            Some(user) => request.bearer_auth(&user.token),
            None => request,
        }
    }

    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.bytes().await.unwrap();
        Answer { status, headers, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) }
    }

    pub(crate) async fn get(&self, path: &str, user: &User) -> Answer {
        self.send(self.request(Method::GET, path, Some(user))).await
    }

    pub(crate) async fn delete(&self, path: &str, user: &User) -> Answer {
        self.send(self.request(Method::DELETE, path, Some(user))).await
    }

    pub(crate) async fn json(&self, method: Method, path: &str, user: Option<&User>, body: Value) -> Answer {
        self.send(self.request(method, path, user).json(&body)).await
    }

    pub(crate) async fn form(&self, method: Method, path: &str, user: &User, form: Form) -> Answer {
        self.send(self.request(method, path, Some(user)).multipart(form)).await
    }

    fn user_of(email: &str, answer: &Answer) -> User {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        User {
            id: text(&answer.body["data"]["user"]["id"]),
            email: email.to_owned(),
            token: text(&answer.body["access_token"]),
            refresh_token: text(&answer.body["refresh_token"]),
        }
    }

    /// Signs a person up.
    pub(crate) async fn user(&self, name: &str) -> User {
        let email = format!("{name}@example.com");
        let body = json!({"email": email, "password": PASSWORD, "name": "John Doe"});
        let answer = self.json(Method::POST, "/api/v1/auth/signup", None, body).await.expect(201);
        Self::user_of(&email, &answer)
    }

    /// An administrator, signed in.
    pub(crate) async fn admin(&self) -> User {
        let email = "admin@example.com".to_owned();
        let command = CreateAdmin { email: email.clone(), name: "Admin".to_owned(), password: PASSWORD.to_owned().into() };
        self.services.administration.create_admin(command).await.unwrap();
        self.log_in(&email, PASSWORD).await
    }

    pub(crate) async fn log_in(&self, email: &str, password: &str) -> User {
        let body = json!({"email": email, "password": password});
        let answer = self.json(Method::POST, "/api/v1/auth/login", None, body).await.expect(200);
        Self::user_of(email, &answer)
    }

    /// Adds a garment and answers it.
    pub(crate) async fn clothing(&self, user: &User, name: &str, category: &str) -> Value {
        let form = Form::new().part("image", image_part(name)).text("name", name.to_owned()).text("category", category.to_owned());
        self.form(Method::POST, "/api/v1/clothing", user, form).await.expect(201).body["data"]["clothing"].clone()
    }

    /// Puts a body with a photo and answers it.
    pub(crate) async fn body(&self, user: &User) -> Value {
        let form = Form::new().part("image", image_part("body")).text("height", "175");
        self.form(Method::PUT, "/api/v1/body", user, form).await.expect(201).body["data"]["body"].clone()
    }

    /// Asks for a try-on of a new garment on a body that must be there.
    pub(crate) async fn tryon(&self, user: &User) -> Value {
        let clothing = self.clothing(user, "tee", "tops").await;
        let answer = self.json(Method::POST, "/api/v1/tryon", Some(user), json!({"clothing_id": clothing["id"]})).await;
        answer.expect(202).body["data"]["tryon"].clone()
    }

    /// Makes a webhook endpoint and answers it with its secret.
    pub(crate) async fn endpoint(&self, user: &User, url: &str) -> Value {
        let answer = self.json(Method::POST, "/api/v1/webhooks/endpoints", Some(user), json!({ "url": url })).await;
        answer.expect(201).body["data"].clone()
    }

    /// Asks again until the answer is as wanted; panics with the last answer when it never is.
    pub(crate) async fn until(&self, path: &str, user: &User, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        for _ in 0..400 {
            last = self.get(path, user).await.body;
            if wanted(&last) {
                return last;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("never as wanted: {last}")
    }
}
