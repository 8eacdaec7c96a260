//! Where the access token comes from.

use async_trait::async_trait;
use secrecy::SecretString;

use crate::error::Source;

/// Gives the access token of each request; tokens live for minutes, so a provider renews and remembers them.
#[async_trait]
pub trait TokenProvider: Send + Sync {
    /// The token, without `Bearer`.
    async fn token(&self) -> Result<SecretString, Source>;
}

/// One token for as long as it lasts.
pub(crate) struct StaticToken(pub(crate) SecretString);

#[async_trait]
impl TokenProvider for StaticToken {
    async fn token(&self) -> Result<SecretString, Source> {
        Ok(self.0.clone())
    }
}
