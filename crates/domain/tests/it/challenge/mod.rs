//! Prompt Challenge.

mod active_hackathons;
mod analytics;
mod chat;
mod conversations;
mod evaluations;
mod hackathons;
mod maintenance;
mod world;
