//! The embedded set of adapters: SQLite, files, the local engine, all in the data directory.

use std::future::Future;
use std::net::TcpListener;
use std::sync::Arc;

use atelier_adapter_credentials::{BcryptHasher, InstallationSecrets, JwtSigner, ObjectIds, RandomSecrets, SystemClock};
use atelier_adapter_files::FileObjectStore;
use atelier_adapter_fitting::{Engine, LocalTryOn};
use atelier_adapter_http::{HttpSettings, RateLimits};
use atelier_adapter_imaging::ImagePipeline;
use atelier_adapter_mail::{FileMailer, SmtpMailer};
use atelier_adapter_memory::MemoryAttemptLimiter;
use atelier_adapter_sqlite::SqliteStore;
use atelier_domain::identity::{IdentityPorts, IdentitySettings, Mailer};
use atelier_domain::kernel::{Clock, Source};
use atelier_domain::wearit::tryon::RunLimits;
use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, ConfigError};
use crate::gauges;
use crate::health::{DatabaseCheck, StorageCheck};
use crate::services::{Parts, Services};
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

/// The product, wired on the embedded adapters.
pub struct Embedded {
    /// The services.
    pub services: Services,
    store: SqliteStore,
}

impl Embedded {
    /// Takes the address first, so that signed URLs know the real port.
    ///
    /// # Errors
    /// [`StartError::Listen`].
    pub fn listen(config: &Config) -> Result<TcpListener, StartError> {
        let (host, port) = (config.process.host.as_str(), config.process.port);
        TcpListener::bind((host, port)).map_err(|source| StartError::Listen { address: format!("{host}:{port}"), source })
    }

    /// Opens the data directory and wires everything. `own_url` is where this process can be reached when `PUBLIC_URL` is not set.
    ///
    /// # Errors
    /// [`StartError`] when the settings are not usable or a part cannot start; the message says what to do.
    pub async fn start(config: &Config, own_url: &str) -> Result<Self, StartError> {
        config.validate()?;
        let data = &config.process.data_dir;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ids = Arc::new(ObjectIds::new(clock.clone()));
        let secrets = InstallationSecrets::load_or_create(data).map_err(failed("the installation's secrets"))?;
        let signing = config.accounts.signing_secret().unwrap_or(&secrets.jwt);
        let public_url = config.accounts.public_url.as_deref().unwrap_or(own_url).trim_end_matches('/').to_owned();
        let store = SqliteStore::connect(data.join("atelier.sqlite"), clock.clone()).await.map_err(failed("the store"))?;
        let objects = Arc::new(
            FileObjectStore::open(&data.join("objects"), &public_url, &secrets.url_signing, clock.clone())
                .map_err(failed("the object store"))?,
        );
        let concurrency = config.tryon.concurrency();
        let hasher = BcryptHasher::new(config.accounts.bcrypt_cost, concurrency, HASHING_QUEUE).map_err(failed("password hashing"))?;
        let mailer: Arc<dyn Mailer> = match &config.accounts.smtp_url {
            Some(url) => Arc::new(SmtpMailer::new(url, &config.accounts.mail_from).map_err(failed("mail"))?),
            None => Arc::new(FileMailer::new(data.join("mails"), &config.accounts.mail_from).map_err(failed("mail"))?),
        };
        let engine =
            tokio::task::spawn_blocking(Engine::load).await.map_err(failed("the try-on engine"))?.map_err(failed("the try-on engine"))?;
        let local = Arc::new(LocalTryOn::new(Arc::new(engine), concurrency));
        let sqlite = Arc::new(store.clone());
        let services = Services::new(Parts {
            identity: IdentityPorts {
                store: sqlite.clone(),
                objects: objects.clone(),
                images: Arc::new(ImagePipeline::default()),
                hasher: Arc::new(hasher),
                signer: Arc::new(JwtSigner::new(signing, ISSUER, ISSUER, ids.clone())),
                secrets: Arc::new(RandomSecrets::new(&secrets.digest)),
                limiter: Arc::new(MemoryAttemptLimiter::new(clock.clone())),
                mailer,
                clock,
                ids,
            },
            identity_settings: IdentitySettings {
                access_token_minutes: config.accounts.access_token_minutes,
                refresh_token_days: config.accounts.refresh_token_days,
                public_url,
                consent_version: config.accounts.consent_version.clone(),
            },
            wearit: sqlite.clone(),
            jobs: sqlite.clone(),
            events: sqlite.clone(),
            direct_objects: Some(objects.clone()),
            providers: vec![local.clone()],
            examiner: Some(local),
            timer: Arc::new(TokioTimer),
            run_limits: RunLimits::default(),
            result_retention: config.retention.result_retention_days.map(|days| TimeDelta::days(i64::from(days))),
            health: vec![Arc::new(DatabaseCheck(sqlite)), Arc::new(StorageCheck(objects))],
        });
        Ok(Self { services, store })
    }

    /// The HTTP surface's settings.
    pub fn http_settings(config: &Config) -> HttpSettings {
        HttpSettings {
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
        gauges::measure(self.store.clone(), shutdown)
    }

    /// Closes the store; everything committed is durable already.
    pub async fn close(self) {
        self.store.close().await;
    }
}
