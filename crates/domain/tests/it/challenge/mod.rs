//! Prompt Challenge.

mod chat;
mod conversations;
mod evaluations;
mod hackathons;
mod maintenance;
mod world;
