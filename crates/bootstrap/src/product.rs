//! The product, wired on the adapters the settings choose: with none, SQLite, files and the local engine, all in the data directory.

use std::future::Future;
use std::net::TcpListener;
use std::sync::Arc;

use atelier_adapter_ai::chat::chat_models;
use atelier_adapter_credentials::{BcryptHasher, InstallationSecrets, JwtSigner, ObjectIds, RandomSecrets, SystemClock};
use atelier_adapter_http::{Deprecations, HealthCheck, HttpSettings, RateLimits};
use atelier_adapter_imaging::ImagePipeline;
use atelier_adapter_mail::{FileMailer, SmtpMailer};
use atelier_adapter_postgres::PgBackupTasks;
use atelier_adapter_webhooks::WebhookHttp;
use atelier_domain::identity::{IdentityPorts, IdentitySettings, Mailer};
use atelier_domain::kernel::{Clock, Source};
use atelier_domain::wearit::body::PhotoExaminer;
use atelier_domain::wearit::tryon::{RunLimits, TryOnProvider};
use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;

use crate::backups::{Backups, measure_postgres, postgres_backups};
use crate::challenge::ChallengeParts;
use crate::config::{Config, ConfigError};
use crate::data_directory::{self, DataDirectoryCheck};
use crate::dataservice::{DataParts, DataStores, Surroundings};
use crate::engines::{self, CacheCheck, DatabaseCheck, Objects, Shared, StorageCheck, Store, StorePorts};
use crate::services::{Parts, Services, WebhookParts};
use crate::worker::TokioTimer;

/// The name tokens are issued under and for.
const ISSUER: &str = "atelier";

/// Sign-ins and sign-ups that may wait for a hashing thread before new ones are told to come again.
const HASHING_QUEUE: usize = 64;

/// The process cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The settings are not usable.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: choose another PORT or HOST")]
    Listen {
        /// Which.
        address: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A part of the product cannot start.
    #[error("cannot start {part}")]
    Part {
        /// Which.
        part: &'static str,
        /// Why.
        #[source]
        source: Source,
    },
}

/// A part of the product cannot start, because of this.
pub(crate) fn failed<E: Into<Source>>(part: &'static str) -> impl FnOnce(E) -> StartError {
    move |error| StartError::Part { part, source: error.into() }
}

/// The keys of the installation: from the one secret of the settings, or made once in the data directory.
pub(crate) fn installation_secrets(config: &Config) -> Result<InstallationSecrets, StartError> {
    match config.accounts.signing_secret() {
        Some(secret) => Ok(InstallationSecrets::derived_from(secret)),
        None => InstallationSecrets::load_or_create(&config.process.data_dir).map_err(failed("the installation's secrets")),
    }
}

/// What makes try-on pictures; by default nothing does, for commands that make none.
#[derive(Default)]
pub struct TryOnEngines {
    /// Providers in order of preference.
    pub providers: Vec<Arc<dyn TryOnProvider>>,
    /// Looks at body photos when they are uploaded.
    pub examiner: Option<Arc<dyn PhotoExaminer>>,
}

/// The product, wired on its adapters.
pub struct Product {
    /// The services.
    pub services: Services,
    store: Store,
    objects: Objects,
    data_stores: DataStores,
    data_parts: DataParts,
    postgres_backups: Option<PgBackupTasks>,
    clock: Arc<dyn Clock>,
}

impl Product {
    /// Takes the address first, so that signed URLs know the real port.
    ///
    /// # Errors
    /// [`StartError::Listen`].
    pub fn listen(config: &Config) -> Result<TcpListener, StartError> {
        let (host, port) = (config.host(), config.port());
        TcpListener::bind((host, port)).map_err(|source| StartError::Listen { address: format!("{host}:{port}"), source })
    }

    /// Opens the data directory and wires everything. `own_url` is where this process can be reached when `PUBLIC_URL` is not set.
    ///
    /// # Errors
    /// [`StartError`] when the settings are not usable or a part cannot start; the message says what to do.
    pub async fn start(config: &Config, own_url: &str) -> Result<Self, StartError> {
        config.validate()?;
        Self::start_with(config, own_url, engines::tryon_engines(&config.tryon)?).await
    }

