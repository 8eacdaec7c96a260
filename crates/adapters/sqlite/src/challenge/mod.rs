//! Participants, hackathons, enrolments, conversations, evaluations and results of Prompt Challenge.

mod analytics;
mod conversations;
mod enrolments;
mod evaluations;
mod hackathons;
mod participants;
mod results;
mod store;
