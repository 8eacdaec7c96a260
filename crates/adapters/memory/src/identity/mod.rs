//! Accounts, sessions, reset codes and one-time tokens.

mod accounts;
mod one_time_tokens;
mod resets;
mod sessions;

pub(crate) use sessions::StoredRefreshToken;
