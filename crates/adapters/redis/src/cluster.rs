//! A Redis cluster, for keys that share the hash tag of their owner. The client follows the cluster as its slots move.

use redis::cluster::ClusterClientBuilder;
use redis::cluster_async::ClusterConnection;

use crate::connection::{ANSWER_WITHIN, CONNECT_WITHIN, ConnectError, measured, server};

/// Connections to the nodes of a cluster, shared by its clones.
#[derive(Clone)]
pub struct RedisCluster {
    connection: ClusterConnection,
    prefix: String,
}

fn nodes(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|node| !node.is_empty())
}

impl RedisCluster {
    /// Whether the text names a cluster: URLs with commas between them.
    pub fn is_named_by(text: &str) -> bool {
        text.contains(',')
    }

    /// Connects to the cluster these nodes (`redis://host:port`, commas between) are of; further ones are learnt from them. Every key begins
    /// with `prefix`.
    ///
    /// # Errors
    /// [`ConnectError`], when the text names no nodes or none of them answers.
    pub async fn connect(named: &str, prefix: impl Into<String>) -> Result<Self, ConnectError> {
        let client = ClusterClientBuilder::new(nodes(named))
            .connection_timeout(CONNECT_WITHIN)
            .response_timeout(ANSWER_WITHIN)
            .retries(1)
            .build()
            .map_err(ConnectError::Url)?;
        let servers = nodes(named).map(server).collect::<Vec<_>>().join(", ");
        let connection =
            client.get_async_connection().await.map_err(|source| ConnectError::Unreachable { server: servers.clone(), source })?;
        tracing::info!("Connected to the Redis cluster: {servers}");
        Ok(Self { connection, prefix: prefix.into() })
    }

    /// Whether some node answers.
    pub async fn answers(&self) -> bool {
        let mut connection = self.connection();
        measured("ping", async { redis::cmd("PING").query_async::<()>(&mut connection).await }).await.is_some()
    }

    pub(crate) fn connection(&self) -> ClusterConnection {
        self.connection.clone()
    }

    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }
}
