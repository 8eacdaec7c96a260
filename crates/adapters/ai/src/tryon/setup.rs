//! Why an adapter cannot be set up.

use super::http::HttpSetupError;
use super::models::ModelTableError;

/// The settings of a provider are not usable; the message says which and why, without showing a secret.
#[derive(Debug, thiserror::Error)]
pub enum ProviderSetupError {
    /// Its address, key or TLS.
    #[error(transparent)]
    Http(#[from] HttpSetupError),
    /// Its models.
    #[error(transparent)]
    Models(#[from] ModelTableError),
    /// The secret its messages are signed with.
    #[error("the webhook secret is not `whsec_` and base64")]
    WebhookSecret,
}
