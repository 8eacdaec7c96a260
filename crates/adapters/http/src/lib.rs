//! Atelier over HTTP: actix-web, the OpenAPI document made from the code, live updates.
//!
//! `api` is the whole surface: middlewares, routes, fallback. A handler extracts, builds a command, calls one service method and maps
//! the result; authorisation is in the services. `<context>/<feature>` here is the same feature as in the domain.

mod api;
mod caller;
mod challenge;
mod dataservice;
mod envelope;
mod error;
mod extract;
mod failures;
mod fallback;
mod fingerprint;
mod identity;
mod middleware;
mod openapi;
mod operations;
mod settings;
mod state;
mod uploaded;
mod version;
mod wearit;

pub use api::{Server, run};
pub use dataservice::{Deprecations, InvalidDeprecation};
pub use openapi::document;
pub use operations::health::{ConnectionCounts, HealthCheck, HealthFacts, HealthStatus};
pub use operations::metrics::serve_metrics;
pub use settings::{HttpSettings, Products, RateLimits};
pub use state::{ChallengeServices, DataServices, HttpServices};
pub use uploaded::SpooledForm;
