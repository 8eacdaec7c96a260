//! Local try-on engine: puts a photographed garment on a photographed person, on the CPU, in pure Rust.
//!
//! Two pose networks find the joints and the outline of the person; everything else is classical image work: a
//! colour and geometry label map, a garment cut-out, a warp by cross-sections, and a shaded composite. See
//! [`Engine`].

mod composite;
mod engine;
mod garment;
mod geometry;
mod look;
mod outcome;
mod person;
mod pictures;
mod planes;
mod pose;
mod provider;
mod quality;
mod refusal;
mod warp;

pub use engine::Engine;
pub use outcome::{Category, Condition, Control, EngineError, FitError, Fitted, NotServed, PersonReport, Report, Stage, Warning};
pub use provider::LocalTryOn;
pub use refusal::Refusal;
