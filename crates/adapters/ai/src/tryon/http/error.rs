//! What goes wrong around a call, without the address it went to.

use reqwest::header::InvalidHeaderValue;

/// The HTTP client cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum HttpSetupError {
    /// TLS cannot be set up, e.g. for want of root certificates.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
    /// The client cannot be built.
    #[error("the HTTP client cannot be built")]
    Client(#[source] reqwest::Error),
    /// The address is none.
    #[error("{setting} is not an http or https URL")]
    Address {
        /// What was to hold an address.
        setting: &'static str,
    },
    /// The key holds bytes that a header cannot.
    #[error("the API key holds characters that an HTTP header cannot carry")]
    Key(#[from] InvalidHeaderValue),
}

/// Why a call brought no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// No connection came about: nothing was sent.
    #[error("the provider cannot be reached: {0}")]
    NotSent(String),
    /// It was sent, and no whole answer came: what the provider did is not known.
    #[error("no whole answer came: {0}")]
    Unanswered(String),
    /// The answer is larger than it may be.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
}

impl From<reqwest::Error> for CallError {
    fn from(error: reqwest::Error) -> Self {
        // A builder's error is about what we made, a connect error about what never went out.
        let not_sent = error.is_connect() || error.is_builder();
        // The address may be signed.
        let text = chain(&error.without_url());
        if not_sent { Self::NotSent(text) } else { Self::Unanswered(text) }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    super::redacted(&text)
}
