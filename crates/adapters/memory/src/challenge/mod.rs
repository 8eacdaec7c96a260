//! Participants, hackathons, enrolments, conversations, evaluations, assignments, results and analytics events.

mod analytics;
mod assignments;
mod conversations;
mod enrolments;
mod erasure;
mod evaluations;
mod hackathons;
mod participants;
mod results;
mod store;

pub(crate) use conversations::ConversationRow;
