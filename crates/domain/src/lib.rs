//! Atelier's domain: what the products do (entities and use cases) and what they need (ports).
//!
//! The crate does no I/O, knows no framework and starts no task. Time, identifiers and randomness are ports.
//! A context (`identity`, `wearit`, `challenge`, `dataservice`) is a folder; each feature in it holds `model` (entities and state machines),
//! `ports` (what it needs), `service` (use cases), `error` (business outcomes) and, where there is background work, `jobs`.
//! Contexts never import each other: they share [`kernel`] and `identity`'s [`identity::Actor`].

pub mod challenge;
pub mod dataservice;
pub mod identity;
pub mod kernel;
pub mod wearit;
