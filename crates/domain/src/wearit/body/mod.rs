//! The body: one photo and the measurements of a person.

mod command;
mod error;
mod model;
mod ports;
mod service;

pub use command::{PutBody, PutBodyOutcome};
pub use error::BodyError;
pub use model::{Body, Length, Measurements, MeasurementsPatch, Weight};
#[cfg(feature = "mocks")]
pub use ports::MockPhotoExaminer;
pub use ports::{BodyQueries, BodyRepository, ExaminationError, PhotoExaminer};
pub use service::BodyService;
