//! Gauges of the embedded store: rows per table, size on disk, connections in use.

use std::time::Duration;

use atelier_adapter_sqlite::SqliteStore;
use tokio_util::sync::CancellationToken;

/// Counting rows reads the indexes: often enough to see growth, seldom enough not to be seen.
const EVERY: Duration = Duration::from_secs(60);

/// Measures the store until `shutdown` is cancelled.
pub(crate) async fn measure(store: SqliteStore, shutdown: CancellationToken) {
    loop {
        let pool = store.pool_stats();
        metrics::gauge!("atelier_store_connections", "kind" => "writer_busy").set(f64::from(u8::from(pool.writer_busy)));
        metrics::gauge!("atelier_store_connections", "kind" => "readers_busy").set(f64::from(pool.readers_busy));
        metrics::gauge!("atelier_store_connections", "kind" => "readers_open").set(f64::from(pool.readers_open));
        match store.table_sizes().await {
            Ok(tables) => {
                for table in tables {
                    metrics::gauge!("atelier_store_rows", "collection" => table.table).set(table.rows as f64);
                }
            }
            Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "the store's tables cannot be measured"),
        }
        match store.size_bytes().await {
            Ok(bytes) => metrics::gauge!("atelier_store_bytes").set(bytes as f64),
            Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "the store's size cannot be measured"),
        }
        if tokio::time::timeout(EVERY, shutdown.cancelled()).await.is_ok() {
            return;
        }
    }
}
