//! Prompt Challenge.

mod chat;
