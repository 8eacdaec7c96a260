//! From a name to addresses that may be sent to.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::Networks;

/// Resolves names.
#[async_trait]
pub trait HostLookup: Send + Sync {
    /// The host's addresses.
    ///
    /// # Errors
    /// When it has none, or they cannot be found out.
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// As this machine resolves names.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemLookup;

#[async_trait]
impl HostLookup for SystemLookup {
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect())
    }
}

/// Why a name gives no address to connect to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LookupError {
    /// At least one of its addresses may not be sent to.
    #[error("an address of the host may not be sent to")]
    Refused,
    /// There is none.
    #[error("the host has no address")]
    Unresolved,
}

/// Resolves for the client at the moment of connecting, so that a name that was public when it was checked cannot lead elsewhere since.
#[derive(Clone)]
pub(crate) struct PublicLookup {
    pub(crate) lookup: Arc<dyn HostLookup>,
    pub(crate) networks: Networks,
}

impl PublicLookup {
    /// The host's addresses. One that may not be sent to spoils the others: an honest name has none.
    pub(crate) async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, LookupError> {
        let addresses = self.lookup.addresses(host).await.unwrap_or_default();
        if addresses.is_empty() {
            return Err(LookupError::Unresolved);
        }
        if addresses.iter().all(|address| self.networks.permit(*address)) { Ok(addresses) } else { Err(LookupError::Refused) }
    }
}

impl Resolve for PublicLookup {
    fn resolve(&self, name: Name) -> Resolving {
        let this = self.clone();
        Box::pin(async move {
            let addresses = this.addresses(name.as_str()).await?;
            // The client puts the port in.
            Ok(Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0))) as Addrs)
        })
    }
}
