//! Participants: the people as Prompt Challenge knows them, keyed by their account.

mod model;
mod ports;
mod service;

pub use model::{AccountTokens, ConsentGiven, Expertise, JuryProfile, Participant, ParticipantProfile, PersonName, StudentProfile};
pub use ports::{ParticipantQueries, ParticipantRepository};
pub(in crate::challenge) use service::require_admin;
pub use service::{ConsentCommand, ParticipantService};
