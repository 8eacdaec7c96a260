//! The contract suites: what every adapter of a port must do, one function per promise.
//!
//! An adapter runs a suite by giving its macro the name of an async function that makes an empty backend, or answers `None` when the
//! backend is missing on this machine:
//!
//! ```ignore
//! async fn backend() -> Option<StoreUnderTest> {
//!     let store = Arc::new(MyStore::open().await.ok()?);
//!     Some(StoreUnderTest::of(store, ()))
//! }
//! atelier_testkit::store_contract!(backend);
//! ```
//!
//! The store of Prompt Challenge has a bundle and a macro of its own, [`ChallengeUnderTest`] and
//! [`challenge_contract!`](crate::challenge_contract), for a module of its own.
//!
//! A missing backend skips with a line on standard error; with `REQUIRE_BACKENDS=1` in the environment, as in CI, it fails.
//! The crate that expands a macro needs `tokio` among its dev-dependencies.

mod backend;
mod concurrency;
mod macros;
mod paging;

pub mod attempt_limiter;
pub mod audit_trail;
pub mod body;
pub mod challenge;
pub mod direct_access;
pub mod events;
pub mod every_operation;
pub mod favorites;
pub mod file_owners;
pub mod idempotency;
pub mod identity;
pub mod jobs;
pub mod leases;
pub mod object_store;
pub mod quotas;
pub mod sessions;
pub mod tokens;
pub mod tryon;
#[cfg(feature = "laboratory")]
pub mod tryon_provider;
pub mod tryon_queries;
pub mod unit_of_work;
pub mod uploads;
pub mod wardrobe;
pub mod webhooks;

#[cfg(feature = "laboratory")]
pub use backend::TryOnProviderUnderTest;
pub use backend::{AttemptLimiterUnderTest, DirectAccessUnderTest, ObjectStoreUnderTest, StoreUnderTest, present};
pub use challenge::ChallengeUnderTest;
