//! How a client is made.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::redirect::Policy;
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt;
use secrecy::SecretString;

use crate::client::Client;
use crate::error::Source;
use crate::token::{StaticToken, TokenProvider};
use crate::transport::{Patience, Transport};

/// A client cannot be made of these settings.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The address is no `http://` or `https://` URL.
    #[error("the address of the service must be an http:// or https:// URL")]
    Address,
    /// Neither a token nor a provider was given.
    #[error("give a token or a token provider")]
    NoToken,
    /// A version that cannot be sent.
    #[error("the client's version must have 1 to 64 printable ASCII characters without spaces")]
    ClientVersion,
    /// TLS or the HTTP client cannot be set up.
    #[error("the HTTP client cannot be made")]
    Http(#[source] Source),
}

/// Settings of a [`Client`].
#[must_use]
pub struct ClientBuilder {
    address: String,
    tokens: Option<Arc<dyn TokenProvider>>,
    client_version: String,
    timeout: Duration,
    connect_timeout: Duration,
    patience: Patience,
    no_proxy: bool,
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("address", &self.address)
            .field("client_version", &self.client_version)
            .finish_non_exhaustive()
    }
}

impl ClientBuilder {
    pub(crate) fn new(address: &str) -> Self {
        Self {
            address: address.to_owned(),
            tokens: None,
            client_version: concat!("atelier-client/", env!("CARGO_PKG_VERSION")).to_owned(),
            timeout: Duration::from_secs(35),
            connect_timeout: Duration::from_secs(5),
            patience: Patience { attempts: 4, longest_pause: Duration::from_secs(10) },
            no_proxy: false,
        }
    }

    /// With this access token.
    pub fn token(self, token: impl Into<SecretString>) -> Self {
        self.token_provider(Arc::new(StaticToken(token.into())))
    }

    /// With the tokens of this provider, which is asked at each request.
    pub fn token_provider(mut self, provider: Arc<dyn TokenProvider>) -> Self {
        self.tokens = Some(provider);
        self
    }

    /// Who calls, as `X-Client-Version`, e.g. `report-service/1.4.2`: 1 to 64 printable characters without spaces.
    pub fn client_version(mut self, version: impl Into<String>) -> Self {
        self.client_version = version.into();
        self
    }

    /// Longest time of one try; 35 s unless told.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Longest time until a connection is there; 5 s unless told.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How often a call is sent at most, the first time included; 4 unless told. Only calls that are safe to repeat are sent again.
    pub fn attempts(mut self, attempts: usize) -> Self {
        self.patience.attempts = attempts.max(1);
        self
    }

    /// Longest pause between two tries; a service that wants a longer one is not asked again. 10 s unless told.
    pub fn longest_pause(mut self, pause: Duration) -> Self {
        self.patience.longest_pause = pause;
        self
    }

    /// Goes to the service directly, whatever proxy the environment names.
    pub fn no_proxy(mut self) -> Self {
        self.no_proxy = true;
        self
    }

    /// The client.
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn build(self) -> Result<Client, BuildError> {
        let address = Url::parse(&self.address).map_err(|_not_a_url| BuildError::Address)?;
        if !matches!(address.scheme(), "http" | "https") || address.host_str().is_none() {
            return Err(BuildError::Address);
        }
        let version = self.client_version;
        if !(1..=64).contains(&version.len()) || !version.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(BuildError::ClientVersion);
        }
        let http = |error: Source| BuildError::Http(error);
        let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| http(error.into()))?
            .with_platform_verifier()
            .map_err(|error| http(error.into()))?
            .with_no_client_auth();
        let mut client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .timeout(self.timeout)
            .connect_timeout(self.connect_timeout)
            // The token is for one server only.
            .redirect(Policy::none());
        if self.no_proxy {
            client = client.no_proxy();
        }
        Ok(Client::new(Transport {
            http: client.build().map_err(|error| http(error.into()))?,
            address: address.as_str().trim_end_matches('/').to_owned(),
            tokens: self.tokens.ok_or(BuildError::NoToken)?,
            client_version: version,
            patience: self.patience,
        }))
    }
}
