//! Where a provider's API is, and the key to it.

use atelier_domain::kernel::{ExposeSecret, SecretString};
use reqwest::RequestBuilder;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use url::Url;

use super::http::HttpSetupError;

/// A provider's API.
#[derive(Debug, Clone)]
pub(super) struct Endpoint {
    base: Url,
    /// Marked sensitive: neither its own nor a request's `Debug` shows it.
    key: Option<HeaderValue>,
}

impl Endpoint {
    /// The API at `base`. `setting` names it in the error.
    pub(super) fn new(setting: &'static str, base: &str, key: Option<&SecretString>) -> Result<Self, HttpSetupError> {
        let base = Url::parse(base).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let bearer = |key: &SecretString| {
            let mut value = HeaderValue::from_str(&format!("Bearer {}", key.expose_secret()))?;
            value.set_sensitive(true);
            Ok::<_, HttpSetupError>(value)
        };
        Ok(Self { base: base.ok_or(HttpSetupError::Address { setting })?, key: key.map(bearer).transpose()? })
    }

    /// The address of a path, each segment escaped.
    pub(super) fn url(&self, segments: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    pub(super) fn authorise(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.key {
            Some(key) => request.header(AUTHORIZATION, key.clone()),
            None => request,
        }
    }

    /// Adds the key if the address is the API's own.
    pub(super) fn authorise_own(&self, at: &str, request: RequestBuilder) -> RequestBuilder {
        let own = Url::parse(at).is_ok_and(|url| url.origin() == self.base.origin());
        if own { self.authorise(request) } else { request }
    }
}
