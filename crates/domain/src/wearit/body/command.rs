//! What the body feature is asked to do, as the client sent it.

use crate::wearit::uploads::ImageSource;

use super::{Body, MeasurementsPatch};

/// Creates the caller's body, or lays measurements and a photo over the one there is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PutBody {
    /// Measurements; absent ones stay as they are. What is no number is given as NaN and refused with the field's bounds.
    pub measurements: MeasurementsPatch,
    /// The photo; required the first time.
    pub image: Option<ImageSource>,
}

/// What became of a [`PutBody`].
#[derive(Debug, Clone, PartialEq)]
pub enum PutBodyOutcome {
    /// There was none before.
    Created(Body),
    /// The one there was is changed; its id is the same.
    Replaced(Body),
}

impl PutBodyOutcome {
    /// The body as it is now.
    pub fn body(&self) -> &Body {
        match self {
            Self::Created(body) | Self::Replaced(body) => body,
        }
    }
}
