//! What the Azure portal shows as an account's connection string.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

/// An account's endpoint and its key. `Debug` shows the endpoint alone.
#[derive(Clone)]
pub struct ConnectionString {
    endpoint: Url,
    key: SecretString,
}

/// Why a text is no connection string. Nothing of the text is repeated, since it may hold the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadConnectionString {
    /// It is not `Name=value` pairs with semicolons between them.
    #[error("a connection string is Name=value pairs with semicolons between them")]
    NotPairs,
    /// `AccountEndpoint` is missing.
    #[error("the connection string has no AccountEndpoint")]
    NoEndpoint,
    /// `AccountEndpoint` is not the URL of a server.
    #[error("AccountEndpoint is not an https URL")]
    BadEndpoint,
    /// `AccountEndpoint` is `http`, and not on this machine.
    #[error("AccountEndpoint must be https, except on this machine")]
    Cleartext,
    /// `AccountKey` is missing.
    #[error("the connection string has no AccountKey")]
    NoKey,
    /// `AccountKey` is not Base64.
    #[error("AccountKey is not Base64")]
    BadKey,
}

impl ConnectionString {
    /// The account's URL.
    #[must_use]
    pub fn endpoint(&self) -> &Url {
        &self.endpoint
    }

    /// The account's key, in Base64.
    #[must_use]
    pub fn key(&self) -> &SecretString {
        &self.key
    }
}

impl FromStr for ConnectionString {
    type Err = BadConnectionString;

    /// Reads `AccountEndpoint=https://…;AccountKey=…;`. Names are told apart regardless of case, and others than these two are passed over,
    /// as Azure's own SDKs do.
    fn from_str(text: &str) -> Result<Self, BadConnectionString> {
        let (mut endpoint, mut key) = (None, None);
        for pair in text.split(';').map(str::trim).filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').ok_or(BadConnectionString::NotPairs)?;
            let value = value.trim();
            match name.trim().to_ascii_lowercase().as_str() {
                "accountendpoint" => endpoint = Some(value),
                "accountkey" => key = Some(value),
                _ => {}
            }
        }
        let endpoint = endpoint.filter(|value| !value.is_empty()).ok_or(BadConnectionString::NoEndpoint)?;
        let endpoint: Url = endpoint.parse().map_err(|_not_shown: url::ParseError| BadConnectionString::BadEndpoint)?;
        match (endpoint.scheme(), endpoint.host()) {
            ("https", Some(_)) => {}
            ("http", Some(host)) if is_loopback(&host) => {}
            ("http", Some(_)) => return Err(BadConnectionString::Cleartext),
            _ => return Err(BadConnectionString::BadEndpoint),
        }
        let key = key.filter(|value| !value.is_empty()).ok_or(BadConnectionString::NoKey)?;
        STANDARD.decode(key).map_err(|_not_shown| BadConnectionString::BadKey)?;
        Ok(Self { endpoint, key: SecretString::from(key) })
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

impl PartialEq for ConnectionString {
    fn eq(&self, other: &Self) -> bool {
        self.endpoint == other.endpoint && self.key.expose_secret() == other.key.expose_secret()
    }
}

impl Eq for ConnectionString {}

impl fmt::Debug for ConnectionString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionString").field("endpoint", &self.endpoint.as_str()).finish_non_exhaustive()
    }
}
