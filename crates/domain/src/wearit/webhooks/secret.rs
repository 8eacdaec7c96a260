//! What messages are signed with. Secrets are not stored: each is made of the installation's key and a random salt, which is.

use std::fmt;
use std::sync::Arc;

use crate::kernel::{EndpointId, ExposeSecret, SecretGenerator, SecretString};

/// What makes an endpoint's secret different from every other; useless without the installation's key.
#[derive(Clone, PartialEq, Eq)]
pub struct EndpointSecret(String);

impl fmt::Debug for EndpointSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EndpointSecret(…)")
    }
}

impl EndpointSecret {
    /// The salt as stored.
    pub fn from_salt(salt: impl Into<String>) -> Self {
        Self(salt.into())
    }

    /// The salt, for the store.
    pub fn salt(&self) -> &str {
        &self.0
    }
}

/// Makes secrets, and makes them again when they are needed.
#[derive(Clone)]
pub struct EndpointSecrets(Arc<dyn SecretGenerator>);

impl EndpointSecrets {
    /// Under the installation's key.
    pub fn new(secrets: Arc<dyn SecretGenerator>) -> Self {
        Self(secrets)
    }

    /// A secret nobody had before.
    pub fn fresh(&self) -> EndpointSecret {
        EndpointSecret(self.0.token().expose_secret().to_owned())
    }

    /// The secret itself, as its owner is shown it once: `whsec_` and 48 bytes in base64.
    pub fn reveal(&self, endpoint: EndpointId, secret: &EndpointSecret) -> SecretString {
        // The digest's 64 hex digits are base64 themselves, of 48 bytes: the specification wants 24 to 64.
        format!("whsec_{}", self.0.digest("webhook.secret", &format!("{endpoint}/{}", secret.0))).into()
    }
}
