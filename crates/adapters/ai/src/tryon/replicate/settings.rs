//! What an operator says of Replicate.

use std::time::Duration;

use atelier_domain::kernel::SecretString;

use crate::tryon::InputMode;

/// An account at Replicate.
#[derive(Debug, Clone)]
pub struct ReplicateSettings {
    /// The API's address.
    pub url: String,
    /// The account's API token.
    pub token: SecretString,
    /// What its messages are signed with (`whsec_…`, from `GET /v1/webhooks/default/secret`). Without it no messages are asked for.
    pub webhook_secret: Option<SecretString>,
    /// The models, as the table names them, preferred ones first.
    pub models: Vec<String>,
    /// How pictures reach it.
    pub inputs: InputMode,
    /// When Replicate stops a prediction by itself, waiting included; at least five seconds.
    pub cancel_after: Option<Duration>,
}

impl ReplicateSettings {
    /// The public API with signed addresses as inputs, all models of the table, ten minutes for a prediction, no webhooks.
    pub fn new(token: SecretString) -> Self {
        Self {
            url: "https://api.replicate.com/v1".to_owned(),
            token,
            webhook_secret: None,
            models: Vec::new(),
            inputs: InputMode::default(),
            cancel_after: Some(Duration::from_secs(600)),
        }
    }
}
