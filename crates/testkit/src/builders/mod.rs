//! Entities with nothing special about them: a test changes the fields it is about.

mod identity;
mod kernel;
mod wearit;

pub use identity::{account, account_of, email, name, one_time_token, password_reset, refresh_token, session, user};
pub use kernel::{job, noon};
pub use wearit::{body, clothing, favorite, tryon, upload};
