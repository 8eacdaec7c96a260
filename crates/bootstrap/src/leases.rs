//! Leases of connections, wired: the use cases, and what sweeps up behind them.

use std::sync::Arc;
use std::time::Duration;

use atelier_adapter_credentials::{AesGcmSealer, InstallationSecrets, RandomSecrets};
use atelier_adapter_postgres::{PgLeases, PgStore};
use atelier_adapter_redis::{RedisConnection, RedisLeases};
use atelier_domain::dataservice::Sealer;
use atelier_domain::dataservice::leases::{LeasePorts, LeaseSettings, LeaseSweeper, LeaseTarget, Leases, ServiceRegistry};
use atelier_domain::kernel::{Clock, ExposeSecret, SecretGenerator, error_chain};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::product::{StartError, failed};
use crate::worker::TokioTimer;

/// Between two sweeps; after one that failed, longer.
const SWEEP_EVERY: Duration = Duration::from_secs(1);
const AFTER_FAILURE: Duration = Duration::from_secs(15);
const TIDY_EVERY: Duration = Duration::from_secs(24 * 3600);

/// Seals under `DB_ENCRYPTION_KEY`, or under a key of the installation's own where there is none.
pub(crate) fn sealer(config: &Config, secrets: &InstallationSecrets) -> Result<Arc<dyn Sealer>, StartError> {
    let sealer = match &config.data.db_encryption_key {
        Some(setting) => AesGcmSealer::new(setting),
        None => AesGcmSealer::new(&RandomSecrets::new(&secrets.digest).digest("key", "db-encryption").into()),
    };
    Ok(Arc::new(sealer.map_err(failed("DB_ENCRYPTION_KEY"))?))
}

/// The leases of this database.
pub(crate) async fn leases(
    config: &Config,
    store: &PgStore,
    redis: Option<&RedisConnection>,
    secrets: &InstallationSecrets,
    clock: &Arc<dyn Clock>,
) -> Result<Arc<Leases>, StartError> {
    let data = &config.data;
    let own_url = data.database_url.as_ref().map(ExposeSecret::expose_secret).unwrap_or_default();
    let address = data.lease_database_url.as_deref().unwrap_or(own_url);
    let leases = PgLeases::new(store.clone(), address).map_err(failed("the addresses of leases"))?;
    let wanted = data.db_pool_max.get() + data.lease_max.get();
    if let Ok(there) = leases.connections_of_server().await
        && wanted > there
    {
        tracing::warn!(
            there,
            wanted,
            "DB_POOL_MAX of every process and LEASE_MAX together must not be more than the connections PostgreSQL has: raise max_connections"
        );
    }
    let redis: Option<Arc<dyn LeaseTarget>> = match (redis, &config.store.redis_url) {
        (Some(connection), Some(url)) => {
            let address = data.lease_redis_url.as_deref().unwrap_or(url.expose_secret());
            Some(Arc::new(RedisLeases::new(connection.clone(), address).map_err(failed("the addresses of leases"))?))
        }
        _ => None,
    };
    let settings = LeaseSettings {
        max: data.lease_max.get(),
        services: ServiceRegistry::parse(&data.data_services).map_err(failed("DATA_SERVICES"))?,
        ..LeaseSettings::default()
    };
    let ports = LeasePorts {
        store: Arc::new(leases),
        redis,
        sealer: sealer(config, secrets)?,
        secrets: Arc::new(RandomSecrets::new(&secrets.digest)),
        clock: clock.clone(),
        timer: Arc::new(TokioTimer),
    };
    Ok(Arc::new(Leases::new(ports, settings)))
}

/// Ends leases whose time is over until `shutdown` is cancelled.
pub(crate) async fn sweep(leases: Arc<Leases>, shutdown: CancellationToken) {
    let sweeper = LeaseSweeper::new(leases.clone());
    let mut tidied: Option<Instant> = None;
    let sweeping = async {
        loop {
            let mut swept = sweeper.sweep().await.map(drop);
            if swept.is_ok() && tidied.is_none_or(|at| at.elapsed() > TIDY_EVERY) {
                swept = sweeper.tidy().await;
                tidied = swept.is_ok().then(Instant::now);
            }
            for database in [atelier_domain::dataservice::Database::PostgreSql, atelier_domain::dataservice::Database::Redis] {
                // For the gauges.
                let _told_below = leases.stats(database).await;
            }
            match swept {
                Ok(()) => tokio::time::sleep(SWEEP_EVERY).await,
                Err(error) => {
                    tracing::warn!(problem = error_chain(&error), "leases could not be swept: tried again");
                    tokio::time::sleep(AFTER_FAILURE).await;
                }
            }
        }
    };
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = sweeping => {}
    }
}
