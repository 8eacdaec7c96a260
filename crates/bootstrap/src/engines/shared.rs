//! What processes share beside the store: failed sign-ins, rate limits, a cache.

use std::sync::Arc;

use atelier_adapter_memory::MemoryAttemptLimiter;
use atelier_adapter_redis::{RedisAttemptLimiter, RedisCache, RedisConnection, RedisRateLimiter};
use atelier_domain::kernel::{AttemptLimiter, Cache, Clock, ExposeSecret, RateLimiter};

use crate::config::Config;
use crate::product::{StartError, failed};

/// What this installation's keys begin with in Redis.
pub(crate) const REDIS_PREFIX: &str = "atelier:";

/// Counters in Redis, or in this process alone.
pub(crate) struct Shared {
    /// Counts failed sign-ins.
    pub(crate) attempts: Arc<dyn AttemptLimiter>,
    /// Counts requests, where there is something to share the count through.
    pub(crate) limits: Option<Arc<dyn RateLimiter>>,
    /// Keeps what may be forgotten, where there is something to share it through.
    pub(crate) cache: Option<Arc<dyn Cache>>,
    /// The connection, for the health check.
    pub(crate) redis: Option<RedisConnection>,
}

impl Shared {
    /// Connects to what the settings name.
    pub(crate) async fn open(config: &Config, clock: &Arc<dyn Clock>) -> Result<Self, StartError> {
        let own = Arc::new(MemoryAttemptLimiter::new(clock.clone()));
        let Some(url) = &config.store.redis_url else { return Ok(Self { attempts: own, limits: None, cache: None, redis: None }) };
        let redis = RedisConnection::pooled(url.expose_secret(), REDIS_PREFIX, config.store.redis_pool_size)
            .await
            .map_err(failed("the shared counters"))?;
        Ok(Self {
            attempts: Arc::new(RedisAttemptLimiter::new(redis.clone(), clock.clone(), own)),
            limits: Some(Arc::new(RedisRateLimiter::new(redis.clone()))),
            cache: Some(Arc::new(RedisCache::new(redis.clone()))),
            redis: Some(redis),
        })
    }
}
