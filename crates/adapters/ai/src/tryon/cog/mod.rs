//! Self-hosted models behind Cog (github.com/replicate/cog, docs/http.md at 6110c91; run against PyPI cog 0.16.12, 2026-11-21).
//!
//! Cog tells how far a request is by webhook alone: there is nothing to poll. What came by webhook is kept (`kept`), and the server's health
//! tells when nothing will come any more (`watch`).

mod kept;
mod provider;
mod request;
mod settings;
mod watch;

pub use provider::CogTryOn;
pub use settings::CogSettings;
