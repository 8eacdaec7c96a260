//! Entities with nothing special about them: a test changes the fields it is about.

mod challenge;
mod identity;
mod kernel;
mod wearit;

pub use challenge::{
    analytics_event, answer, claim, conversation, enrolment, evaluation, final_version, hackathon, participant, prompt, published_results,
    test_conversation, test_student,
};
pub use identity::{account, account_of, email, name, one_time_token, password_reset, refresh_token, session, user};
pub use kernel::{job, noon};
pub use wearit::{body, clothing, delivery, endpoint, favorite, tryon, upload};
