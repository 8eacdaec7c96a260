//! What an operator says of a Cog server.

use std::time::Duration;

use atelier_domain::kernel::SecretString;

use crate::tryon::InputMode;

/// A Cog server and its model.
#[derive(Debug, Clone)]
pub struct CogSettings {
    /// The provider's name; another one for each server.
    pub name: &'static str,
    /// Where the server is, e.g. `http://gpu-1:5000`.
    pub url: String,
    /// The bearer token that a gateway before it wants.
    pub token: Option<SecretString>,
    /// Its model's name in the table.
    pub model: String,
    /// The model's version, told with each result.
    pub version: Option<String>,
    /// How pictures reach it.
    pub inputs: InputMode,
    /// How long a picture may take when there is no callback address and the answer is waited for.
    pub run_limit: Duration,
    /// How long nothing may be heard of a request, while the server does not work or does not answer, until it counts as lost. Cog tries to
    /// tell the end for some seconds.
    pub lost_after: Duration,
}

impl CogSettings {
    /// A server with signed addresses as inputs, five minutes for a picture, and thirty seconds until a request counts as lost.
    pub fn new(url: impl Into<String>, model: impl Into<String>) -> Self {
        Self {
            name: "cog",
            url: url.into(),
            token: None,
            model: model.into(),
            version: None,
            inputs: InputMode::default(),
            run_limit: Duration::from_secs(300),
            lost_after: Duration::from_secs(30),
        }
    }
}
