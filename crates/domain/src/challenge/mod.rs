//! Prompt Challenge: students write prompts, language models answer, examiners grade.
//!
//! `participants` are the people as this product knows them, `hackathons` the events with their tasks and quotas, `enrolments` who takes part
//! in which and what is left of the quota, `conversations` the prompts and answers, `evaluations` the jury's work, `results` what is
//! published, `maintenance` what is done to all of it,
//! `analytics` what people did lately. `chat` is the port to language models.

pub mod analytics;
pub mod anonymity;
pub mod chat;
pub mod conversations;
pub mod enrolments;
pub mod evaluations;
pub mod hackathons;
pub mod maintenance;
pub mod participants;
pub mod results;
pub mod words;

mod error;
mod personal_data;
mod store;

pub use error::ChallengeError;
pub use personal_data::ChallengePersonalData;
pub use store::{ChallengeStore, ChallengeUnitOfWork, Erasure, Orphans};
