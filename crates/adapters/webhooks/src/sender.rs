//! Signing and sending.

use std::error::Error;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use atelier_domain::kernel::ExposeSecret;
use atelier_domain::wearit::webhooks::{AttemptOutcome, OutgoingMessage, SendFailure, Sent, TargetRefused, WebhookSender};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use rustls::ClientConfig;
use rustls::crypto::ring;
use rustls_platform_verifier::BuilderVerifierExt;
use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, Webhook};
use tokio::time::{Instant, timeout};
use url::{Host, Url};

use crate::lookup::{HostLookup, LookupError, PublicLookup, SystemLookup};
use crate::{WebhookSetupError, WebhookTargets, telemetry};

const USER_AGENT: &str = concat!("atelier-webhooks/", env!("CARGO_PKG_VERSION"));
/// The longest a name may take to be looked up when an endpoint is made.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(5);

/// The sender: TLS by rustls with ring and the system's root certificates, no proxy, no redirects, a connection for each message. Nothing of
/// an answer but its head is read.
pub struct WebhookHttp {
    client: Client,
    lookup: PublicLookup,
    targets: WebhookTargets,
}

impl WebhookHttp {
    /// A sender that resolves names as this machine does.
    ///
    /// # Errors
    /// [`WebhookSetupError`] when TLS or the client cannot be set up.
    pub fn new(targets: WebhookTargets) -> Result<Self, WebhookSetupError> {
        Self::with_lookup(targets, Arc::new(SystemLookup))
    }

    /// A sender that resolves names otherwise.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_lookup(targets: WebhookTargets, lookup: Arc<dyn HostLookup>) -> Result<Self, WebhookSetupError> {
        telemetry::describe();
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_platform_verifier()?
            .with_no_client_auth();
        let lookup = PublicLookup { lookup, networks: targets.networks.clone() };
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .user_agent(USER_AGENT)
            .redirect(Policy::none())
            // A proxy would look the name up by itself.
            .no_proxy()
            .dns_resolver(Arc::new(lookup.clone()))
            .pool_max_idle_per_host(0)
            .timeout(targets.timeout)
            .build()?;
        Ok(Self { client, lookup, targets })
    }

    /// The address in parts, if its form is right; names are still to be looked up.
    fn parsed(&self, text: &str) -> Result<Url, TargetRefused> {
        let mut url = Url::parse(text).map_err(|_malformed| TargetRefused::Malformed)?;
        match url.scheme() {
            "https" => {}
            "http" if self.targets.allow_http => {}
            "http" => return Err(TargetRefused::Insecure),
            _ => return Err(TargetRefused::Malformed),
        }
        if !url.username().is_empty() || url.password().is_some() || url.port() == Some(0) {
            return Err(TargetRefused::Malformed);
        }
        url.set_fragment(None);
        match address_of(&url) {
            Some(address) if !self.targets.networks.permit(address) => Err(TargetRefused::Private),
            _ => Ok(url),
        }
    }

    async fn attempt(&self, message: &OutgoingMessage<'_>) -> Result<Response, SendFailure> {
        let url = self.parsed(message.url).map_err(|_refused| SendFailure::Refused)?;
        let timestamp = message.at.timestamp();
        let sign = |secret: &atelier_domain::kernel::SecretString| {
            let signer = Webhook::new(secret.expose_secret()).ok()?;
            signer.sign(message.id, timestamp, message.payload.as_bytes()).ok()
        };
        let signatures: Vec<String> = message.secrets.iter().filter_map(sign).collect();
        let request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header(HEADER_WEBHOOK_ID, message.id)
            .header(HEADER_WEBHOOK_TIMESTAMP, timestamp)
            .header(HEADER_WEBHOOK_SIGNATURE, signatures.join(" "))
            .body(message.payload.to_owned());
        request.send().await.map_err(|error| failure(&error))
    }
}

/// The address that a host is, when it is no name.
fn address_of(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Domain(_) => None,
        Host::Ipv4(address) => Some(address.into()),
        Host::Ipv6(address) => Some(address.into()),
    }
}

/// Which of the canonical failures an error of the client is.
fn failure(error: &reqwest::Error) -> SendFailure {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(failure) = told_by(error) {
            return failure;
        }
        cause = error.source();
    }
    if error.is_timeout() { SendFailure::Timeout } else { SendFailure::Connection }
}

/// What one error of a chain tells, with what it wraps: what an I/O error wraps is not among its sources.
fn told_by(error: &(dyn Error + 'static)) -> Option<SendFailure> {
    match error.downcast_ref::<LookupError>() {
        Some(LookupError::Refused) => return Some(SendFailure::Refused),
        Some(LookupError::Unresolved) => return Some(SendFailure::Unresolved),
        None => {}
    }
    if error.is::<rustls::Error>() {
        return Some(SendFailure::Tls);
    }
    told_by(error.downcast_ref::<io::Error>()?.get_ref()?)
}

/// Seconds; a date would need the receiver's clock to be right.
fn retry_after(response: &Response) -> Option<Duration> {
    let wanted = matches!(response.status().as_u16(), 429 | 503).then(|| response.headers().get(RETRY_AFTER))??;
    wanted.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

#[async_trait]
impl WebhookSender for WebhookHttp {
    async fn check(&self, url: &str) -> Result<String, TargetRefused> {
        let url = self.parsed(url)?;
        if let Some(Host::Domain(host)) = url.host() {
            match timeout(LOOKUP_TIMEOUT, self.lookup.addresses(host)).await {
                Ok(Ok(_)) => {}
                Ok(Err(LookupError::Refused)) => return Err(TargetRefused::Private),
                Ok(Err(LookupError::Unresolved)) | Err(_) => return Err(TargetRefused::Unresolved),
            }
        }
        Ok(url.into())
    }

    async fn send(&self, message: &OutgoingMessage<'_>) -> Sent {
        let began = Instant::now();
        let answer = self.attempt(message).await;
        let sent = match &answer {
            Ok(response) => Sent {
                outcome: AttemptOutcome::Answered(response.status().as_u16()),
                took: began.elapsed(),
                retry_after: retry_after(response),
            },
            Err(failure) => Sent { outcome: AttemptOutcome::Unanswered(*failure), took: began.elapsed(), retry_after: None },
        };
        telemetry::sent(&sent);
        sent
    }
}
