//! Prompt Challenge over HTTP.

mod anonymity;
mod hackathon;
mod limits;
mod prompts;
mod results;
mod stage;
