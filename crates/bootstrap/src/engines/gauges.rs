//! Gauges of the store: rows per collection, size, connections in use (checklist W102, W103).

use std::sync::Arc;
use std::time::Duration;

use atelier_adapter_mongo::MongoStore;
use atelier_adapter_s3::S3ObjectStore;
use atelier_adapter_sqlite::SqliteStore;
use atelier_domain::kernel::StoreError;
use metrics::gauge;
use tokio_util::sync::CancellationToken;

use super::Store;

/// Counting rows reads the indexes: often enough to see growth, seldom enough not to be seen.
const EVERY: Duration = Duration::from_secs(60);

/// A listing of a million objects is a thousand requests.
const BUCKET_EVERY: Duration = Duration::from_secs(6 * 3_600);

/// Measures the store until `shutdown` is cancelled.
pub(crate) async fn measure(store: Store, shutdown: CancellationToken) {
    loop {
        let measured = match &store {
            Store::Sqlite(store) => sqlite(store).await,
            Store::Mongo(store) => mongo(store).await,
        };
        if let Err(error) = measured {
            tracing::warn!(error = &error as &dyn std::error::Error, "the store cannot be measured");
        }
        if tokio::time::timeout(EVERY, shutdown.cancelled()).await.is_ok() {
            return;
        }
    }
}

/// Adds up the bucket until `shutdown` is cancelled (checklist W218). Everything is listed: seldom, and by workers only.
pub(crate) async fn measure_bucket(bucket: Arc<S3ObjectStore>, shutdown: CancellationToken) {
    loop {
        if let Err(error) = bucket.totals(None).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "the bucket cannot be added up");
        }
        if tokio::time::timeout(BUCKET_EVERY, shutdown.cancelled()).await.is_ok() {
            return;
        }
    }
}

async fn sqlite(store: &SqliteStore) -> Result<(), StoreError> {
    let pool = store.pool_stats();
    gauge!("atelier_store_connections", "kind" => "writer_busy").set(f64::from(u8::from(pool.writer_busy)));
    gauge!("atelier_store_connections", "kind" => "readers_busy").set(f64::from(pool.readers_busy));
    gauge!("atelier_store_connections", "kind" => "readers_open").set(f64::from(pool.readers_open));
    for table in store.table_sizes().await? {
        gauge!("atelier_store_rows", "collection" => table.table).set(table.rows as f64);
    }
    gauge!("atelier_store_bytes").set(store.size_bytes().await? as f64);
    Ok(())
}

async fn mongo(store: &MongoStore) -> Result<(), StoreError> {
    let pool = store.pool_stats();
    for (kind, connections) in [("busy", pool.busy), ("open", pool.open), ("max", pool.max)] {
        gauge!("atelier_store_connections", "kind" => kind).set(f64::from(connections));
    }
    for size in store.collection_sizes().await? {
        gauge!("atelier_store_rows", "collection" => size.collection.clone()).set(size.documents as f64);
        gauge!("atelier_store_collection_bytes", "collection" => size.collection.clone()).set(size.bytes as f64);
        gauge!("atelier_store_index_bytes", "collection" => size.collection).set(size.index_bytes as f64);
    }
    gauge!("atelier_store_bytes").set(store.size_bytes().await? as f64);
    Ok(())
}
