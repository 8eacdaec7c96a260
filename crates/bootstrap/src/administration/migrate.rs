//! The schema of the database.

use atelier_adapter_credentials::RandomSecrets;
use atelier_adapter_mongo::{MongoAdministration, MongoOptions};

use super::print;
use crate::config::Config;
use crate::product::{StartError, failed, installation_secrets};

/// What can be asked of the schema.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum MigrateCommand {
    /// Print which migrations ran, which are pending, and which indexes are missing, differ or are not used
    Status,
}

pub(super) async fn migrate(config: &Config, dry_run: bool, command: Option<MigrateCommand>) -> Result<(), StartError> {
    config.validate()?;
    let Some((uri, database)) = config.store.mongodb(config.process.app_env) else {
        print("The embedded store migrates itself when a process starts; there is nothing to do.");
        return Ok(());
    };
    let options = MongoOptions { app_name: "atelier-admin".to_owned(), ..MongoOptions::default() };
    let administration = MongoAdministration::connect(uri, Some(database), options).await.map_err(failed("the store"))?;
    let done = match command {
        Some(MigrateCommand::Status) => status(&administration).await,
        None if dry_run => pending(&administration).await,
        None => run(&administration, config).await,
    };
    administration.close().await;
    done
}

async fn pending(administration: &MongoAdministration) -> Result<(), StartError> {
    let status = administration.status().await.map_err(failed("the migrations"))?;
    for version in &status.pending {
        print(&format!("would run {version}"));
    }
    for drift in administration.index_drift().await.map_err(failed("the indexes"))? {
        print(&format!("index {drift}"));
    }
    if status.pending.is_empty() {
        print("no migration is pending");
    }
    Ok(())
}

async fn run(administration: &MongoAdministration, config: &Config) -> Result<(), StartError> {
    let secrets = RandomSecrets::new(&installation_secrets(config)?.digest);
    for version in administration.migrate(&secrets).await.map_err(failed("the migrations"))? {
        print(&format!("ran {version}"));
    }
    print("the database is up to date");
    Ok(())
}

async fn status(administration: &MongoAdministration) -> Result<(), StartError> {
    let status = administration.status().await.map_err(failed("the migrations"))?;
    for version in &status.applied {
        print(&format!("applied  {version}"));
    }
    for version in &status.pending {
        print(&format!("pending  {version}"));
    }
    for drift in administration.index_drift().await.map_err(failed("the indexes"))? {
        print(&format!("index    {drift}"));
    }
    for index in administration.unused_indexes().await.map_err(failed("the indexes"))? {
        print(&format!("unused   {}.{}", index.collection, index.name));
    }
    Ok(())
}
