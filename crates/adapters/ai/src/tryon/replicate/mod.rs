//! Models, versions and deployments at Replicate (replicate.com/docs/reference/http and …/topics/predictions, …/webhooks, 2026-11-21).
//!
//! There is no idempotency key: what creates is sent again on 429 alone, and a creation whose answer never came is looked for in the list of
//! predictions. Never run against Replicate itself; the laboratory speaks the documented shapes.

mod find;
mod pictures;
mod provider;
mod request;
mod settings;
mod signature;

pub use provider::ReplicateTryOn;
pub use settings::ReplicateSettings;
