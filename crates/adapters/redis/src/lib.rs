//! What the processes of a fleet share through Redis: failed sign-ins, rate limits, a cache. Redis holds nothing that would be missed: while it is
//! away each process counts for itself.

mod attempts;
mod cache;
mod connection;
mod rate;

pub use attempts::RedisAttemptLimiter;
pub use cache::RedisCache;
pub use connection::{ConnectError, RedisConnection};
pub use rate::RedisRateLimiter;