    /// As [`start`](Product::start), with these engines instead of those the settings name.
    ///
    /// # Errors
    /// [`StartError`], as for [`start`](Product::start).
    pub async fn start_with(config: &Config, own_url: &str, engines: TryOnEngines) -> Result<Self, StartError> {
        config.validate()?;
        // Whoever connects by TLS without naming a cryptography library gets this one; it may be set already.
        let _already_set = rustls::crypto::ring::default_provider().install_default();
        let data = &config.process.data_dir;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ids = Arc::new(ObjectIds::new(clock.clone()));
        data_directory::prepare(data).map_err(failed("the data directory"))?;
        let secrets = installation_secrets(config)?;
        let public_url = config.accounts.public_url.as_deref().unwrap_or(own_url).trim_end_matches('/').to_owned();
        let store = Store::open(config, &clock).await?;
        let shared = Shared::open(config, &clock).await?;
        let data_stores = DataStores::open(config).await?;
        let objects = Objects::open(config, &public_url, &secrets.url_signing, &clock, shared.cache.clone()).await?;
        let concurrency = config.tryon.own_concurrency();
        let hasher = BcryptHasher::new(config.accounts.bcrypt_cost, concurrency, HASHING_QUEUE).map_err(failed("password hashing"))?;
        let mailer: Arc<dyn Mailer> = match &config.accounts.smtp_url {
            Some(url) => Arc::new(SmtpMailer::new(url, &config.accounts.mail_from).map_err(failed("mail"))?),
            None => Arc::new(FileMailer::new(data.join("mails"), &config.accounts.mail_from).map_err(failed("mail"))?),
        };
        let models = chat_models(&config.chat.adapter(), &clock).map_err(failed("the chat models"))?;
        let StorePorts { identity, wearit, challenge, jobs, events } = store.ports();
        let mut health: Vec<Arc<dyn HealthCheck>> =
            vec![Arc::new(DatabaseCheck(identity.clone())), Arc::new(StorageCheck(objects.store.clone()))];
        if config.store.mongodb(config.process.app_env).is_none() {
            health.push(Arc::new(DataDirectoryCheck(data.clone())));
        }
        let postgres_backups = if config.process.served().data { postgres_backups(config, &secrets, &clock)? } else { None };
        let backups = postgres_backups.as_ref();
        let around = Surroundings { config, backups, redis: shared.redis.as_ref(), secrets: &secrets, clock: &clock, identity: &identity };
        let data_parts = data_stores.parts(&around).await?;
        health.extend(shared.redis.map(|redis| Arc::new(CacheCheck(redis)) as Arc<dyn HealthCheck>));
        health.extend(data_stores.health(config.process.served()));
        let services = Services::new(Parts {
            identity: IdentityPorts {
                store: identity,
                events,
                objects: objects.store.clone(),
                images: Arc::new(ImagePipeline::default()),
                hasher: Arc::new(hasher),
                signer: Arc::new(JwtSigner::new(&secrets.jwt, ISSUER, ISSUER, ids.clone())),
                secrets: Arc::new(RandomSecrets::new(&secrets.digest)),
                limiter: shared.attempts,
                mailer,
                clock: clock.clone(),
                ids,
            },
            identity_settings: IdentitySettings {
                access_token_minutes: config.accounts.access_token_minutes,
                refresh_token_days: config.accounts.refresh_token_days,
                public_url,
                consent_version: config.accounts.consent_version.clone(),
            },
            wearit,
            challenge: ChallengeParts {
                store: challenge,
                models,
                examiners_per_conversation: config.challenge.examiners_per_conversation,
                cache: shared.cache,
            },
            data: data_parts.clone(),
            jobs,
            shared_limits: shared.limits,
            direct_objects: objects.direct.clone(),
            providers: engines.providers,
            callback_url: config.accounts.public_url.clone(),
            quotas: config.quotas.limits(),
            webhooks: WebhookParts {
                sender: Arc::new(WebhookHttp::new(config.webhooks.targets()).map_err(failed("webhooks"))?),
                schedule: config.webhooks.webhook_retry_seconds.clone().unwrap_or_default(),
                concurrency: config.webhooks.webhook_concurrency.get(),
            },
            examiner: engines.examiner,
            timer: Arc::new(TokioTimer),
            run_limits: RunLimits::default(),
            result_retention: config.retention.result_retention_days.map(|days| TimeDelta::days(i64::from(days))),
            health,
        })
        .with_products(config.process.served())
        .with_backups(Backups::scheduled(config))
        .with_postgres_backups(postgres_backups.as_ref().filter(|_tasks| config.retention.backup_dir.is_some()));
        Ok(Self { services, store, objects, data_stores, data_parts, postgres_backups, clock })
    }

    /// The HTTP surface's settings.
    pub fn http_settings(config: &Config) -> HttpSettings {
        HttpSettings {
            products: config.process.served(),
            consent_version: config.accounts.consent_version.clone(),
            // Checked with the other settings.
            deprecations: Deprecations::parse(&config.data.api_deprecations).unwrap_or_default(),
            cors_origins: config.objects.cors_origins.clone(),
            trusted_proxies: config.process.trusted_proxies.clone(),
            rate_limits: RateLimits {
                per_account: config.process.rate_limit_account_per_minute,
                per_address: config.process.rate_limit_address_per_minute,
            },
            version: env!("CARGO_PKG_VERSION").to_owned(),
            ..HttpSettings::default()
        }
    }

    /// Keeps the store's gauges true until `shutdown` is cancelled.
    pub fn measure(&self, shutdown: CancellationToken) -> impl Future<Output = ()> + Send + use<> {
        engines::measure(self.store.clone(), shutdown)
    }

    /// Keeps the bucket's gauges true until `shutdown` is cancelled; for processes that run jobs.
    pub fn measure_bucket(&self, shutdown: CancellationToken) -> impl Future<Output = ()> + Send + use<> {
        let bucket = self.objects.bucket();
        async move {
            if let Some(bucket) = bucket {
                engines::measure_bucket(bucket, shutdown).await;
            }
        }
    }

    /// What the Core Database Service does behind requests, until `shutdown` is cancelled; for every process.
    pub fn upkeep(&self, shutdown: CancellationToken) -> impl Future<Output = ()> + Send + use<> {
        let stores = self.data_stores.clone().upkeep(self.data_parts.clone(), self.clock.clone(), shutdown.clone());
        let backups = self.postgres_backups.clone();
        async move {
            tokio::join!(stores, measure_postgres(backups, shutdown));
        }
    }

    /// Closes the stores; everything committed is durable already.
    pub async fn close(self) {
        self.store.close().await;
        self.objects.close();
        self.data_stores.close().await;
    }
}
