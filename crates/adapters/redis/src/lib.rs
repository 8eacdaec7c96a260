//! What the processes of a fleet share through Redis: failed sign-ins, rate limits, caches. Redis holds nothing that would be missed: while
//! it is away each process counts for itself. And leased logins at Redis itself, in `leases`.

mod answers;
mod attempts;
mod cache;
mod connection;
mod leases;
mod rate;

pub use answers::RedisAnswerCache;
pub use attempts::RedisAttemptLimiter;
pub use cache::RedisCache;
pub use connection::{ConnectError, RedisConnection};
pub use leases::{InvalidRedisLeaseUrl, RedisLeases};
pub use rate::RedisRateLimiter;
