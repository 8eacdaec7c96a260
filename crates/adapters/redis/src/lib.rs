//! What the processes of a fleet share through Redis: failed sign-ins, rate limits, caches. Of these Redis holds nothing that would be
//! missed: while it is away each process counts for itself. Tenants' keys are changed by `transactions`, which wait for it, and read and
//! written through the logins of `leases`.

mod answers;
mod attempts;
mod cache;
mod cluster;
mod connection;
mod leases;
mod owned;
mod rate;
mod transactions;

pub use answers::RedisAnswerCache;
pub use attempts::RedisAttemptLimiter;
pub use cache::RedisCache;
pub use cluster::RedisCluster;
pub use connection::{ConnectError, RedisConnection};
pub use leases::{InvalidRedisLeaseUrl, RedisLeases};
pub use owned::RedisOwnedData;
pub use rate::RedisRateLimiter;
pub use transactions::RedisParticipant;
