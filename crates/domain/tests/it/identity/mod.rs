//! Identity's use cases.

mod administration;
mod audit;
mod erasure;
mod login;
mod magic_link;
mod mails;
mod me;
mod purge;
mod reset;
mod sessions;
mod signup;
mod tickets;
mod verify_email;
mod world;
