//! The contract of Prompt Challenge's store.
//!
//! ```ignore
//! async fn backend() -> Option<ChallengeUnderTest> {
//!     let store = Arc::new(MyStore::open().await.ok()?);
//!     Some(ChallengeUnderTest::of(store, ()))
//! }
//! atelier_testkit::challenge_contract!(backend);
//! ```

mod backend;
mod macros;

pub mod analytics;
pub mod answers;
pub mod assignments;
pub mod atomicity;
pub mod conversation_lists;
pub mod conversations;
pub mod enrolments;
pub mod erasure;
pub mod evaluation_lists;
pub mod evaluations;
pub mod every_operation;
pub mod hackathon_lists;
pub mod hackathons;
pub mod integrity;
pub mod isolation;
pub mod messages;
pub mod participants;
pub mod quotas;
pub mod results;

pub use backend::ChallengeUnderTest;
