//! Maintenance and diagnosis of the data as a whole.

use atelier_domain::challenge::maintenance::MaintenanceTask;
use atelier_domain::kernel::error_chain;

use super::print;
use crate::config::Config;
use crate::product::{Product, StartError, TryOnEngines, failed};

pub(super) async fn maintenance(config: &Config, task: MaintenanceTask) -> Result<(), StartError> {
    let product = Product::start_with(config, "http://127.0.0.1", TryOnEngines::default()).await?;
    let changed = product.services.maintenance().run_as_operator(task).await;
    product.close().await;
    print(&format!("{task}: {} changed or removed", changed.map_err(failed("the maintenance"))?));
    Ok(())
}

pub(super) async fn diagnose(config: &Config) -> Result<(), StartError> {
    let starting = Product::start_with(config, "http://127.0.0.1", TryOnEngines::default()).await;
    let product = starting.inspect_err(|error| {
        // A store that is away is what this command is to find.
        if let StartError::Part { part: "the store", source } = error {
            let engine = if config.store.mongodb(config.process.app_env).is_some() { "MongoDB" } else { "SQLite" };
            tracing::error!("{engine} diagnosis failed: {}", error_chain(source.as_ref()));
        }
    })?;
    let found = product.services.maintenance().look_as_operator().await;
    product.close().await;
    let found = found.map_err(failed("the diagnosis"))?;
    let (diagnosis, orphans) = (&found.diagnosis, &found.orphans);
    print(&diagnosis.ping());
    print(&format!(
        "{} collections, {} documents, {:.2} MB, {} indexes",
        diagnosis.collections,
        diagnosis.documents,
        diagnosis.data_bytes as f64 / 1_048_576.0,
        diagnosis.indexes
    ));
    print(&format!(
        "{} conversations without a student, {} evaluations without a conversation",
        orphans.conversations, orphans.evaluations
    ));
    Ok(())
}
