//! What every request passes: its context (id, log line, metrics, time limit) and the rate limits.

pub(crate) mod context;
pub(crate) mod observe;
pub(crate) mod rate_limit;
