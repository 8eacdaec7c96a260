//! What tests share: fakes of the ports, builders of entities, and the contract suites every adapter runs.
//!
//! A fake decides nothing by chance: [`FixedClock`] stands still until told, [`SeededIds`] and [`SeededSecrets`] count.
//! A contract suite is a set of plain functions over ports, one per documented promise of a port; [`store_contract!`] and
//! [`object_store_contract!`] make one test of each.
//! With the feature `laboratory`, scripted HTTP servers stand for the AI vendors.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

pub mod contract;
#[cfg(feature = "laboratory")]
pub mod laboratory;

mod builders;
mod fakes;

/// Where [`challenge_contract!`] finds its suites.
#[doc(hidden)]
pub use contract::challenge as challenge_suites;

pub use builders::{
    account, account_of, analytics_event, answer, body, claim, clothing, conversation, delivery, email, endpoint, enrolment, evaluation,
    favorite, final_version, hackathon, job, name, noon, one_time_token, participant, password_reset, prompt, published_results,
    refresh_token, session, test_conversation, test_student, tryon, upload, user,
};
pub use fakes::{
    ChatScript, CountingTimer, FixedClock, MemoryCache, PassthroughImages, PlainHasher, PlainTokenSigner, Script, ScriptStep,
    ScriptedChatModel, ScriptedTryOnProvider, ScriptedWebhookSender, SeededIds, SeededSecrets, SentWebhook, SubmittedTryOn,
};
