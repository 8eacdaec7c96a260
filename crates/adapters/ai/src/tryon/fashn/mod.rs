//! FASHN (docs.fashn.ai: api-overview/api-fundamentals, error-handling, webhooks, api-reference; 2026-11-21).
//!
//! An id that was issued is charged; an error without one started nothing. Its messages are not signed; requests can neither be
//! cancelled nor listed. Never run against FASHN itself; the laboratory speaks the documented shapes.

mod provider;
mod request;
mod settings;

pub use provider::FashnTryOn;
pub use settings::FashnSettings;
