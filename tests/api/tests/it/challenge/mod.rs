//! Prompt Challenge over HTTP.

mod anonymity;
mod hackathon;
mod prompts;
mod results;
mod stage;
