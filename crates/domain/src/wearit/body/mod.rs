//! The body: one photo and the measurements of a person.

mod error;
mod model;
mod ports;

pub use error::BodyError;
pub use model::{Body, Length, Measurements, MeasurementsPatch, Weight};
pub use ports::{BodyQueries, BodyRepository};
