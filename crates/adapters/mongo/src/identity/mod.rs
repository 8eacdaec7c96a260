//! Accounts, sessions, reset codes and one-time tokens.

mod accounts;
mod one_time_tokens;
mod password_resets;
mod sessions;
mod store;
